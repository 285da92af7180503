"""The doctor's looks at PagerDuty: all channels at once, each at most every so often, and never in a page's way."""

import asyncio
from collections.abc import Iterable, Mapping

import httpx

from statusapp_agent.channels.pagerduty import PagerDutySettings
from statusapp_agent.clock import Clock
from statusapp_agent.core.paging_facts import PagingFacts, Part
from statusapp_agent.core.state import ChannelRecord
from statusapp_agent.pagerduty.survey import AHEAD, Survey
from statusapp_agent.pagerduty.sync import Sync
from statusapp_agent.pagerduty.unlocking import Opened

FRESH_S = 5.0
"""So long one look is good for everybody who asks: a doctor run in a loop must not use the minute's requests up."""


class Surveys:
    """Looks at the roads behind channels with a REST key."""

    def __init__(self, http: httpx.AsyncClient, sync: Sync, clock: Clock) -> None:
        self._http = http
        self._sync = sync
        self._clock = clock
        self._known: dict[str, tuple[float, ChannelRecord, PagingFacts]] = {}

    async def look(self, records: Iterable[ChannelRecord]) -> Mapping[str, PagingFacts]:
        """Return what is known of each channel that has a REST key, by name; a few seconds at most."""
        asked = [each for each in records if _has_key(each)]
        found = await asyncio.gather(*(self._one(each) for each in asked))
        return {record.name: facts for record, facts in zip(asked, found, strict=True)}

    def forget(self, channel: str) -> None:
        """Look afresh the next time: something was changed there."""
        self._known.pop(channel, None)

    async def _one(self, record: ChannelRecord) -> PagingFacts:
        known, now_s = self._known.get(record.name), self._clock.monotonic()
        if known is not None and now_s - known[0] < FRESH_S and _same(known[1], record):
            return known[2]
        opened = await self._sync.open(record)
        if opened is None:
            why = self._sync.fault_of(record.name) or "the REST API key could not be read"
            return self._unknown(why)
        facts = await self._survey(opened)
        self._known[record.name] = (self._clock.monotonic(), record, facts)
        return facts

    async def _survey(self, opened: Opened) -> PagingFacts:
        survey = Survey(self._http, opened.credential, self._clock.monotonic, self._clock.now())
        return await survey.facts(opened.integration_key)

    def _unknown(self, why: str) -> PagingFacts:
        now = self._clock.now()
        return PagingFacts(now, now + AHEAD, faults={Part.SERVICE: why})


def _has_key(record: ChannelRecord) -> bool:
    settings = record.channel.settings
    return isinstance(settings, PagerDutySettings) and settings.api_key is not None


def _same(one: ChannelRecord, other: ChannelRecord) -> bool:
    return one.channel is other.channel and one.secret_versions == other.secret_versions
