"""A real agent against the strict stand-in, case by case, each judged at the stand-in; names follow the catalogue."""

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from statusapp_agent.demo.faults import Drip, Plan, ResetAfter, Script, Status
from statusapp_agent.demo.pagerduty_model import Alert, PagerDutyModel
from statusapp_agent.demo.pagerduty_service import PagerDutyService, Received
from tests.support.agent_process import AgentProcess, eventually
from tests.support.ledger import pending, read_ledger
from tests.support.programs import free_port
from tests.support.settings_text import ENV, KEY, OTHER_KEY, channel, monitor, settings
from tests.support.targets import Targets, targets

BOTH = frozenset({KEY, OTHER_KEY})


@dataclass
class Scene:
    """An agent, what it watches, and whom it tells."""

    agent: AgentProcess
    world: Targets
    pagerduty: PagerDutyService

    async def breaks(self, name: str = "web-0") -> None:
        await self.world.put(name, up=False)

    async def recovers(self, name: str = "web-0") -> None:
        await self.world.put(name, up=True)

    def sent(self, action: str, key: str = KEY) -> list[Received]:
        """Return the requests of one kind under one routing key, in the order of their arrival."""
        return [
            each
            for each in self.pagerduty.journal
            if each.action == action and isinstance(each.body, dict) and each.body["routing_key"] == key
        ]

    @property
    def open_there(self) -> list[Alert]:
        return self.pagerduty.incidents(open_only=True)

    async def arrived(self, action: str, times: int = 1, key: str = KEY, within_s: float = 10.0) -> list[Received]:
        """Wait for so many requests of one kind."""
        await self.pagerduty.until(lambda: len(self.sent(action, key)) >= times, within_s)
        return self.sent(action, key)

    async def incident(self) -> Any:
        """Wait until the agent has an incident; return the newest."""

        async def look() -> Any:
            found = await self.agent.incidents()
            return found[-1] if found else None

        return await eventually("an incident", look)

    async def at_rest(self, down: tuple[str, ...] = (), within_s: float = 20.0) -> None:
        """Wait until nothing is to be sent, and compare everything with everything."""

        async def agree() -> bool:
            states = {each["name"]: each["state"] for each in (await self.agent.get("/monitors"))["items"]}
            return all((states[name] == "down") == (name in down) for name in states)

        await eventually("the agent sees what is", agree, within_s)
        await eventually("nothing waits", lambda: pending(self.agent.data_dir) == 0, within_s)
        ledger = read_ledger(self.agent.data_dir, self.pagerduty, KEY, outages=self.world.outages(), down=down)
        assert ledger.faults() == []
        assert "Traceback" not in self.agent.err


@contextlib.asynccontextmanager
async def scene(
    folder: Path, plan: Plan | None = None, *, http: int = 1, extra: str = "", per_minute: int = 10_000, **keys: Any
) -> AsyncIterator[Scene]:
    """Let an agent watch ``web-0`` and so on; all are up when the block begins."""
    model = PagerDutyModel(BOTH, limit=1_000_000)
    async with targets(http=http) as world, PagerDutyService(model, plan) as pagerduty:
        monitors = [monitor(t.name, t.settings(), **keys) for t in world.by_name.values()]
        text = settings(channel(pagerduty.url, per_minute=per_minute), extra.format(url=pagerduty.url), *monitors)
        async with AgentProcess(folder, text, ENV) as agent:
            for name in world.by_name:
                await agent.until(name, "up")
            yield Scene(agent, world, pagerduty)


def gaps_s(requests: list[Received]) -> list[float]:
    return [(b.at - a.at).total_seconds() for a, b in zip(requests, requests[1:], strict=False)]


