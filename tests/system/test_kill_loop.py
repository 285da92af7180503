"""kill -9 at random, hundreds of times, while targets flip and PagerDuty fails four times in ten: nothing lost, doubled
or left open. And two agents with the wrong order of writing and sending, which the same oracle must notice.

``STATUSAPP_KILLS`` sets the number of kills, ``STATUSAPP_SEED`` the chance, ``STATUSAPP_STORM`` the storm threshold (0,
no umbrella incidents, by default).
"""

import asyncio
import contextlib
import os
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from statusapp_agent.demo.faults import (
    Chance,
    Fault,
    Garbage,
    Hang,
    Late,
    Plan,
    ResetAfter,
    ResetBefore,
    Script,
    Status,
)
from statusapp_agent.demo.pagerduty_model import PagerDutyModel
from statusapp_agent.demo.pagerduty_service import PagerDutyService
from tests.support.agent_process import eventually
from tests.support.ledger import Ledger, pending, read_ledger
from tests.support.targets import Targets, targets
from tests.support.zygote import Forked, Zygote

KILLS = int(os.environ.get("STATUSAPP_KILLS", "300"))
SEED = int(os.environ.get("STATUSAPP_SEED", "1"))
STORM = int(os.environ.get("STATUSAPP_STORM", "0"))
KEY = "kill0000000000000000000000000key"
OTHER_KEY = "others00000000000000000000000key"
MISSED_S = 8.0
REST_S = 90.0
CONTROL_KILLS = 60

FAULTS: tuple[Fault, ...] = (
    *(Status(500, b'{"status":"error"}'), Status(502, b"<html>Bad Gateway</html>"), Status(503)) * 2,
    *(ResetBefore(), ResetAfter(), Late(1), Late(3), Garbage(taken=True), Garbage(taken=False)) * 2,
    *(ResetAfter(), Hang(taken=True)),
    Status(429, b'{"status":"throttle exceeded"}', {"Retry-After": "1"}),
)

SETTINGS = """\
[agent]
region = "kill loop"
canaries = []
storm_threshold = {storm}

[[channels]]
name = "pd"
kind = "pagerduty"
integration_key = {{ env = "KILL_LOOP_KEY" }}
events_url = "{url}"
max_per_minute = 10000
"""

MONITOR = """
[[monitors]]
name = "{name}"
{where}interval = "300ms"
retry_interval = "100ms"
timeout = "2s"
failures = 2
recoveries = 2
flap_after = 0
channels = ["pd"]
"""


@dataclass
class Loop:
    """One run: the world, the other side, and the agents that live and die in between."""

    folder: Path
    world: Targets
    pagerduty: PagerDutyService
    zygote: Zygote
    twists: tuple[str, ...]
    chance: random.Random
    kills: int = 0
    never_ready: int = 0
    acknowledged: set[str] = field(default_factory=set)

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    async def fork(self, *, apply: bool = False) -> Forked:
        settings = self.folder / "settings.toml" if apply else None
        return await self.zygote.fork(self.data_dir, self.folder / "agent.sock", settings, twists=self.twists)

    async def settle_in(self) -> None:
        """Give the agent its settings; from then on it lives from what it remembers."""
        text = SETTINGS.format(url=self.pagerduty.url, storm=STORM)
        text += "".join(MONITOR.format(name=t.name, where=t.settings()) for t in self.world.by_name.values())
        (self.folder / "settings.toml").write_text(text, "utf-8")
        agent = await self.fork(apply=True)
        assert await agent.ready(), self.zygote.stderr_file.read_text()
        await agent.kill()

    async def kill_one(self) -> None:
        """Let an agent live for 20 to 400 ms, from its fork or from the moment it serves, and kill it."""
        agent = await self.fork(apply=self.chance.random() < 0.05)
        if self.chance.random() < 0.7:
            assert await agent.ready(), f"it ended by itself: {self.zygote.stderr_file.read_text()[-3000:]}"
        life_s = self.chance.uniform(0.02, 0.4)
        if self.chance.random() < 0.1 and agent.was_ready:
            await self.acknowledge_one()
        await asyncio.sleep(life_s)
        self.never_ready += not agent.was_ready
        await agent.kill()
        self.kills += 1

    async def acknowledge_one(self) -> None:
        """Acknowledge what is open; what the agent has confirmed must never be forgotten."""
        transport = httpx.AsyncHTTPTransport(uds=str(self.folder / "agent.sock"))
        async with httpx.AsyncClient(transport=transport, base_url="http://statusapp", timeout=5) as api:
            listed = (await api.get("/v1/incidents", params={"open": True})).json()["items"]
            waiting = [each["id"] for each in listed if each["status"] == "open"]
            if waiting:
                chosen = self.chance.choice(waiting)
                answer = await api.post(f"/v1/incidents/{chosen}/acknowledge", json={"by": "Ana"})
                if answer.status_code == 200:
                    self.acknowledged.add(chosen)

    async def come_to_rest(self, down: set[str]) -> Ledger:
        """End all faults, bring the world to its last state, let one agent live until nothing waits; compare."""
        self.pagerduty.plan = Script()
        for name in self.world.by_name:
            await self.world.put(name, up=name not in down)
        await send_as_others(self.pagerduty, 5)
        agent = await self.fork()
        assert await agent.ready()
        await asyncio.sleep(2)  # every target is checked often enough to open and close what must be
        await eventually("nothing waits", lambda: pending(self.data_dir) == 0, REST_S)
        assert await agent.stop() == 0
        return read_ledger(
            self.data_dir,
            self.pagerduty,
            KEY,
            outages=self.world.outages(),
            down=down,
            acknowledged=self.acknowledged,
        )


