"""``samples.db``: results by the thousand, batched, on a thread of its own; losing its last seconds is harmless."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from statusapp_agent.core.model import CheckStatus, Result
from statusapp_agent.store.blocks import Row, unpack_block
from statusapp_agent.store.database import connect, open_migrated, transaction
from statusapp_agent.store.rollups import HOUR_MS, forget, pack_next_hour
from statusapp_agent.store.rows import stamp
from statusapp_agent.store.schema import samples_migrations

_STATUS = {status: number for number, status in enumerate(CheckStatus)}
_STATUS_BACK = {number: status for status, number in _STATUS.items()}
_LONGEST_MESSAGE = 512
_KEEP_HOURS = timedelta(days=730)


_FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sample:
    """One remembered result: less than the result itself, enough for charts, figures and "the last ones"."""

    at: datetime
    status: CheckStatus
    latency_s: float | None
    error: str | None
    message: str


class SampleStore:
    """Appends results in batches and reads them back by monitor and time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = open_migrated(path, samples_migrations, durable=False, backups=None)
        self._ids = {row["name"]: row["id"] for row in self.connection.execute("SELECT id, name FROM monitor")}

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def append(self, batch: Iterable[tuple[str, Result]], alive_at: datetime) -> None:
        """Write a batch of results, and that the agent was alive at this moment."""
        with transaction(self.connection):
            rows = [
                (
                    int(result.started_at.timestamp() * 1000),
                    self.number(name, int(result.started_at.timestamp() * 1000)),
                    _STATUS[result.status],
                    None if result.latency_s is None else int(result.latency_s * 1_000_000),
                    result.error,
                    None if result.status is CheckStatus.UP else result.message[:_LONGEST_MESSAGE],
                )
                for name, result in batch
            ]
            self.connection.executemany("INSERT INTO result VALUES (?, ?, ?, ?, ?, ?)", rows)
            self.connection.execute("INSERT OR REPLACE INTO alive(id, at) VALUES (1, ?)", (stamp(alive_at),))

    def number(self, name: str, first_ms: int) -> int:
        """Return the number of a monitor, a new one for a new name, known since ``first_ms``."""
        known = self._ids.get(name)
        if known is None:
            cursor = self.connection.execute("INSERT INTO monitor(name, first_ms) VALUES (?, ?)", (name, first_ms))
            known = self._ids[name] = int(cursor.lastrowid or 0)
        return known

    def last_alive_at(self) -> datetime | None:
        """Return when the agent last wrote here, None before it ever did."""
        row = self.connection.execute("SELECT at FROM alive").fetchone()
        return datetime.fromisoformat(row["at"]) if row else None

    def pack(self, now: datetime) -> bool:
        """Pack the oldest finished hour; return whether there was one."""
        return pack_next_hour(self.connection, now)

    def prune(self, before: datetime) -> int:
        """Delete results older than a moment, and sums by the hour older than two years; return how many results."""
        return forget(self.connection, before, min(before, before - _KEEP_HOURS))


def read_samples(path: Path, monitor: str, since: datetime, limit: int, until: datetime = _FOR_EVER) -> list[Sample]:
    """Return the latest results of a monitor between two moments, oldest first, over a connection of its own."""
    span_ms = (int(since.timestamp() * 1000), int(until.timestamp() * 1000))
    connection = connect(path, durable=False, read_only=True)
    try:
        connection.execute("BEGIN")  # what is packed while we read must not be met twice, or not at all
        rows = _rows(connection, monitor, *span_ms, limit)
    finally:
        connection.close()
    return [
        Sample(
            datetime.fromtimestamp(row.at_ms / 1000, UTC),
            _STATUS_BACK[row.status],
            None if row.latency_us is None else row.latency_us / 1_000_000,
            row.error,
            row.message or "",
        )
        for row in rows
    ]


def _rows(connection: sqlite3.Connection, monitor: str, since_ms: int, until_ms: int, limit: int) -> list[Row]:
    known = connection.execute("SELECT id FROM monitor WHERE name = ?", (monitor,)).fetchone()
    if known is None:
        return []
    found = [
        Row(*row)
        for row in connection.execute(
            "SELECT at_ms, status, latency_us, error, message FROM result WHERE at_ms >= ? AND at_ms <= ?"
            " AND monitor = ? ORDER BY at_ms DESC LIMIT ?",
            (since_ms, until_ms, known["id"], limit),
        )
    ]
    blocks = connection.execute(
        "SELECT at_ms, body FROM block WHERE monitor = ? AND at_ms > ? AND at_ms <= ? ORDER BY at_ms DESC",
        (known["id"], since_ms - HOUR_MS, until_ms),
    )
    for hour, body in blocks:
        # A row that came late to a packed hour lies among the block's: whole hours are needed, then the latest.
        if len(found) >= limit and found[limit - 1].at_ms >= hour + HOUR_MS:
            break
        found += [row for row in unpack_block(body, hour) if since_ms <= row.at_ms <= until_ms]
        found.sort(key=lambda row: -row.at_ms)
    return found[:limit][::-1]