async def test_ev01_ev02_one_trigger_and_one_resolve_under_one_key(tmp_path: Path) -> None:
    async with scene(tmp_path) as now:
        await now.breaks()
        trigger = (await now.arrived("trigger"))[0]
        incident = await now.incident()
        body = trigger.body
        assert body["routing_key"] == KEY
        assert 0 < len(body["dedup_key"]) <= 255
        assert body["dedup_key"] == incident["dedup_key"]
        assert body["payload"]["severity"] == "critical"
        assert body["payload"]["summary"]
        assert body["payload"]["source"]
        assert body["client"]
        detected = datetime.fromisoformat(body["payload"]["timestamp"])
        outage = now.world.outages()[0]
        assert outage.began_at <= detected <= trigger.at
        # MTTA begins here: confirmed and told within what the settings ask for.
        assert trigger.at - outage.began_at < timedelta(seconds=2)
        await now.recovers()
        resolve = (await now.arrived("resolve"))[0]
        assert resolve.body["dedup_key"] == body["dedup_key"]
        await now.at_rest()
        assert [each.action for each in now.pagerduty.journal] == ["trigger", "resolve"]
        assert [alert.status for alert in now.pagerduty.incidents()] == ["resolved"]


async def test_ev20_a_retry_says_the_same(tmp_path: Path) -> None:
    async with scene(tmp_path, Script(Status(500))) as now:
        await now.breaks()
        first, second = await now.arrived("trigger", 2)
        assert first.body == second.body
        await now.at_rest(down=("web-0",))
        assert len(now.pagerduty.incidents()) == 1


async def test_ev21_a_lost_answer_makes_no_second_incident(tmp_path: Path) -> None:
    async with scene(tmp_path, Script(ResetAfter())) as now:
        await now.breaks()
        first, second = await now.arrived("trigger", 2)
        assert first.body["dedup_key"] == second.body["dedup_key"]
        await now.at_rest(down=("web-0",))
        assert len(now.pagerduty.incidents()) == 1
        assert len(await now.agent.incidents()) == 1


async def test_ev23_a_body_that_drips_counts_and_delays_nobody(tmp_path: Path) -> None:
    async with scene(tmp_path, Script(Drip(1.0)), http=3) as now:
        await now.breaks()
        await now.arrived("trigger")
        asked = now.world.asked["web-2"]
        began = asyncio.get_running_loop().time()
        await now.breaks("web-1")
        await now.arrived("trigger", 2, within_s=3)  # another page does not wait for the end of the first
        await eventually("others are checked on", lambda: now.world.asked["web-2"] >= asked + 4, 3)
        assert asyncio.get_running_loop().time() - began < 3
        await now.at_rest(down=("web-0", "web-1"))
        assert Counter(each.body["dedup_key"] for each in now.sent("trigger")).most_common(1)[0][1] == 1


async def test_ev24_retry_after_is_kept_to_and_others_are_not_held_up(tmp_path: Path) -> None:
    await kept_to(tmp_path, 4)


@pytest.mark.slow
async def test_ev24_a_long_retry_after_is_kept_to(tmp_path: Path) -> None:
    await kept_to(tmp_path, 45)


async def kept_to(folder: Path, seconds: int) -> None:
    two = channel("{url}", "other", key='{{ env = "OTHER_PD_KEY" }}')
    answer = Status(429, b'{"status":"throttle exceeded"}', {"Retry-After": str(seconds)})
    async with scene(folder, Script(answer), http=2, extra=two) as now:
        target = now.world.by_name["web-1"]
        told = monitor("web-1", target.settings(), channels=["other"])
        text = now.agent.settings.replace(monitor("web-1", target.settings()), told)
        await now.agent.apply(text)
        await now.breaks()
        held = (await now.arrived("trigger"))[0]
        await now.breaks("web-1")
        other = (await now.arrived("trigger", key=OTHER_KEY))[0]
        assert (other.at - held.at).total_seconds() < min(seconds, 3)
        await now.arrived("trigger", 2, within_s=seconds + 10)
        assert seconds - 0.1 <= gaps_s(now.sent("trigger"))[0] <= seconds + 5


TIER = """
[[tiers]]
name = "x"
notify = [
  {{ channel = "pd" }},
  {{ channel = "fallback", when = "undelivered", after = "30s" }},
]
"""
FALLBACK = channel("{url}", "fallback", key='{{ env = "OTHER_PD_KEY" }}') + TIER
BAD_KEY = b'{"status":"invalid event","errors":["Length of \'routing_key\' is incorrect (should be 32 characters)"]}'


