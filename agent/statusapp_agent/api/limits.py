"""The gate before all routes: versions, sizes and depth, and the last net under every failure."""

import logging
import re
from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from statusapp_agent.api.problems import VERSION_HEADER, ProblemError, send_problem
from statusapp_shared.protocol import API_VERSION

log = logging.getLogger("statusapp.api")

MOST_BYTES = 1_048_576
"""Room for the settings of thousands of monitors, as ApplyRequest promises."""
DEEPEST = 32
"""No request nests deeper than 2; JSON readers fail somewhere above 1,000."""
_MOST_BRACKETS = 100_000
_STREAMED = frozenset({"/v1/restore"})
"""Files: the route reads them piece by piece, asks for the role first, and has a limit of its own."""
# A text is one token, whatever is in it; possessive, so that no text makes the reader go back.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_VERSION_NAME = VERSION_HEADER.lower().encode()
_VERSION = str(API_VERSION).encode()


class Gate:
    """An ASGI application around the routes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        # Routes match the path as it was written: an escaped slash belongs to a name, a plain one parts the path.
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        scope = {**scope, "path": raw.decode("latin-1")}
        answer = _Answer(send)
        try:
            headers = dict(scope["headers"])
            _same_version(headers)
            body = None if scope["path"] in _STREAMED else await _read_body(headers, receive)
            await self._app(scope, _replay(body, receive) if body is not None else receive, answer.send)
        except ProblemError as refusal:
            await send_problem(answer.send, refusal.status, refusal.code, str(refusal))
        except _GoneError:
            return
        except Exception:
            log.exception("%s %s failed", scope["method"], scope["path"])
            if not answer.begun:
                await send_problem(answer.send, 500, "internal", "The agent failed at this request; its log says more.")
        if scope["method"] != "GET":
            _note(scope, answer.status)


class _GoneError(Exception):
    """The client went away before its request was whole."""


class _Answer:
    """Marks every answer with our version, and knows whether one has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    @property
    def begun(self) -> bool:
        return self.status != 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [pair for pair in message["headers"] if pair[0].lower() != _VERSION_NAME]
            message = {**message, "headers": [*headers, (_VERSION_NAME, _VERSION)]}
        await self._send(message)


def _note(scope: Scope, status: int) -> None:
    """Say in the log who asked for a change: the audit knows the name that was given, this the process itself."""
    peer = scope.get("state", {}).get("peer")
    who = f"uid {peer.uid}, process {peer.pid}" if peer is not None else "somebody in this process"
    log.info("%s %s by %s: %d", scope["method"], scope["path"], who, status)


def _same_version(headers: dict[bytes, bytes]) -> None:
    asked = headers.get(_VERSION_NAME)
    if asked is not None and asked.strip().partition(b".")[0] != _VERSION:
        raise ProblemError(
            400,
            "api_version",
            f"This agent speaks version {API_VERSION} of the API, not the one that was asked for: update the older of "
            "the two programs.",
        )


async def _read_body(headers: dict[bytes, bytes], receive: Receive) -> bytes | None:
    """Return the whole body, None when there is none to wait for; raises ProblemError for one beyond the limits."""
    announced = headers.get(b"content-length", b"")
    if announced in (b"", b"0") and b"transfer-encoding" not in headers:
        return None
    if announced.isdigit() and (len(announced) > 12 or int(announced) > MOST_BYTES):
        raise _too_large()
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _GoneError
        part = message.get("body", b"")
        size += len(part)
        if size > MOST_BYTES:
            raise _too_large()
        parts.append(part)
        more = message.get("more_body", False)
    body = b"".join(parts)
    if body:
        _is_json(headers.get(b"content-type", b"application/json"))
        check_depth(body)
    return body


def _is_json(content_type: bytes) -> None:
    if content_type.partition(b";")[0].strip().lower() != b"application/json":
        raise ProblemError(415, "media_type", "The agent reads JSON only: send it with Content-Type: application/json.")


def _too_large() -> ProblemError:
    return ProblemError(413, "too_large", f"A request may have {MOST_BYTES // 1024} KiB at most; send less.")


def check_depth(body: bytes) -> None:
    """Raise ProblemError when JSON nests deeper than any request of ours; cheap for all that are small."""
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return
    depth = 0
    for number, token in enumerate(_TOKEN.finditer(body)):
        first = body[token.start()]
        if first in b"[{":
            depth += 1
        elif first in b"]}":
            depth -= 1
        if depth > DEEPEST or number > _MOST_BRACKETS:
            raise ProblemError(400, "too_deep", f"JSON may nest {DEEPEST} deep at most; no request needs more than 3.")


def _replay(body: bytes, receive: Receive) -> Callable[[], Any]:
    """Return a receive that hands the body over once, and then what else comes."""
    waiting = [body]

    async def again() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return again
