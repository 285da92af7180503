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
from statusapp_agent.store.database import StoreError, copy_to
from statusapp_agent.store.writer import Writer

log = logging.getLogger("statusapp.housekeeping")

KEEP_RESULTS = timedelta(days=90)
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
        self._queued: list[Callable[[], Awaitable[None]]] = []

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
            queued, self._queued = self._queued, []
            for job in queued:
                try:
                    await job()
                except Exception as fault:  # noqa: BLE001 - a job that fails today must not cost tomorrow's
                    log.warning("%s failed: %s", getattr(job, "__name__", "a job"), fault)
            await asyncio.sleep(_LOOK_EVERY_S)

    async def prune(self) -> None:
        """Delete results that are older than kept."""
        await self._writer.on_samples(self._writer.samples.prune, self._clock.now() - KEEP_RESULTS)

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
