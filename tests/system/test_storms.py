"""A thousand monitors fail at once: a real agent, real sockets, and the ledger as the judge."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from statusapp_agent.demo.faults import Script, Status
from statusapp_agent.demo.pagerduty_service import PagerDutyService
from tests.support.agent_process import AgentProcess, eventually
from tests.support.ledger import pending, read_incidents, read_ledger
from tests.support.settings_text import ENV, KEY, channel, monitor, settings
from tests.support.targets import Targets, targets

LIMIT = 100
FIRST_PAGE_S = 5.0


def many(world: Targets, url: str, interval: str, *, failures: int = 1) -> str:
    tables = [channel(url, per_minute=LIMIT)]
    for each in world.by_name.values():
        keys: dict[str, Any] = {"interval": interval, "retry_interval": "1s", "failures": failures, "recoveries": 1}
        tables.append(monitor(each.name, each.settings(), **keys))
    return settings(*tables, storm=20)


def busiest_minute(at: list[datetime]) -> int:
    return max((sum(start <= each < start + timedelta(minutes=1) for each in at) for start in at), default=0)


async def put_all(world: Targets, *, up: bool) -> None:
    for name in world.by_name:
        await world.put(name, up=up)


async def all_incidents(agent: AgentProcess, *, open_only: bool) -> list[Any]:
    found: list[Any] = (await agent.get("/incidents", open=open_only, limit=10_000))["items"]
    return found


def left(agent: AgentProcess) -> list[str]:
    """Return what is open still; second resolves may wait for two minutes more."""
    rows = [*read_incidents(agent.data_dir, "pd"), *read_incidents(agent.data_dir, "pd", "storm")]
    return [each.id for each in rows if each.status != "resolved"]


@pytest.mark.slow
async def test_a_thousand_at_once_are_six_pages_within_the_limit(tmp_path: Path) -> None:
    """X1, EV-38."""
    async with targets(http=1000) as world, PagerDutyService() as pagerduty:
        async with AgentProcess(tmp_path, many(world, pagerduty.url, "10s"), ENV, log_level="warning") as agent:

            async def up() -> bool:
                return bool((await agent.get("/status"))["counts"].get("up") == 1000)

            await eventually("all are up", up, 60)
            await put_all(world, up=False)
            broke = datetime.now().astimezone()

            async def down() -> bool:
                return len(await all_incidents(agent, open_only=True)) == 1000

            await eventually("all are down", down, 60)
            storm = (await agent.get("/incidents", purpose="storm"))["items"]
            assert len(storm) == 1
            await eventually("the umbrella is paged", lambda: len(pagerduty.incidents()) >= 6, 10)
            first = min(each.created_at for each in pagerduty.incidents())
            assert (first - broke).total_seconds() < FIRST_PAGE_S
            assert len(pagerduty.incidents()) == 6
            status = await agent.get("/status")
            assert any(each.startswith("A storm is on, paged as one incident") for each in status["agent"]["problems"])
            assert status["agent"]["healthy"]

            async def described() -> bool:
                return len((await agent.get(f"/incidents/{storm[0]['id']}"))["children"]) == 995

            await eventually("the umbrella names them all", described, 45)
            await put_all(world, up=True)

            async def over() -> bool:
                return not await all_incidents(agent, open_only=True)

            await eventually("all are over", over, 60)
            await eventually("all is closed there", lambda: not pagerduty.incidents(open_only=True), 30)
            await eventually("nothing waits", lambda: pending(agent.data_dir) == 0, 150)
        assert busiest_minute([each.at for each in pagerduty.journal]) <= LIMIT
        ledger = read_ledger(agent.data_dir, pagerduty, KEY, outages=world.past)
        assert ledger.faults() == []
        assert len(ledger.here) == 1000
        assert len(ledger.there) == 6


@pytest.mark.parametrize("after_s", [0.0, 1.0, 4.0])
async def test_a_kill_in_the_middle_of_a_storm_loses_and_doubles_nothing(tmp_path: Path, after_s: float) -> None:
    plan = Script(*[Status(503) for _ in range(6)])
    async with targets(http=60) as world, PagerDutyService(plan=plan) as pagerduty:
        async with AgentProcess(tmp_path, many(world, pagerduty.url, "1s"), ENV, log_level="warning") as agent:

            async def up() -> bool:
                return bool((await agent.get("/status"))["counts"].get("up") == 60)

            await eventually("all are up", up, 20)
            await put_all(world, up=False)
            await eventually("a page was tried", lambda: pagerduty.journal, 20)
            await asyncio.sleep(after_s)  # the moment of the kill is what is varied here
            await agent.kill()
            await agent.restart()

            async def down() -> bool:
                return len(await all_incidents(agent, open_only=True)) == 60

            await eventually("all are down", down, 20)
            assert len((await agent.get("/incidents", purpose="storm"))["items"]) == 1
            await eventually("nothing waits", lambda: pending(agent.data_dir) == 0, 30)
            assert read_ledger(agent.data_dir, pagerduty, KEY, down=set(world.by_name)).faults() == []
            assert len(pagerduty.incidents()) <= 7
            await put_all(world, up=True)
            await eventually("all is closed there", lambda: not pagerduty.incidents(open_only=True), 30)
            await eventually("all is over here", lambda: not left(agent), 30)
        assert read_ledger(agent.data_dir, pagerduty, KEY, outages=world.past).faults() == []
