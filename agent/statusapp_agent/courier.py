"""Carries deliveries: asks the core for a turn, sends, and reports the end. One worker for each channel.

The core decides what may be sent; this decides when: heads of lanes only, worst and oldest first, within the channel's
rate, one at a time while the channel fails. A slow or hanging provider holds up nobody but itself.
"""

import asyncio
import hashlib
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx

from statusapp_agent.clock import Clock
from statusapp_agent.core.events import Attempted, Attempting, Event
from statusapp_agent.core.model import Action, Again, Delivery, Facts, Outcome, Person
from statusapp_agent.core.retry import due_at, heads, in_order
from statusapp_agent.core.state import ChannelRecord, State
from statusapp_agent.fields import SecretRef
from statusapp_agent.kinds import ChannelKind, ChannelTools, nobody
from statusapp_agent.pace import WINDOW_S, Pace
from statusapp_agent.vault_sources import VaultError

log = logging.getLogger("statusapp.courier")

AT_ONCE = 8
"""Sends of one channel at the same time while it works."""
_LONGEST_NAP_S = 5.0
"""Workers look again at least this often: a clock that was set must not let a delivery oversleep."""

FieldReader = Callable[[SecretRef, str, int | None], str]


class Courier:
    """The workers of all channels."""

    def __init__(
        self,
        kinds: Mapping[str, ChannelKind[Any]],
        state: State,
        http: httpx.AsyncClient,
        clock: Clock,
        read_secret: FieldReader,
        put: Callable[[Event], None],
        on_call: Callable[[str], Sequence[Person]] = nobody,
    ) -> None:
        self._kinds = kinds
        self._state = state
        self._http = http
        self._clock = clock
        self._read_secret = read_secret
        self._put = put
        self._on_call = on_call
        self._bells: dict[str, asyncio.Event] = {}
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._sending: dict[str, set[int]] = defaultdict(set)
        self._asked: set[int] = set()
        self._sends: set[asyncio.Task[None]] = set()
        self._paces: dict[str, Pace] = defaultdict(Pace)
        self._pace_of: dict[int, Pace] = {}
        self._credentials: dict[tuple[str, tuple[tuple[str, int], ...]], str] = {}

    def wake(self, channel: str) -> None:
        """Let a channel's worker look at its queue; begin it where there is none."""
        if channel not in self._state.channels:
            self._retire(channel)
            return
        if channel not in self._workers:
            self._bells[channel] = asyncio.Event()
            self._workers[channel] = asyncio.create_task(self._carry(channel), name=f"courier {channel}")
        self._bells[channel].set()

    def _retire(self, channel: str) -> None:
        worker = self._workers.pop(channel, None)
        if worker is not None:
            worker.cancel()
        self._bells.pop(channel, None)

    def remember_recent(self) -> None:
        """Count what was sent in the minute before the start: a restart must not earn a second minute's worth."""
        now, monotonic = self._clock.now(), self._clock.monotonic()
        recent: dict[str, list[float]] = defaultdict(list)
        for delivery in self._state.deliveries.values():
            record = self._state.channels.get(delivery.channel)
            if record is None or delivery.last_attempt_at is None:
                continue
            ago_s = (now - delivery.last_attempt_at).total_seconds()
            if 0 <= ago_s < WINDOW_S:
                recent[record.channel.name].append(monotonic - ago_s)
        self._paces.update({channel: Pace(times) for channel, times in recent.items()})

    async def _carry(self, channel: str) -> None:
        bell = self._bells[channel]
        while True:
            bell.clear()
            nap_s = self._hand_out(channel)
            if nap_s is None:
                await bell.wait()
                continue
            try:
                async with asyncio.timeout(min(nap_s, _LONGEST_NAP_S)):
                    await bell.wait()
            except TimeoutError:
                pass

    def _hand_out(self, channel: str) -> float | None:
        """Ask for turns for all that may leave now; return the seconds until more may, None when nothing waits."""
        record = self._state.channels.get(channel)
        numbers = self._state.waiting.get(channel)
        if record is None or not numbers:
            return None
        now = self._clock.now()
        if record.held_until is not None and now < record.held_until:
            return (record.held_until - now).total_seconds()
        queue = heads(self._state.deliveries[number] for number in numbers)
        idle = [d for d in queue if not d.sending and d.id not in self._asked]
        ready = [d for d in idle if due_at(d, now) <= now]
        later = [(due_at(d, now) - now).total_seconds() for d in idle if due_at(d, now) > now]
        failing = record.failing_since is not None
        busy = len(self._sending[channel]) + len(self._asked & set(numbers))
        free = max(0, (1 if failing else AT_ONCE) - busy)
        pace, now_s = self._pace(record), self._clock.monotonic()
        allowance = pace.room(record.channel.max_per_minute, now_s)
        # Asking what became of a message sends none.
        asks = [d for d in ready if d.accepted_at is not None]
        sends = in_order((d for d in ready if d.accepted_at is None), self._state.incidents, failing=failing)
        for delivery in [*sends[:allowance], *asks][:free]:
            self._asked.add(delivery.id)
            if delivery.accepted_at is None:
                pace.begin(delivery.id)
                self._pace_of[delivery.id] = pace
            self._put(Attempting(delivery.id))
        if sends and allowance == 0:
            later.append(pace.next_room_s(now_s) or _LONGEST_NAP_S)
        return min(later, default=None)

    def _pace(self, record: ChannelRecord) -> Pace:
        """Return the pace of this channel's credential; until it is known, the channel's name stands for it."""
        known = self._credentials.get((record.channel.name, tuple(sorted(record.secret_versions.items()))))
        return self._paces[known or record.channel.name]

    def _learn_credential(self, record: ChannelRecord, fields: Mapping[str, str]) -> None:
        """Two channels with one credential share its rate, because the other side counts by credential."""
        plain = "\0".join(value for _, value in sorted(fields.items()))
        credential = hashlib.sha256(f"{record.channel.kind}\0{plain}".encode()).hexdigest()
        key = (record.channel.name, tuple(sorted(record.secret_versions.items())))
        if key not in self._credentials:
            self._credentials[key] = credential
            by_name, shared = self._paces.pop(record.channel.name, Pace()), self._paces[credential]
            shared.join(by_name)
            self._pace_of.update({number: shared for number, pace in self._pace_of.items() if pace is by_name})

    def _fields(self, record: ChannelRecord) -> dict[str, str]:
        base = f"channels/{record.channel.name}"
        return {
            name: self._read_secret(value, f"{base}/{name}", record.secret_versions.get(name))
            for name, value in record.channel.settings
            if isinstance(value, SecretRef)
        }

    async def listening_tools(self, record: ChannelRecord) -> ChannelTools:
        """Return what a channel needs to look for answers; raises VaultError where a secret cannot be had."""
        fields = await asyncio.to_thread(self._fields, record)
        return ChannelTools(
            self._http, self._clock.now, self._kinds[record.channel.kind].timeout_s, fields, on_call=self._on_call
        )

    def answered(self, number: int) -> None:
        """The core has answered a question for a turn: what it gave one is being sent by now."""
        self._asked.discard(number)
        if not any(number in numbers for numbers in self._sending.values()) and number in self._pace_of:
            self._pace_of.pop(number).leave_out(number)

    def send(self, delivery: Delivery, record: ChannelRecord) -> None:
        """Try a delivery whose try has been written down."""
        self._sending[record.name].add(delivery.id)
        task = asyncio.create_task(self._send(delivery, record))
        self._sends.add(task)
        task.add_done_callback(self._sends.discard)

    async def _send(self, delivery: Delivery, record: ChannelRecord) -> None:
        outcome = await self._try(delivery, record)
        self._sending[record.name].discard(delivery.id)
        if (pace := self._pace_of.pop(delivery.id, None)) is not None:
            pace.end(delivery.id, self._clock.monotonic())
        self._put(Attempted(delivery.id, outcome))

    async def _try(self, delivery: Delivery, record: ChannelRecord) -> Outcome:
        kind = self._kinds.get(record.channel.kind)
        if kind is None:
            return Again(f"this version has no channel kind {record.channel.kind!r}", slow=True)
        try:
            # In a thread: a keyring may hang, and must hold up this channel alone.
            fields = await asyncio.to_thread(self._fields, record)
        except VaultError as fault:
            return Again(str(fault), slow=True)
        self._learn_credential(record, fields)
        tools = ChannelTools(
            http=self._http,
            now=self._clock.now,
            timeout_s=kind.timeout_s,
            fields=fields,
            opening=self._opening(delivery),
            maybe_sent=delivery.maybe_sent,
            tag=f"{self._state.install[:4]}{delivery.id:x}",
            so_far=delivery.receipt,
            on_call=self._on_call,
        )
        try:
            async with asyncio.timeout(kind.timeout_s + 1):
                return await kind.deliver(delivery.notice, record.channel.settings, tools)
        except TimeoutError:
            return Again(f"no answer within {kind.timeout_s:g} s", maybe_sent=True)
        except Exception as fault:  # noqa: BLE001 - one channel's bug must not stop the others (fault P11)
            log.warning("channel %s broke: %s", record.channel.name, type(fault).__name__)
            return Again(f"the channel itself failed ({type(fault).__name__})", maybe_sent=True)

    def _opening(self, delivery: Delivery) -> Facts:
        """Return what the other side said to the page that opened this incident on this channel."""
        lane = (self._state.deliveries[number] for number in self._state.by_incident.get(delivery.incident or "", ()))
        pages = [
            other
            for other in lane
            if other.channel == delivery.channel
            and other.action in (Action.TRIGGER, Action.TEST)
            and other.delivered_at is not None
        ]
        return max(pages, key=lambda page: page.id).receipt if pages else {}

    async def stop(self) -> None:
        """Cut off what is under way: what was being sent is tried again at the next start."""
        tasks = [*self._workers.values(), *self._sends]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
