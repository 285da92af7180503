"""Adding routes: none without the role that it asks for, and each with the name of its noun in its address."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, Any, Literal
from urllib.parse import quote, unquote

from fastapi import Depends, FastAPI, Request, Response
from fastapi.routing import APIRoute
from starlette.convertors import Convertor, register_url_convertor

from statusapp_agent.api.peers import Peer, Role
from statusapp_agent.api.problems import ProblemError, describe
from statusapp_agent.api.services import Services

ROLE_KEY = "x-statusapp-role"
Method = Literal["GET", "POST", "PUT", "DELETE"]
Judge = Callable[[Peer], Role | None]


class NameConvertor(Convertor[str]):
    """A name in an address: whatever it holds, a slash too, is escaped there."""

    regex = "[^/]+"

    def convert(self, value: str) -> str:
        """Return the name."""
        return unquote(value)

    def to_string(self, value: str) -> str:
        """Return the name as it stands in an address."""
        return quote(value, safe="")


register_url_convertor("name", NameConvertor())


class GuardedRoute(APIRoute):
    """A route that asks for a role before it reads anything else of the request."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler behind its guard; raises RuntimeError for a route without a role."""
        handle = super().get_route_handler()
        name = (self.openapi_extra or {}).get(ROLE_KEY)
        if name is None:
            raise RuntimeError(f"the route {self.path} declares no role")
        needed = Role[name.upper()]

        async def guarded(request: Request) -> Response:
            held = role_held(request)
            if held is None or held < needed:
                who = peer_of_request(request).user
                raise ProblemError(403, "role", f"{who} may not do that here: it needs the role {name!r}.")
            return await handle(request)

        return guarded


def peer_of_request(request: Request) -> Peer:
    """Return who asks; nobody known is nobody."""
    peer = getattr(request.state, "peer", None)
    return peer if isinstance(peer, Peer) else Peer(-1, -1, frozenset())


def role_held(request: Request) -> Role | None:
    """Return the role of whoever asks, by the settings in force now."""
    judge: Judge = request.app.state.judge
    return judge(peer_of_request(request))


async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


async def _caller(request: Request) -> Peer:
    return peer_of_request(request)


Served = Annotated[Services, Depends(_services)]
Caller = Annotated[Peer, Depends(_caller)]


class Api:
    """Where modules add their routes."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        app.router.route_class = GuardedRoute

    def add(
        self,
        role: Role,
        method: Method,
        path: str,
        endpoint: Callable[..., Awaitable[Any]],
        status: int = 200,
        **options: Any,
    ) -> None:
        """Add a route below ``/v1``; what it returns is annotated on the endpoint."""
        self.app.add_api_route(
            f"/v1{path}",
            endpoint,
            methods=[method],
            status_code=status,
            responses=describe(),
            openapi_extra={ROLE_KEY: role.name.lower()},
            **options,
        )
