"""Tiny raw servers on loopback: each connection is handed to a coroutine that may behave as badly as it likes."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_HEAD_BYTES = 1 << 20


@dataclass
class Server:
    """A running server: where it listens and what it was asked (the heads of requests, as they came)."""

    host: str
    port: int
    heads: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def address(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def url(self, path: str = "/", scheme: str = "http") -> str:
        return f"{scheme}://{self.address}{path}"


@contextlib.asynccontextmanager
async def serving(
    behaviour: Behaviour, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    """Serve ``behaviour`` until the end of the block; connections still open are cut then."""
    server = Server(host, 0)
    running: set[asyncio.Task[None]] = set()
    writers: list[asyncio.StreamWriter] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        writers.append(writer)
        try:
            await behaviour(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
            pass
        finally:
            running.discard(task)
            writer.close()

    listener = await asyncio.start_server(connected, host, 0, ssl=tls, limit=_HEAD_BYTES)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        # asyncio cannot close a listener in the middle of an accept.
        await _turns()
        listener.close()
        for task in list(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for writer in writers:
            # Python before 3.11.4 cannot abort a TLS transport that is closed already.
            with contextlib.suppress(AttributeError):
                writer.transport.abort()
        await _turns()


async def _turns() -> None:
    # What the loop has accepted but not yet handed out, or closed but not yet let go of.
    for _ in range(5):
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def answering(
    *answers: bytes, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    """Answer each request with the next of ``answers`` (the last one for ever) and close."""
    known: list[Server] = []
    left = list(answers)

    async def behaviour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        body = await reader.readexactly(int(length[0].split(b":")[1])) if length else b""
        known[0].heads.append(head + body)
        writer.write(left.pop(0) if len(left) > 1 else left[0])
        await writer.drain()

    async with serving(behaviour, host=host, tls=tls) as server:
        known.append(server)
        yield server


def answer(body: bytes = b"ok\n", status: str = "200 OK", **headers: str) -> bytes:
    """Return a whole answer; headers are given with underscores for dashes."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


async def forever(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Take the connection and never say anything."""
    await asyncio.Event().wait()


def closed_port(host: str = "127.0.0.1") -> int:
    """Return a port on which nothing listens."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def server_context(path: str) -> ssl.SSLContext:
    """Return the context of a server with the certificate and key in ``path``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
