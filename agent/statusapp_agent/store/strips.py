"""Reading many results as few cells, in one pass over the samples."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from statusapp_agent.core.model import CheckStatus
from statusapp_agent.store.database import connect

_ORDER = list(CheckStatus)


@dataclass(frozen=True, slots=True)
class Cell:
    """What was seen of one monitor in one cell of a range."""

    monitor: str
    number: int
    seen: frozenset[CheckStatus]


def read_cells(path: Path, since: datetime, until: datetime, cells: int) -> list[Cell]:
    """Return for every monitor and cell with a result which kinds of results there were."""
    since_ms, until_ms = int(since.timestamp() * 1000), int(until.timestamp() * 1000)
    step_ms = max(1, (until_ms - since_ms) // cells)
    connection = connect(path, durable=False, read_only=True)
    try:
        rows = connection.execute(
            "SELECT monitor.name AS name, min((at_ms - ?) / ?, ?) AS cell, result.status AS status FROM result"
            " JOIN monitor ON monitor.id = result.monitor WHERE at_ms >= ? AND at_ms < ? GROUP BY 1, 2, 3",
            (since_ms, step_ms, cells - 1, since_ms, until_ms),
        ).fetchall()
    finally:
        connection.close()
    seen: dict[tuple[str, int], set[CheckStatus]] = {}
    for row in rows:
        seen.setdefault((row["name"], row["cell"]), set()).add(_ORDER[row["status"]])
    return [Cell(name, number, frozenset(which)) for (name, number), which in seen.items()]
