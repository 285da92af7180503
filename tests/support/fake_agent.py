"""A stand-in for the agent: the real protocol models, over real HTTP, on a real Unix socket."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from statusapp_shared.protocol import FaultView, Problem

Answer = BaseModel | Callable[["Asked"], "BaseModel | Response"] | Response
_METHODS = ["GET", "POST", "PUT", "DELETE"]


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


def problem(status: int, error: str, code: str = "refused", faults: list[FaultView] | None = None) -> JSONResponse:
    """Return a refusal as the agent words it."""
    return JSONResponse(Problem(error=error, code=code, faults=faults or []).model_dump(mode="json"), status)


@dataclass
class FakeAgent:
    """Answers what it was told to, and remembers what it was asked; by ``METHOD /path``, no version."""

    socket: Path
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        raw = await request.body()
        asked = Asked(
            request.method,
            request.scope["raw_path"].decode().removeprefix("/v1"),
            dict(request.query_params),
            dict(request.headers),
            await request.json() if raw else None,
        )
        self.asked.append(asked)
        response = self._find(asked)
        response.headers.update(self.headers)
        return response

    def _find(self, asked: Asked) -> Response:
        known = self.answers.get(f"{asked.method} {asked.path}")
        if callable(known) and not isinstance(known, Response):
            known = known(asked)
        if known is None:
            return problem(404, f"There is nothing at {asked.path}.", "not_found")
        if isinstance(known, BaseModel):
            return Response(known.model_dump_json(by_alias=True), media_type="application/json")
        return known

    def bodies(self, request: str) -> list[Any]:
        """Return what was sent to one ``METHOD /path``, in order."""
        return [asked.body for asked in self.asked if f"{asked.method} {asked.path}" == request]


@contextmanager
def fake_agent(path: Path) -> Iterator[FakeAgent]:
    """Serve a stand-in on a Unix socket for as long as the block runs."""
    agent = FakeAgent(path)
    app = Starlette(routes=[Route("/{path:path}", agent.answer, methods=_METHODS)])
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen()
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield agent  # the kernel holds early connections in the backlog: no waiting for the server is needed
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
        assert not thread.is_alive(), "the stand-in did not stop"
