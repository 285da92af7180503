"""A web server on 127.0.0.1 that stand-ins share: quick to start and stop, and able to misbehave below HTTP."""

import asyncio
import contextlib
import signal
import socket
import struct
from collections.abc import Callable, Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol

_START_S = 10.0
_END_S = 2.0
_LINGER_NOT = struct.pack("ii", 1, 0)  # struct linger of socket(7): on, for 0 s


class LoopbackServer:
    """Serves an application on a port of 127.0.0.1, 0 for any, in the running loop."""

    def __init__(self, app: Starlette, port: int = 0) -> None:
        self._app = app
        self._port = port
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> int:
        """Listen; return the port once connections are accepted."""
        listener = socket.create_server(("127.0.0.1", self._port))
        config = uvicorn.Config(
            self._app, http=_ResettableProtocol, ws="none", lifespan="off", log_config=None, access_log=False
        )
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]), name="loopback server")
        async with asyncio.timeout(_START_S):
            await self._server.ready.wait()
        return int(listener.getsockname()[1])

    async def stop(self) -> None:
        """Cut all connections and stop listening; a second call does nothing."""
        if self._server is None or self._serving is None:
            return
        self._server.cut_and_exit()
        await self._serving
        # Requests whose connection was cut end by themselves; one that does not is the caller's fault, and no reason
        # to hang.
        if unfinished := set(self._server.server_state.tasks):
            await asyncio.wait(unfinished, timeout=_END_S)
        self._server = self._serving = None


class _Server(uvicorn.Server):
    """uvicorn that leaves the process's signals alone, says when it is ready, and can stop without waiting."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the program that this server is a part of."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        self.ready.set()

    def cut_and_exit(self) -> None:
        """Stop at once: open connections are aborted, nothing is waited for."""
        for connection in list(self.server_state.connections):
            if isinstance(connection, H11Protocol):
                connection.transport.abort()
        self.should_exit = self.force_exit = True


class _ResettableProtocol(H11Protocol):
    """uvicorn's own protocol that hands its transport on, because only a transport can reset a connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in its base
        """Remember the transport where requests find it."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


async def body_of(request: Request, most_bytes: int) -> bytes | None:
    """Return a request's body, at most a little more than ``most_bytes``; None if the other side hung up."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most_bytes:
                break
    except ClientDisconnect:
        return None
    return bytes(body)


async def reset(request: Request) -> Response:
    """Reset the connection of a request that gets no answer; the response that is returned goes nowhere."""
    transport: asyncio.Transport = request.state.transport
    # Unsent data is thrown away and the other side sees a reset, as from a process that was killed.
    raw = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    transport.abort()
    await gone(request)
    return Response(status_code=499)


async def gone(request: Request) -> None:
    """Wait until the other side, or `LoopbackServer.stop`, has ended the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def serve_until_asked(service: contextlib.AbstractAsyncContextManager[object], ready: Callable[[], str]) -> None:
    """Be a stand-in as a process of its own: serve, print the line of ``ready``, and end at SIGTERM or SIGINT."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    # Before the line is printed: who reads it may ask for the end at once.
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows ends the process by itself
            loop.add_signal_handler(number, ended.set)
    async with service:
        print(ready(), flush=True)  # noqa: T201 - the one line that whoever started it waits for
        await ended.wait()
