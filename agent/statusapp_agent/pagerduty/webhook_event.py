"""One event of a webhook v3 as a report: what a look would have told, for channels that may not look. Pure.

The answer to an event is given before it is read; so whatever is odd in it is left out here, and nothing raises.
"""

import json
from dataclasses import dataclass
from typing import Any

from statusapp_agent.core.counterpart import Happening, Sighting
from statusapp_agent.pagerduty.reading import sighting
from statusapp_agent.pagerduty.shapes import Moment, Ref, Reference, RestIncident, Shape, Text, read


@dataclass(frozen=True, slots=True)
class Told:
    """What an event says of an incident: as it stands, and what happened. ``key`` is empty for a grouped one."""

    sighting: Sighting
    key: str | None
    happening: Happening | None


class _Event(Shape):
    id: Text = None
    event_type: Text = None
    occurred_at: Moment = None
    agent: Ref = Reference()


_TELLERS = {
    "incident.acknowledged": ("acknowledged", "acknowledged"),
    "incident.unacknowledged": ("unacknowledged", "it is triggered again"),
    "incident.escalated": ("escalated", "escalated"),
    "incident.reassigned": ("reassigned", "reassigned"),
    "incident.delegated": ("reassigned", "delegated"),
    "incident.resolved": ("resolved", "resolved"),
}


def told(body: bytes) -> Told | None:
    """Return what an event says of an incident; None for a ping, another kind of thing, or something unreadable."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    raw = said.get("event") if isinstance(said, dict) else None
    if not isinstance(raw, dict) or raw.get("resource_type") != "incident":
        return None
    event, data = read(_Event, raw), raw.get("data")
    if not isinstance(data, dict) or data.get("type") not in (None, "incident", "incident_reference"):
        return None
    incident = read(RestIncident, {"incident_number": data.get("number"), **data})
    if incident.merged_into is not None:
        return None  # nobody has fixed it: only a look can tell where it goes on
    seen = sighting(incident)
    return Told(seen, incident.incident_key, _happening(event)) if seen is not None else None


def _happening(event: _Event) -> Happening | None:
    known = _TELLERS.get(event.event_type or "")
    if known is None or event.id is None or event.occurred_at is None:
        return None
    kind, words = known
    by = event.agent.shown if event.agent.is_user else None
    return Happening(event.id, event.occurred_at, kind, f"{words}{f' by {by}' if by else ''} via PagerDuty", by)


def event_id(body: bytes, header: str | None) -> str | None:
    """Return what tells one event from another: PagerDuty may send it more than once."""
    if header:
        return header[:200]
    try:
        said: Any = json.loads(body)
        found = said["event"]["id"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
    return str(found)[:200]
