"""Who may do what: no route without a role, and every role against every route."""

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from statusapp_agent.api.application import routes
from statusapp_agent.api.limits import Gate
from statusapp_agent.api.peers import Peer, Role, role_of
from statusapp_agent.api.present import Present
from statusapp_agent.api.router import ROLE_KEY, Api
from statusapp_agent.api.stream import Hub
from tests.support.agent_on_socket import OnSocket, agent_on_socket

ROLES = {
    "GET /v1/agent": "read",
    "GET /v1/status": "read",
    "GET /v1/kinds": "read",
    "GET /v1/events": "read",
    "GET /v1/openapi.json": "read",
    "GET /v1/monitors": "read",
    "GET /v1/monitors/{name:name}": "read",
    "DELETE /v1/monitors/{name:name}": "admin",
    "POST /v1/monitors/{name:name}/check": "operate",
    "POST /v1/monitors/{name:name}/pause": "operate",
    "POST /v1/monitors/{name:name}/resume": "operate",
    "GET /v1/monitors/{name:name}/results": "read",
    "GET /v1/monitors/{name:name}/route": "read",
    "GET /v1/monitors/{name:name}/why": "read",
    "GET /v1/channels": "read",
    "GET /v1/channels/{name:name}": "read",
    "DELETE /v1/channels/{name:name}": "admin",
    "POST /v1/channels/{name:name}/test": "operate",
    "POST /v1/channels/{name:name}/provision": "admin",
    "POST /v1/drills": "operate",
    "PUT /v1/channels/{name:name}/secrets/{field:name}": "admin",
    "GET /v1/incidents": "read",
    "GET /v1/incidents/{incident:name}": "read",
    "POST /v1/incidents/{incident:name}/acknowledge": "operate",
    "POST /v1/incidents/{incident:name}/resolve": "operate",
    "POST /v1/incidents/{incident:name}/snooze": "operate",
    "POST /v1/incidents/{incident:name}/notes": "operate",
    "POST /v1/incidents/{incident:name}/updates": "operate",
    "POST /v1/incidents/{incident:name}/merge": "operate",
    "POST /v1/incidents/{incident:name}/reassign": "operate",
    "GET /v1/incidents/{incident:name}/why": "read",
    "GET /v1/analytics": "read",
    "GET /v1/patterns": "read",
    "GET /v1/monitors/{name:name}/history": "read",
    "GET /v1/audit": "read",
    "GET /v1/reports/{rhythm}": "read",
    "GET /v1/monitors/{name:name}/what-if": "read",
    "GET /v1/settings": "read",
    "POST /v1/settings": "admin",
    "POST /v1/heartbeats/{name:name}": "operate",
    "POST /v1/changes": "operate",
    "POST /v1/incidents/{incident:name}/unacknowledge": "operate",
    "GET /v1/mutes": "read",
    "POST /v1/mutes": "operate",
    "DELETE /v1/mutes": "operate",
    "GET /v1/doctor": "read",
    "GET /v1/oncall": "read",
    "GET /v1/oncall/rotations/{name:name}/calendar": "read",
    "POST /v1/oncall/overrides": "operate",
    "DELETE /v1/oncall/overrides/{name:name}": "operate",
    "GET /v1/backup": "admin",
    "POST /v1/restore": "admin",
    "GET /v1/secrets": "operate",
    "POST /v1/secrets/move": "admin",
    "POST /v1/secrets/rotate": "admin",
    "GET /v1/strips": "read",
}


@pytest.fixture
async def agent(tmp_path):
    async with agent_on_socket(tmp_path, serving=False) as running:
        yield running


def app_of(agent: OnSocket, role: Role | None) -> FastAPI:
    present = Present(agent.services)
    return routes(agent.services, Hub(present), present, lambda _: role)


async def test_every_route_declares_its_role(agent: OnSocket):
    found = {}
    for route in app_of(agent, None).routes:
        assert isinstance(route, APIRoute), f"{route} goes around the guard"
        role = (route.openapi_extra or {}).get(ROLE_KEY)
        assert role is not None, f"{route.path} declares no role"
        found |= {f"{method} {route.path}": role for method in route.methods}
    assert found == ROLES


async def test_a_route_without_a_role_stops_the_start(agent: OnSocket):
    app = app_of(agent, None)
    Api(app)
    with pytest.raises(RuntimeError, match="declares no role"):
        app.add_api_route("/v1/backdoor", lambda: None)


@pytest.mark.parametrize("role", [None, Role.READ, Role.OPERATE, Role.ADMIN])
async def test_every_role_against_every_route(agent: OnSocket, role):
    transport = httpx.ASGITransport(app=Gate(app_of(agent, role)), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://agent") as client:
        for name, needed in ROLES.items():
            method, path = name.split(" ")
            if path == "/v1/events" and role is not None:
                continue  # has no end; who may read may read it, as the stream's own tests show
            for part in ("{name:name}", "{field:name}", "{incident:name}"):
                path = path.replace(part, "unknown")
            # The body is no JSON at all: whoever lacks the role is told so before it is looked at.
            response = await client.request(method, path, content=b"{" if method in ("POST", "PUT") else None)
            allowed = role is not None and role >= Role[needed.upper()]
            assert (response.status_code != 403) == allowed, name
            if not allowed:
                assert response.json()["code"] == "role"


@pytest.mark.parametrize(
    ("uid", "gids", "mode", "role"),
    [
        (0, {0}, "user", Role.ADMIN),
        (1000, {1000}, "user", Role.ADMIN),
        (1234, {1234}, "user", None),
        (1234, {77}, "user", None),
        (0, {0}, "system", Role.ADMIN),
        (1000, set(), "system", Role.ADMIN),
        (1234, {1234}, "system", None),
        (1234, {1234, 77}, "system", Role.ADMIN),
        (1235, {77}, "system", Role.READ),
        (1236, {77}, "system", Role.OPERATE),
        (1237, {77}, "system", Role.READ),
        (1235, {1}, "system", None),
    ],
)
def test_roles_by_uid_group_and_name(uid, gids, mode, role):
    names = {1235: "reader", 1236: "operator", 1237: "both"}
    found = role_of(
        uid,
        gids,
        names.get(uid, "somebody"),
        agent_uid=1000,
        mode=mode,
        readers=("reader", "both"),
        operators=("operator", "both"),
        group_gid=77,
    )
    assert found == role


def test_without_a_group_a_system_agent_serves_itself_alone():
    assert role_of(1234, {77}, "somebody", agent_uid=1000, mode="system", group_gid=None) is None


def test_a_user_without_a_name_has_a_number():
    assert Peer(3_999_999_999, 1, frozenset()).user == "uid 3999999999"
