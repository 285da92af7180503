"""A real agent against the strict stand-in for Twilio, case by case; names follow the catalogue."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from statusapp_agent.demo.faults import Hang, Plan, Script
from statusapp_agent.demo.pagerduty_model import PagerDutyModel
from statusapp_agent.demo.pagerduty_service import PagerDutyService
from statusapp_agent.demo.twilio_model import ACCOUNT, MAGIC_SENDER, TOKEN, Message, TwilioModel
from statusapp_agent.demo.twilio_service import TOO_MANY, StatusAfter, TwilioService
from tests.support.agent_process import AgentProcess, eventually
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
