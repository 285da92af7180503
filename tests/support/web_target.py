"""A web server on loopback that writes down what it is asked and answers as it is told."""

import asyncio
import json
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from statusapp_agent.demo.loopback_server import LoopbackServer, reset


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class WebTarget:
    """``answers`` are (status, body, headers) for the next requests, None for a reset; then 200."""

    answers: list = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    hang: bool = False
    port: int = 0
    _server: LoopbackServer | None = None

    async def __aenter__(self) -> "WebTarget":
        routes = [Route("/{path:path}", self._take, methods=["GET", "POST", "PUT"])]
        self._server = LoopbackServer(Starlette(routes=routes))
        self.port = await self._server.start()
        self._free = asyncio.Event()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._free.set()
        assert self._server is not None
        await self._server.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def _take(self, request: Request) -> Response:
        body = await request.body()
        self.asked.append(Asked(request.method, request.url.path, dict(request.headers), body))
        if self.hang:
            await self._free.wait()
        answer = self.answers.pop(0) if self.answers else (200, b"", {})
        if answer is None:
            return await reset(request)
        status, said, headers = answer
        return Response(said, status, headers)
