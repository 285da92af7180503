"""``statusapp analytics --patterns`` and ``what-if``: what comes again, and what other settings would have done."""

from datetime import datetime
from typing import Annotated

import typer
from rich.text import Text

from statusapp_agent.cli.client import SLOW_READ_S, agent, path_of
from statusapp_agent.cli.failure import USAGE, Failure
from statusapp_agent.cli.incidents import moment
from statusapp_agent.cli.show import Column, Screen, answer
from statusapp_agent.cli.words import clock, length
from statusapp_agent.fields import parse_duration
from statusapp_shared.patterns import OutageView, PatternsView, WhatIfView

_SHOWN_NUMBERS = 12
_SHOWN_OUTAGES = 20


def show_patterns(ctx: typer.Context, since: str, until: str | None, zone: str | None) -> None:
    """Ask for the patterns of a range and show them."""
    with agent(ctx) as client:
        reply = client.get(
            path_of("patterns"),
            PatternsView,
            read_s=SLOW_READ_S,
            since=moment(since),
            until=until and moment(until),
            zone=zone,
        )
    answer(ctx, reply, _draw_patterns)


def _draw_patterns(screen: Screen, view: PatternsView) -> None:
    span = f"{clock(view.since, screen.now)} to {clock(view.until, screen.now)}"
    if not view.items:
        screen.sentence(f"Nothing comes again from {span}: fewer than three incidents are no pattern.")
        return
    for item in view.items:
        screen.heading(item.sentence)
        screen.sentence(item.suggestion, Text("->" if screen.plain else "→", style="blue"))
        if item.incidents:
            shown = " ".join(f"#{number}" for number in item.incidents[-_SHOWN_NUMBERS:])
            more = len(item.incidents) - _SHOWN_NUMBERS
            screen.sentence(Text(f"   {shown}" + (f" and {more} before" if more > 0 else ""), style="dim"))


def what_if(
    ctx: typer.Context,
    monitor: Annotated[str, typer.Argument(metavar="MONITOR", help="Whose recorded results to replay.")],
    failures: Annotated[int | None, typer.Option(metavar="N", min=1, max=100, help="Failures to open.")] = None,
    recoveries: Annotated[int | None, typer.Option(metavar="N", min=1, max=100, help="Successes to close.")] = None,
    degraded_above: Annotated[
        str | None, typer.Option(metavar="LENGTH", help='Slower is degraded, such as "500ms".')
    ] = None,
    since: Annotated[str, typer.Option(metavar="WHEN", help='A length ("30d") or a date.')] = "30d",
) -> None:
    """Replay what was recorded with other settings: how many outages less, and noticed how much later."""
    if failures is None and recoveries is None and degraded_above is None:
        raise Failure("Say what to change: --failures N, --recoveries N or --degraded-above LENGTH.", USAGE)
    try:
        above_s = None if degraded_above is None else parse_duration(degraded_above)
    except ValueError as fault:
        raise Failure(f"--degraded-above: {fault}", USAGE) from None
    with agent(ctx) as client:
        reply = client.get(
            path_of("monitors", monitor, "what-if"),
            WhatIfView,
            read_s=SLOW_READ_S,
            since=moment(since),
            failures=None if failures is None else str(failures),
            recoveries=None if recoveries is None else str(recoveries),
            degraded_above_s=None if above_s is None else str(above_s),
        )
    answer(ctx, reply, _draw_what_if)


def _draw_what_if(screen: Screen, view: WhatIfView) -> None:
    screen.sentence(view.sentence)
    screen.sentence(
        Text(
            f"From {view.checks:,} recorded checks of {view.monitor} since {clock(view.since, screen.now)}, judged "
            "by the agent's own rules. The canaries' word is not recorded, so it plays no part.",
            style="dim",
        )
    )
    then = {each.began_at: each for each in view.outages_then}
    gone = {each.began_at for each in view.gone}
    if not view.outages:
        return
    screen.blank()
    screen.table(
        [Column("began"), Column("lasted", right=True), Column("then"), Column("cause", 20)],
        [
            [clock(each.began_at, screen.now), _lasted(each), _fate(each, then, gone=each.began_at in gone), each.cause]
            for each in view.outages[-_SHOWN_OUTAGES:]
        ],
    )


def _lasted(outage: OutageView) -> str:
    return "still" if outage.ended_at is None else length((outage.ended_at - outage.began_at).total_seconds())


def _fate(outage: OutageView, then: dict[datetime, OutageView], *, gone: bool) -> str:
    if gone:
        return "not confirmed"
    other = then.get(outage.began_at)
    if other is None:
        return "part of another"
    later = (other.opened_at - outage.opened_at).total_seconds()
    if abs(later) < 0.5:
        return "the same"
    return f"{length(abs(later))} {'later' if later > 0 else 'earlier'}"
