"""A small stand-in for Vonage's SMS API: everything is answered with 200, and the body says what it means."""

import asyncio
from typing import Any, Self
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from statusapp_agent.demo.loopback_server import LoopbackServer
from statusapp_agent.sms.gsm7 import segments

KEY, SECRET = "abcd1234", "s3cr3t-of-16-chr"
_FIELDS = {"api_key", "api_secret", "from", "to", "text", "type"}
_SAID = {"1": "Throughput Rate Exceeded", "4": "Bad Credentials", "9": "Partner quota exceeded", "15": "Illegal Sender"}


class VonageServer:
    """Takes texts in; ``statuses`` are what the next ones are answered with, ``raw`` an answer that is none."""

    def __init__(self) -> None:
        self.statuses: list[str] = []
        self.raw: list[Response] = []
        self.forms: list[dict[str, str]] = []
        self.taken: list[dict[str, str]] = []
        self._server: LoopbackServer | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        self._server = LoopbackServer(Starlette(routes=[Route("/sms/json", self._sms, methods=["POST"])]))
        self._port = await self._server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        await self._server.stop()

    async def _sms(self, request: Request) -> Response:
        await asyncio.sleep(0)
        form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        self.forms.append(form)
        if self.raw:
            return self.raw.pop(0)
        status = self.statuses.pop(0) if self.statuses else self._judged(form)
        if status != "0":
            part = {"status": status, "error-text": _SAID.get(status, "Some error"), "to": form.get("to", "")}
            return JSONResponse({"message-count": "1", "messages": [part]})
        self.taken.append(form)
        return JSONResponse(_accepted(form))

    def _judged(self, form: dict[str, str]) -> str:
        if set(form) != _FIELDS:
            return "2"
        if (form["api_key"], form["api_secret"]) != (KEY, SECRET):
            return "4"
        return "0" if form["to"].isdigit() and form["type"] == "text" else "3"


def _accepted(form: dict[str, str]) -> dict[str, Any]:
    count = segments(form["text"])
    part = {"to": form["to"], "status": "0", "remaining-balance": "3.14", "message-price": "0.03", "network": "23410"}
    parts = [{**part, "message-id": f"0A00000012345{number:03}"} for number in range(count)]
    return {"message-count": str(count), "messages": parts}
