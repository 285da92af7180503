"""Many targets on loopback that go up and down by script, and remember when: the world that an agent watches."""

import asyncio
import contextlib
import random
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

_ANSWERS = {
    True: b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n",
    False: b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 5\r\nConnection: close\r\n\r\nsorry",
}


@dataclass(frozen=True, slots=True)
class Outage:
    """One stretch in which a target was down; ``ended_at`` is None while it lasts."""

    target: str
    began_at: datetime
    ended_at: datetime | None = None

    def covers(self, at: datetime, slack: timedelta) -> bool:
        """Whether a moment lies in it, or at most ``slack`` before it."""
        return self.began_at - slack <= at and (self.ended_at is None or at <= self.ended_at)


@dataclass(slots=True)
class Target:
    """One thing to be watched."""

    name: str
    kind: str
    port: int
    up: bool = True
    down_since: datetime | None = None
    holder: socket.socket | None = None
    server: asyncio.Server | None = None

    def settings(self) -> str:
        """Return the lines of a monitor that say where this is."""
        if self.kind == "tcp":
            return f'kind = "tcp"\nhost = "127.0.0.1"\nport = {self.port}\n'
        return f'kind = "http"\nurl = "http://127.0.0.1:{self.port}/{self.name}"\n'


@dataclass(slots=True)
class Targets:
    """All of them. HTTP targets share one server and answer 503 while down; a TCP target refuses connections."""

    by_name: dict[str, Target] = field(default_factory=dict)
    past: list[Outage] = field(default_factory=list)
    asked: dict[str, int] = field(default_factory=dict)
    _web: asyncio.Server | None = None
    _connections: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def down(self) -> set[str]:
        """The names of those that are down now."""
        return {target.name for target in self.by_name.values() if not target.up}

    def outages(self) -> list[Outage]:
        """Return every outage so far, those that last included."""
        running = [Outage(t.name, t.down_since) for t in self.by_name.values() if t.down_since is not None]
        return [*self.past, *running]

    async def put(self, name: str, *, up: bool) -> None:
        """Let a target break or work again."""
        target = self.by_name[name]
        if target.up == up:
            return
        if target.kind == "tcp":
            await (self._listen(target) if up else self._refuse(target))
        target.up = up
        if up:
            assert target.down_since is not None
            self.past.append(Outage(name, target.down_since, datetime.now(UTC)))
            target.down_since = None
        else:
            target.down_since = datetime.now(UTC)

    async def storm(self, seed: int, *, down_s: float, up_s: float) -> None:
        """Break and mend targets by chance until cancelled; the means of how long each state lasts are given."""
        chance = random.Random(seed)
        loop = asyncio.get_running_loop()
        turns = {name: loop.time() + chance.expovariate(1 / up_s) for name in self.by_name}
        while True:
            name = min(turns, key=turns.__getitem__)
            await asyncio.sleep(max(0.0, turns[name] - loop.time()))
            await self.put(name, up=not self.by_name[name].up)
            mean = up_s if self.by_name[name].up else down_s
            turns[name] = loop.time() + 0.05 + chance.expovariate(1 / mean)

    async def _open(self, http: int, tcp: int) -> None:
        self._web = await asyncio.start_server(self._page, "127.0.0.1", 0, backlog=1024)
        port = self._web.sockets[0].getsockname()[1]
        for number in range(http):
            self._add(Target(f"web-{number}", "http", port))
        for number in range(tcp):
            # The port stays ours while nothing listens: bound twice, and refused as long as only this one is there.
            holder = _bound(0)
            target = Target(f"tcp-{number}", "tcp", holder.getsockname()[1], holder=holder)
            await self._listen(target)
            self._add(target)

    def _add(self, target: Target) -> None:
        self.by_name[target.name] = target

    async def _listen(self, target: Target) -> None:
        target.server = await asyncio.start_server(self._greet, sock=_bound(target.port), backlog=128)

    async def _refuse(self, target: Target) -> None:
        if target.server is not None:
            target.server.close()
            target.server = None

    async def _greet(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def _page(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            name = head.split(b" ", 2)[1].decode("latin-1").strip("/")
            self.asked[name] = self.asked.get(name, 0) + 1
            target = self.by_name.get(name)
            writer.write(_ANSWERS[target is not None and target.up])
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._connections.discard(writer)
            writer.close()

    async def _close(self) -> None:
        for server in (self._web, *(target.server for target in self.by_name.values())):
            if server is not None:
                server.close()
        for writer in list(self._connections):
            writer.transport.abort()
        for target in self.by_name.values():
            if target.holder is not None:
                target.holder.close()
        for _ in range(5):  # what was accepted but not handed out yet
            await asyncio.sleep(0)


def _bound(port: int) -> socket.socket:
    """Return a socket bound to a port of loopback that others of ours may be bound to as well."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("127.0.0.1", port))
    return made


@contextlib.asynccontextmanager
async def targets(http: int = 1, tcp: int = 0) -> AsyncIterator[Targets]:
    """Serve so many targets, all up, until the end of the block."""
    world = Targets()
    await world._open(http, tcp)
    try:
        yield world
    finally:
        await world._close()
