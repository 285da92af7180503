"""Reading what was: incidents with their story, for people and for figures. Connections are read-only and short."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from statusapp_agent.core.model import Delivery, Incident, Scope, TimelineEntry
from statusapp_agent.core.state import BlindTime
from statusapp_agent.store.database import connect
from statusapp_agent.store.rows import stamp, unpack


@dataclass(frozen=True, slots=True)
class Story:
    """One incident with all that is written about it."""

    incident: Incident
    timeline: tuple[TimelineEntry, ...]
    deliveries: tuple[Delivery, ...]


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the state for reading beside the writer."""
    connection = connect(path, durable=True, read_only=True)
    try:
        yield connection
    finally:
        connection.close()


def find_incident(path: Path, text: str) -> list[str]:
    """Return the ids of the incidents that a person may mean by a number, an id, or the beginning of one."""
    wanted = text.strip().lstrip("#").lower()
    if not wanted.isalnum():
        return []
    with reading(path) as connection:
        rows = connection.execute(
            "SELECT id FROM incident WHERE id = ? OR (? != '' AND CAST(number AS TEXT) = ?) LIMIT 3",
            (wanted, wanted, wanted),
        ).fetchall()
        if not rows and len(wanted) >= 4:
            rows = connection.execute(
                "SELECT id FROM incident WHERE id >= ? AND id < ? LIMIT 3", (wanted, wanted + "~")
            ).fetchall()
    return [row["id"] for row in rows]


def story(path: Path, incident: str) -> Story | None:
    """Return an incident with its timeline and deliveries, None when there is none of that id."""
    with reading(path) as connection:
        row = connection.execute("SELECT body FROM incident WHERE id = ?", (incident,)).fetchone()
        if row is None:
            return None
        lines = connection.execute("SELECT * FROM timeline WHERE incident = ? ORDER BY at, id", (incident,)).fetchall()
        sent = connection.execute("SELECT body FROM delivery WHERE incident = ? ORDER BY id", (incident,)).fetchall()
    return Story(
        unpack(Incident, row["body"]),
        tuple(
            TimelineEntry(
                datetime.fromisoformat(line["at"]),
                line["kind"],
                line["text"],
                line["by"],
                line["via"],
                line["source"] or "statusapp",
            )
            for line in lines
        ),
        tuple(unpack(Delivery, one["body"]) for one in sent),
    )


def incidents(
    path: Path,
    *,
    open_only: bool = False,
    since: datetime | None = None,
    until: datetime | None = None,
    monitor: str | None = None,
    purpose: str | None = None,
    limit: int = 1000,
) -> list[Incident]:
    """Return incidents, newest first."""
    terms: list[str] = ["1"]
    values: list[Any] = []
    for term, value in (
        ("opened_at >= ?", stamp(since)),
        ("opened_at < ?", stamp(until)),
        ("monitor = ?", monitor),
        ("purpose = ?", purpose),
    ):
        if value is not None:
            terms.append(term)
            values.append(value)
    if open_only:
        terms.append("status != 'resolved'")
    query = f"SELECT body FROM incident WHERE {' AND '.join(terms)} ORDER BY number DESC LIMIT ?"  # noqa: S608
    with reading(path) as connection:
        rows = connection.execute(query, (*values, limit)).fetchall()
    return [unpack(Incident, row["body"]) for row in rows]


def blind_times(path: Path, since: datetime, until: datetime) -> list[BlindTime]:
    """Return the stretches of blind time that touch a range."""
    with reading(path) as connection:
        rows = connection.execute(
            "SELECT * FROM blind WHERE began_at < ? AND (ended_at IS NULL OR ended_at > ?) ORDER BY began_at",
            (stamp(until), stamp(since)),
        ).fetchall()
    return [
        BlindTime(
            Scope(row["scope"]),
            row["cause"],
            datetime.fromisoformat(row["began_at"]),
            datetime.fromisoformat(row["ended_at"]) if row["ended_at"] else None,
        )
        for row in rows
    ]
