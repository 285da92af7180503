"""The one writer: takes what happened from the inbox, has the core decide, and carries the effects out.

Write, act, tell. A batch of events is decided in order, all that must be kept is committed as one transaction, and only
then is anything sent, rescheduled or published. A crash at any point loses nothing and doubles nothing: what was
written and not done is done at the next start, under the same keys.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Protocol

from statusapp_agent.clock import Clock, Reading, compare, read
from statusapp_agent.core import events
from statusapp_agent.core.incident import NotAllowedError
from statusapp_agent.core.model import Beat, Delivery, Result
from statusapp_agent.core.state import (
    Audit,
    ChannelRecord,
    Drop,
    Effect,
    ForgetSecrets,
    Log,
    Look,
    Reschedule,
    Save,
    Saw,
    Send,
    State,
    Wake,
    Watch,
)
from statusapp_agent.core.step import step
from statusapp_agent.runner import Runner
from statusapp_agent.store.writer import Writer
from statusapp_agent.timetable import Timetable

log = logging.getLogger("statusapp.engine")

TICK_S = 1.0
GAP_S = 5.0
"""A longer silence of the loop means that we were stopped or asleep: checks in flight then say nothing."""
FLUSH_S = 2.0
MOST_AT_ONCE = 500
_WRITTEN = (Save, Drop, Log, Audit)


class Carrier(Protocol):
    """What the engine needs of the courier."""

    def wake(self, channel: str) -> None:
        """Let a channel's worker look at its queue."""

    def answered(self, number: int) -> None:
        """A question for a turn has been answered."""

    def send(self, delivery: Delivery, record: ChannelRecord) -> None:
        """Try a delivery."""


