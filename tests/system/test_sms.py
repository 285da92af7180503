"""A real agent against the strict stand-in for Twilio, case by case; names follow the catalogue."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from statusapp_agent.demo.faults import Hang, Plan, Script, Status
from statusapp_agent.demo.pagerduty_model import PagerDutyModel
from statusapp_agent.demo.pagerduty_service import PagerDutyService
from statusapp_agent.demo.twilio_model import ACCOUNT, MAGIC_SENDER, TOKEN, Message, TwilioModel
from statusapp_agent.demo.twilio_service import TOO_MANY, StatusAfter, TwilioService
from tests.support.agent_process import PROGRAM, AgentProcess, environment, eventually
from tests.support.settings_text import ENV, KEY, channel, monitor, settings
from tests.support.targets import Targets, targets

ANA = "+15551230000"
BOB = "+15551230001"
_BROKEN = b'{"code":20500,"message":"Internal server error","more_info":"","status":500}'


def sms(url: str, *, to: str = f'["{ANA}"]', **keys: Any) -> str:
    """Return an SMS channel by way of the stand-in at ``url``."""
    lines = "".join(f"{name} = {value}\n" for name, value in keys.items())
    return (
        f'\n[[channels]]\nname = "sms"\nkind = "sms"\nprovider = "twilio"\naccount_sid = "{ACCOUNT}"\n'
        f'auth_token = {{ env = "TWILIO_TOKEN" }}\nfrom = "{MAGIC_SENDER}"\nto = {to}\napi_url = "{url}"\n{lines}'
    )


@dataclass
class Scene:
    """An agent, what it watches, and the stand-in that carries its texts."""

    agent: AgentProcess
    world: Targets
    twilio: TwilioService
    pagerduty: PagerDutyService

    async def breaks(self, name: str = "web-0") -> None:
        await self.world.put(name, up=False)

    async def recovers(self, name: str = "web-0") -> None:
        await self.world.put(name, up=True)

    async def texts(self, count: int, to: str = ANA, within_s: float = 15.0) -> list[Message]:
        """Wait for so many texts to a number."""
        await self.twilio.until(lambda: len(self.twilio.model.sent(to)) >= count, within_s)
        return self.twilio.model.sent(to)

    async def page(self) -> Any:
        """Return the newest incident's message to the phones, None before there is one."""
        found = await self.agent.incidents()
        rows = [row for row in found[-1]["deliveries"] if row["channel"] == "sms"] if found else []
        return rows[0] if rows else None

    async def page_is(self, state: str, within_s: float = 20.0) -> Any:
        """Wait until that message is in a state."""

        async def look() -> Any:
            row = await self.page()
            return row if row and row["state"] == state else None

        return await eventually(f"the text is {state}", look, within_s)

    @property
    def creates(self) -> list[Any]:
        """The requests that asked for a text."""
        return [each for each in self.twilio.journal if each.method == "POST"]


@contextlib.asynccontextmanager
async def scene(
    folder: Path,
    plan: Plan | None = None,
    *,
    lives: dict[str, list[Any]] | None = None,
    steps: str = '{ channel = "sms" }',
    http: int = 1,
    channel_keys: dict[str, Any] | None = None,
    **keys: Any,
) -> AsyncIterator[Scene]:
    """Let an agent watch ``web-0`` and so on, and text by the stand-in; all are up when the block begins."""
    model = TwilioModel()
    model.lives.update(lives or {})
    async with (
        targets(http=http) as world,
        TwilioService(model, plan) as twilio,
        PagerDutyService(PagerDutyModel(frozenset({KEY}))) as pagerduty,
    ):
        monitors = [monitor(t.name, t.settings(), tier="texts", **keys) for t in world.by_name.values()]
        tier = f'\n[[tiers]]\nname = "texts"\nnotify = [{steps}]\n'
        text = settings(sms(twilio.url, **(channel_keys or {})), channel(pagerduty.url), tier, *monitors)
        async with AgentProcess(folder, text, {**ENV, "TWILIO_TOKEN": TOKEN}, log_level="debug") as agent:
            for name in world.by_name:
                await agent.until(name, "up")
            yield Scene(agent, world, twilio, pagerduty)
            assert "Traceback" not in agent.err
            for secret in (TOKEN, ANA, ANA[1:]):
                assert secret not in agent.err


async def test_sm01_sm09_a_page_is_texted_once_and_delivered_only_when_twilio_says_so(tmp_path: Path) -> None:
    async with scene(tmp_path, lives={ANA: ["delivered"]}) as now:
        await now.breaks()
        [text] = await now.texts(1)
        assert text.validity_s == 600
        assert "web-0 DOWN #1" in text.body
        assert len(text.body) <= 160
        row = await now.page_is("pending")
        assert row["accepted_at"] is not None
        row = await now.page_is("delivered")
        assert not row["unconfirmed"]
        assert row["attempts"] == 1
        assert "…0000" in row["reason"]
        await now.recovers()
        [_, over] = await now.texts(2)
        assert "web-0 UP #1" in over.body


