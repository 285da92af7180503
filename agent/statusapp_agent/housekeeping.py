"""Calendar jobs on `schedule`: retention and nightly copies. Never the cadence of checks.

`schedule` works in naive local time, and a job that raises would stop the pass; so jobs here are coarse, and each is
wrapped. A run that a clock change skips is made up by the next.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import schedule

from statusapp_agent.clock import Clock
from statusapp_agent.store.copies import superseded
from statusapp_agent.store.database import StoreError, copy_to
from statusapp_agent.store.writer import Writer

log = logging.getLogger("statusapp.housekeeping")

KEEP_RESULTS = timedelta(days=90)
COPY_AFTER = timedelta(hours=26)
"""A machine that is off at night copies by day: no copy may be older than a day and the hours of a change of clocks."""
COPY_RETRY = timedelta(hours=1)
_LOOK_EVERY_S = 30.0
_BETWEEN_HOURS_S = 0.2


class Housekeeping:
    """Keeps the history bounded and the state copied."""

    def __init__(
        self, writer: Writer, clock: Clock, backups: Path, keep_results: Callable[[], timedelta] = lambda: KEEP_RESULTS
    ) -> None:
        self._keep_results = keep_results
        self._writer = writer
        self._clock = clock
        self._backups = backups
        self._calendar = schedule.Scheduler()
        self._calendar.every().day.at("03:40").do(self._queue, self.copy_state)
        self._calendar.every().day.at("04:10").do(self._queue, self.prune)
        self._calendar.every(10).minutes.do(self._queue, self.pack)
        self._queued: list[Callable[[], Awaitable[None]]] = []
        self._tried_at: datetime | None = None

    def daily(self, at: str, job: Callable[[], Awaitable[None]]) -> None:
        """Do something every day at a local time, such as ``09:20``."""
        self._calendar.every().day.at(at).do(self._queue, job)

    def _queue(self, job: Callable[[], Awaitable[None]]) -> None:
        self._queued.append(job)

    async def run(self) -> None:
        """Look at the calendar now and then, for ever."""
        await asyncio.to_thread(self._writer.keep_reserve)
        while True:
            self._calendar.run_pending()
            if self._copy_is_old() and self.copy_state not in self._queued:
                self._queue(self.copy_state)
            queued, self._queued = self._queued, []
            for job in queued:
                try:
                    await job()
                except Exception as fault:  # noqa: BLE001 - a job that fails today must not cost tomorrow's
                    log.warning("%s failed: %s", getattr(job, "__name__", "a job"), fault)
            await asyncio.sleep(_LOOK_EVERY_S)

    async def prune(self) -> None:
        """Delete results that are older than kept."""
        await self._writer.on_samples(self._writer.samples.prune, self._clock.now() - self._keep_results())

    async def pack(self) -> None:
        """Pack the hours that are over, one at a time: results that wait to be written go in between."""
        packed = True
        while packed:
            packed = await self._writer.on_samples(self._writer.samples.pack, self._clock.now())
            await asyncio.sleep(_BETWEEN_HOURS_S if packed else 0)

    async def copy_state(self) -> None:
        """Copy the state, verify the copy, and keep seven days of them."""
        self._tried_at = self._clock.now()
        target = self._backups / f"state-{self._clock.now():%Y%m%d-%H%M%S}.db"
        await self._writer.on_state(copy_to, self._writer.state.connection, target)
        for old in superseded(path.name for path in self._backups.glob("state-2*.db")):
            (self._backups / old).unlink(missing_ok=True)

    def _copy_is_old(self) -> bool:
        now = self._clock.now()
        if self._tried_at is not None and abs(now - self._tried_at) < COPY_RETRY:
            return False  # a disk that is full stays so for a while
        newest = newest_copy(self._backups)
        return newest is not None and now - newest[1] > COPY_AFTER

    async def copy_after_change(self) -> None:
        """Copy the state after its settings changed: what people wrote is worth more than what we counted."""
        try:
            await self.copy_state()
        except (OSError, StoreError) as fault:
            log.warning("the state could not be copied: %s", fault)


def newest_copy(backups: Path) -> tuple[Path, datetime] | None:
    """Return the newest copy and when it was made, None when there is none."""
    times = [(path.stat().st_mtime, path) for path in backups.glob("state-2*.db")]
    if not times:
        return None
    made, path = max(times)
    return path, datetime.fromtimestamp(made, UTC)
