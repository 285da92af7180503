"""Something to check: answers every request and notes when, with as little work of its own as Python allows.

It runs in a process of its own where its CPU must not be counted (`python -m tests.benchmarks._target`), or in the
benchmark's own loop where the benchmark wants its times: the monotonic clock is one for all processes of a machine.
"""

import asyncio
import contextlib
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator

from tests.benchmarks._process import stopped

_ASKED = "/asked"
_BODY = b"ok\n"
BACKLOG = 8192
GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\n" + _BODY
BAD = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno\n"

Answer = Callable[[str], bytes]
"""From the path that was asked for to the whole answer."""


class Target:
    """Serves on a port of loopback in the running loop. ``note`` is told path and monotonic time of each answer."""

    def __init__(self, answer: Answer, note: Callable[[str, float, float], None] | None = None) -> None:
        self.answer = answer
        self.note = note
        self.asked = 0
        self.port = 0
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Begin to listen."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Conversation(self), "127.0.0.1", 0, backlog=BACKLOG)
        self.port = self._server.sockets[0].getsockname()[1]

    def url(self, path: str) -> str:
        """Return the address of a path here."""
        return f"http://127.0.0.1:{self.port}{path}"

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()


class _Conversation(asyncio.Protocol):
    """One connection, one request."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._head = b""
        self._came_at = time.monotonic()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._head += data
        if not self._head.endswith(b"\r\n\r\n"):
            return
        path = self._head.split(b" ", 2)[1].decode("ascii")
        self._target.asked += 1
        left_at = time.monotonic()
        self._transport.write(self._target.answer(path))
        self._transport.close()
        if self._target.note is not None:
            self._target.note(path, self._came_at, left_at)


@contextlib.contextmanager
def target_process() -> Iterator[int]:
    """Run a target that always answers well in a process of its own; give its port. `asked` tells how often it did."""
    command = [sys.executable, "-m", "tests.benchmarks._target"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process, stopped(process):
        assert process.stdout is not None
        yield int(process.stdout.readline())


def asked(port: int) -> int:
    """Return how many requests a target process has answered, these questions not counted."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{_ASKED}", timeout=10) as answer:
        return int(answer.read())


class _Plain:
    """Plain callbacks on sockets: with a transport for each connection the target would be measured, not the client."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
        self._listening.setblocking(False)
        self._asked = 0
        self._loop.add_reader(self._listening, self._accept)
        self.port = self._listening.getsockname()[1]

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                connection, _ = self._listening.accept()
                connection.setblocking(False)
                self._loop.add_reader(connection, self._answer, connection)

    def _answer(self, connection: socket.socket) -> None:
        # A request of this size comes in one piece over loopback.
        with contextlib.suppress(OSError):
            request = connection.recv(65_536)
            if request.startswith(f"GET {_ASKED} ".encode()):
                connection.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n%d" % self._asked)
            elif request:
                self._asked += 1
                connection.send(GOOD)
        self._loop.remove_reader(connection)
        connection.close()


async def _serve() -> None:
    print(_Plain().port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve())