async def send_as_others(pagerduty: PagerDutyService, times: int) -> None:
    """Use PagerDuty as others do, so that what is late in its queue arrives some time."""
    event = {"routing_key": OTHER_KEY, "event_action": "resolve", "dedup_key": "none"}
    async with httpx.AsyncClient(timeout=1, trust_env=False) as http:
        for _ in range(times):
            with contextlib.suppress(httpx.HTTPError):
                await http.post(f"{pagerduty.url}/v2/enqueue", json=event)


async def others(pagerduty: PagerDutyService) -> None:
    """Be PagerDuty's other customers."""
    while True:
        await send_as_others(pagerduty, 1)
        await asyncio.sleep(0.25)


@contextlib.asynccontextmanager
async def loop(folder: Path, plan: Plan, *twists: str, http: int = 24, tcp: int = 8) -> AsyncIterator[Loop]:
    """Set the stage; the storm of targets blows until `come_to_rest` has been called or the block ends."""
    model = PagerDutyModel(frozenset({KEY, OTHER_KEY}), limit=1_000_000)
    async with (
        targets(http, tcp) as world,
        PagerDutyService(model, Script()) as pagerduty,
        Zygote(folder, KILL_LOOP_KEY=KEY) as zygote,
    ):
        run = Loop(folder, world, pagerduty, zygote, twists, random.Random(SEED))
        await run.settle_in()
        pagerduty.plan = plan
        busy = asyncio.create_task(others(pagerduty))
        try:
            yield run
        finally:
            busy.cancel()
            await asyncio.gather(busy, return_exceptions=True)


async def kill_all(run: Loop, kills: int) -> None:
    """Kill so many times while targets flip."""
    storm = asyncio.create_task(run.world.storm(SEED, down_s=2.5, up_s=5.0))
    try:
        while run.kills < kills:
            await run.kill_one()
            assert not storm.done() or storm.result()
    finally:
        storm.cancel()
        await asyncio.gather(storm, return_exceptions=True)


@pytest.mark.slow
@pytest.mark.parametrize("some_stay_down", [False, True], ids=["all up at the end", "some down at the end"])
async def test_nothing_is_lost_doubled_or_left_open(tmp_path: Path, some_stay_down: bool) -> None:
    began = time.monotonic()
    async with loop(tmp_path, Chance(0.4, SEED, FAULTS), "soon once more") as run:
        await kill_all(run, max(1, KILLS // 2))
        down = set(list(run.world.by_name)[::5]) if some_stay_down else set()
        ledger = await run.come_to_rest(down)
    print(f"\n{run.kills} kills ({run.never_ready} before it served) in {time.monotonic() - began:.0f} s, ", end="")
    print(f"{len(run.acknowledged)} acknowledged, {ledger.in_words()}")
    assert ledger.faults(MISSED_S) == []
    # A run in which nothing happened would prove nothing.
    assert len(ledger.there) + sum(each.bundled for each in ledger.here) > run.kills / 10


@pytest.mark.slow
@pytest.mark.parametrize("wrong", ["send, then mark", "mark, then send"])
async def test_a_wrong_order_is_noticed(tmp_path: Path, wrong: str) -> None:
    async with loop(tmp_path, Chance(0.4, SEED, FAULTS), "soon once more", wrong) as run:
        await kill_all(run, CONTROL_KILLS)
        ledger = await run.come_to_rest(set())
    print(f"\n{wrong}: {ledger.in_words()}")
    assert ledger.lost() + ledger.doubled() + ledger.strangers() + ledger.left_open() != []
