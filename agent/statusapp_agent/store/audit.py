"""Reading the audit log: who did what to what, when."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from statusapp_agent.store.history import reading
from statusapp_agent.store.rows import stamp


class AuditLine(NamedTuple):
    """One line; ``at`` is RFC 3339 in UTC."""

    id: int
    at: str
    by: str
    deed: str
    subject: str
    detail: str


def audit_lines(path: Path, since: datetime, until: datetime, after: int = 0, limit: int = 10_000) -> list[AuditLine]:
    """Return lines of a range in their order, those behind the id ``after``."""
    with reading(path) as connection:
        rows = connection.execute(
            "SELECT id, at, by, deed, subject, detail FROM audit WHERE id > ? AND at >= ? AND at < ?"
            " ORDER BY id LIMIT ?",
            (after, stamp(since), stamp(until), limit),
        ).fetchall()
    return [AuditLine(*row) for row in rows]


def settings_changes(path: Path, since: datetime, until: datetime) -> list[tuple[datetime, str]]:
    """Return who changed which settings in a range, in words."""
    return list(_changes(audit_lines(path, since, until)))


def _changes(lines: list[AuditLine]) -> Iterator[tuple[datetime, str]]:
    for line in lines:
        at = datetime.fromisoformat(line.at)
        if line.deed == "settings":
            yield at, f"{line.by} changed the settings" + (f": {line.detail}" if line.detail else "")
        elif line.deed == "secret":
            yield at, f"{line.by} replaced a secret of {line.subject}"


def known_since(path: Path) -> datetime | None:
    """Return the first moment of which anything is written down, None when nothing is."""
    query = "SELECT MIN(at) FROM (SELECT MIN(at) AS at FROM audit UNION ALL SELECT MIN(opened_at) FROM incident)"
    with reading(path) as connection:
        first = connection.execute(query).fetchone()[0]
    return datetime.fromisoformat(first) if first else None


def is_sample(path: Path) -> bool:
    """Whether the state holds sample data."""
    with reading(path) as connection:
        return connection.execute("SELECT 1 FROM meta WHERE key = 'sample'").fetchone() is not None
