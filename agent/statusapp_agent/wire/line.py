"""An open connection, plain or encrypted, read and written without buffers of its own.

The socket is used directly: asyncio's streams cost twice as much for the few hundred bytes of a check, and stamp no
time when something arrives.
"""

import asyncio
import socket
import ssl
from time import monotonic

from statusapp_agent.wire.faults import WireFault, from_traffic

_CHUNK = 65_536


class Line:
    """One connection to one peer. ``at`` is the monotonic time of the last arrival, taken at the socket's event."""

    __slots__ = ("_limit", "_loop", "_reading", "_socket", "_waiter", "at")

    def __init__(self, connected: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._socket = connected
        self._reading = False
        self._waiter: asyncio.Future[bytes] | None = None
        self._limit = _CHUNK
        self.at = monotonic()

    @property
    def stream(self) -> socket.socket:
        """The socket, an `ssl.SSLSocket` once it is encrypted."""
        return self._socket

    async def send(self, data: bytes) -> None:
        """Send everything. A peer that stops listening is no fault yet: it may have answered already."""
        view = memoryview(data)
        while view:
            try:
                view = view[self._socket.send(view) :]
            except (BlockingIOError, ssl.SSLWantWriteError):
                await ready(self._socket, write=True)
            except ssl.SSLWantReadError:
                await ready(self._socket, write=False)
            except (BrokenPipeError, ConnectionResetError):
                return
            except OSError as problem:
                raise from_traffic(problem) from None

    async def receive(self, limit: int = _CHUNK) -> bytes:
        """Return what arrives next, at most ``limit`` bytes; nothing at the end. Raises `WireFault`."""
        if isinstance(self._socket, ssl.SSLSocket):
            # What is already decrypted makes no event at the socket.
            data = self._take(limit)
            if data is not None:
                return data
        self._limit = limit
        self._waiter = self._loop.create_future()
        if not self._reading:
            self._loop.add_reader(self._socket.fileno(), self._arrived)
            self._reading = True
        return await self._waiter

    def close(self) -> None:
        """Close at once, without waiting for the other side; harmless when it is closed already."""
        number = self._socket.fileno()
        if number >= 0:
            if self._reading:
                self._loop.remove_reader(number)
                self._reading = False
            self._socket.close()

    def _arrived(self) -> None:
        waiter = self._waiter
        if waiter is None or waiter.done():
            # Nobody listens now; without this the event would come again and again.
            self._loop.remove_reader(self._socket.fileno())
            self._reading = False
            return
        try:
            data = self._take(self._limit)
        except WireFault as fault:
            waiter.set_exception(fault)
            return
        if data is not None:
            waiter.set_result(data)

    def _take(self, limit: int) -> bytes | None:
        at = monotonic()
        try:
            data = self._socket.recv(limit)
        except (BlockingIOError, InterruptedError, ssl.SSLWantReadError):
            return None
        except OSError as problem:
            raise from_traffic(problem) from None
        self.at = at
        return data


async def ready(waiting: socket.socket, *, write: bool) -> None:
    """Wait until a socket can be written, or read."""
    loop = asyncio.get_running_loop()
    number = waiting.fileno()
    event: asyncio.Future[None] = loop.create_future()
    if write:
        loop.add_writer(number, _set, event)
    else:
        loop.add_reader(number, _set, event)
    try:
        await event
    finally:
        if write:
            loop.remove_writer(number)
        else:
            loop.remove_reader(number)


def _set(event: "asyncio.Future[None]") -> None:
    if not event.done():
        event.set_result(None)
