"""Silence on a real agent: a mute that outlives its process, and hours that end while somebody waits."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from statusapp_agent.clock import Clock
from statusapp_agent.core.model import Action, QuietHours, Step, Tier
from statusapp_agent.demo.faults import Always, Status
from statusapp_agent.demo.pagerduty_service import PagerDutyService
from tests.support import small_agent as small
from tests.support.agent_process import AgentProcess, eventually
from tests.support.settings_text import ENV, channel, monitor, settings
from tests.support.targets import targets


def changes(pagerduty: PagerDutyService) -> list[str]:
    return [each.body["payload"]["summary"] for each in pagerduty.journal if each.action == "change"]


async def test_a_mute_survives_a_kill_and_its_end_pages(tmp_path: Path) -> None:
    """XC-04."""
    async with targets(http=1) as world, PagerDutyService() as pagerduty:
        text = settings(channel(pagerduty.url), monitor("web-0", world.by_name["web-0"].settings()))
        async with AgentProcess(tmp_path, text, ENV) as agent:
            await agent.until("web-0", "up")
            muted = await agent.post("/mutes", seconds=3600, reason="new switch")
            assert muted["told"] == ["pd"]
            assert muted["items"][0]["monitor"] is None
            await world.put("web-0", up=False)
            await agent.until("web-0", "down")
            await agent.kill()
            await agent.restart()
            view = await agent.get("/mutes")
            assert view["items"][0]["reason"] == "new switch"

            async def waits() -> bool:
                return bool((await agent.get("/mutes"))["items"][0]["waiting"] == 1)

            await eventually("the page waits", waits)
            status = await agent.get("/status")
            assert status["agent"]["healthy"]
            assert "Everything is muted until" in status["sentence"]
            assert not pagerduty.incidents()
            answer = await agent.api.delete("/v1/mutes")
            assert answer.json()["sentence"] == "Nothing is muted."
            await eventually("it is paged", pagerduty.incidents)
            await eventually("its end is told", lambda: len(changes(pagerduty)) == 2)
            assert "new switch" in changes(pagerduty)[0]
            assert (await agent.api.delete("/v1/mutes")).status_code == 409


async def test_a_mute_ends_by_itself(tmp_path: Path) -> None:
    async with targets(http=1) as world, PagerDutyService() as pagerduty:
        text = settings(channel(pagerduty.url), monitor("web-0", world.by_name["web-0"].settings()))
        async with AgentProcess(tmp_path, text, ENV) as agent:
            await agent.until("web-0", "up")
            await agent.post("/mutes", seconds=3, monitor="web-0")
            await world.put("web-0", up=False)
            await agent.until("web-0", "down")
            (incident,) = await agent.incidents()
            assert incident["deliveries"][0]["state"] == "pending"
            assert "muted by" in incident["deliveries"][0]["reason"]
            await eventually("it is paged", pagerduty.incidents)
            assert (await agent.get("/mutes"))["items"] == []


async def test_when_no_channel_takes_a_page_the_agent_says_that_it_is_not_well(tmp_path: Path) -> None:
    """XC-03: the doctor of all this is I10, after a minute; a wrong key shows at once. It goes on trying."""
    refusal = Status(400, b'{"status":"invalid event","errors":["invalid routing key"]}')
    async with targets(http=1) as world, PagerDutyService(plan=Always(refusal)) as pagerduty:
        text = settings(channel(pagerduty.url), monitor("web-0", world.by_name["web-0"].settings()))
        async with AgentProcess(tmp_path, text, ENV) as agent:
            await agent.until("web-0", "up")
            await world.put("web-0", up=False)

            async def ill() -> bool:
                return not (await agent.get("/agent"))["healthy"]

            await eventually("the agent is not well", ill)
            assert any("pd cannot send" in each for each in (await agent.get("/agent"))["problems"])


class Shifted(Clock):
    """The real clock, moved so that it shows a chosen time when the test begins."""

    def __init__(self, shows: datetime) -> None:
        object.__setattr__(self, "_off", shows - datetime.now(UTC))

    def now(self) -> datetime:
        off: timedelta = self._off  # type: ignore[attr-defined]
        return datetime.now(UTC) + off


NIGHT = Tier("x", (Step(channel="told"),), quiet=QuietHours(22 * 60, 7 * 60, "Europe/Berlin"))
BEFORE_SEVEN = datetime(2026, 1, 10, 5, 59, 56, tzinfo=UTC)


async def test_what_is_broken_when_quiet_hours_end_is_paged_then(tmp_path: Path) -> None:
    async with small.small_agent(tmp_path, clock=Shifted(BEFORE_SEVEN)) as agent:
        await agent.settle(small.monitor(channels=None, tier="x"), tiers=(NIGHT,))
        agent.check.down = True
        await agent.until(lambda: bool(agent.engine.state.incidents))
        await agent.until(lambda: any(each.held for each in agent.engine.state.deliveries.values()))
        assert agent.channel.told == []
        await agent.until(lambda: bool(agent.channel.told))
        assert agent.channel.told[0]["action"] == Action.TRIGGER
        assert agent.engine.clock.now() >= datetime(2026, 1, 10, 6, 0, tzinfo=UTC)


async def test_what_came_and_went_is_told_at_their_end_in_one_line(tmp_path: Path) -> None:
    async with small.small_agent(tmp_path, clock=Shifted(BEFORE_SEVEN - timedelta(seconds=58))) as agent:
        await agent.settle(small.monitor(channels=None, tier="x"), tiers=(NIGHT,))
        agent.check.down = True
        await agent.until(lambda: any(each.held for each in agent.engine.state.deliveries.values()))
        agent.check.down = False
        await agent.until(lambda: bool(agent.engine.state.digest))
        (line,) = agent.engine.state.digest.values()
        assert "quiet hours of tier x until 07:00" in line.text
        assert line.ready_at >= datetime(2026, 1, 10, 6, 0, tzinfo=UTC)
        assert agent.channel.told == []


@pytest.mark.parametrize("length", [0, -5, 7 * 86_400 + 1])
async def test_a_mute_without_a_sensible_end_is_refused(tmp_path: Path, length: float) -> None:
    async with AgentProcess(tmp_path) as agent:
        answer = await agent.api.post("/v1/mutes", json={"seconds": length})
        assert answer.status_code == 422
        assert (await agent.get("/mutes"))["items"] == []
