"""Reading what figures are made from, once and for everybody who shows figures."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from statusapp_agent.core.measures import REOPENED_WITHIN, Page, Record
from statusapp_agent.core.model import Incident, Purpose
from statusapp_agent.core.periods import Period
from statusapp_agent.core.state import Change
from statusapp_agent.store.database import connect
from statusapp_agent.store.history import blind_times, reading
from statusapp_agent.store.rows import stamp, unpack, unstamp

MOST_INCIDENTS = 100_000


def read_record(
    state: Path, samples: Path, period: Period, now: datetime, tags: Mapping[str, tuple[str, ...]]
) -> Record:
    """Return everything that touches a period or the one before it; open connections of its own, briefly."""
    floor = datetime.min.replace(tzinfo=UTC)
    earliest = period.before - min(REOPENED_WITHIN, period.before - floor)
    found = _incidents(state, earliest, period.until)
    first = min((each.began_at for each in found), default=earliest)
    last = max((each.resolved_at or now for each in found), default=period.until)
    pages, channels = _deliveries(state, earliest, period.until)
    return Record(
        incidents=found,
        blind=blind_times(state, min(first, earliest), max(last, period.until)),
        pages=pages,
        channels=channels,
        tags=tags,
        watched_since={name: at for name, at in watched_since(samples).items() if name in tags},
    )


def _incidents(path: Path, since: datetime, until: datetime) -> list[Incident]:
    """Return the real incidents opened in a range, and those from before it that lasted into it."""
    query = (
        "SELECT body FROM incident WHERE purpose = ? AND opened_at < ?"
        " AND (opened_at >= ? OR resolved_at IS NULL OR resolved_at > ?) ORDER BY number LIMIT ?"
    )
    values = (Purpose.REAL.value, stamp(until), stamp(since), stamp(since), MOST_INCIDENTS)
    with reading(path) as connection:
        rows = connection.execute(query, values).fetchall()
    return [unpack(Incident, row["body"]) for row in rows]


def _deliveries(path: Path, since: datetime, until: datetime) -> tuple[list[Page], dict[str, tuple[str, ...]]]:
    query = (
        "SELECT d.incident, d.channel, d.action, json_extract(d.body, '$.delivered_at') AS accepted,"
        " json_extract(d.body, '$.when') AS condition, json_extract(d.body, '$.not_before') AS due"
        " FROM incident i JOIN delivery d ON d.incident = i.id"
        " WHERE i.opened_at >= ? AND i.opened_at < ? AND d.state = 'delivered'"
    )
    pages: list[Page] = []
    channels: dict[str, set[str]] = {}
    with reading(path) as connection:
        for row in connection.execute(query, (stamp(since), stamp(until))):
            channel = row["channel"].split("~")[0]
            channels.setdefault(row["incident"], set()).add(channel)
            if row["action"] == "trigger":
                escalation = row["condition"] == "unacknowledged"
                accepted, due = unstamp(row["accepted"]), unstamp(row["due"])
                if accepted is not None:
                    pages.append(Page(row["incident"], channel, accepted, escalation, due))
    return pages, {incident: tuple(sorted(names)) for incident, names in channels.items()}


def watched_since(path: Path) -> dict[str, datetime]:
    """Return since when results of each monitor are known."""
    if not path.exists():
        return {}
    connection = connect(path, durable=False, read_only=True)
    try:
        rows = connection.execute("SELECT name, first_ms FROM monitor WHERE first_ms IS NOT NULL").fetchall()
    finally:
        connection.close()
    return {row["name"]: datetime.fromtimestamp(row["first_ms"] / 1000, UTC) for row in rows}


def changes_in(path: Path, since: datetime, until: datetime) -> list[Change]:
    """Return the change events of a range, oldest first."""
    with reading(path) as connection:
        rows = connection.execute(
            "SELECT * FROM change WHERE at >= ? AND at < ? ORDER BY at", (stamp(since), stamp(until))
        ).fetchall()
    return [
        Change(datetime.fromisoformat(row["at"]), row["summary"], row["link"], row["monitor"], row["by"])
        for row in rows
    ]
