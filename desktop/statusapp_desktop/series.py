"""What the charts show, computed from the agent's incidents. Pure: no Qt, no clock.

``zone`` None is the zone of the system, by its own rules for each moment.
Definitions are the agent's: MTTA counts acknowledged incidents only, MTTR resolved ones, percentiles are nearest-rank.
The agent's own headline figures also leave blind time out; the series here cannot, and say so beside the chart.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Literal

Grain = Literal["day", "week"]
WEEKDAYS, HOURS = 7, 24


@dataclass(frozen=True, slots=True)
class Item:
    """An incident as charts need it; lengths in seconds from when it was opened, None for "never"."""

    id: str
    monitor: str
    opened_at: datetime
    acknowledged_s: float | None
    resolved_s: float | None
    responder: str | None


@dataclass(frozen=True, slots=True)
class Summary:
    """Mean, median and 90th percentile in seconds, over ``count`` incidents."""

    mean: float
    p50: float
    p90: float
    count: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """One day or week: what was opened in it, and how fast that was taken and mended (None: nothing to count)."""

    starts: date
    incidents: tuple[str, ...]
    ack: Summary | None
    resolve: Summary | None


@dataclass(frozen=True, slots=True)
class Spread:
    """Times to acknowledge in classes of ``step_s``: class N holds N * step up to (N + 1) * step.

    When it is ``open_ended`` the last class holds all above, too. ``never`` were not acknowledged and stand apart.
    """

    step_s: float
    counts: tuple[int, ...]
    never: int
    summary: Summary | None
    open_ended: bool = False


def item_of(answer: dict[str, Any]) -> Item:
    """Return an incident of the agent's answer."""
    opened = datetime.fromisoformat(answer["opened_at"])

    def since(key: str) -> float | None:
        at = answer.get(key)
        return None if at is None else max(0.0, (datetime.fromisoformat(at) - opened).total_seconds())

    return Item(
        answer["id"],
        answer["monitor"],
        opened,
        since("acknowledged_at"),
        since("resolved_at"),
        answer.get("acknowledged_by"),
    )


def summary(values: Iterable[float | None]) -> Summary | None:
    """Sum up what is known of ``values``; None when nothing is."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    return Summary(math.fsum(known) / len(known), _rank(known, 0.5), _rank(known, 0.9), len(known))


def _rank(ordered: Sequence[float], share: float) -> float:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def grain_of(since: datetime, until: datetime) -> Grain:
    """Return the grain that gives a readable number of points: days up to two weeks, weeks above."""
    return "day" if until - since <= timedelta(days=15) else "week"


def trend(
    items: Iterable[Item], since: datetime, until: datetime, grain: Grain, zone: tzinfo | None = None
) -> list[Bucket]:
    """Return every day or week (from Monday) of the range, empty ones too: a gap is shown as a gap."""
    found: dict[date, list[Item]] = {}
    for item in items:
        if since <= item.opened_at < until:
            found.setdefault(_starts(item.opened_at.astimezone(zone).date(), grain), []).append(item)
    buckets = []
    step = timedelta(days=1 if grain == "day" else 7)
    day = _starts(since.astimezone(zone).date(), grain)
    last = (until - timedelta(microseconds=1)).astimezone(zone).date()
    while day <= last:
        here = found.get(day, [])
        buckets.append(
            Bucket(
                day,
                tuple(each.id for each in here),
                summary(each.acknowledged_s for each in here),
                summary(each.resolved_s for each in here),
            )
        )
        day += step
    return buckets


def _starts(day: date, grain: Grain) -> date:
    return day if grain == "day" else day - timedelta(days=day.weekday())


def by_monitor(items: Iterable[Item]) -> list[tuple[str, int]]:
    """Return how many incidents each monitor had, most first, then by name."""
    counted = Counter(item.monitor for item in items)
    return sorted(counted.items(), key=lambda each: (-each[1], each[0].casefold()))


_STEPS_S = (15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
_MOST_CLASSES = 12


def spread(items: Sequence[Item]) -> Spread:
    """Return the times to acknowledge in at most 12 classes of a round width that hold 95 of 100 of them."""
    known = sorted(item.acknowledged_s for item in items if item.acknowledged_s is not None)
    never = len(items) - len(known)
    if not known:
        return Spread(60.0, (), never, None)
    most = _rank(known, 0.95)
    step = next((each for each in _STEPS_S if most < each * _MOST_CLASSES), _STEPS_S[-1])
    open_ended = known[-1] // step > most // step
    classes = min(_MOST_CLASSES, int(most // step) + 1) + open_ended
    counts = [0] * classes
    for value in known:
        counts[min(classes - 1, int(value // step))] += 1
    return Spread(float(step), tuple(counts), never, summary(known), open_ended)


def heat(items: Iterable[Item], zone: tzinfo | None = None) -> list[list[int]]:
    """Return counts by weekday (Monday first) and local hour."""
    table = [[0] * HOURS for _ in range(WEEKDAYS)]
    for item in items:
        local = item.opened_at.astimezone(zone)
        table[local.weekday()][local.hour] += 1
    return table


def busiest(table: Sequence[Sequence[int]]) -> tuple[int, int, int] | None:
    """Return the weekday, the hour and the count of the fullest cell, the first of equals; None when all are empty."""
    cells = [(count, -day, -hour) for day, row in enumerate(table) for hour, count in enumerate(row) if count]
    if not cells:
        return None
    count, day, hour = max(cells)
    return -day, -hour, count


def steps(most: float) -> list[float]:
    """Return 3 to 6 round ticks from 0 that reach ``most``."""
    if most <= 0:
        return [0.0, 1.0]
    rough = most / 4
    size = 10 ** math.floor(math.log10(rough))
    step = next(each * size for each in (1, 2, 2.5, 5, 10) if each * size >= rough)
    return [number * step for number in range(math.ceil(most / step) + 1)]
