"""A stand-in for Twilio's Messages resource on this machine: a real server before a strict model, faults on request.

In one loop with others: ``async with TwilioService() as twilio: ... twilio.url``. As a process of its own:
``python -m statusapp_agent.demo.twilio_service --port 0``; ``POST /stand-in/reply`` with ``from`` and ``text`` lets
somebody answer there.
"""

import asyncio
import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Self
from urllib.parse import parse_qsl

import typer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from statusapp_agent.demo.faults import Drip, Fault, Garbage, Hang, Plan, ResetAfter, Script, Status
from statusapp_agent.demo.loopback_server import LoopbackServer, body_of, gone, reset, serve_until_asked
from statusapp_agent.demo.twilio_model import Message, Reply, TwilioModel, error

_READ_BYTES = 65_536
_FORM = "application/x-www-form-urlencoded"
TOO_MANY = Status(429, b'{"code":20429,"message":"Too Many Requests","more_info":"","status":429}')


@dataclass(frozen=True, slots=True)
class StatusAfter(Status):
    """The text is taken in, and then answered with this instead."""


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it arrived. ``form`` is its body or its query; ``status`` what was answered, None for a reset."""

    at: datetime
    method: str
    path: str
    form: Mapping[str, str]
    content_type: str
    fault: str | None
    status: int | None


class TwilioService:
    """The server. ``plan`` says what goes wrong with sending, ``asking`` with looking; ``journal`` holds all."""

    def __init__(
        self,
        model: TwilioModel | None = None,
        plan: Plan | None = None,
        asking: Plan | None = None,
        *,
        port: int = 0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.model = model or TwilioModel()
        self.plan: Plan = plan or Script()
        self.asking: Plan = asking or Script()
        self.journal: list[Received] = []
        self._now = now
        self._port = port
        self._news = asyncio.Condition()
        self._server: LoopbackServer | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """Where it listens: the origin to set as ``api_url``."""
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Listen; returns when connections are accepted."""
        messages = "/2010-04-01/Accounts/{account}/Messages"
        routes = [
            Route(f"{messages}.json", self._create, methods=["POST"]),
            Route(f"{messages}.json", self._list, methods=["GET"]),
            Route(messages + "/{sid}.json", self._fetch, methods=["GET"]),
            # Not Twilio's: how another process looks at the model, and lets somebody answer.
            Route("/stand-in/messages", self._show, methods=["GET"]),
            Route("/stand-in/reply", self._reply, methods=["POST"]),
        ]
        self._server = LoopbackServer(Starlette(routes=routes), self._port)
        self._port = await self._server.start()

    async def stop(self) -> None:
        """Cut all connections and stop listening."""
        if self._server is not None:
            await self._server.stop()
            self._server = None

    async def until(self, seen: Callable[[], bool], timeout_s: float = 10.0) -> None:
        """Wait until ``seen()`` holds, looking after each request; raise TimeoutError if it never does."""
        async with asyncio.timeout(timeout_s), self._news:
            await self._news.wait_for(seen)

    async def answer(self, sender: str, text: str) -> Message:
        """Let somebody text us now."""
        message = self.model.answer(sender, text, self._now())
        async with self._news:
            self._news.notify_all()
        return message

    async def _create(self, request: Request) -> Response:
        body = await body_of(request, _READ_BYTES)
        if body is None:
            return Response(status_code=499)
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        kind = request.headers.get("content-type", "").partition(";")[0]

        def take() -> Reply:
            if kind != _FORM:
                return error(400, 20001, f"The body must be {_FORM}")
            return self.model.create(form, self._now())

        return await self._answered(request, form, self.plan.next(), take)

    async def _list(self, request: Request) -> Response:
        query = dict(request.query_params)
        return await self._answered(request, query, self.asking.next(), lambda: self.model.listed(query))

    async def _fetch(self, request: Request) -> Response:
        sid = str(request.path_params["sid"])
        return await self._answered(request, {}, self.asking.next(), lambda: self.model.look(sid))

    async def _answered(
        self, request: Request, form: Mapping[str, str], fault: Fault | None, take: Callable[[], Reply]
    ) -> Response:
        """Decide, write it down, and answer, or misbehave."""
        refused = self._credentials(request)
        response: Response | None
        match fault:
            case _ if refused is not None:
                response = _response(refused)
            case StatusAfter(code, said, headers):
                take()
                response = Response(said, code, dict(headers))
            case Status(code, said, headers):
                response = Response(said, code, dict(headers))
            case None | Drip():
                response = _response(take())
            case Garbage(taken) | Hang(taken):
                if taken:
                    take()
                response = Response(b"<!doctype html>", 200, media_type="text/html")
            case _:
                if isinstance(fault, ResetAfter):
                    take()
                response = None
        named = None if fault is None else type(fault).__name__
        status = None if response is None or isinstance(fault, Hang) else response.status_code
        kind = request.headers.get("content-type", "")
        self.journal.append(Received(self._now(), request.method, request.url.path, form, kind, named, status))
        async with self._news:
            self._news.notify_all()
        if response is None:
            return await reset(request)
        if isinstance(fault, Hang):
            await gone(request)
        return response

    def _credentials(self, request: Request) -> Reply | None:
        login = base64.b64encode(f"{self.model.account}:{self.model.token}".encode()).decode("ascii")
        known = request.headers.get("authorization") == f"Basic {login}"
        if known and request.path_params["account"] == self.model.account:
            return None
        return error(401, 20003, "Authenticate")

    async def _show(self, _request: Request) -> Response:
        return JSONResponse({"messages": [each.view(self.model.account) for each in self.model.messages]})

    async def _reply(self, request: Request) -> Response:
        said = await request.json()
        message = await self.answer(str(said["from"]), str(said["text"]))
        return JSONResponse(message.view(self.model.account), 201)


def _response(reply: Reply) -> Response:
    return JSONResponse(dict(reply.body), reply.status, dict(reply.headers))


def main(port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 for any.")] = 0) -> None:
    """Serve a stand-in for Twilio's Messages resource until SIGTERM or SIGINT."""
    service = TwilioService(port=port)
    asyncio.run(serve_until_asked(service, lambda: f"ready url={service.url}"))


if __name__ == "__main__":
    typer.run(main)
