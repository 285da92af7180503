"""``statusapp analytics``: how fast incidents are seen and mended, with the definitions."""

import csv
import sys
from typing import Annotated, Literal

import typer

from statusapp_agent.cli.client import SLOW_READ_S, agent, path_of
from statusapp_agent.cli.failure import USAGE, Failure
from statusapp_agent.cli.incidents import moment
from statusapp_agent.cli.options import options_of
from statusapp_agent.cli.show import Column, Screen, answer
from statusapp_agent.cli.words import clock, count, length
from statusapp_shared.protocol import AnalyticsGroup, AnalyticsView, FigureView

_FIGURES = ("mtta_s", "mttr_s", "mttd_s")
_PARTS = ("mean", "p50", "p90", "count")
_NOTHING = "n/a"
_NOW_S = 60


def analytics(
    ctx: typer.Context,
    since: Annotated[str, typer.Option(metavar="WHEN", help='A length ("30d", "12h") or a date.')] = "30d",
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="The end; now, if left out.")] = None,
    by: Annotated[
        Literal["monitor", "channel", "responder", "tier", "hour"] | None, typer.Option(help="Also one row for each.")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a table for a spreadsheet; times in seconds.")] = False,
) -> None:
    """Show MTTA, MTTR, MTTD and counts, with their definitions."""
    if as_csv and options_of(ctx).json:
        raise Failure("Give either --csv or --json: both say what stands on stdout.", USAGE)
    with agent(ctx) as client:
        reply = client.get(
            path_of("analytics"),
            AnalyticsView,
            read_s=SLOW_READ_S,
            since=moment(since),
            until=until and moment(until),
            by=by,
        )
    if as_csv:
        _write_csv(reply.view)
    else:
        answer(ctx, reply, _draw)


def _draw(screen: Screen, view: AnalyticsView) -> None:
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
    screen.blank()
    screen.table(
        [Column("figure"), *(Column(title, right=True) for title in ("mean", "median", "90 % within", "counted"))],
        [[_title(name), *_cells(getattr(view, name))] for name in _FIGURES],
    )
    if view.groups:
        screen.blank()
        _draw_groups(screen, view.groups)
    screen.blank()
    screen.facts(
        [
            ("blind", length(view.blind_s) + ", left out of every figure" if view.blind_s else None),
            *((_title(name), text) for name, text in view.definitions.items()),
        ]
    )


def _title(name: str) -> str:
    """Return ``MTTA`` for ``mtta_s``, ``never acknowledged`` for ``never_acknowledged``."""
    plain = name.removesuffix("_s").replace("_", " ")
    return plain.upper() if plain.startswith("mtt") else plain


def _cells(figure: FigureView | None) -> list[str]:
    if figure is None:
        return [_NOTHING, _NOTHING, _NOTHING, "0"]
    return [length(figure.mean), length(figure.p50), length(figure.p90), str(figure.count)]


def _draw_groups(screen: Screen, groups: list[AnalyticsGroup]) -> None:
    screen.table(
        [
            Column("", 12),
            *(Column(title, right=True) for title in ("incidents", "never acked", "MTTA", "MTTR", "MTTD")),
        ],
        [
            [
                group.key,
                str(group.incidents),
                str(group.never_acknowledged),
                *(_cells(getattr(group, name))[0] for name in _FIGURES),
            ]
            for group in groups
        ],
    )


def _write_csv(view: AnalyticsView) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(
        ["key", "incidents", "acknowledged", "never_acknowledged"]
        + [f"{name.removesuffix('_s')}_{part}{'' if part == 'count' else '_s'}" for name in _FIGURES for part in _PARTS]
    )
    rows: list[tuple[str, AnalyticsView | AnalyticsGroup]] = [("all", view)]
    rows += [(group.key, group) for group in view.groups]
    for key, row in rows:
        figures = [getattr(row, name) for name in _FIGURES]
        writer.writerow(
            [key, row.incidents, row.acknowledged, row.never_acknowledged]
            + ["" if figure is None else getattr(figure, part) for figure in figures for part in _PARTS]
        )
