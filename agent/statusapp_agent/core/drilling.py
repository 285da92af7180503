"""Drills: announced exercises on the road of a real page, measured to the acknowledgement, over by themselves.

A drill is an incident of its own purpose: it is told to the same people over the same channels, is marked everywhere,
counts in no figure, and belongs to no monitor's state.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from statusapp_agent.core import incident as life
from statusapp_agent.core.counterpart import Fate
from statusapp_agent.core.draft import Draft
from statusapp_agent.core.events import Drill
from statusapp_agent.core.incident import NotAllowedError
from statusapp_agent.core.model import Action, DeliveryState, Incident, Purpose, Severity, When
from statusapp_agent.core.outbox import close_lanes, lanes, open_lanes
from statusapp_agent.core.phrases import between, unknown_name
from statusapp_agent.core.routing import Route, RouteStep, route, told_in_words

CONTEXT = "drill"
"""Under this name a drill's context holds its moments, as ISO 8601."""
VIA = "drill"
ANSWERED = timedelta(seconds=20)
"""So long after the acknowledgement what is still being looked up may arrive; then it ends all the same."""


def begin(draft: Draft, asked: Drill) -> None:
    """Open a drill. Refused where nobody would be told, and while another one goes on."""
    running = next((each for each in draft.incidents() if each.purpose is Purpose.DRILL and each.is_open), None)
    if running is not None:
        raise NotAllowedError(f"a drill goes on already, #{running.number} {running.monitor}: let it end first")
    found, severity = _road(draft, asked.subject)
    if not found.steps:
        raise NotAllowedError(f"nobody would be told about {asked.subject}: {found.source}; there is nothing to drill")
    incident = Incident(
        id=asked.incident,
        number=draft.next_incident_number(),
        monitor=asked.subject,
        severity=severity,
        cause=f"this is a drill, nothing is wrong; acknowledge it as you would a real one (asked for by {asked.by})",
        began_at=draft.now,
        opened_at=draft.now,
        purpose=Purpose.DRILL,
        context={CONTEXT: {"ends_at": (draft.now + timedelta(seconds=asked.limit_s)).isoformat(), "by": asked.by}},
    )
    draft.save(incident)
    draft.log(incident, "opened", incident.cause)
    draft.log(incident, "route", told_in_words(found))
    open_lanes(draft, incident, found.steps, "drill")
    draft.audit(asked.by, "drill", asked.subject)


def _road(draft: Draft, subject: str) -> tuple[Route, Severity]:
    channels = draft.live_channels()
    channel = channels.get(subject)
    if channel is not None:
        return Route((RouteStep(subject, channel.kind, When.ALWAYS, 0.0),), "the drill"), Severity.CRITICAL
    watch = draft.watch(subject)
    if watch is None:
        known = [*channels, *draft.watch_names()]
        raise NotAllowedError(unknown_name(subject, known, "channel or monitor").rstrip("."))
    return route(watch.monitor, channels, draft.settled("tiers")), watch.monitor.severity


def tick(draft: Draft) -> None:
    """Note what has happened to the drill, and end it when somebody has answered or its time is over."""
    for incident in draft.incidents():
        if incident.purpose is Purpose.DRILL and incident.is_open:
            _look(draft, incident)


def _look(draft: Draft, incident: Incident) -> None:
    counterparts = draft.counterparts(incident.id)
    asked_there = any(each.fate is Fate.ACCEPTED for each in counterparts)
    pages = [each for each in draft.deliveries(incident.id) if each.action is Action.TRIGGER]
    under_way = any(each.pending and each.not_before is None for each in pages)
    waits = (asked_there or under_way) and draft.now - (incident.acknowledged_at or draft.now) < ANSWERED
    if incident.acknowledged_at is not None and not waits:
        _end(draft, incident, "")
    elif pages and all(each.state is DeliveryState.REFUSED for each in pages):
        _end(draft, incident, "nobody could be told")
    elif any(each.status == "resolved" for each in counterparts):
        _end(draft, incident, "it was resolved in PagerDuty before anybody acknowledged it")
    elif draft.now >= datetime.fromisoformat(moments(incident)["ends_at"]):
        _end(draft, incident, f"nobody acknowledged it within {between(incident.opened_at, draft.now)}")


def moments(incident: Incident) -> dict[str, Any]:
    """Return what is noted of a drill."""
    noted = incident.context.get(CONTEXT)
    return dict(noted) if isinstance(noted, dict) else {}


def note(draft: Draft, incident: Incident, name: str, at: datetime, **more: str) -> Incident:
    """Note a moment of a drill, once; return the drill with it."""
    noted = moments(incident)
    if incident.purpose is not Purpose.DRILL or name in noted:
        return incident
    changed = replace(incident, context={**incident.context, CONTEXT: {**noted, name: at.isoformat(), **more}})
    draft.save(changed)
    return changed


def _end(draft: Draft, incident: Incident, failed: str) -> None:
    ok = incident.acknowledged_at is not None
    if ok:
        failed = ""
    for channel, lane in lanes(draft, incident).items():
        record = draft.channel(channel)
        opening = next((each for each in reversed(lane) if each.action is Action.TRIGGER), None)
        unsent = opening is not None and opening.attempts == 0 and opening.state is not DeliveryState.REFUSED
        if record is None or opening is None or unsent:
            continue
        accepted = opening.delivered_at if opening.state is DeliveryState.DELIVERED else None
        told = result(incident, accepted, opening.reason, failed)
        draft.save(replace(record, drilled_at=draft.now, drill_ok=ok and accepted is not None, drill_reason=told))
        draft.log(incident, CONTEXT, f"{channel}: {told}")
    over = f"the drill is over: {failed}" if failed else "the drill is over"
    closed, entry = life.resolve(incident, draft.now, over, "statusapp", VIA)
    draft.save(closed)
    draft.log(closed, entry.kind, entry.text)
    close_lanes(draft, closed, "the drill is over")


def result(incident: Incident, accepted: datetime | None, reason: str, failed: str) -> str:
    """Return in words how far a drill went on one channel, and how long each step took from its beginning."""
    began, noted = incident.opened_at, moments(incident)
    if accepted is None:
        return f"not accepted: {reason or 'no answer'}"
    told = [f"accepted after {between(began, accepted)}"]
    for name, verb in (("created_at", "created"), ("notified_at", "notified")):
        if name in noted:
            told.append(f"{verb} after {between(began, datetime.fromisoformat(noted[name]))}")
    if noted.get("notified"):
        told[-1] += f" ({noted['notified']})"
    if incident.acknowledged_at is not None:
        took = between(began, incident.acknowledged_at)
        told.append(f"acknowledged by {incident.acknowledged_by} via {incident.acknowledged_via} after {took}")
    return ", ".join([*told, *([failed] if failed else [])])
