"""A real engine over real databases behind the real API on a real socket, with kinds that a test plays by hand."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from pydantic import Field

from statusapp_agent.api.connection import Patience
from statusapp_agent.api.server import bind, serve
from statusapp_agent.api.services import Mode, Services
from statusapp_agent.clock import Clock
from statusapp_agent.core.events import Checked, Started
from statusapp_agent.core.model import Action, Beat, CheckStatus, Delivered, Outcome, Person, Result, Scope
from statusapp_agent.core.oncall import reach
from statusapp_agent.core.state import State
from statusapp_agent.courier import Courier
from statusapp_agent.engine import Engine
from statusapp_agent.fields import SecretField
from statusapp_agent.kinds import ChannelKind, ChannelTools, CheckKind, CheckTools, Finding, KindSettings
from statusapp_agent.runner import Runner
from statusapp_agent.settings import Settings
from statusapp_agent.settling import Settling
from statusapp_agent.store.samples import SampleStore
from statusapp_agent.store.state_store import StateStore
from statusapp_agent.store.writer import Writer
from statusapp_agent.timetable import Timetable
from statusapp_agent.vault import Vault
from statusapp_shared.protocol import ApplyRequest

CANARY_SECRET = "s3cr3t-canary-7f3b2c"

SETTINGS = f"""
[agent]
region = "test"
canaries = []

[[channels]]
name = "sink"
kind = "sink"
address = "somewhere"
key = "{CANARY_SECRET}"

[[monitors]]
name = "nas"
kind = "probe"
place = "nas.lan"
failures = 1
recoveries = 1
interval = "1h"
channels = ["sink"]

[[monitors]]
name = "odd näme?#%41"
kind = "probe"
place = "odd.lan"
failures = 1
recoveries = 1
interval = "1h"

