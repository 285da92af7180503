"""Incidents: outages, and what people do about them."""

from datetime import timedelta
from typing import Annotated

from fastapi import Query

from statusapp_agent.api.archive import Wanted
from statusapp_agent.api.parts import Moment, Now, Past
from statusapp_agent.api.peers import Peer, Role
from statusapp_agent.api.router import Api, Caller, Served
from statusapp_agent.core.events import Acknowledge, Note, Resolve, Snooze, TakeBack
from statusapp_agent.core.model import Purpose
from statusapp_agent.core.why import why_incident
from statusapp_agent.views.figures import why_view
from statusapp_shared.protocol import IncidentView, Items, NoteRequest, SnoozeRequest, WhoRequest, WhyView

_ONE = "/incidents/{incident:name}"
_VIA_API = WhoRequest()


def add_to(api: Api) -> None:
    """Add the routes."""
    api.add(Role.READ, "GET", "/incidents", incidents)
    api.add(Role.READ, "GET", _ONE, incident)
    api.add(Role.OPERATE, "POST", f"{_ONE}/acknowledge", acknowledge)
    api.add(Role.OPERATE, "POST", f"{_ONE}/unacknowledge", unacknowledge)
    api.add(Role.OPERATE, "POST", f"{_ONE}/resolve", resolve)
    api.add(Role.OPERATE, "POST", f"{_ONE}/snooze", snooze)
    api.add(Role.OPERATE, "POST", f"{_ONE}/notes", note)
    api.add(Role.READ, "GET", f"{_ONE}/why", incident_why)


async def incidents(
    present: Now,
    archive: Past,
    open_only: Annotated[bool, Query(alias="open")] = False,
    since: Moment | None = None,
    monitor: Annotated[str | None, Query(max_length=200)] = None,
    purpose: Purpose | None = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
) -> Items[IncidentView]:
    """Return incidents, latest first; tests and drills only when ``purpose`` asks for them."""
    found = await archive.incidents(Wanted(open_only, since, monitor, purpose, limit))
    return Items(items=[present.incident(each) for each in found])


async def incident(incident: str, archive: Past) -> IncidentView:
    """Return one incident by its number, its id or the beginning of that, with its deliveries and its story."""
    return await archive.view(await archive.find(incident))


def _who(asked: WhoRequest, caller: Peer) -> tuple[str, str]:
    return asked.by or caller.user, asked.via


async def acknowledge(
    incident: str, present: Now, archive: Past, caller: Caller, asked: WhoRequest | None = None
) -> IncidentView:
    """Have it in hand: nobody else is told any more."""
    found = await archive.find(incident)
    await present.decide(Acknowledge(found, *_who(asked or _VIA_API, caller)))
    return await archive.view(found)


async def unacknowledge(
    incident: str, present: Now, archive: Past, caller: Caller, asked: WhoRequest | None = None
) -> IncidentView:
    """Have it in hand no more: it is open as before, and escalates again."""
    found = await archive.find(incident)
    await present.decide(TakeBack(found, *_who(asked or _VIA_API, caller)))
    return await archive.view(found)


async def resolve(
    incident: str, present: Now, archive: Past, caller: Caller, asked: WhoRequest | None = None
) -> IncidentView:
    """Say that it is over."""
    found = await archive.find(incident)
    await present.decide(Resolve(found, *_who(asked or _VIA_API, caller)))
    return await archive.view(found)


async def snooze(
    incident: str, asked: SnoozeRequest, present: Now, archive: Past, services: Served, caller: Caller
) -> IncidentView:
    """Have it in hand, and be asked again after a while."""
    found = await archive.find(incident)
    until = services.clock.now() + timedelta(seconds=asked.seconds)
    by, via = _who(asked, caller)
    await present.decide(Snooze(found, until, by, via))
    return await archive.view(found)


async def note(incident: str, asked: NoteRequest, present: Now, archive: Past, caller: Caller) -> IncidentView:
    """Write a line into its story."""
    found = await archive.find(incident)
    by, via = _who(asked, caller)
    await present.decide(Note(found, asked.text, by, via))
    return await archive.view(found)


async def incident_why(incident: str, archive: Past, services: Served) -> WhyView:
    """Tell why somebody was, or was not, paged for it."""
    story = await archive.story(await archive.find(incident))
    state = services.engine.state
    watch = state.watches.get(story.incident.monitor)
    sight = state.sights.get(story.incident.monitor)
    return why_view(why_incident(story.incident, story.timeline, story.deliveries, watch, sight))
