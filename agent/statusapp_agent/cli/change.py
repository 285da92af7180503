"""``statusapp change``: tells PagerDuty and the history what somebody did."""

from typing import Annotated

import typer
from pydantic import ValidationError

from statusapp_agent.cli.client import agent, path_of
from statusapp_agent.cli.failure import USAGE, Failure
from statusapp_agent.cli.names import monitor_names
from statusapp_agent.cli.show import Column, Screen, answer
from statusapp_shared.protocol import ChangeRequest, DeliveryView, Items


def change(
    ctx: typer.Context,
    summary: Annotated[str, typer.Argument(metavar="SUMMARY", help="What was done, in a few words.")],
    monitor: Annotated[
        str | None, typer.Option(metavar="NAME", autocompletion=monitor_names, help="What it was done to.")
    ] = None,
    link: Annotated[str | None, typer.Option(metavar="URL", help="Where more is written.")] = None,
) -> None:
    """Tell PagerDuty what you changed; it pages nobody."""
    try:
        body = ChangeRequest(summary=summary, monitor=monitor, link=link)
    except ValidationError:
        raise Failure("A summary has 1 to 1024 characters, a link at most 2000.", USAGE) from None
    with agent(ctx) as client:
        answer(ctx, client.post(path_of("changes"), Items[DeliveryView], body), _draw)


def _draw(screen: Screen, view: Items[DeliveryView]) -> None:
    if not view.items:
        screen.sentence("Recorded. No channel takes change events: add a PagerDuty channel to send them there too.")
        return
    screen.sentence("Recorded, and on its way:", screen.mark("ok"))
    screen.table(
        [Column(""), Column("channel", 12), Column("state"), Column("reason", 10)],
        [[screen.mark(item.state), item.channel, item.state, item.reason] for item in view.items],
    )
