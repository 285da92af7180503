"""Keeps our incidents and PagerDuty's in step, by looking: a task of its own that no page ever waits for.

While something is open it looks at the channel's interval, and more often in the first minute of a page; when nothing
is, it is silent. All channels with one REST key share one account and one look.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx

from statusapp_agent.channels.pagerduty import PagerDutySettings
from statusapp_agent.clock import Clock
from statusapp_agent.core.counterpart import Counterpart, Fate, Report
from statusapp_agent.core.events import Event, StraysSeen, Synced
from statusapp_agent.core.incident import dedup_key
from statusapp_agent.core.model import Action, Delivery, DeliveryState, Purpose
from statusapp_agent.core.state import ChannelRecord, State
from statusapp_agent.pagerduty.account import Account
from statusapp_agent.pagerduty.client import RestClient, RestError
from statusapp_agent.pagerduty.looking import Memory, Wanted, look, open_incidents
from statusapp_agent.pagerduty.shapes import RestIncident
from statusapp_agent.pagerduty.strays import Strays
from statusapp_agent.pagerduty.unlocking import FieldReader, Key, Opened, Unlocking
from statusapp_agent.views.pagerduty import SyncFacts

log = logging.getLogger("statusapp.pagerduty")

_TURN_S = 0.5
_EARLY_S = (2.0, 5.0, 10.0, 15.0, 20.0, 26.0, 32.0, 41.0, 50.0, 60.5)
"""Seconds after a page was accepted at which it is looked for: PagerDuty shows it at once, or half a minute later."""
_HASTY_S = 2.0


@dataclass(slots=True)
class _Desk:
    """An account with what is remembered of it."""

    account: Account
    memory: Memory
    looked_s: float | None = None
    looking: bool = False
    strays: Strays = field(default_factory=Strays)


class Sync:
    """Looks at every account that has something of ours open; `run` is its task."""

    def __init__(
        self,
        state: State,
        http: httpx.AsyncClient,
        clock: Clock,
        read_secret: FieldReader,
        put: Callable[[Event], None],
    ) -> None:
        self._state = state
        self._http = http
        self._clock = clock
        self._unlocking = Unlocking(read_secret, clock.monotonic)
        self._put = put
        self._desks: dict[Key, _Desk] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._hurry = asyncio.Event()

    def hurry(self) -> None:
        """Look at once: somebody has told us that something happened there."""
        for desk in self._desks.values():
            desk.looked_s = None
        self._hurry.set()

    async def run(self) -> None:
        """Look, for ever."""
        while True:
            try:
                await self._turn()
            except Exception as fault:  # noqa: BLE001 - a bug in one look must not end all later ones (fault P11)
                log.warning("a look at PagerDuty broke: %s", type(fault).__name__)
            self._hurry.clear()
            try:
                async with asyncio.timeout(_TURN_S):
                    await self._hurry.wait()
            except TimeoutError:
                pass

    async def stop(self) -> None:
        """Cut off what is under way: nothing depends on it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # What is to be looked at

    async def _turn(self) -> None:
        wanted, opened = await self._wanted()
        for key, channels in opened.items():
            desk = self._desks.get(key)
            if desk is None:
                client = RestClient(self._http, channels[0].credential)
                desk = self._desks[key] = _Desk(Account(client, self._clock.monotonic), Memory())
            if not desk.looking and not desk.account.held and self._is_due(desk, channels, wanted.get(key, [])):
                desk.looking = True
                task = asyncio.create_task(self._look(desk, channels, wanted.get(key, [])), name="pagerduty look")
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            elif desk.account.held and desk.account.trouble is not None:
                self._tell_failure(desk, wanted.get(key, []))
        for gone in set(self._desks) - set(opened):
            del self._desks[gone]

    async def _wanted(self) -> tuple[dict[Key, list[Wanted]], dict[Key, list[Opened]]]:
        opened: dict[Key, list[Opened]] = defaultdict(list)
        by_name: dict[str, Opened] = {}
        for name, record in list(self._state.channels.items()):
            if (channel := await self._unlocking.open(record)) is not None:
                opened[channel.key].append(channel)
                by_name[name] = channel
        wanted: dict[Key, list[Wanted]] = defaultdict(list)
        followed = set()
        for counterpart in list(self._state.counterparts.values()):
            opening = self._state.deliveries.get(counterpart.opening)
            if opening is None or counterpart.settled:
                continue
            followed.add((counterpart.incident, opening.channel))
            channel_of = by_name.get(opening.channel)
            if channel_of is None:
                self._unlookable(counterpart, opening)
            elif (one := self._of(counterpart, channel_of)) is not None:
                wanted[channel_of.key].append(one)
        for delivery in self._unfollowed(by_name, followed):
            wanted[by_name[delivery.channel].key].append(self._first(delivery, by_name[delivery.channel]))
        return wanted, opened

    def _unlookable(self, counterpart: Counterpart, opening: Delivery) -> None:
        incident = self._state.incidents.get(counterpart.incident)
        if incident is not None and incident.is_open and counterpart.fate is not Fate.ACCEPTED:
            return
        locked = self._unlocking.fault_of(opening.channel)
        why = locked or "its channel has no REST API key any more"
        self._put(Synced(Report(counterpart.opening, failed=why, lasting=locked is None)))

    def _of(self, counterpart: Counterpart, channel: Opened) -> Wanted | None:
        incident = self._state.incidents.get(counterpart.incident)
        if incident is None:
            return None
        key = dedup_key(self._state.install, incident)
        return Wanted(
            counterpart.opening,
            key,
            channel.integration_key,
            counterpart.accepted_at,
            counterpart.fate,
            counterpart.id,
            counterpart.past,
            hasty=incident.purpose is Purpose.TEST,
        )

    def _unfollowed(self, by_name: Mapping[str, Opened], followed: set[tuple[str, str]]) -> list[Delivery]:
        """Return the pages of open incidents that were accepted before their channel had a REST key."""
        found: dict[tuple[str, str], Delivery] = {}
        for delivery in list(self._state.deliveries.values()):
            incident = self._state.incidents.get(delivery.incident or "")
            lane = (delivery.incident or "", delivery.channel)
            if (
                incident is not None
                and incident.is_open
                and delivery.channel in by_name
                and lane not in followed
                and delivery.action is Action.TRIGGER
                and delivery.state is DeliveryState.DELIVERED
            ):
                found.setdefault(lane, delivery)
        return list(found.values())

    def _first(self, delivery: Delivery, channel: Opened) -> Wanted:
        incident = self._state.incidents[delivery.incident or ""]
        at = delivery.delivered_at or delivery.created_at
        return Wanted(delivery.id, dedup_key(self._state.install, incident), channel.integration_key, at)

    # Looking

    def _is_due(self, desk: _Desk, channels: list[Opened], wanted: list[Wanted]) -> bool:
        if desk.looked_s is None:
            return True  # once at the start: what happened while we were away, and what is open without us
        if not wanted and not desk.strays:
            return False
        now, now_s = self._clock.now(), self._clock.monotonic()
        since_s = now_s - desk.looked_s
        if since_s >= _HASTY_S and any(each.hasty for each in wanted):
            return True
        if since_s >= min(channel.settings.sync_interval for channel in channels):
            return True
        return any(each.fate is Fate.ACCEPTED and _early(each.accepted_at, now, since_s) for each in wanted)

    async def _look(self, desk: _Desk, channels: list[Opened], wanted: list[Wanted]) -> None:
        desk.looked_s = self._clock.monotonic()
        try:
            listed = await open_incidents(desk.account)
            reports = await look(desk.account, wanted, desk.memory, self._clock.now(), listed)
            desk.account.answered(self._clock.now())
        except RestError as fault:
            if desk.account.trouble is None or str(desk.account.trouble) != str(fault):
                log.warning("PagerDuty cannot be looked at: %s", fault)
            desk.account.failed(fault)
            self._tell_failure(desk, wanted)
            return
        finally:
            desk.looking = False
        for report in reports:
            self._put(Synced(report))
        self._tell_strays(desk, channels, listed)

    def _tell_failure(self, desk: _Desk, wanted: list[Wanted]) -> None:
        """Whoever waits for the fate of a page must hear that it cannot be had."""
        fault = desk.account.trouble
        if fault is None:
            return
        for each in wanted:
            late = self._clock.now() - each.accepted_at > timedelta(seconds=_EARLY_S[-1])
            if each.fate is Fate.ACCEPTED and (late or fault.lasting):
                self._put(Synced(Report(each.opening, failed=str(fault), lasting=fault.lasting)))

    def _tell_strays(self, desk: _Desk, channels: list[Opened], listed: list[RestIncident]) -> None:
        """What is open there under our name, and not here, is closed once it was seen so twice."""
        prefix = f"statusapp/{self._state.install}/"
        ours = {dedup_key(self._state.install, each) for each in self._state.incidents.values()}
        named = (each.incident_key for each in listed)
        alone = [key for key in named if key is not None and key.startswith(prefix) and key not in ours]
        due = desk.strays.due(alone, self._clock.monotonic())
        for channel in channels if due else ():
            if not channel.record.retired:
                self._put(StraysSeen(channel.record.name, due))

    # What is told of it

    async def open(self, record: ChannelRecord) -> Opened | None:
        """Return a channel with its secrets at hand, None where there is no REST key or it cannot be had."""
        return await self._unlocking.open(record)

    def account_of(self, channel: str) -> Account | None:
        """Return the account of a channel, None where there is no REST key or it was never asked."""
        opened = self._unlocking.known(channel)
        desk = self._desks.get(opened.key) if opened is not None else None
        return desk.account if desk is not None else None

    def facts(self, channel: str) -> SyncFacts:
        """Return what is known of a channel's account, for people."""
        record = self._state.channels.get(channel)
        settings = record.channel.settings if record is not None else None
        if not isinstance(settings, PagerDutySettings) or settings.api_key is None:
            return SyncFacts(has_key=False)
        opened, fault = self._unlocking.known(channel), self._unlocking.fault_of(channel)
        if opened is None:
            return SyncFacts(True, trouble=fault)
        desk, writes = self._desks.get(opened.key), opened.credential.sender is not None
        if desk is None:
            return SyncFacts(has_key=True, writes=writes)
        trouble = desk.account.trouble
        return SyncFacts(
            True,
            writes,
            desk.account.answered_at,
            fault or (str(trouble) if trouble is not None else None),
            len(desk.strays),
            desk.account.client.requests,
        )

    def secrets_changed(self, channel: str) -> None:
        """Try a channel's secrets again at once: somebody has just entered one."""
        self._unlocking.ask_again(channel)

    def fault_of(self, channel: str) -> str | None:
        """Return why a channel's REST key cannot be had."""
        return self._unlocking.fault_of(channel)


def _early(accepted_at: datetime, now: datetime, since_s: float) -> bool:
    """Whether one of the early looks of a page has become due since the last look."""
    age_s = (now - accepted_at).total_seconds()
    return any(age_s - since_s < at_s <= age_s for at_s in _EARLY_S)
