"""The life of an incident: what may follow what, and how each step is told in its timeline.

state        | acknowledge   | resolve    | wake (snooze ended), take back
-------------+---------------+------------+-------------------------------
open         | acknowledged  | resolved   | -
acknowledged | stays         | resolved   | open
resolved     | refused       | stays      | -
"""

import uuid
from dataclasses import replace
from datetime import datetime

from statusapp_agent.core.model import Incident, IncidentStatus, Monitor, Purpose, Scope, TimelineEntry

RECOVERY = "recovery"
"""How an incident was resolved when nobody did it: what it was about works again."""


class NotAllowedError(Exception):
    """A command that does not fit the state it meets; the text is one sentence for the person who asked."""


def incident_id(install: str, monitor: str, opened_at: datetime) -> str:
    """Return the id of the incident of a monitor confirmed at a moment: computed, unique for ever, 32 hex digits."""
    return uuid.uuid5(uuid.UUID(install), f"{monitor}|{opened_at.isoformat()}").hex


def dedup_key(install: str, incident: Incident) -> str:
    """Return the key under which other services know an incident; per incident, computed and never remembered."""
    if incident.purpose is Purpose.TEST:
        return f"statusapp-test-{incident.id}"
    return f"statusapp/{install}/{incident.id}"


def opened(
    install: str, number: int, monitor: Monitor, cause: str, began_at: datetime, now: datetime, scope: Scope
) -> tuple[Incident, TimelineEntry]:
    """Return a new incident of a confirmed outage, and the first line of its story."""
    incident = Incident(
        id=incident_id(install, monitor.name, now),
        number=number,
        monitor=monitor.name,
        severity=monitor.severity,
        cause=cause,
        # A clock that was set back between the first failure and now must not make a negative length.
        began_at=min(began_at, now),
        opened_at=now,
        scope=scope,
    )
    after_s = (now - incident.began_at).total_seconds()
    text = (
        f"confirmed after {monitor.failures} failure{'s' if monitor.failures != 1 else ''} in {after_s:.1f} s: {cause}"
    )
    return incident, TimelineEntry(now, "opened", text)


def acknowledge(incident: Incident, now: datetime, by: str, via: str) -> tuple[Incident, TimelineEntry]:
    """Return the incident as somebody has it in hand; the first acknowledgement is the one that counts."""
    if not incident.is_open:
        raise NotAllowedError(f"incident #{incident.number} is resolved already; there is nothing to acknowledge")
    entry = TimelineEntry(now, "acknowledged", f"acknowledged by {by} via {via}", by, via)
    if incident.acknowledged_at is not None:
        return replace(incident, status=IncidentStatus.ACKNOWLEDGED), entry
    acknowledged = replace(
        incident,
        status=IncidentStatus.ACKNOWLEDGED,
        acknowledged_at=max(now, incident.opened_at),
        acknowledged_by=by,
        acknowledged_via=via,
    )
    return acknowledged, entry


def resolve(incident: Incident, now: datetime, reason: str, by: str, via: str) -> tuple[Incident, TimelineEntry]:
    """Return the incident as over. ``by`` is a person's name or ``statusapp``."""
    if not incident.is_open:
        raise NotAllowedError(f"incident #{incident.number} is resolved already")
    resolved = replace(
        incident,
        status=IncidentStatus.RESOLVED,
        resolved_at=max(now, incident.acknowledged_at or incident.opened_at),
        resolved_by=by,
        resolved_via=via,
        snoozed_until=None,
    )
    return resolved, TimelineEntry(now, "resolved", reason, by, via)


def snooze(incident: Incident, now: datetime, until: datetime, by: str, via: str) -> tuple[Incident, TimelineEntry]:
    """Return the incident acknowledged until a moment, at which it opens again if it is not over."""
    acknowledged, _ = acknowledge(incident, now, by, via)
    entry = TimelineEntry(now, "snoozed", f"snoozed until {until:%Y-%m-%d %H:%M} UTC by {by} via {via}", by, via)
    return replace(acknowledged, snoozed_until=until), entry


def take_back(incident: Incident, now: datetime, by: str, via: str) -> tuple[Incident, TimelineEntry]:
    """Return an acknowledged incident as open again: who had it in hand has not any more."""
    if incident.status is not IncidentStatus.ACKNOWLEDGED:
        raise NotAllowedError(f"incident #{incident.number} is not acknowledged; there is nothing to take back")
    text = f"acknowledgement taken back by {by} via {via}"
    entry = TimelineEntry(now, "reopened", text, by, via)
    return replace(incident, status=IncidentStatus.OPEN, snoozed_until=None), entry


def wake(incident: Incident, now: datetime) -> tuple[Incident, TimelineEntry]:
    """Return a snoozed incident as open again."""
    entry = TimelineEntry(now, "reopened", "the snooze is over and it still fails")
    return replace(incident, status=IncidentStatus.OPEN, snoozed_until=None), entry
