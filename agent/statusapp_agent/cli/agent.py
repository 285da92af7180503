"""``statusapp agent status``: the agent's own health."""

import typer

from statusapp_agent.cli.client import agent, path_of
from statusapp_agent.cli.failure import FAILED
from statusapp_agent.cli.options import EPILOG
from statusapp_agent.cli.show import Screen, answer
from statusapp_agent.cli.words import DEGRADED, FINE, age, count, length, size
from statusapp_shared.protocol import AgentView

_NETWORK = {
    "off": "not judged: the canaries are turned off",
    "unknown": "not known yet",
    "home": "at home",
    "away": "away: another network than the remembered one",
    "offline": "offline",
    "portal": "behind a captive portal",
}


def add_to(noun: typer.Typer) -> None:
    """Add the command to the noun ``agent``."""
    noun.command("status", epilog=EPILOG)(status)


def status(ctx: typer.Context) -> None:
    """Show version, uptime, mode, database size, queue and health of the agent itself; exit code 1: it is not well."""
    with agent(ctx) as client:
        reply = client.get(path_of("agent"), AgentView)
    answer(ctx, reply, _draw)
    if not reply.view.healthy:
        raise typer.Exit(FAILED)


def _draw(screen: Screen, view: AgentView) -> None:
    if view.healthy:
        running = f"The agent is well: version {view.version}, up for {length(view.uptime_s)}"
        screen.sentence(f"{running}, watching {count(view.monitors, 'monitor')}.", screen.sign(FINE))
    else:
        screen.sentence("The agent runs, but something is wrong with it:", screen.sign(DEGRADED))
    for problem in view.problems:
        screen.sentence(problem, screen.sign(DEGRADED))
    screen.blank()
    screen.facts(
        [
            ("mode", view.mode),
            (
                "process",
                f"{view.pid}, {size(view.resident_bytes)} in memory, started {age(view.started_at, screen.now)}",
            ),
            ("socket", view.socket),
            ("data", view.data_dir),
            ("databases", f"state {size(view.database_bytes)}, samples {size(view.samples_bytes)}"),
            ("checks", f"{view.checks_running} running now{_lag(view)}"),
            ("queue", _queue(view)),
            ("network", view.canary_reason or _NETWORK[view.canary]),
            ("PagerDuty", _in_step(view)),
        ]
    )


def _in_step(view: AgentView) -> str | None:
    """Return whether PagerDuty shows what we do; None where nobody can look."""
    looked = [each for each in view.sync if each.state != "off"]
    if not looked:
        return None
    failing = [f"{each.channel} cannot be looked at: {each.reason}" for each in looked if each.state != "ok"]
    known = [] if view.drift is None else [f"drift: {view.drift}"]
    return "; ".join([*known, *(line for each in looked for line in each.differences), *failing])


def _lag(view: AgentView) -> str:
    return "" if view.schedule_lag_ms is None else f", {view.schedule_lag_ms:.0f} ms behind the schedule"


def _queue(view: AgentView) -> str:
    if not view.deliveries_waiting:
        return "empty"
    oldest = "" if view.oldest_waiting_s is None else f", the oldest for {length(view.oldest_waiting_s)}"
    return f"{count(view.deliveries_waiting, 'delivery', 'deliveries')} waiting{oldest}"
