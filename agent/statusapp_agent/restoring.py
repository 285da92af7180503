"""Restoring a copy of the state: checked when it is handed in, taken over at a start, never half-done.

A copy is staged beside the state as one renamed file; the next start takes it over before it serves. Of the same
installation only the settings are taken: what was sent since cannot be unsent, and an incident that somebody was paged
for must still be closed there. A state of another installation, or one that is damaged, is replaced whole. What was
there before is kept beside it in both cases.
"""

import contextlib
import logging
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from statusapp_agent.boot import Places
from statusapp_agent.store.copies import CopyFacts, place, read_copy, sync_folder
from statusapp_agent.store.database import StoreError, connect, copy_to, set_aside

log = logging.getLogger("statusapp.restoring")

MOST_BYTES = 4 * 1024**3
"""A state of ten years has some hundred megabytes; this bounds what a client can make us write."""

Documents = Mapping[tuple[str, str], Mapping[str, Any]]


def staged_file(places: Places) -> Path:
    """Return where a copy waits for the next start."""
    return places.data_dir / "restore.db"


def stage(places: Places, incoming: Path) -> CopyFacts:
    """Check a file in the data folder and have the next start take it over. Raises StoreError; then it is removed."""
    try:
        facts = read_copy(incoming)
        incoming.chmod(0o600)
        place(incoming, staged_file(places))
    except BaseException:
        incoming.unlink(missing_ok=True)
        raise
    return facts


def stage_from(places: Places, source: Path) -> CopyFacts:
    """Do the same with a file from anywhere; it stays where it is."""
    read_copy(source)
    incoming = places.data_dir / "restore.incoming"
    try:
        shutil.copyfile(source, incoming)
    except OSError as fault:
        incoming.unlink(missing_ok=True)
        raise StoreError(f"{source} cannot be copied to {places.data_dir}: {fault.strerror}") from fault
    return stage(places, incoming)


def take_over(places: Places, now: datetime) -> tuple[str | None, Documents | None]:
    """Take a staged copy over before the state is opened.

    Returns a sentence on what was done, None when nothing was staged; and the settings that are still to be applied to
    the present state, None when the whole file was replaced. A kill at any point leaves the old state, or the new one.
    """
    staged = staged_file(places)
    (places.data_dir / "restore.incoming").unlink(missing_ok=True)
    if not staged.exists():
        return None, None
    try:
        facts = read_copy(staged)
    except StoreError as fault:
        refused = staged.with_name(f"restore.db.refused-{now:%Y%m%d-%H%M%S}")
        staged.rename(refused)
        log.error("%s", fault)
        return f"the backup that was to be restored is kept as {refused.name} and was not taken: {fault}", None
    kept = places.data_dir / f"state.db.replaced-{now:%Y%m%d-%H%M%S}"
    if _same_installation(places.state, facts.install):
        connection = connect(places.state, durable=True)
        try:
            copy_to(connection, kept)
        finally:
            connection.close()
        return (
            f"the settings were restored from a backup; what was there before is kept as {kept.name}",
            facts.documents,
        )
    there = places.state.exists()
    set_aside(places.state, f"{now:%Y%m%d-%H%M%S}", "replaced")
    place(staged, places.state)
    before = f"; what was there before is kept as {kept.name}" if there else ""
    return f"the state was restored from a backup{before}", None


def done(places: Places) -> None:
    """Forget the staged copy, now that its settings are in force and written down."""
    with contextlib.suppress(FileNotFoundError):
        staged_file(places).unlink()
        sync_folder(places.data_dir)


def _same_installation(state: Path, install: str) -> bool:
    """Tell whether a state can be read and is of this installation; its log is taken into account."""
    if not state.exists() or not install:
        return False
    try:
        connection = connect(state, durable=True)
        try:
            if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                return False
            row = connection.execute("SELECT value FROM meta WHERE key = 'install'").fetchone()
        finally:
            connection.close()
    except Exception as fault:  # noqa: BLE001 - whatever is wrong with it, it is kept beside what takes its place
        log.warning("the present state cannot be read (%s): it is replaced whole", fault)
        return False
    return row is not None and row[0] == install
