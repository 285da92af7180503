"""PagerDuty's answers as the core's values: an incident and its log in words. Pure.

An acknowledgement that an event made is told, but is nobody's: StatusApp sends such events itself.
"""

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from statusapp_agent.core.counterpart import Happening, Sighting
from statusapp_agent.pagerduty.shapes import RestIncident, RestLogEntry, read
from statusapp_agent.wire.excerpt import excerpt

_RAW_CHARACTERS = 600
_NOTE_CHARACTERS = 2_000


def sighting(found: RestIncident, merged_from: str | None = None) -> Sighting | None:
    """Return an incident as it stands; None for one without id or status, which says nothing."""
    if found.id is None or found.status is None:
        return None
    return Sighting(
        id=found.id,
        number=found.incident_number,
        url=found.html_url,
        status=found.status,
        resolved_at=found.resolved_at,
        escalates_at=found.pending("escalate"),
        unacknowledges_at=found.pending("unacknowledge"),
        merged_from=merged_from,
    )


def happenings(entries: Iterable[Any]) -> tuple[Happening, ...]:
    """Return log entries in the order in which they happened; those without id or time are left out."""
    found: list[tuple[datetime, int, Happening]] = []
    for position, raw in enumerate(entries):
        entry = read(RestLogEntry, raw)
        if entry.id is None or entry.created_at is None or not entry.kind:
            continue
        kind, text, by = _told(entry, raw)
        # The API lists the newest first, and times may be equal: what stands farther down happened before.
        found.append((entry.created_at, -position, Happening(entry.id, entry.created_at, kind, text, by)))
    return tuple(each for _, _, each in sorted(found, key=lambda one: one[:2]))


Told = tuple[str, str, str | None]


def _told(entry: RestLogEntry, raw: Any) -> Told:
    teller = _TELLERS.get(entry.kind)
    if teller is not None:
        return teller(entry)
    # PagerDuty adds kinds: what we do not know is kept as it came.
    kept = excerpt(json.dumps(raw, ensure_ascii=False, default=str), _RAW_CHARACTERS)
    return "other", f"PagerDuty noted {entry.kind.replace('_', ' ')!r}: {kept}", _person(entry)


def _person(entry: RestLogEntry) -> str | None:
    return excerpt(entry.agent.shown, 200) if entry.agent.is_user else None


def _how(entry: RestLogEntry) -> str:
    """Return by what a person did it, where PagerDuty says more than its web site."""
    by = entry.channel.get("type")
    return f" ({by})" if isinstance(by, str) and by in ("mobile", "sms", "email", "phone", "slack", "api") else ""


def _people(entry: RestLogEntry) -> str:
    return ", ".join(excerpt(each.shown, 200) for each in entry.assignees) or "nobody"


def _trigger(_: RestLogEntry) -> Told:
    return "triggered", "triggered at PagerDuty", None


def _acknowledge(entry: RestLogEntry) -> Told:
    by = _person(entry)
    if by is None:
        return "acknowledged", "acknowledged at PagerDuty by an event", None
    return "acknowledged", f"acknowledged by {by} via PagerDuty{_how(entry)}", by


def _unacknowledge(entry: RestLogEntry) -> Told:
    by = _person(entry)
    if by is None:
        return "unacknowledged", "the acknowledgement timed out at PagerDuty: it is triggered again", None
    return "unacknowledged", f"acknowledgement taken back by {by} via PagerDuty", by


def _escalate(entry: RestLogEntry) -> Told:
    by = _person(entry)
    why = f" by {by}" if by else ", because nobody acknowledged in time" if entry.by_time else ""
    return "escalated", f"escalated to {_people(entry)}{why}", by


def _assign(entry: RestLogEntry) -> Told:
    by = _person(entry)
    if by is None:
        return "assigned", f"assigned to {_people(entry)}", None
    return "reassigned", f"reassigned to {_people(entry)} by {by} via PagerDuty", by


def _notify(entry: RestLogEntry) -> Told:
    notification = entry.channel.get("notification")
    kind = notification.get("type") if isinstance(notification, dict) else None
    who = entry.user.shown if entry.user.id else "somebody"
    return "notified", f"{excerpt(who, 200)} notified" + (f" by {kind}" if isinstance(kind, str) else ""), None


def _annotate(entry: RestLogEntry) -> Told:
    said = entry.channel.get("summary") or entry.channel.get("content") or entry.summary
    by = _person(entry)
    text = excerpt(str(said), _NOTE_CHARACTERS) if said else "a note was written at PagerDuty"
    return "note", text, by


def _snooze(entry: RestLogEntry) -> Told:
    by = _person(entry)
    return "snoozed", f"snoozed by {by or 'an event'} via PagerDuty", by


def _resolve(entry: RestLogEntry) -> Told:
    by = _person(entry)
    if by is not None:
        return "resolved", f"resolved by {by} via PagerDuty{_how(entry)}", by
    if entry.by_time:
        return "timed_out", "PagerDuty resolved it by its auto-resolve time-out", None
    return "resolved", "resolved at PagerDuty by an event", None


def _exhausted(_: RestLogEntry) -> Told:
    return "exhausted", "nobody acknowledged: PagerDuty's escalation path is exhausted", None


def _repeat(_: RestLogEntry) -> Told:
    return "escalated", "nobody acknowledged: PagerDuty's escalation path begins again", None


def _merge(entry: RestLogEntry) -> Told:
    by = _person(entry)
    return "merged", "another incident was merged into it" + (f" by {by}" if by else ""), by


def _update(entry: RestLogEntry) -> Told:
    said = entry.channel.get("summary") or entry.summary
    text = excerpt(str(said), _NOTE_CHARACTERS) if said else "an update was posted at PagerDuty"
    return "update", text, _person(entry)


def _urgency(entry: RestLogEntry) -> Told:
    by = _person(entry)
    return "changed", "its urgency changed at PagerDuty" + (f", by {by}" if by else ""), by


def _limit(_: RestLogEntry) -> Told:
    return "limit", "PagerDuty takes no more events for it: a limit is reached", None


_TELLERS: dict[str, Callable[[RestLogEntry], Told]] = {
    "trigger": _trigger,
    "acknowledge": _acknowledge,
    "unacknowledge": _unacknowledge,
    "escalate": _escalate,
    "assign": _assign,
    "delegate": _assign,
    "notify": _notify,
    "annotate": _annotate,
    "snooze": _snooze,
    "resolve": _resolve,
    "exhaust_escalation_path": _exhausted,
    "repeat_escalation_path": _repeat,
    "merge": _merge,
    "status_update": _update,
    "urgency_change": _urgency,
    "priority_change": lambda entry: ("changed", "its priority changed at PagerDuty", _person(entry)),
    "reach_ack_limit": _limit,
    "reach_trigger_limit": _limit,
}
