"""Every chart as a table: for those who do not see it, for copying, and for CSV. Pure."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from statusapp_desktop.series import Bucket, Item, Spread, Summary, summary
from statusapp_desktop.words import tr

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Table:
    """A title, the heads of the columns, and the rows; times in seconds unless a head says otherwise."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def trend_table(buckets: Iterable[Bucket]) -> Table:
    """Return MTTA and MTTR by day or week, in minutes."""
    rows = tuple(
        (f"{each.starts:%Y-%m-%d}", len(each.incidents), *_minutes(each.ack), *_minutes(each.resolve))
        for each in buckets
    )
    heads = (
        tr("From"),
        tr("Incidents"),
        tr("MTTA mean, min"),
        tr("MTTA p50, min"),
        tr("MTTA p90, min"),
        tr("MTTR mean, min"),
        tr("MTTR p50, min"),
        tr("MTTR p90, min"),
    )
    return Table(tr("Time to acknowledge and to resolve"), heads, rows)


def _minutes(told: Summary | None) -> tuple[float | None, ...]:
    if told is None:
        return (None, None, None)
    return tuple(round(value / 60, 1) for value in (told.mean, told.p50, told.p90))


def monitor_table(counted: Sequence[tuple[str, int]]) -> Table:
    """Return incidents by monitor."""
    rows: list[tuple[Cell, ...]] = [(name, count) for name, count in counted]
    return Table(tr("Incidents by monitor"), (tr("Monitor"), tr("Incidents")), tuple(rows))


def spread_table(spread: Spread) -> Table:
    """Return how many incidents were acknowledged how soon."""
    rows: list[tuple[Cell, ...]] = [(span(spread, number), count) for number, count in enumerate(spread.counts)]
    return Table(
        tr("Time to acknowledge"), (tr("Acknowledged after"), tr("Incidents")), (*rows, (tr("never"), spread.never))
    )


def span(spread: Spread, number: int) -> str:
    """Return a class in words: "2 to 4 min", the last one "24 min and more" when it holds all above."""
    unit, size = (
        (tr("s"), 1.0) if spread.step_s < 60 else (tr("min"), 60.0) if spread.step_s < 3600 else (tr("h"), 3600.0)
    )
    low, high = number * spread.step_s / size, (number + 1) * spread.step_s / size
    if number == len(spread.counts) - 1 and spread.open_ended:
        return tr("{low} {unit} and more", low=f"{low:g}", unit=unit)
    return tr("{low} to {high} {unit}", low=f"{low:g}", high=f"{high:g}", unit=unit)


def day_names() -> list[str]:
    """Return Monday to Sunday, short."""
    return [tr("Mon"), tr("Tue"), tr("Wed"), tr("Thu"), tr("Fri"), tr("Sat"), tr("Sun")]


def heat_table(table: Sequence[Sequence[int]]) -> Table:
    """Return incidents by weekday and local hour."""
    heads = (tr("Day"), *(f"{hour:02}" for hour in range(24)))
    rows: tuple[tuple[Cell, ...], ...] = tuple((name, *row) for name, row in zip(day_names(), table, strict=True))
    return Table(tr("When they open"), heads, rows)


def responder_table(items: Iterable[Item]) -> Table:
    """Return how many incidents each person acknowledged, and how fast."""
    taken: dict[str, list[float]] = {}
    for item in items:
        if item.acknowledged_s is not None:
            taken.setdefault(item.responder or tr("somebody"), []).append(item.acknowledged_s)
    rows: list[tuple[Cell, ...]] = []
    for name, times in sorted(taken.items(), key=lambda each: (-len(each[1]), each[0].casefold())):
        rows.append((name, len(times), *_minutes(summary(times))))
    return Table(
        tr("By responder"),
        (tr("Person"), tr("Acknowledged"), tr("MTTA, min"), tr("p50, min"), tr("p90, min")),
        tuple(rows),
    )


def as_csv(tables: Iterable[Table]) -> str:
    """Return all tables as one CSV: a line for each value, so that every program can read it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["chart", "row", "column", "value"])
    for table in tables:
        for row in table.rows:
            for head, value in zip(table.heads[1:], row[1:], strict=True):
                writer.writerow([table.title, _harmless(row[0]), head, "" if value is None else value])
    return out.getvalue()


def _harmless(value: Cell) -> Cell:
    """Keep spreadsheets from taking a name for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