async def test_ev26_ev27_a_wrong_key_is_not_retried_the_fallback_pages_and_the_right_key_pages_again(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path, http=3, extra=FALLBACK, tier="x") as now:
        now.pagerduty.model.known_keys = frozenset({OTHER_KEY})  # the integration is deleted while we run
        await now.breaks()
        await now.arrived("trigger")
        # The fallback does not wait its 30 s: nothing else is hopeful.
        await now.arrived("trigger", key=OTHER_KEY, within_s=5)
        await now.breaks("web-1")
        await now.arrived("trigger", 2, key=OTHER_KEY, within_s=5)
        shown = await now.agent.get("/channels/pd")
        assert shown["status"] == "broken"
        assert "Invalid routing key" in shown["reason"]
        assert len(now.sent("trigger")) <= 2
        before = len(now.sent("trigger"))
        await now.recovers("web-1")
        await now.arrived("resolve", key=OTHER_KEY)
        renewed = "0123456789abcdef0123456789abcdef"
        now.pagerduty.model.known_keys = frozenset({OTHER_KEY, renewed})
        answer = await now.agent.api.put("/v1/channels/pd/secrets/integration_key", json={"value": renewed})
        assert answer.status_code == 200
        again = await now.arrived("trigger", key=renewed)
        incident = (await now.agent.incidents())[0]
        assert [each.body["dedup_key"] for each in again] == [incident["dedup_key"]]
        await now.recovers()
        await now.arrived("resolve", key=renewed)
        await eventually("nothing is open", lambda: now.open_there == [])
        assert len(now.sent("trigger", renewed)) == 1
        assert len(now.sent("trigger")) == before


@pytest.mark.parametrize("body", [b"", b"<html>nonsense</html>", b'{"errors": 7}', b"[]"])
async def test_ev28_a_400_without_reason_is_final(tmp_path: Path, body: bytes) -> None:
    async with scene(tmp_path, Script(Status(400, body)), http=2) as now:
        await now.breaks()
        await now.arrived("trigger")
        incident = await now.incident()
        states = [(each["action"], each["state"]) for each in incident["deliveries"]]
        await eventually("it is refused", lambda: refused(now))
        assert states[0][0] == "trigger"
        # The next message over the same channel goes through.
        await now.breaks("web-1")
        await now.arrived("trigger", 2)
        await asyncio.sleep(2.5)  # the first retry would come after 1.2 s at the latest
        assert len(now.sent("trigger")) == 2
        assert "Traceback" not in now.agent.err


async def refused(now: Scene) -> bool:
    first = (await now.agent.incidents())[0]
    return any(each["state"] == "refused" for each in first["deliveries"])


async def test_ev28_a_502_with_a_web_page_is_tried_again(tmp_path: Path) -> None:
    async with scene(tmp_path, Script(Status(502, b"<html>Bad Gateway</html>", {"Content-Type": "text/html"}))) as now:
        await now.breaks()
        await now.arrived("trigger", 2)
        await now.at_rest(down=("web-0",))


async def test_ev32_ev34_what_is_over_before_it_could_be_sent_pages_nobody(tmp_path: Path) -> None:
    port = free_port()
    async with targets(http=1) as world:
        text = settings(channel(f"http://127.0.0.1:{port}"), monitor("web-0", world.by_name["web-0"].settings()))
        async with AgentProcess(tmp_path, text, ENV) as agent:
            await agent.until("web-0", "up")
            await world.put("web-0", up=False)
            await agent.until("web-0", "down")
            await eventually("it was tried", lambda: tried(agent))
            await world.put("web-0", up=True)
            await agent.until("web-0", "up")
            async with PagerDutyService(PagerDutyModel(BOTH), port=port) as pagerduty:
                await eventually("nothing waits", lambda: pending(agent.data_dir) == 0)
                # A second outage proves that the road is open, and that nothing of the first is still to come.
                await world.put("web-0", up=False)
                await pagerduty.until(lambda: len(pagerduty.incidents(open_only=True)) == 1, 20)
                incidents = await agent.incidents()
                assert [each.body["dedup_key"] for each in pagerduty.journal] == [incidents[1]["dedup_key"]]
                assert [each["state"] for each in incidents[0]["deliveries"]] == ["cancelled"]
                assert "over before it could be sent" in incidents[0]["deliveries"][0]["reason"]


