"""Calendar jobs on `schedule`: retention and nightly copies. Never the cadence of checks.

`schedule` works in naive local time, and a job that raises would stop the pass; so jobs here are coarse, and each is
wrapped. A run that a clock change skips is made up by the next.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import schedule

from statusapp_agent.clock import Clock
from statusapp_agent.store import rollups
from statusapp_agent.store.database import StoreError, copy_to
from statusapp_agent.store.writer import Writer

log = logging.getLogger("statusapp.housekeeping")

KEEP_RESULTS = timedelta(days=14)
"""200 monitors every 30 s write 26 MB a day: what is older is in the hours and days that were made of it."""
KEEP_HOURS = timedelta(days=400)
KEEP_DAYS = timedelta(days=3660)
KEPT_COPIES = 7
_LOOK_EVERY_S = 30.0


class Housekeeping:
    """Keeps the history bounded and the state copied."""

    def __init__(self, writer: Writer, clock: Clock, backups: Path) -> None:
        self._writer = writer
        self._clock = clock
        self._backups = backups
        self._calendar = schedule.Scheduler()
        self._calendar.every().day.at("03:40").do(self._queue, self.copy_state)
        self._calendar.every().day.at("04:10").do(self._queue, self.prune)
        self._calendar.every().hour.at(":07").do(self._queue, self.roll_up)
        self._queued: list[Callable[[], Awaitable[None]]] = []

    def _queue(self, job: Callable[[], Awaitable[None]]) -> None:
        self._queued.append(job)

    async def run(self) -> None:
        """Look at the calendar now and then, for ever."""
        await asyncio.to_thread(self._writer.keep_reserve)
        self._queue(self.roll_up)  # for the hours that ended while we were not running
        while True:
            self._calendar.run_pending()
            queued, self._queued = self._queued, []
            for job in queued:
                try:
                    await job()
                except Exception as fault:  # noqa: BLE001 - a job that fails today must not cost tomorrow's
                    log.warning("%s failed: %s", getattr(job, "__name__", "a job"), fault)
            await asyncio.sleep(_LOOK_EVERY_S)

    async def roll_up(self) -> None:
        """Make the hours and days that are over of their results."""
        await self._writer.on_samples(rollups.roll_up, self._writer.samples.connection, self._clock.now())

    async def prune(self) -> None:
        """Delete results, hours and days that are older than kept; nothing that was not rolled up before."""
        await self.roll_up()
        now, connection = self._clock.now(), self._writer.samples.connection
        await self._writer.on_samples(self._writer.samples.prune, now - KEEP_RESULTS)
        await self._writer.on_samples(rollups.prune, connection, "hour", now - KEEP_HOURS)
        await self._writer.on_samples(rollups.prune, connection, "day", now - KEEP_DAYS)

    async def copy_state(self) -> None:
        """Copy the state, verify the copy, and keep the newest seven."""
        target = self._backups / f"state-{self._clock.now():%Y%m%d-%H%M%S}.db"
        await self._writer.on_state(copy_to, self._writer.state.connection, target)
        copies = sorted(self._backups.glob("state-2*.db"))
        for old in copies[:-KEPT_COPIES]:
            old.unlink(missing_ok=True)

    async def copy_after_change(self) -> None:
        """Copy the state after its settings changed: what people wrote is worth more than what we counted."""
        try:
            await self.copy_state()
        except (OSError, StoreError) as fault:
            log.warning("the state could not be copied: %s", fault)