class Engine:
    """Holds the state and is alone in changing it."""

    def __init__(
        self,
        state: State,
        writer: Writer,
        timetable: Timetable,
        clock: Clock,
        *,
        look: Callable[[], None],
        forget_secrets: Callable[[ForgetSecrets], None],
        excuse: Callable[[Watch, datetime, datetime], Beat | None],
    ) -> None:
        self.state = state
        self.writer = writer
        self.timetable = timetable
        self.clock = clock
        self.runner: Runner | None = None
        self.courier: Carrier | None = None
        self.listeners: set[Callable[[list[Effect]], None]] = set()
        self._look = look
        self._forget_secrets = forget_secrets
        self._excuse = excuse
        self._inbox: asyncio.Queue[tuple[events.Event, asyncio.Future[None] | None]] = asyncio.Queue()
        self._samples: list[tuple[str, Result]] = []
        self._pulse: Reading = read(clock)
        self._timetable_bell = asyncio.Event()
        self.lag_s: float | None = None
        self.last_step_at = clock.monotonic()

    # What comes in

    def put(self, event: events.Event) -> None:
        """Add an event to the inbox; it is decided soon, in order."""
        self._inbox.put_nowait((event, None))

    async def ask(self, event: events.Event) -> None:
        """Add a person's command and wait until it is decided and written; raises NotAllowedError with a sentence."""
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._inbox.put_nowait((event, answer))
        await answer

    def checked(self, name: str, result: Result, generation: int) -> None:
        """Take a finished check in, unless it was in flight while we were asleep or stopped."""
        self._notice_gap()
        if self.runner is None or generation == self.runner.generation:
            self.put(events.Checked(name, result))

    # The loop

    async def run(self) -> None:
        """Decide and carry out, for ever."""
        while True:
            batch = [await self._inbox.get()]
            while len(batch) < MOST_AT_ONCE and not self._inbox.empty():
                batch.append(self._inbox.get_nowait())
            self._notice_gap()
            await self._take(batch)
            self.last_step_at = self.clock.monotonic()

    async def _take(self, batch: Iterable[tuple[events.Event, asyncio.Future[None] | None]]) -> None:
        effects: list[Effect] = []
        to_write: list[tuple[datetime, Effect]] = []
        answers: list[tuple[asyncio.Future[None], Exception | None]] = []
        asked: list[int] = []
        for event, answer in batch:
            now = self.clock.now()
            decided, fault = self._decide(event, now)
            effects += decided
            to_write += [(now, effect) for effect in decided if isinstance(effect, _WRITTEN)]
            if isinstance(event, events.Attempting):
                asked.append(event.delivery)
            if answer is not None:
                answers.append((answer, fault))
        if to_write:
            await self.writer.commit(to_write)
        self._act(effects)
        for number in asked:
            if self.courier is not None:
                self.courier.answered(number)
        for listener in tuple(self.listeners):
            listener(effects)
        for waiting, fault in answers:
            if not waiting.done():
                waiting.set_exception(fault) if fault is not None else waiting.set_result(None)

    def _decide(self, event: events.Event, now: datetime) -> tuple[list[Effect], Exception | None]:
        try:
            decided = step(self.state, event, now)
            self.state.absorb(decided)
        except NotAllowedError as refusal:
            return [], refusal
        except Exception as fault:
            # A bug in one decision must not end the agent: everything else still has to be watched (fault P11).
            log.exception("an event of kind %s could not be decided", type(event).__name__)
            return [], fault
        return decided, None

    def _act(self, effects: Iterable[Effect]) -> None:
        now_s = self.clock.monotonic()
        wake: dict[str, None] = {}
        for effect in effects:
            self._act_on_time(effect, now_s)
            match effect:
                case Send(delivery, record):
                    if self.courier is not None:
                        self.courier.send(delivery, record)
                    wake[record.name] = None
                case Wake(channel) | Drop("channel", channel):
                    wake[channel] = None
                case Look():
                    self._look()
                case ForgetSecrets():
                    self._forget_secrets(effect)
                case _:
                    pass
        if self.courier is not None:
            for channel in wake:
                self.courier.wake(channel)

    def _act_on_time(self, effect: Effect, now_s: float) -> None:
        match effect:
            case Saw(name, result):
                self._samples.append((name, result))
            case Reschedule(name, after_s):
                self.timetable.move(name, None if after_s is None else now_s + after_s, now_s)
                if after_s is not None:
                    self._timetable_bell.set()
            case Save(Watch() as watch):
                self._keep_time(watch, now_s)
            case Drop("watch", name):
                self.timetable.remove(name)
            case _:
                pass

    def _keep_time(self, watch: Watch, now_s: float) -> None:
        name = watch.monitor.name
        if watch.paused:
            self.timetable.remove(name)
        elif self.state.watches.get(name) is watch:
            self.timetable.put(name, watch.monitor.interval_s, now_s)
            self._timetable_bell.set()

    # Time

    def _notice_gap(self) -> None:
        """See whether we were asleep or stopped since the last look, before anything is believed that came of it."""
        now = read(self.clock)
        jump = compare(self._pulse, now, 0.0)
        before, self._pulse = self._pulse, now
        if jump.lost_s > GAP_S:
            if self.runner is not None:
                self.runner.generation += 1
            ended = now.wall
            began = max(before.wall, ended - timedelta(seconds=jump.lost_s)) if ended > before.wall else ended
            log.warning("%s for %.0f s: results of that time do not count", jump.why, jump.lost_s)
            self.put(self.gap(began, ended, jump.why))
        if abs(jump.wall_step_s) > 1.0:
            log.warning("the wall clock was set by %.1f s", jump.wall_step_s)
            self.put(events.ClockStepped(jump.wall_step_s))

    def gap(self, began: datetime, ended: datetime, cause: str) -> events.Gap:
        """Return the event of a time in which we saw nothing, with heartbeat monitors excused for it."""
        beats = {
            name: beat
            for name, watch in self.state.watches.items()
            if watch.beat is not None and (beat := self._excuse(watch, began, ended)) is not None
        }
        return events.Gap(began, ended, cause, beats)

    async def keep_ticking(self) -> None:
        """Tell the core that time passes, and write results down in batches."""
        flushed_s = self.clock.monotonic()
        while True:
            await asyncio.sleep(TICK_S)
            self._notice_gap()
            self.put(events.Tick())
            now_s = self.clock.monotonic()
            if now_s - flushed_s >= FLUSH_S:
                flushed_s = now_s
                await self.flush()

    async def flush(self) -> None:
        """Write the results that wait."""
        batch, self._samples = self._samples, []
        await self.writer.append_samples(batch, self.clock.now())
        if self.writer.unwritten:
            await self.writer.commit(())

    async def keep_time(self) -> None:
        """Start the checks whose turn has come."""
        while True:
            self._timetable_bell.clear()
            now_s = self.clock.monotonic()
            for name, due_s in self.timetable.due(now_s):
                self.lag_s = now_s - due_s
                self._start_check(name)
            next_s = self.timetable.next_due()
            if next_s is None:
                await self._timetable_bell.wait()
                continue
            try:
                async with asyncio.timeout(max(0.0, next_s - self.clock.monotonic())):
                    await self._timetable_bell.wait()
            except TimeoutError:
                pass

    def _start_check(self, name: str) -> None:
        watch = self.state.watches.get(name)
        if watch is not None and not watch.paused and self.runner is not None:
            self.runner.start(watch.monitor, watch.beat)

    def describe(self) -> dict[str, Any]:
        """Return what the auditor wants to know of the loop."""
        return {"inbox": self._inbox.qsize(), "lag_s": self.lag_s, "idle_s": self.clock.monotonic() - self.last_step_at}
