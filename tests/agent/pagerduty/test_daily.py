"""The daily look: what it finds is kept and told once, and again only when it changes."""

from collections.abc import AsyncIterator

import httpx
import pytest

from statusapp_agent.channels.pagerduty import PagerDutySettings
from statusapp_agent.clock import Clock
from statusapp_agent.core.model import Channel
from statusapp_agent.core.state import Audit, ChannelRecord, State
from statusapp_agent.core.step import step
from statusapp_agent.demo.pagerduty_service import PagerDutyService
from statusapp_agent.pagerduty.daily import Daily
from statusapp_agent.pagerduty.surveys import Surveys
from statusapp_agent.pagerduty.sync import Sync
from statusapp_agent.store.rows import pack, unpack
from tests.support.pagerduty_scene import TOKEN, account_of, service
from tests.support.settings_text import KEY
from tests.support.world import INSTALL

SECRETS = {"integration_key": KEY, "api_key": TOKEN}


@pytest.fixture
async def there() -> AsyncIterator[PagerDutyService]:
    async with service() as started:
        yield started


async def look(there: PagerDutyService, state: State) -> list[Audit]:
    """Look once, as another day would; return what was told of it."""
    told: list[Audit] = []
    clock = Clock()

    def put(event) -> None:
        effects = step(state, event, clock.now())
        state.absorb(effects)
        told.extend(each for each in effects if isinstance(each, Audit))

    def secret(_reference, path: str, _version) -> str:
        return SECRETS[path.rpartition("/")[2]]

    async with httpx.AsyncClient(trust_env=False) as http:
        surveys = Surveys(http, Sync(state, http, clock, secret, put), clock)
        await Daily(state, surveys, clock, put).look_at_pagerduty()
    return told


def home(there: PagerDutyService) -> State:
    reference = {"vault": True}
    keys = {"integration_key": reference, "api_key": reference, "api_url": there.url}
    channel = Channel("pd", "pagerduty", PagerDutySettings.model_validate(keys))
    return State(INSTALL, channels={"pd": ChannelRecord("pd", channel)})


async def test_what_is_found_is_kept_told_once_and_its_mending_too(there: PagerDutyService) -> None:
    state = home(there)
    assert [(each.deed, each.subject) for each in await look(there, state)] == [("found", "pd")]
    assert "after 4 h" in state.channels["pd"].findings[0]
    kept = unpack(ChannelRecord, pack(state.channels["pd"], leave_out=frozenset({"channel"})), channel=None)
    assert kept.findings == state.channels["pd"].findings
    assert await look(there, state) == []
    account_of(there).services["PSERVIC"].auto_resolve_timeout = None
    assert [each.deed for each in await look(there, state)] == ["mended"]
    assert state.channels["pd"].findings == ()


async def test_an_api_that_does_not_answer_is_no_news(there: PagerDutyService) -> None:
    state = home(there)
    await look(there, state)
    before = state.channels["pd"].findings
    account_of(there).tokens.clear()
    assert await look(there, state) == []
    assert state.channels["pd"].findings == before
