"""What people do about an incident at PagerDuty from here: post an update, merge, reassign."""

import asyncio
import contextlib

from statusapp_agent.api.parts import Now, Past
from statusapp_agent.api.peers import Role
from statusapp_agent.api.router import Api, Caller, Served
from statusapp_agent.api.services import Services
from statusapp_agent.core.errand import Verb
from statusapp_agent.core.events import WorkThere
from statusapp_agent.core.incident import NotAllowedError
from statusapp_agent.core.model import Facts
from statusapp_agent.core.state import Effect
from statusapp_shared.pagerduty import MergeRequest, ReassignRequest, UpdateRequest
from statusapp_shared.protocol import IncidentView

_ONE = "/incidents/{incident:name}"
_WAIT_S = 8.0
"""So long a person waits for PagerDuty's answer; after that it goes on without them."""


def add_to(api: Api) -> None:
    """Add the routes."""
    api.add(Role.OPERATE, "POST", f"{_ONE}/updates", update)
    api.add(Role.OPERATE, "POST", f"{_ONE}/merge", merge)
    api.add(Role.OPERATE, "POST", f"{_ONE}/reassign", reassign)


async def _work(
    incident: str, verb: Verb, details: Facts, who: tuple[str, str], present: Now, archive: Past, services: Services
) -> IncidentView:
    ended = asyncio.Event()

    def listen(_: list[Effect]) -> None:
        if not _under_way(services, incident, verb):
            ended.set()

    await present.decide(WorkThere(incident, verb, details, *who))
    services.engine.listeners.add(listen)
    listen([])
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_WAIT_S):
            await ended.wait()
    services.engine.listeners.discard(listen)
    return await archive.view(incident)


def _under_way(services: Services, incident: str, verb: Verb) -> bool:
    return any(each.incident == incident and each.verb is verb for each in services.engine.state.errands.values())


async def update(
    incident: str, asked: UpdateRequest, present: Now, archive: Past, services: Served, caller: Caller
) -> IncidentView:
    """Post an update for those who wait for news; where the PagerDuty plan has none, it becomes a note."""
    found = await archive.find(incident)
    who = (asked.by or caller.user, asked.via)
    return await _work(found, Verb.UPDATE, {"text": asked.text}, who, present, archive, services)


async def merge(
    incident: str, asked: MergeRequest, present: Now, archive: Past, services: Served, caller: Caller
) -> IncidentView:
    """Merge it into another incident at PagerDuty, which goes on for both."""
    found, into = await archive.find(incident), await archive.find(asked.into)
    if found == into:
        raise NotAllowedError("an incident cannot be merged into itself")
    who = (asked.by or caller.user, asked.via)
    return await _work(found, Verb.MERGE, {"into": into}, who, present, archive, services)


async def reassign(
    incident: str, asked: ReassignRequest, present: Now, archive: Past, services: Served, caller: Caller
) -> IncidentView:
    """Give it to somebody at PagerDuty."""
    found = await archive.find(incident)
    who = (asked.by or caller.user, asked.via)
    return await _work(found, Verb.REASSIGN, {"to": asked.to}, who, present, archive, services)
