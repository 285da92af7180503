"""``statusapp heartbeat``: the line at the end of a cron job."""

from typing import Annotated, Literal

import typer

from statusapp_agent.cli.client import agent, path_of
from statusapp_agent.cli.failure import USAGE, Failure
from statusapp_agent.cli.names import monitor_names
from statusapp_agent.cli.show import Screen, answer
from statusapp_shared.protocol import HeartbeatRequest, MonitorView

_MESSAGE_LIMIT = 1000  # what the API takes; a job's last words are worth more than its first


def heartbeat(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", autocompletion=monitor_names, help="The heartbeat monitor.")],
    start: Annotated[bool, typer.Option("--start", help="The job begins.")] = False,
    fail: Annotated[bool, typer.Option("--fail", help="The job failed.")] = False,
    message: Annotated[str, typer.Option(metavar="TEXT", help="What the job says; shown with the monitor.")] = "",
) -> None:
    """Report in for a heartbeat monitor."""
    if start and fail:
        raise Failure("A job either starts or fails: give --start or --fail, not both.", USAGE)
    status: Literal["ok", "start", "fail"] = "start" if start else "fail" if fail else "ok"
    body = HeartbeatRequest(status=status, message=message[-_MESSAGE_LIMIT:])
    with agent(ctx) as client:
        reply = client.post(path_of("heartbeats", name), MonitorView, body)
    answer(ctx, reply, lambda screen, view: _draw(screen, view, status))


def _draw(screen: Screen, view: MonitorView, status: str) -> None:
    said = {"ok": "reported in", "start": "started", "fail": "reported a failure"}[status]
    screen.sentence(
        f"{view.name} {said}. It is {view.state}: {view.reason or 'no reason given'}", screen.mark(view.state)
    )
