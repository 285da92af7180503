"""Tables for spreadsheets: figures and incidents, with no cell that a spreadsheet would run."""

import csv
import sys
from collections.abc import Iterable, Sequence

from statusapp_shared.measures import CountsView, MeasuredView
from statusapp_shared.protocol import AnalyticsGroup, IncidentView

_FIGURES = ("mtta_s", "mttr_s", "mttd_s")
_PARTS = ("mean", "p50", "p90", "count")
_COUNTS = ("paged", "escalated", "reopened", "false_alarms", "asleep", "after_hours")
_INCIDENT = (
    *("number", "id", "monitor", "status", "severity", "cause", "began_at", "opened_at"),
    *("acknowledged_at", "acknowledged_by", "acknowledged_via", "resolved_at", "resolved_by", "resolved_via"),
)
_RUNS = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> object:
    """Return a cell; text that a spreadsheet would take for a formula gets a quote in front of it."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(_RUNS):
        return f"'{value}"
    return value


def _write(rows: Iterable[Sequence[object]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerows([cell(value) for value in row] for row in rows)


def write_figures(view: MeasuredView) -> None:
    """Write one row for all and one for each group; times in seconds, nothing to count an empty cell."""
    head = ["key", "incidents", "acknowledged", "never_acknowledged"]
    head += [
        f"{name[:-2]}_{part}{'' if part == 'count' else '_s'}" for name in (*_FIGURES, "page_s") for part in _PARTS
    ]
    rows: list[Sequence[object]] = [[*head, *_COUNTS]]
    rows.append(_figures("all", view, view.counts))
    rows += [_figures(group.key, group, view.group_counts.get(group.key)) for group in view.groups]
    _write(rows)


def _figures(key: str, row: MeasuredView | AnalyticsGroup, counts: CountsView | None) -> list[object]:
    figures = [getattr(row, name) for name in _FIGURES] + [counts and counts.page_s]
    return [
        key,
        row.incidents,
        row.acknowledged,
        row.never_acknowledged,
        *(None if figure is None else getattr(figure, part) for figure in figures for part in _PARTS),
        *(counts and getattr(counts, name) for name in _COUNTS),
    ]


def write_incidents(incidents: Iterable[IncidentView]) -> None:
    """Write one row for each incident; times are RFC 3339 in UTC."""
    rows: list[Sequence[object]] = [_INCIDENT]
    for each in incidents:
        plain = each.model_dump(mode="json")
        rows.append([plain[name] for name in _INCIDENT])
    _write(rows)
