"""The listener that Prometheus asks, where somebody has asked for one. It answers GET /metrics and nothing else."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

log = logging.getLogger("statusapp.metrics")

_LONGEST_REQUEST_S = 5.0
_MOST_BYTES = 8192
_LOOK_EVERY_S = 5.0
_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class MetricsListener:
    """Listens where the settings say, and moves when they change. A port that is taken costs nothing but itself."""

    def __init__(self, collect: Callable[[], str]) -> None:
        self._collect = collect
        self._server: asyncio.Server | None = None
        self._address: str | None = None
        self.fault: str | None = None

    async def run(self, wanted: Callable[[], str | None]) -> None:
        """Follow the settings, for ever."""
        try:
            while True:
                await self.follow(wanted())
                await asyncio.sleep(_LOOK_EVERY_S)
        finally:
            await self.follow(None)

    async def follow(self, address: str | None) -> None:
        """Listen at ``host:port``, or nowhere."""
        if address == self._address and (self._server is not None or address is None):
            return
        if self._server is not None:
            self._server.close()
            self._server = None
        self._address = address
        if address is None:
            return
        host, _, port = address.rpartition(":")
        try:
            self._server = await asyncio.start_server(self._answer, host.strip("[]"), int(port), limit=_MOST_BYTES)
            self.fault = None
        except OSError as fault:
            sentence = f"metrics_listen: {address} cannot be listened at ({fault.strerror or fault})"
            if sentence != self.fault:
                log.warning("%s", sentence)
            self.fault = sentence

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ValueError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(_LONGEST_REQUEST_S):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(self._reply(head.split(b"\r\n", 1)[0]))
                await writer.drain()
        writer.close()

    def _reply(self, line: bytes) -> bytes:
        method, _, rest = line.partition(b" ")
        path = rest.split(b" ")[0].split(b"?")[0]
        if method != b"GET":
            return _message("405 Method Not Allowed", "Only GET.\n")
        if path != b"/metrics":
            return _message("404 Not Found", "The metrics are at /metrics.\n")
        return _message("200 OK", self._collect())


def _message(status: str, text: str) -> bytes:
    body = text.encode()
    lines = (
        f"HTTP/1.1 {status}",
        f"Content-Type: {_CONTENT_TYPE}",
        f"Content-Length: {len(body)}",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode() + body
