"""One HTTP exchange for a check: a transport for httpx that opens, bounds and times a fresh connection.

h11 parses; this file only decides how much of a target's answer is worth reading. A monitor must look the name up,
connect and encrypt anew each time, and must survive servers that never stop talking.
"""

import asyncio
import ssl
from collections.abc import Callable, Iterable
from datetime import datetime

import h11
import httpx

from statusapp_agent.wire.certificates import expiry
from statusapp_agent.wire.dial import dial
from statusapp_agent.wire.excerpt import excerpt
from statusapp_agent.wire.faults import WireFault
from statusapp_agent.wire.inflate import Inflater
from statusapp_agent.wire.line import Line
from statusapp_agent.wire.resolve import Lookup, lookup
from statusapp_agent.wire.trace import Trace

BODY_BYTES = 1_048_576  # S12
_HEADER_BYTES = 32_768  # four times what nginx accepts in one line, twice what Node sends at all
_HEADER_CHUNK = 16_384
_INFORMATIONAL = 16  # H4: a real server sends one or two
_CRUMBS = 4_096  # a chunk costs 10 us to parse, so a flood of tiny ones must end before the bytes are many ...
_CRUMB_BYTES = 64  # ... while chunks of this size and more may go on to the limit in bytes
_PIECES_PER_TURN = 64  # half a millisecond, then others have their turn
_PORTS = {"http": 80, "https": 443}
_REDIRECTS = {301, 302, 303, 307, 308}
_END = h11.EndOfMessage()
_REASON_CHARACTERS = 160


class Exchange(httpx.AsyncBaseTransport):
    """A transport for the hops of one check: connects afresh for each request and tells ``trace`` the course of it.

    ``context`` encrypts https. ``allowed`` judges an address before it is touched. Of a body, ``keep`` bytes are
    handed on, and nothing is read beyond `BODY_BYTES`: then the answer's extension ``cut`` says how much was read,
    such as ``1 MiB``; it is None for a whole body. ``follows``: the body of a redirect is not worth reading. Raises
    `WireFault`; it has no time limit of its own.
    """

    def __init__(
        self,
        trace: Trace,
        context: Callable[[], ssl.SSLContext],
        *,
        allowed: Callable[[str], bool] | None = None,
        keep: int = BODY_BYTES,
        follows: bool = False,
        resolver: Lookup = lookup,
    ) -> None:
        self._trace = trace
        self.context = context
        self.allowed = allowed
        self._keep = keep
        self._follows = follows
        self._resolver = resolver
        self.expires_at: datetime | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one request out. Raises `WireFault`."""
        url = request.url
        line = await dial(
            url.raw_host.decode("ascii"),
            url.port or _PORTS[url.scheme],
            self._trace,
            context=self.context() if url.scheme == "https" else None,
            allowed=self.allowed,
            resolver=self._resolver,
        )
        try:
            if isinstance(line.stream, ssl.SSLSocket):
                self._note_expiry(line.stream)
            return await self._converse(line, request)
        finally:
            line.close()

    def _note_expiry(self, stream: ssl.SSLSocket) -> None:
        ends = expiry(stream)
        if ends is not None and (self.expires_at is None or ends < self.expires_at):
            self.expires_at = ends

    async def _converse(self, line: Line, request: httpx.Request) -> httpx.Response:
        connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEADER_BYTES)
        wire = _wire(connection, request)
        self._trace.enter("first_byte")
        await line.send(wire)
        try:
            head = await self._head(line, connection)
            body = _Body(self._keep, head.headers)
            if not (self._follows and head.status_code in _REDIRECTS):
                await _read(line, connection, body)
        except h11.RemoteProtocolError as problem:
            if connection.trailing_data[1]:
                raise WireFault("closed", "the connection was closed before the answer was complete") from None
            raise WireFault(
                "http_protocol", f"the answer is not valid HTTP: {excerpt(str(problem), _REASON_CHARACTERS)}"
            ) from None
        self._trace.end(line.at)
        return httpx.Response(
            head.status_code,
            headers=[header for header in head.headers if header[0] != b"content-encoding"],
            stream=httpx.ByteStream(bytes(body.kept)),
            extensions={"cut": body.cut},
            request=request,
        )

    async def _head(self, line: Line, connection: h11.Connection) -> h11.Response:
        received = informational = 0
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Response):
                return event
            if isinstance(event, h11.InformationalResponse):
                informational += 1
                if informational > _INFORMATIONAL:
                    raise WireFault("http_limit", f"more than {_INFORMATIONAL} interim answers (1xx) and no final one")
                continue
            if event is not h11.NEED_DATA:
                raise WireFault("closed", "the connection was closed without an answer")
            if received > _HEADER_BYTES:
                raise WireFault("http_limit", f"the head of the answer is larger than {_HEADER_BYTES // 1024} KiB")
            data = await line.receive(_HEADER_CHUNK)
            if not data and not received:
                raise WireFault("closed", "the connection was closed without an answer")
            if not received:
                self._trace.enter("transfer", line.at)
            received += len(data)
            connection.receive_data(data)


def _wire(connection: h11.Connection, request: httpx.Request) -> bytes:
    stream = request.stream
    if not isinstance(stream, httpx.ByteStream):
        raise TypeError("a check's request has its whole body in memory")
    try:
        head = connection.send(
            h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)
        )
        content = b"".join(stream)
        sent = (connection.send(h11.Data(data=content)) or b"") if content else b""
        return head + sent + (connection.send(_END) or b"")
    except h11.LocalProtocolError as problem:
        raise WireFault("http_request", f"the request cannot be sent: {problem}", ours=True) from None


async def _read(line: Line, connection: h11.Connection, body: "_Body") -> None:
    pieces = 0
    while body.cut is None:
        event = connection.next_event()
        if isinstance(event, h11.Data):
            body.take(bytes(event.data))
            pieces += 1
            if pieces % _PIECES_PER_TURN == 0:
                await asyncio.sleep(0)
            if pieces > _CRUMBS + body.read // _CRUMB_BYTES:
                body.cut = f"{pieces} chunks"
        elif event is h11.NEED_DATA:
            connection.receive_data(await line.receive())
        else:
            return


class _Body:
    """What is kept of a body, and when enough of it has been read."""

    __slots__ = ("_encoding", "_inflated", "_inflater", "_keep", "cut", "kept", "read")

    def __init__(self, keep: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self._keep = keep
        self.read = 0
        self._inflated = 0
        self._inflater: Inflater | None = None
        self._encoding = ""
        self.cut: str | None = None
        self.kept = bytearray()
        names = dict(headers)
        if b"transfer-encoding" in names and b"content-length" in names:
            # RFC 9112, section 6.3: to be handled as an error, because two readers would disagree on where it ends.
            raise WireFault("http_protocol", "the answer states its length in two contradicting ways")
        if b"content-encoding" in names:
            stated = [value.decode("latin-1") for name, value in headers if name == b"content-encoding"]
            self._encoding = ",".join(stated).strip().lower()

    def take(self, piece: bytes) -> None:
        """Read a piece of the body as it came over the wire."""
        self.read += len(piece)
        if self._encoding not in {"", "identity"}:
            if self._inflater is None:
                self._inflater = Inflater(self._encoding)
            piece = self._inflater.take(piece, BODY_BYTES - self._inflated + 1)
        self._inflated += len(piece)
        # Both are counted: a compressed stream can go on for ever and hold nothing.
        if max(self.read, self._inflated) > BODY_BYTES:
            self.cut = "1 MiB"
        if len(self.kept) < self._keep:
            self.kept += piece[: self._keep - len(self.kept)]
