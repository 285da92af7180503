"""One HTTP request of a channel and its answer: bounded in time and size, every fault told as an outcome."""

import asyncio
import errno
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from statusapp_agent.core.model import Again, Refused
from statusapp_agent.jsonable import encode, one_line
from statusapp_agent.outbound import causes
from statusapp_agent.wire.faults import from_connect, from_handshake, from_lookup

BODY_BYTES = 65_536
"""More than any answer of a service that says yes or no."""
_PROXY_CHARACTERS = 300
_CONNECT_SHARE = 0.5

_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True, repr=False)
class HttpCall:
    """What to ask. At most one of ``json`` and ``content`` is given. URL, headers and body may hold secrets."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    content: bytes | None = None

    def __repr__(self) -> str:
        return f"HttpCall({self.method}, …)"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: header names in lower case; the body raw. ``complete``: all of it came in time, within 64 KiB."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    complete: bool


class _Progress:
    """How far an exchange came, as the client's own trace tells it."""

    def __init__(self) -> None:
        self.traced = False
        self.begun = False
        self.answer: Answer | None = None

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        self.traced = True
        # A proxy is asked with CONNECT first: that request holds nothing of ours.
        if event.endswith(".send_request_headers.started") and info["request"].method != b"CONNECT":
            self.begun = True

    def maybe_sent(self, problem: BaseException | None = None) -> bool:
        """Whether the other side may have read the request; without a trace, maybe."""
        return self.begun if self.traced else not isinstance(problem, _NEVER_LEFT)


async def send(call: HttpCall, http: httpx.AsyncClient, timeout_s: float) -> Answer | Again | Refused:
    """Ask once. The deadline holds for the whole exchange, however slowly the other side drips."""
    progress = _Progress()
    try:
        request = _built(call, http, progress, timeout_s)
        host = request.url.host
    except (httpx.InvalidURL, ValueError, TypeError):  # UnicodeError is a ValueError
        # Its own words may quote a secret.
        return _unbuildable()
    try:
        async with asyncio.timeout(timeout_s):
            await _exchange(request, http, progress)
    except TimeoutError:
        return progress.answer or _too_slow(host, timeout_s, progress)
    except (httpx.LocalProtocolError, httpx.InvalidURL):
        return progress.answer or _unbuildable()
    except httpx.ConnectTimeout:
        return Again(f"no connection to {host} within {timeout_s * _CONNECT_SHARE:g} s")
    except (httpx.HTTPError, httpx.StreamError, OSError, ExceptionGroup) as problem:
        return progress.answer or fault(problem, host, maybe_sent=progress.maybe_sent(problem))
    return progress.answer or Again(f"{host} gave no answer", maybe_sent=True)


def _built(call: HttpCall, http: httpx.AsyncClient, progress: _Progress, timeout_s: float) -> httpx.Request:
    # httpcore closes a socket whose handshake ran out of its own time, but not one whose handshake was cancelled; so
    # that no handle leaks, connecting and handshaking have half the deadline each.
    timeout = httpx.Timeout(None, connect=timeout_s * _CONNECT_SHARE)
    headers = dict(call.headers)
    content = call.content
    if call.json is not None:
        content = encode(call.json)
        headers.setdefault("Content-Type", "application/json")
    return http.build_request(
        call.method, call.url, headers=headers, content=content, timeout=timeout, extensions={"trace": progress}
    )


async def _exchange(request: httpx.Request, http: httpx.AsyncClient, progress: _Progress) -> None:
    response = await http.send(request, stream=True, follow_redirects=False)
    body = bytearray()
    headers = {name.lower(): value for name, value in response.headers.items()}
    complete = False
    try:
        progress.answer = Answer(response.status_code, headers, b"", complete=False)
        # Raw: nobody asked for compression, and a bomb needs somebody who unpacks it.
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > BODY_BYTES:
                break
        else:
            complete = True
    finally:
        progress.answer = Answer(response.status_code, headers, bytes(body[:BODY_BYTES]), complete)
        await response.aclose()


def _unbuildable() -> Refused:
    return Refused(
        "the request could not be built: a setting or a secret of this channel holds characters that HTTP cannot carry;"
        " enter them again",
        channel_broken=True,
    )


def _too_slow(host: str, timeout_s: float, progress: _Progress) -> Again:
    if progress.maybe_sent():
        return Again(f"{host} did not answer within {timeout_s:g} s", maybe_sent=True)
    return Again(f"no connection to {host} within {timeout_s:g} s")


def fault(problem: BaseException, host: str, *, maybe_sent: bool) -> Again:
    """Return the outcome for an exchange that ended without a status."""
    if isinstance(problem, httpx.ProxyError):
        return Again(one_line(str(problem))[:_PROXY_CHARACTERS], maybe_sent=maybe_sent)
    if not maybe_sent:
        return _not_reached(problem, host)
    if isinstance(problem, httpx.RemoteProtocolError):
        return Again(f"{host} hung up, or answered something that is not HTTP", maybe_sent=True)
    return Again(f"the connection to {host} broke before its answer came", maybe_sent=True)


def _not_reached(problem: BaseException, host: str) -> Again:
    chain = causes(problem)
    for each in chain:
        if isinstance(each, ssl.SSLCertVerificationError):
            sentence = from_handshake(each, host).sentence
            return Again(f"{sentence}; nothing was sent, and certificates are never ignored here", slow=True)
        if isinstance(each, ssl.SSLError):
            return Again(from_handshake(each, host).sentence)
        if isinstance(each, socket.gaierror):
            return Again(from_lookup(each, host).sentence)
    for each in chain:
        if isinstance(each, OSError) and each.errno in errno.errorcode:
            return Again(from_connect(each, host).sentence)
    return Again(f"{host} cannot be reached")
