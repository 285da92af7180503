"""The whole command tree: which noun has which verbs. Only what works is offered."""

from collections.abc import Callable

import typer

from statusapp_agent.cli import (
    agent,
    analytics,
    audit,
    backups,
    change,
    channels,
    demo,
    desktop,
    doctor,
    drill,
    heartbeat,
    incidents,
    kinds,
    logs,
    monitors,
    mute,
    oncall,
    pagerduty,
    patterns,
    report,
    route,
    secrets,
    serve,
    settings,
    setup,
    status,
)
from statusapp_agent.cli.options import EPILOG


def add_to(app: typer.Typer) -> None:
    """Add every command."""
    for name, run in (
        ("status", status.status),
        ("apply", settings.apply),
        ("export", settings.export),
        ("route", route.route),
        ("report", report.report),
        ("doctor", doctor.doctor),
        ("drill", drill.drill),
        ("heartbeat", heartbeat.heartbeat),
        ("change", change.change),
        ("mute", mute.mute),
        ("unmute", mute.unmute),
        ("demo", demo.demo),
        ("desktop", desktop.desktop),
        ("backup", backups.backup),
        ("restore", backups.restore),
        ("setup", setup.setup),
    ):
        app.command(name, epilog=EPILOG)(run)
    figures = typer.Typer(invoke_without_command=True, rich_markup_mode=None)
    figures.callback(invoke_without_command=True, epilog=EPILOG)(analytics.analytics)
    figures.command("what-if", epilog=EPILOG)(patterns.what_if)
    app.add_typer(figures, name="analytics")
    _noun(app, "audit", "Who did what.", audit.add_to)
    _noun(app, "agent", serve.agent_noun.__doc__, serve.add_to, agent.add_to, logs.add_to, kinds.add_to)
    _noun(app, "monitors", "What is watched.", monitors.add_to)
    _noun(app, "channels", "Who is told, and how.", channels.add_to)
    _noun(app, "secrets", "Where secrets rest; their values are never shown.", secrets.add_to)
    _noun(app, "incidents", "What broke, who has it, how it ended.", incidents.add_to)
    _noun(app, "oncall", "Who is on call now and next; overrides, swaps, calendar.", oncall.add_to, bare=True)
    _noun(app, "pagerduty", "What is made at PagerDuty for you.", pagerduty.add_to)


def _noun(
    app: typer.Typer, name: str, title: str | None, *verbs: Callable[[typer.Typer], None], bare: bool = False
) -> None:
    noun = typer.Typer(no_args_is_help=not bare, rich_markup_mode=None)
    for add in verbs:
        add(noun)
    app.add_typer(noun, name=name, help=title)
