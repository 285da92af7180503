"""When the state's file goes bad or goes away under a running agent: what is in mind is written into another one.

A file that was deleted or replaced is still open, so all of it is there to be copied back. One that is damaged is set
aside; the newest good copy takes its place, and everything that is open is written over it: what was sent, and what is
still to be closed, is then as it was, and only incidents at rest since that copy are missing from the history.
"""

import asyncio
import contextlib
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from statusapp_agent.boot import Places, open_state
from statusapp_agent.core.state import Documents, Effect, Save, State
from statusapp_agent.store.copies import place
from statusapp_agent.store.database import StoreError, connect, copy_to, set_aside
from statusapp_agent.store.state_store import StateStore
from statusapp_agent.store.writer import Writer

log = logging.getLogger("statusapp.renewing")

EVERY_S = 10.0
SOUND_EVERY_S = 30.0
"""How often a file is read from end to end, as long as that is quick;"""
SHARE = 200
"""else so seldom that it takes no more than this fraction of the time."""


def in_mind(state: State, documents: Mapping[tuple[str, str], Mapping[str, Any]]) -> Iterator[Effect]:
    """Return all that a start would read, as effects that write it."""
    yield Save(Documents(documents))
    for value in (
        *state.watches.values(),
        *state.channels.values(),
        *state.incidents.values(),
        *state.deliveries.values(),
        *state.blind.values(),
    ):
        yield Save(value)


class Renewal:
    """Looks after the file that the state is kept in."""

    def __init__(
        self,
        places: Places,
        writer: Writer,
        state: State,
        documents: Callable[[], Mapping[tuple[str, str], Mapping[str, Any]]],
        now: Callable[[], datetime],
        told: list[str],
        every_s: float = EVERY_S,
    ) -> None:
        self._places = places
        self._writer = writer
        self._state = state
        self._documents = documents
        self._now = now
        self._told = told
        self._every_s = every_s
        self._sound_until_s = time.monotonic() + SOUND_EVERY_S

    async def run(self) -> None:
        """Look now and then, for ever."""
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self.look()
            except (OSError, sqlite3.Error, StoreError) as fault:
                # The writer goes on from memory meanwhile, and says so; the next look tries again.
                log.error("the state's file could not be made anew: %s", fault)

    async def look(self) -> None:
        """Look once, and mend what is to be mended."""
        # First: a file of somebody else under the name says nothing about ours.
        if await asyncio.to_thread(displaced, self._places.state, self._writer.state.identity):
            await self._renew(self._put_back, "the state's file was deleted or replaced while the agent ran")
        elif self._writer.damaged or not await self._sound():
            await self._renew(self._replaced, "the state's file was damaged")

    async def _sound(self) -> bool:
        """Read the file from end to end now and then: what is in memory hides for long what the disk has lost."""
        began_s = time.monotonic()
        if began_s < self._sound_until_s:
            return True
        sound = await asyncio.to_thread(is_sound, self._places.state)
        took_s = time.monotonic() - began_s
        self._sound_until_s = time.monotonic() + max(SOUND_EVERY_S, SHARE * took_s)
        return sound

    async def _renew(self, make: Callable[[StateStore], StateStore], why: str) -> None:
        log.error("%s; it is made anew", why)
        effects = [(self._now(), effect) for effect in in_mind(self._state, self._documents())]
        await self._writer.renew(make, effects, install=self._state.install)
        self._told.append(f"{why}; it was made anew, and everything that is open is in it")

    def _put_back(self, old: StateStore) -> StateStore:
        """Copy what is still open back to its name."""
        kept = self._places.data_dir / "state.kept.db"
        copy_to(old.connection, kept)
        old.close()
        set_aside(self._places.state, f"{self._now():%Y%m%d-%H%M%S}", "replaced")
        place(kept, self._places.state)
        return StateStore(self._places.state, self._places.backups)

    def _replaced(self, old: StateStore) -> StateStore:
        """Set a damaged file aside and open the newest good copy, or an empty one."""
        with contextlib.suppress(sqlite3.Error):
            old.close()
        store, _ = open_state(self._places, self._now())
        return store


def is_sound(path: Path) -> bool:
    """Tell whether a database reads well, by a connection that has nothing of it in memory; True when it is not there.

    What keeps it from being read at all, a lock or a right, is no damage.
    """
    if not path.exists():
        return True
    try:
        connection = connect(path, durable=False, read_only=True)
        try:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
        finally:
            connection.close()
    except sqlite3.DatabaseError as fault:
        return (getattr(fault, "sqlite_errorcode", 0) & 0xFF) not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    except (OSError, StoreError):
        return True


def displaced(path: Path, identity: tuple[int, int]) -> bool:
    """Tell whether another file than the open one, or none, stands under its name (fault D7)."""
    try:
        about = os.stat(path)  # noqa: PTH116 - the numbers that tell files apart
    except FileNotFoundError:
        return True
    return (about.st_dev, about.st_ino) != identity
