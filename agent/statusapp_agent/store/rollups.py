"""Hours and days in place of results: what charts of more than a few days are drawn from, and what is kept for years.

An hour is made once, when it is over; a day (in UTC) of the results of its hours. What was made stays when the results
are dropped. Latencies are microseconds in the file and seconds outside of it.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Literal

from statusapp_agent.core.model import CheckStatus
from statusapp_agent.store.database import connect, transaction

Step = Literal["hour", "day"]
_MS = {"hour": 3_600_000, "day": 86_400_000}
_STATUSES = list(CheckStatus)
LATE = timedelta(minutes=5)
"""Results are written a few seconds after they were seen, and a check may take minutes."""


@dataclass(frozen=True, slots=True)
class Rolled:
    """One hour or day of one monitor: how many checks ended how, and the latencies of those that were answered."""

    monitor: str
    at: datetime
    up: int
    degraded: int
    down: int
    unknown: int
    mean_s: float | None
    p50_s: float | None
    p90_s: float | None
    max_s: float | None


def roll_up(connection: sqlite3.Connection, now: datetime) -> int:
    """Make every hour and day that is over and not made yet, one transaction each; return how many."""
    made = 0
    for step in ("hour", "day"):
        for begins_ms in list(_due(connection, step, now)):
            with transaction(connection):
                rows = _made(connection, begins_ms, begins_ms + _MS[step])
                connection.executemany(f"INSERT OR REPLACE INTO {step} VALUES (?,?,?,?,?,?,?,?,?,?)", rows)  # noqa: S608
                connection.execute("INSERT OR REPLACE INTO rolled VALUES (?, ?)", (step, begins_ms + _MS[step]))
            made += 1
    return made


def _due(connection: sqlite3.Connection, step: str, now: datetime) -> Iterator[int]:
    length = _MS[step]
    over_ms = int((now - LATE).timestamp() * 1000) // length * length
    row = connection.execute("SELECT until_ms FROM rolled WHERE id = ?", (step,)).fetchone()
    first = connection.execute("SELECT MIN(at_ms) AS at_ms FROM result").fetchone()["at_ms"]
    if first is None:
        return
    begins = max(row["until_ms"] if row else 0, first // length * length)
    yield from range(begins, over_ms, length)


def _made(connection: sqlite3.Connection, begins_ms: int, ends_ms: int) -> list[tuple[int | None, ...]]:
    found = connection.execute(
        "SELECT monitor, status, latency_us FROM result WHERE at_ms >= ? AND at_ms < ? ORDER BY monitor",
        (begins_ms, ends_ms),
    )
    rows = []
    for monitor, group in groupby(found, key=lambda row: row["monitor"]):
        statuses, latencies = [0] * len(_STATUSES), []
        for row in group:
            statuses[row["status"]] += 1
            if row["latency_us"] is not None:
                latencies.append(row["latency_us"])
        rows.append((monitor, begins_ms, *statuses, *_latencies(sorted(latencies))))
    return rows


def _latencies(ordered: Sequence[int]) -> tuple[int | None, ...]:
    if not ordered:
        return (None, None, None, None)
    at = [ordered[min(len(ordered) - 1, -(-part * len(ordered) // 100) - 1)] for part in (50, 90)]
    return (sum(ordered) // len(ordered), *at, ordered[-1])


def prune(connection: sqlite3.Connection, step: Step, before: datetime) -> int:
    """Delete hours or days that began before a moment; return how many."""
    with transaction(connection):
        cursor = connection.execute(f"DELETE FROM {step} WHERE at_ms < ?", (int(before.timestamp() * 1000),))  # noqa: S608
    return cursor.rowcount


def read_rolled(
    path: Path, step: Step, since: datetime, until: datetime, monitors: Iterable[str] | None = None
) -> list[Rolled]:
    """Return the hours or days of a range, by monitor and time; of all monitors unless some are named."""
    connection = connect(path, durable=False, read_only=True)
    query = (
        f"SELECT name, {step}.* FROM {step} JOIN monitor ON monitor.id = {step}.monitor"  # noqa: S608
        " WHERE at_ms >= ? AND at_ms < ? AND monitor.id = ? ORDER BY at_ms"
    )
    span = (int(since.timestamp() * 1000), int(until.timestamp() * 1000))
    try:
        known = {row["name"]: row["id"] for row in connection.execute("SELECT id, name FROM monitor")}
        wanted = sorted(known) if monitors is None else [name for name in monitors if name in known]
        return [_rolled(row) for name in wanted for row in connection.execute(query, (*span, known[name]))]
    finally:
        connection.close()


def _rolled(row: sqlite3.Row) -> Rolled:
    seconds = [None if row[name] is None else row[name] / 1e6 for name in ("mean_us", "p50_us", "p90_us", "max_us")]
    at = datetime.fromtimestamp(row["at_ms"] / 1000, UTC)
    return Rolled(row["name"], at, row["up"], row["degraded"], row["down"], row["unknown"], *seconds)
