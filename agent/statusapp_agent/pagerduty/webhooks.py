"""Webhooks v3, for those who have a public address: a channel's listener, opened and closed with its settings.

An event is verified, answered and only then taken in. Where there is a REST key it is a reason to look at once, so that
nothing is told twice; where there is none it is all that we get to know.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping

from statusapp_agent.channels.pagerduty import PagerDutySettings
from statusapp_agent.core.counterpart import Report
from statusapp_agent.core.events import Event, Synced
from statusapp_agent.core.incident import dedup_key
from statusapp_agent.core.model import Action, DeliveryState
from statusapp_agent.core.state import ChannelRecord, State
from statusapp_agent.pagerduty.listener import Listener
from statusapp_agent.pagerduty.signature import HEADER, Verdict, judge
from statusapp_agent.pagerduty.sync import Sync
from statusapp_agent.pagerduty.unlocking import FieldReader
from statusapp_agent.pagerduty.webhook_event import Told, event_id, told
from statusapp_agent.vault_sources import VaultError

log = logging.getLogger("statusapp.pagerduty")

_LOOK_S = 1.0
_REMEMBERED = 500


class Webhooks:
    """The listeners of all channels that want one."""

    def __init__(self, state: State, sync: Sync, read_secret: FieldReader, put: Callable[[Event], None]) -> None:
        self._state = state
        self._sync = sync
        self._read_secret = read_secret
        self._put = put
        self._open: dict[str, tuple[ChannelRecord, Listener]] = {}
        self._failed: dict[str, ChannelRecord] = {}
        self._seen: deque[str] = deque(maxlen=_REMEMBERED)

    async def run(self) -> None:
        """Follow the settings, for ever."""
        while True:
            await self._follow()
            await asyncio.sleep(_LOOK_S)

    async def stop(self) -> None:
        """Close all listeners."""
        for _, listener in self._open.values():
            await listener.stop()

    async def _follow(self) -> None:
        records = {name: each for name, each in self._state.channels.items() if _wants(each)}
        for name, (record, listener) in list(self._open.items()):
            now = records.get(name)
            if now is None or not _same(now, record):
                await listener.stop()
                del self._open[name]
        for name, record in records.items():
            if name not in self._open and not (name in self._failed and _same(self._failed[name], record)):
                await self._start(name, record)

    async def _start(self, name: str, record: ChannelRecord) -> None:
        settings: PagerDutySettings = record.channel.settings
        host, _, port = (settings.webhook_listen or "").rpartition(":")
        try:
            secret = await asyncio.to_thread(self._secret, record, settings)
            listener = Listener(host.strip("[]"), int(port), lambda headers, body: self._take(secret, headers, body))
            await listener.start()
        except (OSError, OverflowError, VaultError) as fault:
            self._failed[name] = record
            why = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
            log.warning("%s cannot listen for webhooks at %s: %s", name, settings.webhook_listen, why)
            return
        self._open[name] = (record, listener)

    def _secret(self, record: ChannelRecord, settings: PagerDutySettings) -> str:
        if settings.webhook_secret is None:
            raise VaultError("it has no webhook_secret")
        path = f"channels/{record.channel.name}/webhook_secret"
        return self._read_secret(settings.webhook_secret, path, record.secret_versions.get("webhook_secret")).strip()

    def _take(self, secret: str, headers: Mapping[str, str], body: bytes) -> int:
        verdict = judge(headers.get(HEADER), body, (secret,))
        if verdict is Verdict.GENUINE:
            # After the answer: PagerDuty waits five seconds, and nothing here may make it wait.
            asyncio.get_running_loop().call_soon(self._take_in, headers.get("x-webhook-id"), body)
        return int(verdict)

    def _take_in(self, header_id: str | None, body: bytes) -> None:
        known = event_id(body, header_id)
        if known is not None and known in self._seen:
            return
        said = told(body)
        if known is not None:
            self._seen.append(known)
        if said is None:
            return
        self._sync.hurry()
        opening = self._opening_of(said)
        if opening is not None and not self._looks(opening):
            happenings = (said.happening,) if said.happening is not None else ()
            self._put(Synced(Report(opening, said.sighting, happenings)))

    def _opening_of(self, said: Told) -> int | None:
        """Return the page that an incident there was made of."""
        for counterpart in self._state.counterparts.values():
            if counterpart.id == said.sighting.id:
                return counterpart.opening
        for incident in self._state.incidents.values():
            if said.key is None or dedup_key(self._state.install, incident) != said.key:
                continue
            for number in sorted(self._state.by_incident.get(incident.id, ())):
                delivery = self._state.deliveries[number]
                record = self._state.channels.get(delivery.channel)
                opens = delivery.action is Action.TRIGGER and delivery.state is DeliveryState.DELIVERED
                if opens and record is not None and isinstance(record.channel.settings, PagerDutySettings):
                    return number
        return None

    def _looks(self, opening: int) -> bool:
        """Whether the channel of a page has a REST key: then a look tells more, and tells it once."""
        delivery = self._state.deliveries.get(opening)
        record = self._state.channels.get(delivery.channel) if delivery is not None else None
        settings = record.channel.settings if record is not None else None
        return isinstance(settings, PagerDutySettings) and settings.api_key is not None


def _wants(record: ChannelRecord) -> bool:
    settings = record.channel.settings
    if record.retired or not isinstance(settings, PagerDutySettings):
        return False
    return settings.webhook_listen is not None and settings.webhook_secret is not None


def _same(one: ChannelRecord, other: ChannelRecord) -> bool:
    return one.channel.settings == other.channel.settings and one.secret_versions == other.secret_versions
