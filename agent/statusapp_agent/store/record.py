"""Reading what figures are made from, once and for everybody who shows figures."""

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from statusapp_agent.core.measures import REOPENED_WITHIN, Page, Record
from statusapp_agent.core.model import Incident, IncidentStatus, Purpose, Scope, Severity
from statusapp_agent.core.periods import Period
from statusapp_agent.core.state import Change
from statusapp_agent.store.database import connect
from statusapp_agent.store.history import blind_times, reading
from statusapp_agent.store.rows import stamp, unstamp

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


_FATES = (
    "opened_at >= :since AND opened_at < :until",
    "+opened_at < :since AND resolved_at > :since",
    "+opened_at < :since AND status != 'resolved'",
)
"""Opened in a range, or before it and lasting into it; the ``+`` keeps each to the index that suits it."""


def _incidents(path: Path, since: datetime, until: datetime) -> list[Incident]:
    """Return the real incidents opened in a range, and those from before it that lasted into it."""
    values = {"since": stamp(since), "until": stamp(until), "purpose": Purpose.REAL.value, "most": MOST_INCIDENTS}
    found: dict[str, Incident] = {}
    with reading(path) as connection:
        for fate in _FATES:
            query = f"SELECT body FROM incident WHERE purpose = :purpose AND {fate} LIMIT :most"  # noqa: S608
            for (body,) in connection.execute(query, values):
                incident = _incident(json.loads(body))
                found[incident.id] = incident
    return sorted(found.values(), key=lambda each: each.number)


def _incident(plain: dict[str, Any]) -> Incident:
    """Return an incident from its row: what `unpack` returns, in a tenth of the time, because figures read thousands.

    What a row leaves out has its default; a field that this version does not know is left aside, as there.
    """
    for name in plain.keys() & _MOMENTS:
        if plain[name] is not None:
            plain[name] = datetime.fromisoformat(plain[name])
    for name in plain.keys() & _WORDS.keys():
        plain[name] = _WORDS[name](plain[name])
    if "children" in plain:
        plain["children"] = tuple(plain["children"])
    if not plain.keys() <= _KNOWN:
        plain = {name: value for name, value in plain.items() if name in _KNOWN}
    return Incident(**plain)


_KNOWN = frozenset(each.name for each in fields(Incident))
_MOMENTS = frozenset(name for name in _KNOWN if name.endswith(("_at", "_until")))
_WORDS = {"severity": Severity, "status": IncidentStatus, "purpose": Purpose, "scope": Scope}


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
        for row in connection.execute(query, (stamp(since), stamp(until))).fetchall():
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
