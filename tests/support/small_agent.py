"""Engine, courier, runner and real databases in one loop, with a check and a channel that do as they are told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from statusapp_agent.clock import Clock
from statusapp_agent.core.events import SettingsChanged
from statusapp_agent.core.model import Action, Channel, CheckStatus, Delivered, Monitor, Outcome, Result, Tier
from statusapp_agent.core.state import State
from statusapp_agent.courier import Courier
from statusapp_agent.engine import Engine
from statusapp_agent.kinds import ChannelKind, ChannelTools, CheckKind, CheckTools, KindSettings
from statusapp_agent.runner import Runner
from statusapp_agent.store.samples import SampleStore
from statusapp_agent.store.state_store import StateStore
from statusapp_agent.store.writer import Writer
from statusapp_agent.timetable import Timetable

INSTALL = "5f0f7c5e-3c0f-4a54-9a53-0c5f6b8e0d11"


class ToldSettings(KindSettings):
    """No settings."""


class ToldCheck(CheckKind[ToldSettings]):
    """A check whose answer the test sets; it can also hang or break."""

    name = "told"
    title = "Told"
    description = "Does as it is told."
    Settings = ToldSettings

    def __init__(self) -> None:
        self.down = False
        self.hangs = False
        self.breaks = False
        self.runs = 0

    async def run(self, settings: ToldSettings, tools: CheckTools) -> Result:
        self.runs += 1
        if self.breaks:
            raise RuntimeError("a bug in a check")
        if self.hangs:
            await asyncio.Event().wait()
        status = CheckStatus.DOWN if self.down else CheckStatus.UP
        return Result(status, tools.now(), 0.001, "refused" if self.down else "answered")

    def target(self, settings: ToldSettings) -> str:
        return "told"


class ToldChannel(ChannelKind[ToldSettings]):
    """A channel whose outcomes the test scripts; it keeps what it was told and when."""

    name = "told"
    title = "Told"
    description = "Does as it is told."
    Settings = ToldSettings
    actions = frozenset(Action)

    def __init__(self) -> None:
        self.outcomes: list[Outcome | Exception] = []
        self.told: list[dict[str, Any]] = []
        self.bell = asyncio.Event()
        self.hangs = False
        self.busy = 0
        self.busiest = 0

    async def deliver(self, notice: Mapping[str, Any], settings: ToldSettings, tools: ChannelTools) -> Outcome:
        self.told.append(dict(notice))
        self.bell.set()
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            await asyncio.sleep(0)
            if self.hangs:
                await asyncio.Event().wait()
            outcome = self.outcomes.pop(0) if self.outcomes else Delivered()
        finally:
            self.busy -= 1
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


@dataclass
class SmallAgent:
    """Everything a test needs to reach."""

    engine: Engine
    courier: Courier
    runner: Runner
    check: ToldCheck
    channel: ToldChannel
    folder: Path
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def settle(
        self,
        *monitors: Monitor,
        channels: tuple[str, ...] = ("told",),
        per_minute: int = 1000,
        tiers: tuple[Tier, ...] = (),
    ) -> None:
        """Make these the settings."""
        await self.engine.ask(
            SettingsChanged(
                monitors={monitor.name: monitor for monitor in monitors},
                channels={name: Channel(name, "told", ToldSettings(), max_per_minute=per_minute) for name in channels},
                tiers={tier.name: tier for tier in tiers},
                maintenance=(),
                agent={"region": "test"},
                by="test",
            )
        )

    async def until(self, true: Callable[[], bool], seconds: float = 10.0) -> None:
        """Wait until something is true, looking at each turn of the loop's clock."""
        async with asyncio.timeout(seconds):
            while not true():  # noqa: ASYNC110 - what is waited for is anything, and has no event of its own
                await asyncio.sleep(0.002)


def monitor(name: str = "nas", **more: Any) -> Monitor:
    """Return a monitor of the told kind that is checked often."""
    given = {"interval_s": 0.1, "retry_interval_s": 0.05, "failures": 2, "recoveries": 2, "channels": ("told",)}
    return Monitor(name, "told", ToldSettings(), **{**given, **more})


@contextlib.asynccontextmanager
async def small_agent(
    folder: Path, state: State | None = None, clock: Clock | None = None
) -> AsyncIterator[SmallAgent]:
    """Run one while inside."""
    clock = clock or Clock()
    check, channel = ToldCheck(), ToldChannel()
    state = state or State(install=INSTALL)
    state.actions = {"told": channel.actions}
    store = StateStore(folder / "state.db", folder / "backups")
    writer = Writer(store, SampleStore(folder / "samples.db"), folder / "reserve")
    engine = Engine(
        state,
        writer,
        Timetable(),
        clock,
        look=lambda: None,
        forget_secrets=lambda effect: None,
        excuse=lambda watch, began, ended: None,
    )
    async with httpx.AsyncClient(trust_env=False) as http:
        runner = Runner({"told": check}, clock, lambda ref, path: "", engine.checked)
        courier = Courier({"told": channel}, state, http, clock, lambda ref, path, version: "", engine.put)
        engine.runner, engine.courier = runner, courier
        work = [engine.run(), engine.keep_ticking(), engine.keep_time()]
        agent = SmallAgent(engine, courier, runner, check, channel, folder)
        agent.tasks = [asyncio.create_task(one) for one in work]
        try:
            yield agent
        finally:
            for task in agent.tasks:
                task.cancel()
            await asyncio.gather(*agent.tasks, return_exceptions=True)
            await runner.stop()
            await courier.stop()
            await writer.close()
