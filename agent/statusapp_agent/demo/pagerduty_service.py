"""A stand-in for PagerDuty's Events API on this machine: a real server before a strict model, and faults on request.

In one loop with others: ``async with PagerDutyService() as pagerduty: ... pagerduty.url``. As a process of its own:
``python -m statusapp_agent.demo.pagerduty_service --port 0 --journal FILE [--faults 0.4 --seed 1]``.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Self

import typer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from statusapp_agent.demo.faults import (
    Chance,
    Drip,
    Fault,
    Garbage,
    Hang,
    Late,
    Plan,
    ResetAfter,
    ResetBefore,
    Script,
    Status,
)
from statusapp_agent.demo.loopback_server import LoopbackServer, body_of, gone, reset, serve_until_asked
from statusapp_agent.demo.pagerduty_model import Alert, PagerDutyModel, Reply
from statusapp_agent.demo.pagerduty_rest import PagerDutyRest

_READ_BYTES = 4 << 20  # far above the limit of 512,000, so that a body that is too large is answered and not cut off
_ACCEPTED = b"<!doctype html><title>Accepted</title><p>Thank you.</p>"


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it arrived. ``body`` is its JSON, or its text; ``status`` what was answered, None for a reset."""

    number: int
    at: datetime
    path: str
    body: Any
    fault: str | None = None
    status: int | None = None

    @property
    def action(self) -> str | None:
        """The event's action; ``change`` for a change event."""
        if self.path == "/v2/change/enqueue":
            return "change"
        return self.body.get("event_action") if isinstance(self.body, dict) else None

    def line(self) -> str:
        """Return it as one line of JSON."""
        told = {
            "number": self.number,
            "at": self.at.isoformat(),
            "path": self.path,
            "body": self.body,
            "fault": self.fault,
            "status": self.status,
        }
        return json.dumps(told)


@dataclass(slots=True)
class _Held:
    path: str
    body: bytes
    events_left: int