async def tried(agent: AgentProcess) -> bool:
    return any(d["attempts"] > 0 for each in await agent.incidents() for d in each["deliveries"])


async def test_ev31_what_lasts_is_paged_when_the_road_opens(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
    async with targets(http=1) as world:
        text = settings(channel(f"http://127.0.0.1:{port}"), monitor("web-0", world.by_name["web-0"].settings()))
        async with AgentProcess(tmp_path, text, ENV) as agent:
            await agent.until("web-0", "up")
            await world.put("web-0", up=False)
            await agent.until("web-0", "down")
            await eventually("it was tried", lambda: tried(agent))
            async with PagerDutyService(PagerDutyModel(BOTH), port=port) as pagerduty:
                await pagerduty.until(lambda: len(pagerduty.incidents(open_only=True)) == 1, 20)
                detected = datetime.fromisoformat(pagerduty.journal[0].body["payload"]["timestamp"])
                assert detected <= datetime.fromisoformat((await agent.incidents())[0]["opened_at"])


async def test_ev36_down_up_down_with_retries_pending_ends_in_one_open_incident(tmp_path: Path) -> None:
    plan = Script(ResetAfter(), Status(500), Status(503), Status(500))
    async with scene(tmp_path, plan) as now:
        await now.breaks()
        await now.arrived("trigger")
        await now.recovers()
        await now.agent.until("web-0", "up")
        await now.breaks()
        await now.agent.until("web-0", "down")
        await eventually("one is open there", lambda: len(now.open_there) == 1 and paged(now), 30)
        incidents = await now.agent.incidents()
        assert len(incidents) == 2
        assert now.open_there[0].dedup_key == incidents[-1]["dedup_key"]
        assert len(now.pagerduty.incidents()) <= 2


async def paged(now: Scene) -> bool:
    last = (await now.agent.incidents())[-1]
    return any(each["action"] == "trigger" and each["state"] == "delivered" for each in last["deliveries"])


async def test_ev37_a_queue_is_drained_within_the_rate_and_open_pages_go_first(tmp_path: Path) -> None:
    """Scaled: 30 pages over a channel of 10 a minute; half of the outages end while they wait."""
    async with scene(tmp_path, http=30, per_minute=10) as now:
        for name in now.world.by_name:
            await now.breaks(name)
        await now.arrived("trigger", 10)
        paged_so_far = {alert.payload["source"] for alert in now.pagerduty.incidents()}
        for name in list(now.world.by_name)[::2]:
            await now.recovers(name)
        await eventually("the agent sees it", lambda: half_is_up(now))
        assert paged_so_far
        # The minute is not over: nothing more may leave, least of all a resolve before the pages.
        await asyncio.sleep(3)
        assert len(now.pagerduty.journal) == 10
        assert {each.action for each in now.pagerduty.journal} == {"trigger"}


async def half_is_up(now: Scene) -> bool:
    items = (await now.agent.get("/monitors"))["items"]
    return sum(each["state"] == "up" for each in items) == 15


@pytest.mark.slow
async def test_ev37_nothing_is_lost_while_a_queue_drains(tmp_path: Path) -> None:
    async with scene(tmp_path, http=60, per_minute=30) as now:
        for name in now.world.by_name:
            await now.breaks(name)
        await now.arrived("trigger", 60, within_s=150)
        times = [each.at for each in now.pagerduty.journal]
        minute = timedelta(seconds=60)
        assert max(sum(at <= other < at + minute for other in times) for at in times) <= 30
        assert len(now.open_there) == 60
        await now.at_rest(down=tuple(now.world.by_name))


async def test_ev50_ev51_killed_with_an_open_incident(tmp_path: Path) -> None:
    async with scene(tmp_path) as now:
        await now.breaks()
        await now.arrived("trigger")
        await now.agent.kill()
        await now.agent.restart()
        await now.agent.until("web-0", "down")
        asked = now.world.asked["web-0"]
        await eventually("it is checked on", lambda: now.world.asked["web-0"] > asked + 4)
        assert len(now.pagerduty.incidents()) == 1
        assert {each.body["dedup_key"] for each in now.sent("trigger")} == {now.open_there[0].dedup_key}
        await now.agent.kill()
        await now.recovers()
        await now.agent.restart()
        await now.arrived("resolve")
        await now.agent.until("web-0", "up")
        assert [alert.status for alert in now.pagerduty.incidents()] == ["resolved"]
        assert len(await now.agent.incidents()) == 1


@pytest.mark.parametrize("how", ["moved", "deleted", "renamed"])
async def test_ev54_what_was_opened_is_closed_with_the_key_that_opened_it(tmp_path: Path, how: str) -> None:
    two = channel("{url}", "other", key='{{ env = "OTHER_PD_KEY" }}')
    async with scene(tmp_path, extra=two) as now:
        await now.breaks()
        key = (await now.arrived("trigger"))[0].body["dedup_key"]
        where = now.world.by_name["web-0"].settings()
        changed = {
            "moved": monitor("web-0", where, channels=["other"]),
            "deleted": "",
            "renamed": monitor("web-new", where),
        }[how]
        await now.agent.apply(now.agent.settings.replace(monitor("web-0", where), changed), prune=True)
        if how == "moved":
            opened = await now.arrived("trigger", key=OTHER_KEY)
            await now.recovers()
            assert (await now.arrived("resolve", key=OTHER_KEY))[0].body["dedup_key"] == opened[0].body["dedup_key"]
        resolved = (await now.arrived("resolve"))[0]
        assert resolved.body["dedup_key"] == key
        if how == "renamed":
            again = (await now.arrived("trigger", 2))[1]
            assert again.body["dedup_key"] != key
            await now.recovers()
        await eventually("nothing is open", lambda: now.open_there == [])


async def test_ev70_a_test_leaves_nothing_open(tmp_path: Path) -> None:
    async with scene(tmp_path) as now:
        started = await now.agent.post("/channels/pd/test")
        await now.arrived("resolve")
        trigger, resolve = now.pagerduty.journal
        assert trigger.action == "trigger"
        assert "test" in trigger.body["payload"]["summary"].lower()
        assert trigger.body["dedup_key"] == resolve.body["dedup_key"]
        assert not trigger.body["dedup_key"].startswith("statusapp/")
        whole = await now.agent.get(f"/incidents/{started['incident_id']}")
        assert whole["purpose"] == "test"
        assert now.open_there == []
        shown = await now.agent.get("/channels/pd")
        assert shown["test_ok"] is True


async def test_ev70_a_test_that_a_crash_interrupts_leaves_nothing_open(tmp_path: Path) -> None:
    async with scene(tmp_path, Script(ResetAfter(), Status(500), Status(500))) as now:
        await now.agent.post("/channels/pd/test")
        await now.arrived("trigger")
        assert len(now.open_there) == 1
        await now.agent.kill()
        await now.agent.restart()
        await eventually("nothing is open", lambda: now.open_there == [], 20)


async def test_ev74_an_acknowledgement_arrives_under_the_same_keys(tmp_path: Path) -> None:
    async with scene(tmp_path) as now:
        await now.breaks()
        trigger = (await now.arrived("trigger"))[0]
        incident = await now.incident()
        answer = await now.agent.post(f"/incidents/{incident['id']}/acknowledge", by="Ana", via="test")
        assert answer["acknowledged_by"] == "Ana"
        acknowledge = (await now.arrived("acknowledge"))[0]
        assert acknowledge.body["dedup_key"] == trigger.body["dedup_key"]
        assert [alert.status for alert in now.open_there] == ["acknowledged"]
        await now.recovers()
        await now.arrived("resolve")
        await now.at_rest()
        assert len(now.pagerduty.journal) == 3
