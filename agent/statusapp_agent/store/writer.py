"""The one thread that writes each database, and what happens when the disk will not have it.

When a commit fails (disk full, I/O error) the agent goes on from memory: pages must leave. What was not written is
kept, in order, and written as soon as the disk takes it again.
"""

import asyncio
import functools
import logging
import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from statusapp_agent.core.model import Result
from statusapp_agent.core.state import Effect
from statusapp_agent.store.samples import SampleStore
from statusapp_agent.store.state_store import StateStore

log = logging.getLogger("statusapp.store")
T = TypeVar("T")

RESERVE_BYTES = 8 * 1024 * 1024
"""Given up when the disk is full: in WAL mode even deleting needs room."""


class Writer:
    """Puts all writing of both files on two threads, in order, and keeps what could not be written."""

    def __init__(self, state: StateStore, samples: SampleStore, reserve: Path) -> None:
        self.state = state
        self.samples = samples
        self._reserve = reserve
        self._state_thread = ThreadPoolExecutor(1, thread_name_prefix="state-writer")
        self._samples_thread = ThreadPoolExecutor(1, thread_name_prefix="samples-writer")
        self._unwritten: list[tuple[datetime, Effect]] = []
        self._one_at_a_time = asyncio.Lock()
        self.fault: str | None = None
        self.damaged = False

    @property
    def unwritten(self) -> int:
        """How many effects are only in memory."""
        return len(self._unwritten)

    async def on_state(self, call: Callable[..., T], *arguments: object) -> T:
        """Run something on the thread that writes the state."""
        return await asyncio.get_running_loop().run_in_executor(self._state_thread, call, *arguments)

    async def on_samples(self, call: Callable[..., T], *arguments: object) -> T:
        """Run something on the thread that writes the samples."""
        return await asyncio.get_running_loop().run_in_executor(self._samples_thread, call, *arguments)

    async def commit(self, batch: Iterable[tuple[datetime, Effect]]) -> bool:
        """Write a batch, with what was left over before it; return whether it is safe on disk."""
        self._unwritten.extend(batch)
        # One at a time: what two wrote at once would stand there twice, or be forgotten by the one that ends first.
        async with self._one_at_a_time:
            return await self._commit()

    async def _commit(self) -> bool:
        if not self._unwritten:
            return True
        written = len(self._unwritten)
        try:
            await self.on_state(self.state.commit, tuple(self._unwritten))
        except (sqlite3.Error, OSError) as fault:
            self._note(fault)
            await self.on_state(self._give_up_reserve)
            return False
        del self._unwritten[:written]
        self._well()
        return True

    async def probe(self, now: datetime) -> None:
        """Write something small, so that a disk that takes nothing is known before a page depends on it."""
        try:
            await self.on_state(functools.partial(self.state.set_meta, audited=now.isoformat()))
        except (sqlite3.Error, OSError) as fault:
            self._note(fault)
            await self.on_state(self._give_up_reserve)
            return
        if self.fault is not None and await self.commit(()):
            self._well()

    def _well(self) -> None:
        # What has come in meanwhile is no reason to doubt: its own commit waits for this one to end.
        if self.fault is not None:
            log.warning("the database takes writes again")
            self.fault = None

    async def renew(
        self, make: Callable[[StateStore], StateStore], whole: list[tuple[datetime, Effect]], install: str
    ) -> None:
        """Go on with another file: what ``make`` returns for the present one, with ``whole`` written into it."""

        def renewed() -> StateStore:
            store = make(self.state)
            store.set_meta(install=install)
            store.commit(whole)
            return store

        async with self._one_at_a_time:
            self.state = await self.on_state(renewed)
            self.damaged = False
            await self._commit()
            self._well()

    def _note(self, fault: Exception) -> None:
        sentence = f"{self.state.path} cannot be written ({fault}); incidents are kept in memory and pages still leave"
        if self.fault != sentence:
            log.error("%s", sentence)
        code = getattr(fault, "sqlite_errorcode", None)
        # The low byte is the kind of fault, whatever its finer code says (sqlite.org/rescode.html).
        self.damaged = code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
        self.fault = sentence

    def _give_up_reserve(self) -> None:
        if self._reserve.exists():
            self._reserve.unlink(missing_ok=True)
            log.warning("the disk is full: gave up the reserve of %d MB", RESERVE_BYTES // 1024**2)

    def keep_reserve(self) -> None:
        """Put the reserve on disk, if there is none and there is room."""
        if self._reserve.exists():
            return
        try:
            with self._reserve.open("wb") as file:
                for _ in range(RESERVE_BYTES // 65_536):
                    file.write(b"\0" * 65_536)
        except OSError:
            self._reserve.unlink(missing_ok=True)

    async def append_samples(self, batch: list[tuple[str, Result]], alive_at: datetime) -> None:
        """Write results; history that the disk refuses is dropped, because it must never hold a page up."""
        try:
            await self.on_samples(self.samples.append, batch, alive_at)
        except (sqlite3.Error, OSError) as fault:
            log.warning("%d results were not kept: %s", len(batch), fault)

    async def close(self) -> None:
        """Finish what is queued and close both files."""
        await self.on_state(self.state.close)
        await self.on_samples(self.samples.close)
        self._state_thread.shutdown()
        self._samples_thread.shutdown()
