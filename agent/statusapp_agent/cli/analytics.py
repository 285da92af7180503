"""``statusapp analytics``: how fast incidents are seen and mended, what they cost, and how that has changed."""

from typing import Annotated, Literal

import typer

from statusapp_agent.cli.client import SLOW_READ_S, agent, path_of
from statusapp_agent.cli.failure import USAGE, Failure
from statusapp_agent.cli.figures_csv import write_figures
from statusapp_agent.cli.figures_words import bar, change_n, change_s, seconds, spark
from statusapp_agent.cli.incidents import moment
from statusapp_agent.cli.options import options_of
from statusapp_agent.cli.patterns import show_patterns
from statusapp_agent.cli.show import Column, Screen, answer
from statusapp_agent.cli.words import clock, count, length
from statusapp_agent.core.availability import percent
from statusapp_shared.measures import CountsView, MeasuredView
from statusapp_shared.protocol import FigureView

By = Literal["monitor", "channel", "responder", "tier", "tag", "hour", "weekday", "cause"]
_FIGURES = ("mtta_s", "mttr_s", "mttd_s")
_PARTS = ("mean", "p50", "p90")
_NOW_S = 60
_BAR_WIDTH = 16
_WORST = 5
_COUNTS = (
    ("asleep", "at night", "paged between 22:00 and 07:00"),
    ("after_hours", "after hours", "paged outside of working hours"),
    ("escalated", "escalated", "went on, as nobody acknowledged"),
    ("false_alarms", "false alarms", "over by themselves within 10 min, untouched"),
    ("reopened", "came back", "within 30 min of the end before"),
)

_SAID = {"paged", *(name for name, _, _ in _COUNTS)}
"""Whose definition stands beside the number already."""


def analytics(
    ctx: typer.Context,
    since: Annotated[str, typer.Option(metavar="WHEN", help='A length ("30d", "12h") or a date.')] = "30d",
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="The end; now, if left out.")] = None,
    by: Annotated[By | None, typer.Option(help="Also one row for each.")] = None,
    zone: Annotated[
        str | None, typer.Option(metavar="ZONE", help='Whose hours and days, such as "Europe/Berlin".')
    ] = None,
    patterns: Annotated[bool, typer.Option("--patterns", help="What comes again instead, and what to do.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a table for a spreadsheet; times in seconds.")] = False,
) -> None:
    """Show MTTA, MTTR, MTTD, what pages cost, and the change, with definitions."""
    if ctx.invoked_subcommand is not None:
        return
    if as_csv and options_of(ctx).json:
        raise Failure("Give either --csv or --json: both say what stands on stdout.", USAGE)
    if patterns:
        show_patterns(ctx, since, until, zone)
        return
    with agent(ctx) as client:
        reply = client.get(
            path_of("analytics"),
            MeasuredView,
            read_s=SLOW_READ_S,
            since=moment(since),
            until=until and moment(until),
            by=by,
            zone=zone,
        )
    if as_csv:
        write_figures(reply.view)
    else:
        answer(ctx, reply, _draw)


def _draw(screen: Screen, view: MeasuredView) -> None:
    _draw_sentence(screen, view)
    screen.blank()
    before = {name: getattr(view.before, name) for name in _FIGURES} if view.before else {}
    screen.table(
        [
            Column("figure"),
            *(Column(title, right=True) for title in ("mean", "median", "90 % within", "counted")),
            Column("before"),
        ],
        [
            [
                *_row(name, getattr(view, name)),
                change_s(getattr(view, name), before.get(name), plain=screen.plain),
            ]
            for name in _FIGURES
        ]
        + ([[*_row("page", view.counts.page_s), _page_change(screen, view)]] if view.counts else []),
    )
    if view.counts is not None and view.incidents:
        _draw_counts(screen, view, view.counts)
    _draw_worst(screen, view)
    if view.groups:
        screen.blank()
        _draw_groups(screen, view)
    screen.blank()
    screen.facts(
        [
            ("blind", length(view.blind_s) + ", left out of every figure" if view.blind_s else None),
            *((_title(name), text) for name, text in view.definitions.items() if name not in _SAID),
        ]
    )


