"""``statusapp mute`` and ``unmute``: silence with an end."""

from typing import Annotated

import typer
from pydantic import ValidationError

from statusapp_agent.cli.client import agent, path_of
from statusapp_agent.cli.failure import USAGE, Failure
from statusapp_agent.cli.names import monitor_names
from statusapp_agent.cli.show import Column, Screen, answer
from statusapp_agent.cli.words import DEGRADED, FINE, age, count, length
from statusapp_agent.core.phrases import capital
from statusapp_agent.fields import parse_duration
from statusapp_shared.quiet import LONGEST_S, MuteRequest, MutesView

_MONITOR = Annotated[
    str | None, typer.Option(metavar="NAME", autocompletion=monitor_names, help="Only this monitor; all by default.")
]


def mute(
    ctx: typer.Context,
    duration: Annotated[str, typer.Argument(metavar="DURATION", help='How long, such as "30m"; at most 7d.')] = "1h",
    monitor: _MONITOR = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; shown wherever the mute is.")] = "",
) -> None:
    """Let pages wait for a while: incidents open all the same, and what is broken then is sent then."""
    try:
        seconds = parse_duration(duration)
    except ValueError as fault:
        raise Failure(f"{capital(str(fault))}.", USAGE) from None
    if not 1 <= seconds <= LONGEST_S:
        raise Failure("A mute lasts from 1s to 7d: silence always has an end.", USAGE)
    try:
        body = MuteRequest(seconds=seconds, monitor=monitor, reason=reason)
    except ValidationError:
        raise Failure("A reason has at most 500 characters, a monitor's name at most 100.", USAGE) from None
    with agent(ctx) as client:
        answer(ctx, client.post(path_of("mutes"), MutesView, body), draw)


def unmute(ctx: typer.Context, monitor: _MONITOR = None) -> None:
    """End a mute, or every mute: what is still broken is paged now."""
    with agent(ctx) as client:
        answer(ctx, client.remove(path_of("mutes"), MutesView, monitor=monitor), draw)


def draw(screen: Screen, view: MutesView) -> None:
    """Show what is muted."""
    screen.sentence(view.sentence, screen.sign(DEGRADED if view.items else FINE))
    if view.told:
        screen.sentence(f"Told on {', '.join(view.told)}, without paging anybody.")
    elif view.items:
        screen.sentence("No channel can tell of it without paging: only this agent's audit log and its status do.")
    if not view.items:
        return
    screen.blank()
    screen.table(
        [
            Column("muted", 12),
            Column("for", right=True),
            Column("by"),
            Column("waiting", right=True),
            Column("reason", 10),
        ],
        [
            [
                item.monitor or "everything",
                length(max(0.0, (item.until - screen.now).total_seconds())),
                f"{item.by}, {age(item.since, screen.now)}",
                count(item.waiting, "page"),
                item.reason,
            ]
            for item in view.items
        ],
    )
    screen.sentence("Incidents still open meanwhile; what is still broken at the end is paged then.")