[[monitors]]
name = "backup"
kind = "heartbeat"
interval = "1h"
"""


class ProbeSettings(KindSettings):
    """What a probe needs."""

    place: str = Field(title="Place")


class Probe(CheckKind[ProbeSettings]):
    """A check that finds what the test has laid out: by place, ``None`` for up, else why it is down."""

    name = "probe"
    title = "Probe"
    description = "Finds what was laid out."
    Settings = ProbeSettings

    def __init__(self) -> None:
        self.down: dict[str, str] = {}
        self.hold: asyncio.Event | None = None

    async def run(self, settings: ProbeSettings, tools: CheckTools) -> Result:
        if self.hold is not None:
            await self.hold.wait()
        why = self.down.get(settings.place)
        status = CheckStatus.DOWN if why else CheckStatus.UP
        return Result(
            status, tools.now(), 0.0125, why or "fine", "refused" if why else None, {"connect": 0.01}, scope=Scope.HOST
        )

    def target(self, settings: ProbeSettings) -> str:
        return settings.place


class HeartbeatSettings(KindSettings):
    """Nothing."""


class Heartbeat(CheckKind[HeartbeatSettings]):
    """A monitor that takes reports."""

    name = "heartbeat"
    title = "Heartbeat"
    description = "Takes reports."
    Settings = HeartbeatSettings

    async def run(self, settings: HeartbeatSettings, tools: CheckTools) -> Result:
        beat = tools.beat or Beat(watching_since=tools.now())
        failed = beat.failed
        return Result(CheckStatus.DOWN if failed else CheckStatus.UP, tools.now(), message=beat.message or "reported")

    def target(self, settings: HeartbeatSettings) -> str:
        return "a job"


class SinkSettings(KindSettings):
    """What a sink needs."""

    address: str = Field(title="Address")
    key: SecretField = Field(title="Key")
    password: SecretField | None = Field(default=None, title="Password")


class Sink(ChannelKind[SinkSettings]):
    """A channel that takes everything, or answers what the test says; remembers what it was told."""

    name = "sink"
    title = "Sink"
    description = "Takes everything."
    Settings = SinkSettings
    actions = frozenset(Action)

    def __init__(self) -> None:
        self.told: list[tuple[str, Mapping[str, Any], str]] = []
        self.answer: Callable[[], Outcome] = Delivered

    async def deliver(self, notice: Mapping[str, Any], settings: SinkSettings, tools: ChannelTools) -> Outcome:
        self.told.append((notice["action"], notice, tools.fields["key"]))
        return self.answer()

    def inspect_secret(self, field: str, value: str, settings: SinkSettings) -> list[Finding]:
        return [Finding(field, "a key has no blanks", error=True)] if " " in value else []


@dataclass
class OnSocket:
    """The running whole, and shortcuts for tests."""

    services: Services
    settling: Settling
    probe: Probe
    sink: Sink
    socket: Path
    stop: asyncio.Event
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def engine(self) -> Engine:
        return self.services.engine

    def client(self, **options: Any) -> httpx.AsyncClient:
        """Return a client as the command line has one."""
        transport = httpx.AsyncHTTPTransport(uds=str(self.socket))
        return httpx.AsyncClient(transport=transport, base_url="http://statusapp", trust_env=False, **options)

    async def apply(self, text: str, **options: Any) -> None:
        """Apply settings."""
        await self.settling.apply(ApplyRequest(text=text, **options), "ann")

    async def checked(self, name: str, down: str | None = None) -> None:
        """Let a check of a monitor have ended."""
        status = CheckStatus.DOWN if down else CheckStatus.UP
        result = Result(status, self.services.clock.now(), 0.02, down or "fine", "refused" if down else None)
        await self.engine.ask(Checked(name, result))

    async def until(self, holds: Callable[[], bool], seconds: float = 10.0) -> None:
        """Wait until something holds, looking after each batch that the engine has decided."""
        turn = asyncio.Event()

        def listen(_: object) -> None:
            turn.set()

        self.engine.listeners.add(listen)
        try:
            async with asyncio.timeout(seconds):
                while not holds():
                    await turn.wait()
                    turn.clear()
        finally:
            self.engine.listeners.discard(listen)

    def restless(self) -> bool:
        """Whether anything still has to be delivered."""
        return any(self.engine.state.waiting.values())


@asynccontextmanager
async def agent_on_socket(
    folder: Path,
    *,
    mode: Mode = "user",
    text: str = SETTINGS,
    serving: bool = True,
    patience: Patience | None = None,
    clock: Clock | None = None,
    more: Mapping[str, ChannelKind[Any]] | None = None,
) -> AsyncIterator[OnSocket]:
    """Run the whole for as long as the block runs."""
    clock, probe, sink = clock or Clock(), Probe(), Sink()
    checks: dict[str, CheckKind[Any]] = {"probe": probe, "heartbeat": Heartbeat()}
    channels: dict[str, ChannelKind[Any]] = {"sink": sink, **(more or {})}
    data = folder / "data"
    data.mkdir()
    writer = Writer(StateStore(data / "state.db", data / "b"), SampleStore(data / "samples.db"), data / "reserve")
    state = State(str(uuid.uuid4()), version="9.9.9", actions={name: kind.actions for name, kind in channels.items()})
    engine = Engine(
        state, writer, Timetable(), clock, look=lambda: None, forget_secrets=lambda _: None, excuse=lambda *_: None
    )
    vault = Vault.open(data, {})
    http = httpx.AsyncClient(trust_env=False)

    def on_call(rotation: str) -> Sequence[Person]:
        return reach(state.roster, rotation, clock.now())

    runner = Runner(checks, clock, vault.resolve, engine.checked)
    courier = Courier(channels, state, http, clock, vault.resolve, engine.put, on_call)
    engine.runner, engine.courier = runner, courier
    settling = Settling(Settings(), engine, vault, checks, channels, {}, lambda _: None, "test")
    path = folder / "run" / "agent.sock"
    services = Services(
        engine, runner, vault, checks, channels, clock, data, path, mode, "9.9.9", clock.now(), settling
    )
    whole = OnSocket(services, settling, probe, sink, path, asyncio.Event())
    whole.tasks.append(asyncio.create_task(engine.run()))
    if mode == "system":
        path.parent.mkdir(mode=0o755)
    serving_task: asyncio.Task[None] | None = None
    try:
        await engine.ask(Started())
        if text:
            await whole.apply(text)
        if serving:
            serving_task = asyncio.create_task(serve(services, bind(path, mode), whole.stop, patience or Patience()))
        yield whole
    finally:
        whole.stop.set()
        if serving_task is not None:
            await asyncio.wait_for(serving_task, 10)
        await runner.stop()
        await courier.stop()
        for task in whole.tasks:
            task.cancel()
        await asyncio.gather(*whole.tasks, return_exceptions=True)
        await http.aclose()
        await writer.close()


@dataclass
class Events:
    """A reader of the event stream."""

    lines: AsyncIterator[str]
    comments: list[str] = field(default_factory=list)

    async def next(self) -> tuple[int, str, dict[str, Any]]:
        """Return the next event: its number, kind and data; fails when none comes."""
        found: dict[str, str] = {}
        async with asyncio.timeout(10):
            async for line in self.lines:
                if line.startswith(":"):
                    self.comments.append(line)
                elif line:
                    name, _, value = line.partition(": ")
                    found[name] = value
                elif found:
                    event = json.loads(found["data"])
                    assert (event["number"], event["kind"]) == (int(found["id"]), found["event"])
                    return event["number"], event["kind"], event["data"]
        raise EOFError

    async def until(self, kind: str) -> dict[str, Any]:
        """Return the data of the next event of a kind."""
        while True:
            _, found, data = await self.next()
            if found == kind:
                return data


@asynccontextmanager
async def listening(client: httpx.AsyncClient) -> AsyncIterator[Events]:
    """Follow the event stream for as long as the block runs."""
    async with client.stream("GET", "/v1/events") as response:
        assert response.status_code == 200, await response.aread()
        yield Events(response.aiter_lines())
