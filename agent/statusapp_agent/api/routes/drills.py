"""Drills: announced, measured, and over by themselves."""

import uuid
from datetime import timedelta

from statusapp_agent.api.parts import Now
from statusapp_agent.api.peers import Role
from statusapp_agent.api.router import Api, Caller, Served
from statusapp_agent.core.events import Drill
from statusapp_shared.drills import DrillRequest, DrillStarted


def add_to(api: Api) -> None:
    """Add the route."""
    api.add(Role.OPERATE, "POST", "/drills", drill, 202)


async def drill(asked: DrillRequest, present: Now, services: Served, caller: Caller) -> DrillStarted:
    """Page whoever would be paged for a monitor, or over a channel, and measure until somebody acknowledges."""
    incident, began = uuid.uuid4().hex, services.clock.now()
    await present.decide(Drill(asked.subject, incident, asked.limit_s, asked.by or caller.user))
    ends_at = began + timedelta(seconds=asked.limit_s)
    return DrillStarted(incident_id=incident, subject=asked.subject, ends_at=ends_at)