async def test_a_reply_acknowledges_and_is_confirmed_and_acts_once(tmp_path: Path) -> None:
    async with scene(tmp_path) as now:
        await now.breaks()
        await now.texts(1)
        await now.twilio.answer("+15559999999", "ACK 1")  # nobody whom we text
        await now.twilio.answer(ANA, "ack 77")
        await now.twilio.answer(ANA, "ack #1")

        async def acknowledged() -> Any:
            incident = (await now.agent.incidents())[-1]
            return incident if incident["status"] == "acknowledged" else None

        incident = await eventually("it is acknowledged", acknowledged, 20)
        assert (incident["acknowledged_by"], incident["acknowledged_via"]) == ("…0000", "SMS")
        texts = await now.texts(2)
        assert "ACK #1" in texts[1].body
        assert now.twilio.model.sent("+15559999999") == []
        await now.agent.kill()
        await now.agent.restart()
        again = (await now.agent.incidents())[-1]
        assert [line["kind"] for line in again["timeline"]].count("acknowledged") == 1
        assert len(now.twilio.model.sent(ANA)) == 2


@pytest.mark.slow
async def test_m3_a_text_that_was_taken_and_did_not_arrive_makes_the_next_channel_fire(tmp_path: Path) -> None:
    steps = '{ channel = "sms" }, { channel = "pd", when = "undelivered", after = "10m" }'
    async with scene(tmp_path, lives={ANA: ["sent", ("undelivered", 30007)]}, steps=steps) as now:
        await now.breaks()
        await now.texts(1)
        row = await now.page_is("refused", within_s=40)
        assert "filtered" in row["reason"]
        await now.pagerduty.until(lambda: len(now.pagerduty.incidents(open_only=True)) == 1)
        [paged] = now.pagerduty.incidents(open_only=True)
        assert (paged.created_at - now.twilio.model.sent(ANA)[0].created_at).total_seconds() < 120


async def test_m3_a_text_that_is_only_taken_counts_as_delivered_for_nobody(tmp_path: Path) -> None:
    steps = '{ channel = "sms" }, { channel = "pd", when = "undelivered", after = "3s" }'
    async with scene(tmp_path, lives={ANA: ["sent"] * 100}, steps=steps) as now:
        await now.breaks()
        await now.texts(1)
        await now.pagerduty.until(lambda: len(now.pagerduty.incidents(open_only=True)) == 1, 15)
        assert (await now.page())["state"] == "pending"


async def test_m1_a_500_after_accepting_is_looked_for_and_not_sent_again(tmp_path: Path) -> None:
    async with scene(tmp_path, Script(StatusAfter(500, _BROKEN)), lives={ANA: ["delivered"]}) as now:
        await now.breaks()
        await now.page_is("delivered", within_s=30)
        assert len(now.twilio.model.sent(ANA)) == 1
        assert len(now.creates) == 1


async def test_m1_killed_while_a_text_leaves_it_is_looked_for_at_the_start(tmp_path: Path) -> None:
    async with scene(tmp_path, Script(Hang(taken=True)), lives={ANA: ["delivered"]}) as now:
        await now.breaks()
        await now.texts(1)
        await now.agent.kill()
        await now.agent.restart()
        await now.page_is("delivered", within_s=30)
        assert len(now.twilio.model.sent(ANA)) == 1


async def test_m3_killed_while_it_asks_it_goes_on_asking_and_sends_nothing_again(tmp_path: Path) -> None:
    async with scene(tmp_path, lives={ANA: ["delivered"]}) as now:
        await now.breaks()
        await now.texts(1)

        async def taken() -> Any:
            row = await now.page()
            return row["accepted_at"]

        await eventually("it is taken", taken)
        await now.agent.kill()
        await now.agent.restart()
        await now.page_is("delivered")
        assert len(now.creates) == 1


async def test_m2_too_many_requests_are_waited_for(tmp_path: Path) -> None:
    busy = Status(429, TOO_MANY.body, {"Retry-After": "1"})
    async with scene(tmp_path, Script(busy), lives={ANA: ["delivered"]}) as now:
        await now.breaks()
        await now.page_is("delivered", within_s=30)
        assert [each.status for each in now.creates] == [429, 201]


async def test_m2_a_stop_is_told_and_never_tried_again(tmp_path: Path) -> None:
    async with scene(tmp_path) as now:
        now.twilio.model.stopped.add(ANA)
        await now.breaks()
        row = await now.page_is("refused")
        assert "STOP" in row["reason"]
        assert ANA not in row["reason"]
        assert [each.status for each in now.creates] == [400]
        [found] = [each for each in (await now.agent.get("/channels"))["items"] if each["name"] == "sms"]
        assert found["status"] == "broken"
        assert "START" in found["reason"]


