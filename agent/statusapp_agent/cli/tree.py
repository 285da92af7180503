"""The whole command tree: which noun has which verbs. Only what works is offered."""

from collections.abc import Callable

import typer

from statusapp_agent.cli import (
    agent,
    analytics,
    change,
    channels,
    demo,
    doctor,
    drill,
    heartbeat,
    incidents,
    monitors,
    pagerduty,
    route,
    serve,
    settings,
    status,
)
from statusapp_agent.cli.options import EPILOG


def add_to(app: typer.Typer) -> None:
    """Add every command."""
    for name, run in (
        ("status", status.status),
        ("apply", settings.apply),
        ("export", settings.export),
        ("analytics", analytics.analytics),
        ("route", route.route),
        ("doctor", doctor.doctor),
        ("drill", drill.drill),
        ("heartbeat", heartbeat.heartbeat),
        ("change", change.change),
        ("demo", demo.demo),
    ):
        app.command(name, epilog=EPILOG)(run)
    _noun(app, "agent", serve.agent_noun.__doc__, serve.add_to, agent.add_to)
    _noun(app, "monitors", "What is watched.", monitors.add_to)
    _noun(app, "channels", "Who is told, and how.", channels.add_to)
    _noun(app, "incidents", "What broke, who has it, how it ended.", incidents.add_to)
    _noun(app, "pagerduty", "What is made at PagerDuty for you.", pagerduty.add_to)


def _noun(app: typer.Typer, name: str, title: str | None, *verbs: Callable[[typer.Typer], None]) -> None:
    noun = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    for add in verbs:
        add(noun)
    app.add_typer(noun, name=name, help=title)
