"""Reading the sums of results by hour and day."""

from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

from statusapp_agent.store.database import connect
from statusapp_agent.store.rollups import DAY_MS, HOUR_MS

Grain = Literal["hour", "day"]


class Sum(NamedTuple):
    """One hour or day as its row has it; latencies in microseconds."""

    at_ms: int
    up: int
    degraded: int
    down: int
    unknown: int
    latency_us: int
    timed: int
    p50_us: int | None
    p95_us: int | None
    slowest_us: int | None


def read_sums(path: Path, monitor: str, since: datetime, until: datetime, grain: Grain) -> list[Sum]:
    """Return the sums of a monitor that touch a range, oldest first."""
    first, last = int(since.timestamp() * 1000), int(until.timestamp() * 1000)
    connection = connect(path, durable=False, read_only=True)
    try:
        rows = connection.execute(
            f"SELECT {', '.join(Sum._fields)} FROM {grain} WHERE monitor ="  # noqa: S608 - our own names
            " (SELECT id FROM monitor WHERE name = ?) AND at_ms > ? AND at_ms < ? ORDER BY at_ms",
            (monitor, first - (DAY_MS if grain == "day" else HOUR_MS), last),
        ).fetchall()
    finally:
        connection.close()
    return [Sum(*row) for row in rows]
