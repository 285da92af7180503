"""``statusapp route``: who would be told, when, if a monitor failed now."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from statusapp_agent.cli.client import agent, path_of
from statusapp_agent.cli.names import monitor_names
from statusapp_agent.cli.oncall import moment
from statusapp_agent.cli.show import APPLY, Screen, answer
from statusapp_shared.protocol import RouteView


def route(
    ctx: typer.Context,
    monitor: Annotated[
        str, typer.Argument(metavar="MONITOR", autocompletion=monitor_names, help="The monitor's name.")
    ],
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help='If it failed then: a length from now ("2h") or a date.')
    ] = None,
) -> None:
    """Show who would be told, and when, if MONITOR failed now."""
    then = None if at is None else moment(at, datetime.now(UTC))
    with agent(ctx) as client:
        named = None if then is None else then.isoformat()
        reply = client.get(path_of("monitors", monitor, "route"), RouteView, at=named)
    answer(ctx, reply, lambda screen, view: _draw(screen, view, then))


def _draw(screen: Screen, view: RouteView, then: datetime | None) -> None:
    if then is None:
        screen.sentence(view.sentence)
    else:
        when = f"on {then.astimezone():%a} {then.astimezone().day} {then.astimezone():%b %H:%M}"
        screen.sentence(view.sentence.replace("fails now", f"fails {when}", 1))
    if not view.steps:
        screen.next_step(f"Give {view.monitor} a tier or channels in the settings file, then", APPLY)
        return
    screen.blank()
    screen.facts([("from", view.source)])
