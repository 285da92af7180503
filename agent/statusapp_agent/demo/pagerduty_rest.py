"""The REST API of a stand-in PagerDuty: routes before the strict judgement of a request, a journal, faults on request.

It shares the model of the Events API: what is triggered there is an incident here, ``incidents.lag`` later. Use it by
``PagerDutyService(model, rest=PagerDutyRest(model, account))``; ``api_url`` is the service's ``url``.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from statusapp_agent.demo.faults import Fault, Garbage, Hang, Plan, ResetAfter, ResetBefore, Script, Status
from statusapp_agent.demo.loopback_server import body_of, gone, reset
from statusapp_agent.demo.pagerduty_account import Account
from statusapp_agent.demo.pagerduty_acts import ACTS
from statusapp_agent.demo.pagerduty_asked import Asked, Rate, RefusedError, invalid, query_of, token_of, writer_of
from statusapp_agent.demo.pagerduty_incidents import Incidents
from statusapp_agent.demo.pagerduty_looks import LOOKS
from statusapp_agent.demo.pagerduty_model import PagerDutyModel

_READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class RestReceived:
    """One request as it arrived, without its token. ``status`` is what was answered, None for no answer."""

    number: int
    at: datetime
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    sender: str | None
    body: Any
    status: int | None


class PagerDutyRest:
    """The REST side. ``plan`` says what goes wrong with the next request, ``faults_on_writes`` with the next write."""

    def __init__(
        self,
        model: PagerDutyModel,
        account: Account,
        *,
        lag_s: float = 0.0,
        limit: int = 960,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.account = account
        self.incidents = Incidents(model, account, timedelta(seconds=lag_s))
        self.rate = Rate(limit)
        self.plan: Plan = Script()
        self.faults_on_writes = Script()
        self.journal: list[RestReceived] = []
        self.now = now

    def routes(self) -> list[Route]:
        """Return what a web server has to serve."""
        found = []
        methods: dict[str, set[str]] = {}
        for method, path in [*((("GET"), path) for path in LOOKS), *ACTS]:
            methods.setdefault(path, set()).add(method)
        for path, allowed in methods.items():
            found.append(Route(path, self._answer, methods=sorted(allowed), name=path))
        return found

    async def _answer(self, request: Request) -> Response:
        body = await body_of(request, _READ_BYTES)
        if body is None:
            return Response(status_code=499)
        fault = self.plan.next() or (None if request.method == "GET" else self.faults_on_writes.next())
        response = self._respond(request, body, fault)
        self._write_down(request, body, None if isinstance(fault, Hang) else response)
        if response is None:
            return await reset(request)
        if isinstance(fault, Hang):
            await gone(request)
        return response

    def _respond(self, request: Request, body: bytes, fault: Fault | None) -> Response | None:
        match fault:
            case Status(code, said, headers):
                return Response(said, code, headers)
            case ResetBefore():
                return None
            case ResetAfter():
                self._carry_out(request, body)
                return None
            case Hang(taken):
                return self._carry_out(request, body) if taken else Response(status_code=504)
            case Garbage(taken):
                if taken:
                    self._carry_out(request, body)
                return Response(b"<html>Bad Gateway</html>", 200, media_type="text/html")
            case _:
                return self._carry_out(request, body)

    def _carry_out(self, request: Request, body: bytes) -> Response:
        at = self.now()
        self.incidents.catch_up(at)
        headers = {}
        try:
            token = token_of(self.account, request.headers, request.method)
            headers = self.rate.take(token.value, at)
            status, answer = self._do(request, body, token, at)
        except RefusedError as refused:
            return JSONResponse(refused.body, refused.status, {**headers, **refused.headers})
        return (
            Response(status_code=status, headers=headers) if answer is None else JSONResponse(answer, status, headers)
        )

    def _do(self, request: Request, body: bytes, token: Any, at: datetime) -> tuple[int, Any]:
        path: str = request.scope["route"].path
        pairs = request.query_params.multi_items()
        if request.method == "GET":
            look, single, lists = LOOKS[path]
            asked = Asked("GET", path, query_of(pairs, single, lists), None, token, None, at)
            return 200, look(self.incidents, asked, dict(request.path_params))
        act, needs_writer, status = ACTS[request.method, path]
        writer = writer_of(self.account, request.headers) if needs_writer else None
        try:
            said = json.loads(body) if body else {}
        except ValueError:
            raise invalid("the body is not JSON") from None
        asked = Asked(request.method, path, query_of(pairs, set(), set()), said, token, writer, at)
        return status, act(self.incidents, asked, dict(request.path_params))

    def _write_down(self, request: Request, body: bytes, response: Response | None) -> None:
        try:
            said: Any = json.loads(body) if body else None
        except ValueError:
            said = body[:2000].decode("utf-8", "replace")
        self.journal.append(
            RestReceived(
                len(self.journal) + 1,
                self.now(),
                request.method,
                request.url.path,
                tuple(request.query_params.multi_items()),
                request.headers.get("from"),
                said,
                None if response is None else response.status_code,
            )
        )

    # What people do there

    def by_hand(self, incident: str, deed: str, user: str, **more: Any) -> None:
        """Let a person do something there now: acknowledge, resolve, note, snooze, reassign, merge."""
        at = self.now()
        self.incidents.catch_up(at)
        kept = self.incidents.by_id[incident]
        by = ("user", user)
        deeds: Mapping[str, Callable[[], object]] = {
            "acknowledge": lambda: self.incidents.acknowledge(kept, at, by, "mobile"),
            "resolve": lambda: self.incidents.resolve(kept, at, by, "mobile"),
            "note": lambda: self.incidents.annotate(kept, at, by, str(more["text"])),
            "snooze": lambda: self.incidents.snooze(kept, at, by, int(more["seconds"])),
            "reassign": lambda: self.incidents.reassign(kept, at, by, list(more["users"])),
            "merge": lambda: self.incidents.merge(self.incidents.by_id[str(more["into"])], kept, at, by),
        }
        deeds[deed]()
