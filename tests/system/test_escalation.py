"""Escalation on real agents: its clock outlives the process, and an acknowledgement from anywhere stops it."""

from pathlib import Path
from typing import Any

from statusapp_agent.demo.faults import Always, ResetBefore
from statusapp_agent.demo.pagerduty_service import PagerDutyService
from tests.support.agent_process import AgentProcess, eventually
from tests.support.settings_text import ENV, channel, monitor, settings
from tests.support.targets import Targets, targets

LADDER = """
[[tiers]]
name = "x"
notify = [{ channel = "pd" }]
escalation = { levels = [{ after = "4s", channels = ["boss"] }, { after = "6s", everybody = true }] }
"""
FAILOVER = """
[[tiers]]
name = "x"
notify = [{ channel = "pd" }, { channel = "boss", when = "undelivered", after = "2s" }]
"""


def house(world: Targets, tier: str, pd: PagerDutyService, boss: PagerDutyService) -> str:
    known = channel(pd.url) + channel(boss.url, "boss", key='{ env = "OTHER_PD_KEY" }')
    return settings(known, tier, monitor("web-0", world.by_name["web-0"].settings(), tier="x"))


async def the_incident(agent: AgentProcess) -> Any:
    return (await agent.incidents())[0]


async def test_the_next_level_is_told_by_the_agent_that_was_started_again(tmp_path: Path) -> None:
    async with targets(http=1) as world, PagerDutyService() as pd, PagerDutyService() as boss:
        async with AgentProcess(tmp_path, house(world, LADDER, pd, boss), ENV) as agent:
            await agent.until("web-0", "up")
            await world.put("web-0", up=False)
            await eventually("the first is paged", pd.incidents)
            assert not boss.incidents()
            await agent.kill()
            await agent.restart()
            await eventually("the second is paged", boss.incidents, 15)
            incident = await the_incident(agent)
            assert incident["level"] == 2
            entry = next(each for each in incident["timeline"] if each["kind"] == "escalated")
            assert entry["text"].startswith("level 2 after ")
            opened = incident["opened_at"]
            assert entry["at"] > opened
            answer = await agent.post(f"/incidents/{incident['id']}/acknowledge", by="Ana")
            assert answer["status"] == "acknowledged"
            await eventually(
                "both know", lambda: all(each.incidents()[0].status == "acknowledged" for each in (pd, boss))
            )
            await world.put("web-0", up=True)
            await eventually("both are closed", lambda: not any(each.incidents(open_only=True) for each in (pd, boss)))
            assert (await the_incident(agent))["level"] == 2


async def test_an_acknowledgement_in_time_keeps_the_others_asleep(tmp_path: Path) -> None:
    async with targets(http=1) as world, PagerDutyService() as pd, PagerDutyService() as boss:
        async with AgentProcess(tmp_path, house(world, LADDER, pd, boss), ENV) as agent:
            await agent.until("web-0", "up")
            await world.put("web-0", up=False)
            await eventually("the first is paged", pd.incidents)
            incident = await the_incident(agent)
            await agent.post(f"/incidents/{incident['id']}/acknowledge", by="Ana")
            taken = await agent.post(f"/incidents/{incident['id']}/unacknowledge", by="Ana")
            assert taken["status"] == "open"
            await agent.post(f"/incidents/{incident['id']}/acknowledge", by="Ben")
            await world.put("web-0", up=True)
            await eventually("it is over", lambda: not pd.incidents(open_only=True), 15)
            assert not boss.incidents()
            assert (await the_incident(agent))["level"] == 1


async def test_what_pagerduty_does_not_take_goes_over_the_next_channel(tmp_path: Path) -> None:
    async with targets(http=1) as world, PagerDutyService(plan=Always(ResetBefore())) as pd:
        async with PagerDutyService() as boss, AgentProcess(tmp_path, house(world, FAILOVER, pd, boss), ENV) as agent:
            await agent.until("web-0", "up")
            await world.put("web-0", up=False)
            await eventually("the next is paged", boss.incidents, 15)
            incident = await the_incident(agent)
            states = {each["channel"]: each["state"] for each in incident["deliveries"]}
            assert states == {"pd": "pending", "boss": "delivered"}
