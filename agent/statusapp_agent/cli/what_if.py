"""``statusapp what-if`` and ``statusapp patterns``: the past, asked what should be otherwise."""

from typing import Annotated

import typer
from rich.text import Text

from statusapp_agent.cli.client import SLOW_READ_S, agent, path_of
from statusapp_agent.cli.failure import USAGE, Failure
from statusapp_agent.cli.incidents import moment
from statusapp_agent.cli.names import monitor_names
from statusapp_agent.cli.show import Column, Screen, answer
from statusapp_agent.cli.words import clock, count, length
from statusapp_agent.fields import parse_duration
from statusapp_shared.protocol import Items
from statusapp_shared.reviews import PatternView, WhatIfView


def what_if(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="MONITOR", autocompletion=monitor_names, help="The monitor.")],
    failures: Annotated[int | None, typer.Option(min=1, max=100, help="Failures in a row that open.")] = None,
    recoveries: Annotated[int | None, typer.Option(min=1, max=100, help="Good checks in a row that resolve.")] = None,
    degraded_above: Annotated[
        str | None, typer.Option(metavar="LENGTH", help='Slower answers count as degraded ("2s").')
    ] = None,
    since: Annotated[str, typer.Option(metavar="WHEN", help='A length ("14d") or a date.')] = "14d",
) -> None:
    """Replay what was recorded of a monitor with other thresholds: how many pages, and how much later."""
    if failures is None and recoveries is None and degraded_above is None:
        raise Failure("Say what should be otherwise: --failures, --recoveries or --degraded-above.", USAGE)
    with agent(ctx) as client:
        reply = client.get(
            path_of("monitors", name, "what-if"),
            WhatIfView,
            read_s=SLOW_READ_S,
            failures=None if failures is None else str(failures),
            recoveries=None if recoveries is None else str(recoveries),
            degraded_above_s=degraded_above and _seconds(degraded_above),
            since=moment(since),
        )
    answer(ctx, reply, _draw)


def _seconds(text: str) -> str:
    try:
        return str(parse_duration(text))
    except ValueError as error:
        raise Failure(f"--degraded-above: {error}.", USAGE) from None


def _draw(screen: Screen, view: WhatIfView) -> None:
    screen.sentence(view.sentence)
    _aside(screen, f"Judged from {count(view.results, 'result')} since {clock(view.since, screen.now)}.")
    if view.dropped:
        screen.blank()
        screen.table(
            [Column("would not have paged"), Column("lasted", right=True)],
            [
                [
                    clock(each.opened_at, screen.now),
                    length(((each.over_at or screen.now) - each.began_at).total_seconds()),
                ]
                for each in view.dropped
            ],
        )


def patterns(
    ctx: typer.Context,
    since: Annotated[str, typer.Option(metavar="WHEN", help='A length ("90d") or a date.')] = "90d",
    zone: Annotated[str | None, typer.Option(metavar="NAME", help="Time zone of the times of day.")] = None,
) -> None:
    """Show what comes back: at one time of day, after changes, together, or for nothing."""
    with agent(ctx) as client:
        reply = client.get(path_of("patterns"), Items[PatternView], read_s=SLOW_READ_S, since=moment(since), zone=zone)
    answer(ctx, reply, _draw_patterns)


def _aside(screen: Screen, text: str) -> None:
    screen.sentence(Text(text, style="dim"))


def _draw_patterns(screen: Screen, view: Items[PatternView]) -> None:
    if not view.items:
        screen.sentence(
            "Nothing comes back: no pattern among at least three incidents of a monitor.", screen.mark("up")
        )
        return
    for number, each in enumerate(view.items):
        if number:
            screen.blank()
        screen.sentence(each.fact)
        _aside(screen, each.suggestion)
        some = ", ".join(f"#{incident}" for incident in each.incidents[:8])
        more = f" and {len(each.incidents) - 8} more" if len(each.incidents) > 8 else ""
        _aside(screen, f"{some}{more}")
