"""Puts the API together: all routes, behind their roles, behind the gate."""

from collections.abc import Callable

from fastapi import FastAPI

from statusapp_agent.api.archive import Archive
from statusapp_agent.api.limits import Gate
from statusapp_agent.api.peers import Peer, Role, judge
from statusapp_agent.api.present import Present
from statusapp_agent.api.problems import add_handlers
from statusapp_agent.api.router import Api
from statusapp_agent.api.routes import (
    agent,
    analytics,
    audit,
    backups,
    changes,
    channels,
    doctor,
    drills,
    heartbeats,
    incident_work,
    incidents,
    monitor_history,
    monitors,
    mutes,
    oncall,
    patterns,
    provision,
    reports,
    settings,
    strips,
    vault,
)
from statusapp_agent.api.services import Services
from statusapp_agent.api.stream import Hub
from statusapp_shared.protocol import API_VERSION

_NOUNS = (
    agent,
    monitors,
    channels,
    incidents,
    incident_work,
    analytics,
    settings,
    heartbeats,
    changes,
    doctor,
    oncall,
    mutes,
    patterns,
    reports,
    audit,
    monitor_history,
    backups,
    vault,
    strips,
    provision,
    drills,
)


def routes(services: Services, hub: Hub, present: Present, role: Callable[[Peer], Role | None]) -> FastAPI:
    """Return the routes, without the gate."""
    app = FastAPI(
        title="StatusApp",
        version=str(API_VERSION),
        description="The agent's local API, over its Unix socket. Every refusal is a Problem.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        strict_content_type=False,
    )
    app.state.services = services
    app.state.present = present
    app.state.archive = Archive(present)
    app.state.hub = hub
    app.state.judge = role
    add_handlers(app)
    api = Api(app)
    for noun in _NOUNS:
        noun.add_to(api)
    return app


def application(
    services: Services, hub: Hub, present: Present, role: Callable[[Peer], Role | None] | None = None
) -> Gate:
    """Return what the server serves."""
    return Gate(routes(services, hub, present, role or judge(services)))
