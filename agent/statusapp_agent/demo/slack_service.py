"""A stand-in for Slack on this machine: Web API and incoming webhooks before a strict model, and faults on request.

In one loop with others: ``async with SlackService() as slack: ... slack.api_url``. As a process of its own:
``python -m statusapp_agent.demo.slack_service --port 0``.
"""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, Self

import typer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from statusapp_agent.demo.faults import Fault, Garbage, Hang, ResetAfter, ResetBefore, Status
from statusapp_agent.demo.loopback_server import LoopbackServer, body_of, gone, reset, serve_until_asked
from statusapp_agent.demo.slack_model import Reply, SlackModel

_READ_BYTES = 1 << 20
HOOKS = "hooks"
"""The name under which faults are planned for incoming webhooks."""


@dataclass(frozen=True, slots=True)
class Muddled:
    """The call is carried out, and answered with ``ok: false`` and this error: Slack says so of internal errors."""

    error: str = "fatal_error"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived. ``status`` is what was answered, None for a reset or no answer."""

    method: str
    at_s: float
    arguments: Any
    status: int | None
    error: str | None = None


@dataclass(slots=True)
class Faults:
    """What goes wrong with the next calls of a method, in order; None for one that goes well."""

    left: dict[str, list[Fault | Muddled | None]] = field(default_factory=dict)

    def add(self, method: str, *faults: Fault | Muddled | None) -> None:
        """Have more go wrong."""
        self.left.setdefault(method, []).extend(faults)

    def next(self, method: str) -> Fault | Muddled | None:
        """Return the next of them."""
        waiting = self.left.get(method)
        return waiting.pop(0) if waiting else None


class SlackService:
    """The server. ``faults`` says what goes wrong; ``journal`` holds all requests in the order of their arrival."""

    def __init__(
        self, model: SlackModel | None = None, *, port: int = 0, now_s: Callable[[], float] = time.time
    ) -> None:
        self.model = model or SlackModel()
        self.faults = Faults()
        self.journal: list[Asked] = []
        self._now_s = now_s
        self._news = asyncio.Condition()
        self._port = port
        self._server: LoopbackServer | None = None

    async def __aenter__(self) -> Self:
        """Listen."""
        routes = [
            Route("/api/{method}", self._method, methods=["GET", "POST"]),
            Route("/services/{path:path}", self._hook, methods=["POST"]),
        ]
        self._server = LoopbackServer(Starlette(routes=routes), self._port)
        self._port = await self._server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            await self._server.stop()
            self._server = None

    @property
    def api_url(self) -> str:
        """What to set as ``api_url``."""
        return f"http://127.0.0.1:{self._port}/api"

    def webhook_url(self, path: str = "T0/B0/stand-in") -> str:
        """Return the address of an incoming webhook."""
        return f"http://127.0.0.1:{self._port}/services/{path}"

    def asked(self, method: str) -> list[Asked]:
        """Return the calls of a method, oldest first."""
        return [each for each in self.journal if each.method == method]

    async def until(self, seen: Callable[[], bool], timeout_s: float = 10.0) -> None:
        """Wait until ``seen()`` holds, looking after each request; raise TimeoutError if it never does."""
        async with asyncio.timeout(timeout_s), self._news:
            await self._news.wait_for(seen)

    async def _method(self, request: Request) -> Response:
        method = request.path_params["method"]
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        body = await body_of(request, _READ_BYTES)
        arguments = dict(request.query_params) if request.method == "GET" else _readable(body)

        def act() -> Reply:
            if not isinstance(arguments, dict):
                return Reply({"ok": False, "error": "invalid_arguments"})
            bearer = token if scheme == "Bearer" else ""
            return self.model.call(method, bearer, arguments, self._now_s())

        return await self._answered(request, method, arguments, act)

    async def _hook(self, request: Request) -> Response:
        payload = _readable(await body_of(request, _READ_BYTES))

        def act() -> Reply:
            return self.model.hook(request.path_params["path"], payload, self._now_s())

        return await self._answered(request, HOOKS, payload, act)

    async def _answered(self, request: Request, method: str, arguments: Any, act: Callable[[], Reply]) -> Response:
        fault = self.faults.next(method)
        response = _response(fault, act)
        error = None
        if response is not None and response.status_code == 200:
            said = _readable(bytes(response.body))
            error = said.get("error") if isinstance(said, dict) else None
        status = None if response is None or isinstance(fault, Hang) else response.status_code
        self.journal.append(Asked(method, self._now_s(), arguments, status, error))
        async with self._news:
            self._news.notify_all()
        if response is None:
            return await reset(request)
        if isinstance(fault, Hang):
            await gone(request)
        return response


def _response(fault: Fault | Muddled | None, act: Callable[[], Reply]) -> Response | None:
    match fault:
        case Status(code, said, headers):
            return Response(said, code, headers)
        case Garbage(taken):
            if taken:
                act()
            return Response(b"<html>Welcome to the hotel</html>", 200, media_type="text/html")
        case ResetBefore():
            return None
        case ResetAfter():
            act()
            return None
        case Hang(taken):
            if taken:
                act()
            return Response(status_code=504)
        case Muddled(error):
            act()
            return JSONResponse({"ok": False, "error": error})
        case _:
            reply = act()
    if isinstance(reply.body, str):
        return PlainTextResponse(reply.body, reply.status, dict(reply.headers))
    return JSONResponse(reply.body, reply.status, dict(reply.headers))


def _readable(body: bytes | None) -> Any:
    try:
        return json.loads(body or b"")
    except (ValueError, RecursionError):
        return None


def main(port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 for any.")] = 0) -> None:
    """Serve a stand-in for Slack until SIGTERM or SIGINT."""
    service = SlackService(port=port)
    asyncio.run(
        serve_until_asked(service, lambda: f"ready api_url={service.api_url} webhook_url={service.webhook_url()}")
    )


if __name__ == "__main__":
    typer.run(main)
