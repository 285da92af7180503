"""A small HTTP server for webhooks alone: one POST for each connection, with a bound on time, size and number."""

import asyncio
import contextlib
import http
from collections.abc import Callable, Mapping

import h11

MOST_BYTES = 2 << 20
PATIENCE_S = 5.0
"""PagerDuty gives up after 5 s as well."""
MOST_CONNECTIONS = 32
_HEADER_BYTES = 16_384
_READ_BYTES = 8 << 20
"""Somewhat more is read than is taken: whoever is cut off in the middle of sending never reads the answer."""

Answerer = Callable[[Mapping[str, str], bytes], int]
"""Returns the status for a request's headers (names in lower case) and body; must not wait."""


class Listener:
    """Listens at one address. ``answer`` is asked for the status of each POST to ``/`` or a path below it."""

    def __init__(self, host: str, port: int, answer: Answerer) -> None:
        self._host = host
        self._port = port
        self._answer = answer
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self) -> int:
        """Listen; return the port. Raises OSError when the address cannot be had."""
        self._server = await asyncio.start_server(self._connected, self._host, self._port, limit=65_536)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        """Stop listening and cut what is open."""
        if self._server is not None:
            self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._connections) >= MOST_CONNECTIONS:
            writer.close()
            return
        self._connections.add(task)
        try:
            # A client that hangs, drips or talks nonsense costs its own connection only.
            with contextlib.suppress(OSError, TimeoutError, h11.ProtocolError):
                async with asyncio.timeout(PATIENCE_S):
                    await self._exchange(reader, writer)
        finally:
            self._connections.discard(task)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEADER_BYTES)
        try:
            status = await self._status(connection, reader)
        except h11.RemoteProtocolError as fault:
            status = fault.error_status_hint
        if connection.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return
        reason = http.HTTPStatus(status).phrase.encode("ascii")
        headers = [("Content-Length", "0"), ("Connection", "close")]
        said = connection.send(h11.Response(status_code=status, headers=headers, reason=reason)) or b""
        writer.write(said + (connection.send(h11.EndOfMessage()) or b""))
        await writer.drain()

    async def _status(self, connection: h11.Connection, reader: asyncio.StreamReader) -> int:
        request: h11.Request | None = None
        body, size = bytearray(), 0
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                connection.receive_data(await reader.read(65_536))
            elif isinstance(event, h11.Request):
                request = event
                if event.method != b"POST":
                    return http.HTTPStatus.METHOD_NOT_ALLOWED
            elif isinstance(event, h11.Data):
                size += len(event.data)
                if size <= MOST_BYTES:
                    body += event.data
                elif size > _READ_BYTES:
                    raise ConnectionResetError
            else:
                break
        if request is None:
            raise ConnectionResetError
        if size > MOST_BYTES:
            return http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in request.headers}
        return self._answer(headers, bytes(body))
