"""Copies of the state: what makes a file one that can be restored, and which of the kept ones may go."""

import contextlib
import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlite_utils import Database, Migrations

from statusapp_agent.store.database import APPLICATION_ID, StoreError
from statusapp_agent.store.schema import state_migrations

KEPT_DAYS = 7
"""The newest copy of each of so many days is kept: a busy hour must not push last week out."""
KEPT_NEWEST = 7
"""And so many of the newest whatever their day: each change of the settings makes one."""
HEAD = b"SQLite format 3\0"
_HEADER_BYTES = 100  # SQLite file format 1.3


@dataclass(frozen=True, slots=True)
class CopyFacts:
    """What a copy holds, as it was read out of it: the installation it belongs to, and how much of each noun."""

    install: str
    monitors: int
    channels: int
    incidents: int
    documents: dict[tuple[str, str], dict[str, Any]]


def read_copy(path: Path) -> CopyFacts:
    """Check a copy from end to end and read it; the file is not changed.

    Raises StoreError with a sentence: not a state of ours, damaged, or written by a newer version.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEADER_BYTES)
    except OSError as fault:
        raise StoreError(f"{path} cannot be read: {fault.strerror}") from fault
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        # Looked at alone, the file would lack what was committed last, and nobody would be told.
        raise StoreError(
            f"{path} is a database in use, with its log beside it: name a file that `statusapp backup` wrote"
        )
    if not head.startswith(HEAD):
        raise StoreError(f"{path} is not a backup of StatusApp: name a file that `statusapp backup` has written")
    try:
        with _opened(path) as connection:
            return _checked(path, connection, int.from_bytes(head[28:32], "big"))
    except (sqlite3.Error, ValueError, KeyError, TypeError) as fault:
        raise StoreError(f"{path} is damaged ({fault}): take an older backup") from fault


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    # Immutable: looking at a copy leaves no log beside it, and a read-only medium will do.
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA trusted_schema = OFF")
    try:
        yield connection
    finally:
        connection.close()


def _checked(path: Path, connection: sqlite3.Connection, pages: int) -> CopyFacts:
    rows = connection.execute
    owner = rows("PRAGMA application_id").fetchone()[0]
    if owner != APPLICATION_ID:
        raise StoreError(f"{path} is a database of another program: name a file that `statusapp backup` has written")
    # The number of pages by the file's own head (SQLite file format 1.3.7): a cut within free pages shows only here.
    if path.stat().st_size != pages * rows("PRAGMA page_size").fetchone()[0]:
        raise StoreError(f"{path} is damaged (it is cut short): take an older backup")
    # A trigger in it would work inside every later write of the agent, and a view in every read.
    strange = rows("SELECT type FROM sqlite_master WHERE type NOT IN ('table', 'index')").fetchone()
    if strange is not None:
        raise StoreError(f"{path} holds a {strange[0]}, which StatusApp never writes: do not use it")
    verdict = rows("PRAGMA integrity_check(1)").fetchone()[0]
    if verdict != "ok":
        raise StoreError(f"{path} is damaged ({verdict}): take an older backup")
    applied = {
        row["name"] for row in rows("SELECT name FROM _sqlite_migrations WHERE migration_set = 'statusapp.state'")
    }
    if not applied:
        raise StoreError(f"{path} is not a state of StatusApp: name a file that `statusapp backup` has written")
    if applied - known_names(state_migrations):
        raise StoreError(
            f"{path} was written by a newer StatusApp: install that version to restore it; nothing was changed"
        )
    meta = {row["key"]: row["value"] for row in rows("SELECT key, value FROM meta")}
    documents = {(r["noun"], r["name"]): json.loads(r["body"]) for r in rows("SELECT * FROM document ORDER BY rowid")}
    return CopyFacts(
        install=meta.get("install", ""),
        monitors=sum(noun == "monitors" for noun, _ in documents),
        channels=sum(noun == "channels" for noun, _ in documents),
        incidents=rows("SELECT count(*) FROM incident").fetchone()[0],
        documents=documents,
    )


def known_names(migrations: Migrations) -> set[str]:
    """Return the names of the steps that this version knows."""
    memory = Database(memory=True)
    try:
        return {migration.name for migration in migrations.pending(memory)}
    finally:
        memory.close()


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hex: tells whether what arrived is what was sent."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def place(partial: Path, target: Path) -> None:
    """Let a whole file take its place for good: when this returns it is there even after a power cut."""
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    partial.replace(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    if os.name == "nt":
        return  # a folder cannot be opened there
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def superseded(names: Iterable[str]) -> list[str]:
    """Return the copies that may go, of names like ``state-20261128-034000.db``."""
    ordered = sorted(names, reverse=True)
    kept = set(ordered[:KEPT_NEWEST])
    days = [next(copies) for _, copies in groupby(ordered, lambda name: name[: len("state-20261128")])]
    kept |= set(days[:KEPT_DAYS])
    return [name for name in ordered if name not in kept]
