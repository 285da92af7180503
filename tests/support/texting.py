"""One message of the SMS channel played try by try, as the core and the courier would, with the clock in the hand."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from statusapp_agent.channels.sms import SmsChannel
from statusapp_agent.core.model import Accepted, Again, Outcome, Person
from statusapp_agent.demo.twilio_model import ACCOUNT, MAGIC_SENDER, TOKEN
from statusapp_agent.kinds import ChannelTools, nobody
from statusapp_agent.sms.settings import SmsSettings
from tests.support.notices import notice

ANA, BOB = "+15551230000", "+15551230001"
START = datetime(2026, 11, 24, 12, 1, 30, tzinfo=UTC)


def twilio_settings(url: str, /, **changed: Any) -> SmsSettings:
    """Return settings by way of the stand-in at ``url``."""
    plain = {
        "provider": "twilio",
        "account_sid": ACCOUNT,
        "auth_token": {"env": "TWILIO_TOKEN"},
        "from": MAGIC_SENDER,
        "to": [ANA],
        "api_url": url,
    }
    return SmsSettings.model_validate({name: value for name, value in (plain | changed).items() if value is not None})


@dataclass
class Texting:
    """One message: each `turn` is one try, and what it leaves is handed to the next."""

    settings: SmsSettings
    http: httpx.AsyncClient
    told: dict[str, Any] = field(default_factory=notice)
    token: str = TOKEN
    tag: str = "0f3c7"
    people: tuple[Person, ...] = ()
    now: datetime = START
    timeout_s: float = 5.0
    so_far: dict[str, Any] = field(default_factory=dict)
    maybe_sent: bool = False
    outcomes: list[Outcome] = field(default_factory=list)

    def tools(self) -> ChannelTools:
        """Return what the courier would hand in now."""
        tools = ChannelTools(self.http, lambda: self.now, self.timeout_s, {"auth_token": self.token})
        on_call = (lambda rotation: self.people) if self.people else nobody
        return replace(tools, maybe_sent=self.maybe_sent, tag=self.tag, so_far=self.so_far, on_call=on_call)

    async def turn(self, after_s: float = 0.0) -> Outcome:
        """Try once more, so much later; return what came of it."""
        self.now += timedelta(seconds=after_s)
        outcome = await SmsChannel().deliver(self.told, self.settings, self.tools())
        if isinstance(outcome, Accepted):
            self.so_far = dict(outcome.receipt)
        elif isinstance(outcome, Again):
            self.so_far = dict(outcome.receipt or self.so_far)
            self.maybe_sent = self.maybe_sent or outcome.maybe_sent
        self.outcomes.append(outcome)
        return outcome

    async def to_its_end(self, within_s: float = 3_600.0) -> Outcome:
        """Try whenever it is asked for until the end is final."""
        ends = self.now + timedelta(seconds=within_s)
        outcome = await self.turn()
        while isinstance(outcome, Accepted | Again):
            assert self.now < ends, outcome
            outcome = await self.turn(max(1.0, outcome.after_s or 1.0))
        return outcome
