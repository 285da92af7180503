"""What happened to an incident at PagerDuty, line by line of its log: people's deeds count as if done here.

Each line is taken in once, with PagerDuty's time; nothing of it is sent back over the channel that it came from.
"""

from collections.abc import Callable
from dataclasses import replace

from statusapp_agent.core import drilling
from statusapp_agent.core.counterpart import Happening, Sighting
from statusapp_agent.core.draft import Draft
from statusapp_agent.core.escalation import resumed
from statusapp_agent.core.model import Incident, IncidentStatus, TimelineEntry
from statusapp_agent.core.outbox import acknowledge_lanes
from statusapp_agent.core.state import Log
from statusapp_agent.core.verifying import lane_of, release

VIA = "PagerDuty"


def take(draft: Draft, opening: int, happening: Happening, sighting: Sighting | None) -> None:
    """Take one line of PagerDuty's log in, unless our timeline has it already."""
    counterpart = draft.counterpart(opening)
    incident = draft.incident(counterpart.incident) if counterpart is not None else None
    if counterpart is None or incident is None or happening.id in counterpart.read:
        return
    draft.save(replace(counterpart, read=counterpart.read | {happening.id}))
    at = min(happening.at, draft.now)
    if happening.kind in ("note", "update") and f"[statusapp {draft.state.install[:4]}" in happening.text:
        return  # our timeline has it in the words of whoever wrote it
    by, via = happening.by, VIA if happening.by else None
    line = TimelineEntry(at, happening.kind, happening.text, by, via, source="pagerduty")
    draft.effects.append(Log(incident.id, line))
    deed = _DEEDS.get(happening.kind)
    if deed is not None:
        deed(draft, opening, incident, replace(happening, at=at), sighting)


def _acknowledged(draft: Draft, opening: int, incident: Incident, happening: Happening, _: Sighting | None) -> None:
    if happening.by is None:
        return
    at = max(happening.at, incident.opened_at)
    first = incident.acknowledged_at is None
    earlier = incident.acknowledged_at is not None and at < incident.acknowledged_at
    if not incident.is_open and incident.resolved_at is not None and at > incident.resolved_at:
        return
    changed = incident
    if first or earlier:
        changed = replace(incident, acknowledged_at=at, acknowledged_by=happening.by, acknowledged_via=VIA)
    if incident.is_open:
        changed = replace(changed, status=IncidentStatus.ACKNOWLEDGED)
    draft.save(changed)
    if incident.is_open and first:
        counterpart = draft.counterpart(opening)
        lane = lane_of(draft, counterpart) if counterpart is not None else None
        acknowledge_lanes(draft, changed, f"acknowledged by {happening.by} in PagerDuty", besides=lane)
    draft.audit(happening.by, "acknowledge", f"#{incident.number}", "in PagerDuty")


def _unacknowledged(draft: Draft, _: int, incident: Incident, __: Happening, ___: Sighting | None) -> None:
    """Nobody has it any more: it is open again; the first acknowledgement stays the one that counts."""
    snoozed = incident.snoozed_until is not None and incident.snoozed_until > draft.now
    if incident.status is IncidentStatus.ACKNOWLEDGED and not snoozed:
        opened = replace(incident, status=IncidentStatus.OPEN, snoozed_until=None)
        draft.save(opened)
        resumed(draft, opened)


def _snoozed(draft: Draft, opening: int, incident: Incident, happening: Happening, sighting: Sighting | None) -> None:
    _acknowledged(draft, opening, incident, happening, sighting)
    current = draft.incident(incident.id)
    until = sighting.unacknowledges_at if sighting is not None else None
    if current is not None and current.is_open and until is not None and until > draft.now:
        draft.save(replace(current, snoozed_until=until))


def _notified(draft: Draft, _: int, incident: Incident, happening: Happening, __: Sighting | None) -> None:
    """How long it took to reach the first person is what a drill is for."""
    drilling.note(draft, incident, "notified_at", happening.at, notified=happening.text)


def _exhausted(draft: Draft, _: int, incident: Incident, __: Happening, ___: Sighting | None) -> None:
    """Nobody answered at all: what is left is used now."""
    if incident.is_open and (released := release(draft, incident, "nobody acknowledged in PagerDuty")):
        draft.log(incident, "fallback", f"nobody acknowledged; told now: {', '.join(released)}")


def _resolved(draft: Draft, opening: int, incident: Incident, happening: Happening, _: Sighting | None) -> None:
    how = {"resolved": "person" if happening.by else "event", "timed_out": "time"}[happening.kind]
    counterpart = draft.counterpart(opening)
    if counterpart is not None and not counterpart.open_there:
        draft.save(replace(counterpart, ended_at=happening.at, ended_by=happening.by, ended_how=how))
    if how == "person" and happening.by:
        draft.audit(happening.by, "resolve", f"#{incident.number}", "in PagerDuty")


_DEEDS: dict[str, Callable[[Draft, int, Incident, Happening, Sighting | None], None]] = {
    "acknowledged": _acknowledged,
    "unacknowledged": _unacknowledged,
    "snoozed": _snoozed,
    "exhausted": _exhausted,
    "notified": _notified,
    "resolved": _resolved,
    "timed_out": _resolved,
}
