"""The agent itself, everything at a glance, its kinds, and the document that describes all this."""

from typing import Any

from fastapi import Request

from statusapp_agent.api.parts import Now
from statusapp_agent.api.peers import Role
from statusapp_agent.api.router import Api, Served
from statusapp_agent.api.stream import EventStream
from statusapp_agent.views.kinds import kinds_view
from statusapp_shared.protocol import AgentView, KindsView, StatusView


def add_to(api: Api) -> None:
    """Add the routes."""
    api.add(Role.READ, "GET", "/agent", agent)
    api.add(Role.READ, "GET", "/status", status)
    api.add(Role.READ, "GET", "/kinds", kinds)
    api.add(Role.READ, "GET", "/events", events)
    api.add(Role.READ, "GET", "/openapi.json", document, include_in_schema=False)


async def agent(present: Now) -> AgentView:
    """Return the agent's own health."""
    await present.look_at_secrets()
    return present.agent_as_known()


async def status(present: Now) -> StatusView:
    """Return everything at a glance."""
    await present.look_at_secrets()
    return present.status_as_known()


async def kinds(services: Served) -> KindsView:
    """Return every kind of check and of channel, with the schema of its form."""
    return kinds_view(services.checks, services.channels)


async def events(request: Request) -> EventStream:
    """Follow everything: a snapshot, then each change, as server-sent events that hold the Event of this contract."""
    return EventStream(request.app.state.hub)


async def document(request: Request) -> dict[str, Any]:
    """Return this API as OpenAPI."""
    described: dict[str, Any] = request.app.openapi()
    return described