class PagerDutyService:
    """The server. ``plan`` says what goes wrong; ``journal`` holds all requests in the order of their arrival.

    ``journal_file`` gets a line of JSON for each request as soon as it is decided what it is answered.
    """

    def __init__(
        self,
        model: PagerDutyModel | None = None,
        plan: Plan | None = None,
        *,
        port: int = 0,
        journal_file: Path | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        rest: PagerDutyRest | None = None,
    ) -> None:
        self.model = model or PagerDutyModel()
        self.rest = rest
        self.plan: Plan = plan or Script()
        self.journal: list[Received] = []
        self._now = now
        self._journal_file = journal_file
        self._held: list[_Held] = []
        self._news = asyncio.Condition()
        self._port = port
        self._server: LoopbackServer | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """Where it listens: the origin to set as ``events_url``."""
        return f"http://127.0.0.1:{self._port}"

    def incidents(self, *, open_only: bool = False) -> list[Alert]:
        """Return the incidents that the events have made."""
        return self.model.incidents(open_only=open_only)

    async def start(self) -> None:
        """Listen; returns when connections are accepted."""
        routes = [
            Route("/v2/enqueue", self._enqueue, methods=["POST"]),
            Route("/v2/change/enqueue", self._enqueue, methods=["POST"]),
            # Not PagerDuty's: how another process looks at the model.
            Route("/stand-in/incidents", self._show_incidents, methods=["GET"]),
            *(self.rest.routes() if self.rest is not None else ()),
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

    async def _enqueue(self, request: Request) -> Response:
        body = await body_of(request, _READ_BYTES)
        if body is None:
            return Response(status_code=499)  # it hung up before it had asked anything
        fault = self.plan.next()
        response = await self._respond(request, body, fault)
        async with self._news:
            self._news.notify_all()
        if response is None:
            return await reset(request)
        if isinstance(fault, Hang):
            await gone(request)
        return response

    async def _respond(self, request: Request, body: bytes, fault: Fault | None) -> Response | None:
        """Decide, write it down, and return the answer; None for a reset."""
        path, at = request.url.path, self._now()
        response: Response | None
        match fault:
            case None:
                response = _response(self._take(path, body, at))
            case Drip(every_s):
                response = _dripping(self._take(path, body, at), every_s)
            case Status(code, said, headers):
                response = Response(said, code, headers)
            case Garbage(taken):
                if taken:
                    self._take(path, body, at)
                response = Response(_ACCEPTED, 202, media_type="text/html")
            case Hang(taken):
                if taken:
                    self._take(path, body, at)
                response = Response(status_code=504)
            case _:
                self._lose(path, body, at, fault)
                response = None
        self._write_down(path, body, at, fault, response)
        return response

    def _lose(self, path: str, body: bytes, at: datetime, fault: ResetBefore | ResetAfter | Late) -> None:
        if isinstance(fault, ResetAfter):
            self._take(path, body, at)
        elif isinstance(fault, Late):
            self._held.append(_Held(path, body, fault.events))

    def _take(self, path: str, body: bytes, at: datetime) -> Reply:
        reply = self.model.take(path, body, at)
        for held in self._held:
            held.events_left -= 1
        due = [held for held in self._held if held.events_left <= 0]
        self._held = [held for held in self._held if held.events_left > 0]
        for held in due:
            self.model.take(held.path, held.body, at)
        return reply

    def _write_down(self, path: str, body: bytes, at: datetime, fault: Fault | None, response: Response | None) -> None:
        read = _readable(body)
        named = None if fault is None else type(fault).__name__
        status = None if response is None or isinstance(fault, Hang) else response.status_code
        received = Received(len(self.journal) + 1, at, path, read, named, status)
        self.journal.append(received)
        if self._journal_file is not None:
            with self._journal_file.open("a", encoding="utf-8") as journal:
                journal.write(received.line() + "\n")

    async def _show_incidents(self, _request: Request) -> Response:
        items = [
            {
                "number": alert.number,
                "dedup_key": alert.dedup_key,
                "status": alert.status,
                "created_at": alert.created_at.isoformat(),
                "resolved_at": alert.resolved_at.isoformat() if alert.resolved_at else None,
                "summary": alert.payload.get("summary"),
                "log": [{"at": entry.at.isoformat(), "action": entry.action, "by": entry.by} for entry in alert.log],
            }
            for alert in self.incidents()
        ]
        return JSONResponse({"items": items})


def _readable(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body[:2_000].decode("utf-8", "replace")


def _response(reply: Reply) -> Response:
    return JSONResponse(dict(reply.body), reply.status, dict(reply.headers))


def _dripping(reply: Reply, every_s: float) -> Response:
    body = json.dumps(dict(reply.body)).encode()

    async def drops() -> AsyncIterator[bytes]:
        for index in range(len(body)):
            await asyncio.sleep(every_s)
            yield body[index : index + 1]

    headers = {**reply.headers, "Content-Length": str(len(body))}
    return StreamingResponse(drops(), reply.status, headers, media_type="application/json")


def main(
    journal: Annotated[Path, typer.Option(help="File that gets a line of JSON for each request.")],
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 for any.")] = 0,
    faults: Annotated[float, typer.Option(min=0, max=1, help="How likely a request goes wrong.")] = 0.0,
    seed: Annotated[int, typer.Option(help="The same seed tells the same story.")] = 0,
    limit: Annotated[int, typer.Option(min=1, help="Requests per minute and key.")] = 120,
) -> None:
    """Serve a stand-in for PagerDuty's Events API until SIGTERM or SIGINT."""
    model = PagerDutyModel(limit=limit)
    service = PagerDutyService(model, Chance(faults, seed), port=port, journal_file=journal)
    asyncio.run(serve_until_asked(service, lambda: f"ready url={service.url}"))


if __name__ == "__main__":
    typer.run(main)