def _draw_sentence(screen: Screen, view: MeasuredView) -> None:
    recent = (screen.now - view.until).total_seconds() < _NOW_S
    span = f"{clock(view.since, screen.now)} to {'now' if recent else clock(view.until, screen.now)}"
    if not view.incidents:
        blind = f" {length(view.blind_s)} were blind." if view.blind_s else ""
        screen.sentence(f"No incident from {span}.{blind}", screen.mark("up"))
    else:
        screen.sentence(
            f"{count(view.incidents, 'incident')} from {span}: {view.resolved} resolved, {view.open} open, "
            f"{view.acknowledged} acknowledged, {view.never_acknowledged} never acknowledged."
        )
    if view.before is not None and view.incidents + view.before.incidents:
        line = spark([each.incidents for each in view.trend], plain=screen.plain)
        change = change_n(view.incidents, view.before.incidents, plain=screen.plain)
        screen.sentence(f"{line}  a {view.grain} each; {change}" if len(line) > 1 else change)


def _page_change(screen: Screen, view: MeasuredView) -> str:
    now = view.counts.page_s if view.counts else None
    return change_s(now, view.before.counts.page_s if view.before else None, plain=screen.plain)


def _draw_counts(screen: Screen, view: MeasuredView, counts: CountsView) -> None:
    screen.blank()
    before = view.before.counts if view.before else None
    screen.table(
        [Column("of these"), Column("", right=True), Column("before"), Column("", 20)],
        [
            [
                title,
                str(getattr(counts, name)),
                change_n(getattr(counts, name), getattr(before, name), plain=screen.plain) if before else "",
                meaning,
            ]
            for name, title, meaning in _COUNTS
        ],
    )


def _draw_worst(screen: Screen, view: MeasuredView) -> None:
    down = sorted((each for each in view.availability if each.down_s > 0), key=lambda each: each.share or 0)
    if not view.availability:
        return
    screen.blank()
    if down:
        rest = len(view.availability) - len(down[:_WORST])
        screen.table(
            [Column("least available", 12), *(Column(title, right=True) for title in ("", "down", "outages", "blind"))],
            [
                [each.monitor, percent(each.share), length(each.down_s), str(each.outages), length(each.blind_s)]
                for each in down[:_WORST]
            ],
        )
        if rest:
            screen.sentence(
                f"and {count(rest, 'other monitor')}, {len(view.availability) - len(down)} without an outage"
            )
    else:
        screen.sentence(f"{count(len(view.availability), 'monitor')} watched, none was down.", screen.mark("up"))


def _title(name: str) -> str:
    """Return ``MTTA`` for ``mtta_s``, ``never acknowledged`` for ``never_acknowledged``."""
    plain = name.removesuffix("_s").replace("_", " ")
    return plain.upper() if plain.startswith("mtt") else plain


def _row(name: str, figure: FigureView | None) -> list[str]:
    return [_title(name), *(seconds(figure, part) for part in _PARTS), str(figure.count if figure else 0)]


def _draw_groups(screen: Screen, view: MeasuredView) -> None:
    most = max(group.incidents for group in view.groups)
    rows = []
    for group in view.groups:
        counts = view.group_counts.get(group.key)
        rows.append(
            [
                group.key,
                str(group.incidents),
                bar(group.incidents, most, _BAR_WIDTH, plain=screen.plain),
                str(group.never_acknowledged),
                str(counts.asleep) if counts else "",
                *(seconds(getattr(group, name)) for name in _FIGURES),
            ]
        )
    screen.table(
        [
            Column("", 12),
            Column("incidents", right=True),
            Column("", 0),
            *(Column(title, right=True) for title in ("never acked", "at night", "MTTA", "MTTR", "MTTD")),
        ],
        rows,
    )
