"""Recorded results as the checks brought them, one after the other: for replaying; nothing is held in memory."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from statusapp_agent.core.model import CheckStatus, Result
from statusapp_agent.store.blocks import Row, unpack_block
from statusapp_agent.store.database import connect
from statusapp_agent.store.rollups import DAY_MS, HOUR_MS

_STATUSES = tuple(CheckStatus)


def stream_results(path: Path, monitor: str, since: datetime, until: datetime) -> Iterator[Result]:
    """Yield the results of a monitor in a range, oldest first."""
    first, last = int(since.timestamp() * 1000), int(until.timestamp() * 1000)
    connection = connect(path, durable=False, read_only=True)
    try:
        connection.execute("BEGIN")
        known = connection.execute("SELECT id FROM monitor WHERE name = ?", (monitor,)).fetchone()
        if known is None:
            return
        blocks = connection.execute(
            "SELECT at_ms, body FROM block WHERE monitor = ? AND at_ms > ? AND at_ms < ? ORDER BY at_ms",
            (known["id"], first - HOUR_MS, last),
        )
        for hour, body in blocks:
            yield from (_result(row) for row in unpack_block(body, hour) if first <= row.at_ms < last)
        rows = connection.execute(
            "SELECT at_ms, status, latency_us, error, message FROM result WHERE at_ms >= ? AND at_ms < ?"
            " AND monitor = ? ORDER BY at_ms",
            (first, last, known["id"]),
        )
        yield from (_result(Row(*row)) for row in rows)
    finally:
        connection.close()


def _result(row: Row) -> Result:
    return Result(
        _STATUSES[row.status],
        datetime.fromtimestamp(row.at_ms / 1000, UTC),
        None if row.latency_us is None else row.latency_us / 1_000_000,
        row.message or "",
        row.error,
    )


def usual_latencies(path: Path, since: datetime, until: datetime) -> dict[str, tuple[float, float]]:
    """Return for each monitor the mean of its days' medians and of their 95th percentiles, in seconds."""
    if not path.exists():
        return {}
    connection = connect(path, durable=False, read_only=True)
    try:
        rows = connection.execute(
            "SELECT m.name, avg(d.p50_us) AS p50, avg(d.p95_us) AS p95 FROM day d JOIN monitor m ON m.id = d.monitor"
            " WHERE d.at_ms > ? AND d.at_ms < ? AND d.p50_us IS NOT NULL GROUP BY m.id",
            (int(since.timestamp() * 1000) - DAY_MS, int(until.timestamp() * 1000)),
        ).fetchall()
    finally:
        connection.close()
    return {row["name"]: (row["p50"] / 1_000_000, row["p95"] / 1_000_000) for row in rows}