async def test_sm10_a_storm_is_capped_but_the_first_critical_page_of_each_monitor_passes(tmp_path: Path) -> None:
    lives = {ANA: ["delivered"]}
    async with scene(tmp_path, lives=lives, http=3, channel_keys={"hourly_limit": 2}, severity="critical") as now:
        for name in ("web-0", "web-1", "web-2"):
            await now.breaks(name)
        await now.texts(3)

        async def once_more() -> None:
            await now.recovers("web-0")
            await now.agent.until("web-0", "up")
            await now.breaks("web-0")

        await once_more()
        texts = await now.texts(4)
        assert ["No more texts until" in text.body for text in texts] == [False, False, False, True]
        await once_more()
        assert "within an hour" in (await now.page_is("refused"))["reason"]
        await now.agent.kill()
        await now.agent.restart()
        before = len(await now.agent.incidents())
        await once_more()

        async def refused() -> Any:
            row = await now.page()
            return len(await now.agent.incidents()) > before and row and row["state"] == "refused"

        await eventually("it is held back after the restart as well", refused, 20)
        assert len(now.twilio.model.sent(ANA)) == 4


async def test_xc01_no_text_leaves_once_somebody_has_acknowledged(tmp_path: Path) -> None:
    steps = '{ channel = "pd" }, { channel = "sms", when = "unacknowledged", after = "4s" }'
    async with scene(tmp_path, steps=steps) as now:
        await now.breaks()
        await now.pagerduty.until(lambda: len(now.pagerduty.incidents(open_only=True)) == 1)
        incident = (await now.agent.incidents())[-1]
        await now.agent.post(f"/incidents/{incident['id']}/acknowledge", by="ana", via="test")
        row = await now.page_is("cancelled")
        assert "acknowledged by ana" in row["reason"]
        assert now.creates == []


async def test_two_phones_one_of_them_no_mobile_are_texted_once_each(tmp_path: Path) -> None:
    to = f'["{BOB}", "+15005550009"]'
    model_lives = {BOB: ["delivered"]}
    async with targets(http=1) as world, TwilioService() as twilio:
        twilio.model.lives.update(model_lives)
        [target] = world.by_name.values()
        text = settings(sms(twilio.url, to=to), monitor("web-0", target.settings(), channels=["sms"]))
        async with AgentProcess(tmp_path, text, {"TWILIO_TOKEN": TOKEN}) as agent:
            await agent.until("web-0", "up")
            await world.put("web-0", up=False)

            async def told() -> Any:
                found = await agent.incidents()
                rows = found[-1]["deliveries"] if found else []
                return rows[0] if rows and rows[0]["state"] == "delivered" else None

            row = await eventually("both are told of", told, 20)
            assert "delivered to …0001" in row["reason"]
            assert "…0009: this number is no mobile phone" in row["reason"]
            assert len(twilio.model.sent()) == 1


@pytest.mark.slow
async def test_the_test_button_walks_the_real_road_and_says_each_step(tmp_path: Path) -> None:
    async with scene(tmp_path, lives={ANA: ["sent", "delivered"]}) as now:
        started = await asyncio.create_subprocess_exec(
            *PROGRAM,
            "channels",
            "test",
            "sms",
            "--timeout",
            "60",
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=environment(STATUSAPP_SOCKET=str(now.agent.socket), COLUMNS="120"),
        )
        out = (await started.communicate())[0].decode()
        assert started.returncode == 0, out
        for said in ("test queued", "taken by Twilio for …0000 (queued)", "(sent)", "delivered to …0000", "sms works"):
            assert said in out, out
        assert len(now.creates) == 1
        assert "TEST #" in now.twilio.model.sent(ANA)[0].body


async def test_pagerduty_is_unreachable_a_text_goes_out_and_its_answer_acknowledges_and_the_recovery_closes_all(
    tmp_path: Path,
) -> None:
    steps = '{ channel = "pd" }, { channel = "sms", when = "unacknowledged", after = "2s" }'
    async with scene(tmp_path, lives={ANA: ["delivered"]}, steps=steps) as now:
        await now.pagerduty.stop()
        await now.breaks()
        [text] = await now.texts(1)
        incident = (await now.agent.incidents())[-1]
        assert f"Reply ACK {incident['number']}" in text.body
        await now.twilio.answer(ANA, f"Ok {incident['number']}, on my way")

        async def status() -> Any:
            return (await now.agent.incidents())[-1]["status"]

        async def is_acknowledged() -> bool:
            return await status() == "acknowledged"

        async def is_resolved() -> bool:
            return await status() == "resolved"

        await eventually("the answer acknowledges it", is_acknowledged, 20)
        await now.recovers()
        await eventually("the recovery closes it", is_resolved, 20)
        bodies = [each.body for each in await now.texts(3, within_s=30)]
        assert ["DOWN #1" in bodies[0], "ACK #1" in bodies[1], "UP #1" in bodies[2]] == [True, True, True]
