"""A real agent, targets that break, and a stand-in PagerDuty with both of its APIs, judged at the stand-in."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from statusapp_agent.demo.pagerduty_account import Account
from statusapp_agent.demo.pagerduty_incidents import Kept
from statusapp_agent.demo.pagerduty_rest import PagerDutyRest
from statusapp_agent.demo.pagerduty_service import PagerDutyService
from tests.support.agent_process import AgentProcess, eventually
from tests.support.pagerduty_scene import TOKEN, service
from tests.support.settings_text import ENV, KEY, channel, monitor, settings
from tests.support.targets import Targets, targets

WEBHOOK_SECRET = "whsec-0123456789abcdef"
REST_ENV = {**ENV, "PD_API_KEY": TOKEN, "PD_WEBHOOK_SECRET": WEBHOOK_SECRET}


@dataclass
class Play:
    """An agent, what it watches, and whom it tells."""

    agent: AgentProcess
    world: Targets
    there: PagerDutyService

    @property
    def rest(self) -> PagerDutyRest:
        assert self.there.rest is not None
        return self.there.rest

    @property
    def account(self) -> Account:
        return self.rest.account

    def kept(self) -> list[Kept]:
        """Return the incidents there, caught up with now."""
        self.rest.incidents.catch_up(self.rest.now())
        return list(self.rest.incidents.by_id.values())

    async def breaks(self, name: str = "web-0") -> None:
        await self.world.put(name, up=False)

    async def recovers(self, name: str = "web-0") -> None:
        await self.world.put(name, up=True)

    async def made(self, number: int = 1, within_s: float = 15.0) -> Kept:
        """Wait for the so-many-th incident there."""
        return await eventually(f"incident {number} there", lambda: (self.kept()[number - 1 :] or [None])[0], within_s)

    async def incident(self, number: int = -1) -> Any:
        """Return one of the agent's incidents, whole; the newest by default."""

        async def look() -> Any:
            found = await self.agent.incidents()
            return found[number] if found else None

        return await eventually("an incident", look)

    async def until(self, what: str, judge: Any, within_s: float = 15.0, number: int = -1) -> Any:
        """Wait until an incident of the agent satisfies ``judge``; return it."""

        async def look() -> Any:
            found = await self.incident(number)
            return found if judge(found) else None

        return await eventually(what, look, within_s)

    async def seen(self, kind: str, within_s: float = 15.0, number: int = -1) -> Any:
        """Wait for a line of a kind in the timeline; return the first."""

        def line(found: Any) -> Any:
            return next((each for each in found["timeline"] if each["kind"] == kind), None)

        return line(await self.until(f"a line of kind {kind}", line, within_s, number))

    def asked(self, method: str, path: str) -> list[Any]:
        """Return the REST requests whose path ends so."""
        return [each for each in self.rest.journal if each.method == method and each.path.endswith(path)]


def rest_keys(url: str, sender: str | None = "ana@example.org", interval: str = "1s") -> str:
    """Return the lines of a channel that let it use the REST API."""
    line = f'from_email = "{sender}"\n' if sender else ""
    return f'api_key = {{ env = "PD_API_KEY" }}\napi_url = "{url}"\nsync_interval = "{interval}"\n{line}'


@contextlib.asynccontextmanager
async def play(
    folder: Path,
    *,
    lag_s: float = 0.0,
    sender: str | None = "ana@example.org",
    extra: str = "",
    http: int = 1,
    more: str = "",
    **keys: Any,
) -> AsyncIterator[Play]:
    """Let an agent watch ``web-0`` and so on; all are up when the block begins."""
    there = service(lag_s=lag_s)
    async with targets(http=http) as world, there:
        told = channel(there.url) + rest_keys(there.url, sender) + more
        monitors = [monitor(each.name, each.settings(), **keys) for each in world.by_name.values()]
        text = settings(told, extra.replace("{url}", there.url), *monitors)
        async with AgentProcess(folder, text, REST_ENV) as agent:
            for name in world.by_name:
                await agent.until(name, "up")
            yield Play(agent, world, there)
            assert "Traceback" not in agent.err
            assert TOKEN not in agent.err
            assert WEBHOOK_SECRET not in agent.err
            assert KEY not in agent.err
