"""Finished hours of ``samples.db``: packed into blocks, summed up by the hour and the day.

Each call takes one hour on the thread that writes the history, in one transaction; a kill in between loses and doubles
nothing. Results that come late to a packed hour are put into its block.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby

from statusapp_agent.core.sight import percentile
from statusapp_agent.store.blocks import Row, in_order, pack_block, unpack_block
from statusapp_agent.store.database import transaction

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
SETTLED_AFTER_MS = 10 * 60_000
"""A check may end minutes after it began: an hour is packed when this much of the next is over."""

_SUMS = "up, degraded, down, unknown, latency_us, timed, p50_us, p95_us, slowest_us"


def pack_next_hour(connection: sqlite3.Connection, now: datetime) -> bool:
    """Pack the oldest finished hour that still lies in rows; return whether there was one."""
    settled = (int(now.timestamp() * 1000) - SETTLED_AFTER_MS) // HOUR_MS * HOUR_MS
    oldest = connection.execute("SELECT min(at_ms) FROM result").fetchone()[0]
    if oldest is None or oldest >= settled:
        return False
    hour = oldest // HOUR_MS * HOUR_MS
    with transaction(connection):
        rows = connection.execute(
            "SELECT monitor, at_ms, status, latency_us, error, message FROM result WHERE at_ms >= ? AND at_ms < ?"
            " ORDER BY monitor, at_ms",
            (hour, hour + HOUR_MS),
        )
        packed = []
        # One monitor at a time: an hour of thousands of them at once would be the agent's largest piece of memory.
        for monitor, mine in groupby(map(tuple, rows), key=lambda row: row[0]):
            store_hours(connection, hour, [_one(connection, monitor, hour, [Row(*row[1:]) for row in mine])])
            packed.append(monitor)
        connection.execute("DELETE FROM result WHERE at_ms >= ? AND at_ms < ?", (hour, hour + HOUR_MS))
        day = hour // DAY_MS * DAY_MS
        for monitor in packed:
            sum_day(connection, monitor, day)
    return True


def _one(connection: sqlite3.Connection, monitor: int, hour: int, rows: list[Row]) -> tuple[int, list[Row]]:
    known = connection.execute("SELECT body FROM block WHERE monitor = ? AND at_ms = ?", (monitor, hour)).fetchone()
    return monitor, in_order([*unpack_block(known[0], hour), *rows]) if known else rows


def store_hours(connection: sqlite3.Connection, hour: int, packed: Iterable[tuple[int, Sequence[Row]]]) -> None:
    """Write the blocks and the sums of one hour; ``packed`` has the results of each monitor, by its number."""
    blocks, sums = [], []
    for monitor, rows in packed:
        blocks.append((monitor, hour, pack_block(rows, hour)))
        sums.append((monitor, hour, *summed(rows)))
    connection.executemany("INSERT OR REPLACE INTO block VALUES (?, ?, ?)", blocks)
    connection.executemany(f"INSERT OR REPLACE INTO hour VALUES ({', '.join('?' * 11)})", sums)  # noqa: S608


def summed(rows: Sequence[Row]) -> tuple[int | None, ...]:
    """Return the columns of ``hour`` behind its key: counts by status, latencies in microseconds."""
    latencies = [row.latency_us for row in rows if row.latency_us is not None]
    counts = [sum(row.status == number for row in rows) for number in range(4)]
    p50, p95 = percentile(latencies, 0.5), percentile(latencies, 0.95)
    return (
        *counts,
        sum(latencies),
        len(latencies),
        None if p50 is None else int(p50),
        None if p95 is None else int(p95),
        max(latencies, default=None),
    )


def sum_day(connection: sqlite3.Connection, monitor: int, day: int) -> None:
    """Sum a day (UTC) up from its hours; its percentiles are the medians of theirs, weighed alike."""
    rows = connection.execute(
        f"SELECT {_SUMS} FROM hour WHERE monitor = ? AND at_ms >= ? AND at_ms < ?",  # noqa: S608 - our own names
        (monitor, day, day + DAY_MS),
    ).fetchall()
    totals = [sum(row[index] for row in rows) for index in range(6)]
    middles = [percentile([row[index] for row in rows if row[index] is not None], 0.5) for index in (6, 7)]
    slowest = max((row[8] for row in rows if row[8] is not None), default=None)
    connection.execute(
        f"INSERT OR REPLACE INTO day VALUES ({', '.join('?' * 11)})",  # noqa: S608 - as many marks as columns
        (monitor, day, *totals, *(None if middle is None else int(middle) for middle in middles), slowest),
    )


def forget(connection: sqlite3.Connection, results_before: datetime, hours_before: datetime) -> int:
    """Delete results, and hours, that are older than kept; days stay. Returns how many rows and blocks went."""
    before = int(results_before.astimezone(UTC).timestamp() * 1000)
    with transaction(connection):
        rows = connection.execute("DELETE FROM result WHERE at_ms < ?", (before,)).rowcount
        # By the hour it begins in: a block leaves when all of it is older.
        blocks = connection.execute("DELETE FROM block WHERE at_ms + ? <= ?", (HOUR_MS, before)).rowcount
        connection.execute("DELETE FROM hour WHERE at_ms < ?", (int(hours_before.timestamp() * 1000),))
    return rows + blocks
