"""``statusapp route``: who would be told, when, if a monitor failed now."""

from typing import Annotated

import typer

from statusapp_agent.cli.client import agent, path_of
from statusapp_agent.cli.names import monitor_names
from statusapp_agent.cli.show import APPLY, Screen, answer
from statusapp_shared.protocol import RouteView


def route(
    ctx: typer.Context,
    monitor: Annotated[
        str, typer.Argument(metavar="MONITOR", autocompletion=monitor_names, help="The monitor's name.")
    ],
) -> None:
    """Show who would be told, and when, if MONITOR failed now."""
    with agent(ctx) as client:
        answer(ctx, client.get(path_of("monitors", monitor, "route"), RouteView), _draw)


def _draw(screen: Screen, view: RouteView) -> None:
    screen.sentence(view.sentence)
    if not view.steps:
        screen.next_step(f"Give {view.monitor} a tier or channels in the settings file, then", APPLY)
        return
    screen.blank()
    screen.facts([("from", view.source)])
