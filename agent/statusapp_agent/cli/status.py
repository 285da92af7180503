"""``statusapp status``: everything at a glance."""

import typer
from rich.text import Text

from statusapp_agent.cli.client import agent, path_of
from statusapp_agent.cli.failure import FAILED
from statusapp_agent.cli.incidents import draw_table
from statusapp_agent.cli.show import APPLY, Column, Screen, answer
from statusapp_agent.cli.words import ACKNOWLEDGED, DEGRADED, MARKS, count, length
from statusapp_shared.protocol import MonitorView, StatusView

_FINE_ROWS = 12  # so many quiet monitors are listed, the rest is counted: the screen belongs to the exceptions
_WORST_FIRST = ("down", "blind", "degraded", "held", "pending", "maintenance", "paused", "up")


def status(ctx: typer.Context) -> None:
    """Show everything at a glance; exit code 1: something is down, or the agent cannot page."""
    with agent(ctx) as client:
        reply = client.get(path_of("status"), StatusView)
    answer(ctx, reply, _draw)
    down = any(monitor.state == "down" for monitor in reply.view.monitors) or reply.view.counts.get("down")
    if down or not reply.view.agent.healthy:
        raise typer.Exit(FAILED)


def _draw(screen: Screen, view: StatusView) -> None:
    taken = {incident.id for incident in view.incidents if incident.status == "acknowledged"}
    screen.sentence(view.sentence, _worst(screen, view, taken))
    for problem in view.agent.problems:
        if problem not in view.sentence:
            screen.sentence(problem, screen.sign(DEGRADED))
    if not view.monitors:
        screen.next_step("Write a settings file with the first monitor, then", APPLY)
        return
    troubled = [monitor for monitor in view.monitors if monitor.state != "up"]
    fine = [monitor for monitor in view.monitors if monitor.state == "up"]
    screen.blank()
    screen.table(
        [Column(""), Column("monitor", 16), Column("state"), Column("for", right=True), Column("reason", 10)],
        [_row(screen, monitor, taken) for monitor in (*troubled, *fine[:_FINE_ROWS])],
    )
    if len(fine) > _FINE_ROWS:
        screen.sentence(
            f"   {count(len(fine) - _FINE_ROWS, 'more monitor')} fine. All of them: statusapp monitors list"
        )
    if view.incidents:
        screen.heading("Open incidents")
        draw_table(screen, view.incidents)


def _worst(screen: Screen, view: StatusView, taken: set[str]) -> Text:
    states = {monitor.state for monitor in view.monitors}
    worst = next((state for state in _WORST_FIRST if state in states), "pending")
    down = [monitor for monitor in view.monitors if monitor.state == "down"]
    if down and all(monitor.incident_id in taken for monitor in down):
        return screen.sign(ACKNOWLEDGED)
    return screen.mark("up" if worst in ("maintenance", "paused") and "up" in states else worst)


def _row(screen: Screen, monitor: MonitorView, taken: set[str]) -> list[str | Text]:
    seen = monitor.state == "down" and monitor.incident_id in taken
    mark = ACKNOWLEDGED if seen else MARKS[monitor.state]
    lasts = "" if monitor.since is None else length((screen.now - monitor.since).total_seconds())
    return [
        screen.sign(mark),
        monitor.name,
        Text(monitor.state, style="" if monitor.state == "up" else mark.style),
        lasts,
        monitor.reason,
    ]
