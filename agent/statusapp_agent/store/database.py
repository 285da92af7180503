"""Opening a database safely, and one way to write to it.

One thread writes to each file. ``BEGIN IMMEDIATE`` always: a deferred transaction that turns into a write fails at
once when another connection wrote meanwhile, whatever the busy timeout says (sqlite-utils' own ``atomic()`` is
deferred). An opened file is not trusted: no schema of its own may call functions.
"""

import contextlib
import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

from sqlite_utils import Database, Migrations

APPLICATION_ID = 0x53544150
"""``STAP``: tells our files from others."""


class StoreError(Exception):
    """A database that cannot be used as it is; the text says why and what to do."""


class DamagedError(StoreError):
    """A database whose content is broken."""


def prepare_folder(folder: Path) -> None:
    """Make the data folder for this user alone; refuse one that is somebody else's or a link."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    info = folder.lstat()
    if stat.S_ISLNK(info.st_mode) or info.st_uid != os.getuid():
        raise StoreError(f"{folder} is a link or belongs to another user: choose another --data-dir, or give it back")
    folder.chmod(0o700)


def _refuse_strange(path: Path) -> None:
    try:
        info = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISREG(info.st_mode) or info.st_uid != os.getuid() or info.st_nlink != 1:
        raise StoreError(f"{path} is not a plain file of this user: it was not made by StatusApp, move it away")


def connect(path: Path, *, durable: bool, read_only: bool = False) -> sqlite3.Connection:
    """Open a file. ``durable``: what was committed survives a power cut (``synchronous=FULL``, 0.14 ms a commit)."""
    _refuse_strange(path)
    if read_only:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)
    else:
        before = os.umask(0o077)
        try:
            connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        finally:
            os.umask(before)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    connection.execute("PRAGMA busy_timeout = 5000")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    # Kept small: the agent's memory is for monitors, and every query of ours reads few pages.
    connection.execute("PRAGMA cache_size = -1024")
    connection.row_factory = sqlite3.Row
    return connection


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Make all that is written inside one unit: all of it is kept, or none."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def open_migrated(path: Path, migrations: Migrations, *, durable: bool, backups: Path | None) -> sqlite3.Connection:
    """Open a file at the present schema; a copy is made before an existing one is migrated.

    Raises DamagedError for a broken file and StoreError for one of a newer version, which is left untouched.
    """
    existed = path.exists() and path.stat().st_size > 0
    try:
        connection = connect(path, durable=durable)
        # The small file is read whole, with its indexes; the history can have gigabytes, and may be lost.
        look = "integrity_check" if durable else "quick_check"
        damage = connection.execute(f"PRAGMA {look}(1)").fetchone()[0] if existed else "ok"
        owner = connection.execute("PRAGMA application_id").fetchone()[0]
    except sqlite3.DatabaseError as fault:
        raise DamagedError(f"{path} is damaged: {fault}") from fault
    if damage != "ok":
        connection.close()
        raise DamagedError(f"{path} is damaged: {damage}")
    if existed and owner not in (0, APPLICATION_ID):
        connection.close()
        raise StoreError(f"{path} is a database of another program: move it away, or choose another --data-dir")
    try:
        _migrate(connection, path, migrations, backups if existed else None)
    except sqlite3.Error as fault:
        connection.close()
        # Tables that are there and should not be, or the reverse: the list of steps is not what it was.
        code = getattr(fault, "sqlite_errorcode", 0) & 0xFF
        if existed and code in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise DamagedError(f"{path} is damaged: {fault}") from fault
        raise StoreError(f"{path} cannot be brought to this version ({fault}): look at the disk") from fault
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    return connection


def _migrate(connection: sqlite3.Connection, path: Path, migrations: Migrations, backups: Path | None) -> None:
    db = Database(connection, execute_plugins=False)
    known = {migration.name for migration in migrations.pending(db)} | {m.name for m in migrations.applied(db)}
    applied, ours = {m.name for m in migrations.applied(db)}, _names(migrations)
    if applied - ours and ours - applied:
        connection.close()
        raise DamagedError(f"{path} is damaged: its list of steps is of no version")  # a newer one has all of ours
    if applied - ours:
        connection.close()
        raise StoreError(
            f"{path} was written by a newer StatusApp: install that version again, or restore a backup made before it"
        )
    pending = migrations.pending(db)
    if pending and backups is not None and len(known) > len(pending):
        copy_to(connection, backups / f"{path.stem}-before-{pending[0].name}.db")
    migrations.apply(db)


def _names(migrations: Migrations) -> set[str]:
    memory = Database(memory=True)
    try:
        return {migration.name for migration in migrations.pending(memory)}
    finally:
        memory.close()


def copy_to(connection: sqlite3.Connection, target: Path) -> None:
    """Copy a database while it is in use, check the copy, and only then let it take its place."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = target.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    copy = connect(partial, durable=True)
    try:
        connection.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        verdict = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
    finally:
        copy.close()
    if verdict != "ok":
        partial.unlink()
        raise StoreError(f"a backup could not be verified ({verdict}); the older ones were kept")
    partial.replace(target)


def set_aside(path: Path, stamp: str, why: str = "damaged") -> Path:
    """Move a file that is not to be used, with its log, out of the way and keep it; return where it is now."""
    kept = path.with_name(f"{path.name}.{why}-{stamp}")
    number = 1
    while kept.exists():
        number += 1
        kept = path.with_name(f"{path.name}.{why}-{stamp}-{number}")
    # The file itself last: a kill in between must not leave a log that the next file would be opened with.
    for suffix in ("-shm", "-wal", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(kept.with_name(kept.name + suffix))
    return kept
