"""``statusapp backup`` and ``restore``: the agent's state as one file, out and in."""

import contextlib
import hashlib
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from statusapp_agent.cli.client import Client, find_socket, path_of
from statusapp_agent.cli.failure import FAILED, UNREACHABLE, USAGE, Failure
from statusapp_agent.cli.options import options_of
from statusapp_agent.cli.show import Screen, confirm, print_json
from statusapp_agent.cli.words import FINE, count, size
from statusapp_agent.lock import AlreadyRunningError, Lock
from statusapp_shared.address import SYSTEM_DATA_DIR, default_data_dir
from statusapp_shared.backup import DIGEST_HEADER, RestoreView

if TYPE_CHECKING:
    from statusapp_agent.store.copies import CopyFacts

_PIECE = 65_536


def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the backup goes.")],
    data_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Copy straight from this data folder; no agent need run.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Replace the file without asking.")] = False,
) -> None:
    """Write the agent's state to a file: settings, incidents, what was sent.

    It is made while the agent works, checked after it was written, and takes its place only then. Secrets are not in
    it, and neither is the history of single checks.
    """
    if data_dir is not None:
        _may_replace(file, yes=yes)
        facts = _write(file, lambda out: _copy_from(data_dir, out))
    else:
        with _running(ctx) as client:
            client.trust()
            _may_replace(file, yes=yes)
            facts = _write(file, lambda out: _fetch(client, out))
    bytes_ = file.stat().st_size
    if options_of(ctx).json:
        print_json({"file": str(file.absolute()), "bytes": bytes_, **_counts(facts)})
        return
    screen = Screen()
    screen.sentence(f"{file} holds {_held(facts)} ({size(bytes_)}); it was checked.", screen.sign(FINE))
    screen.sentence("Secrets are not in it: keep them, or enter them again on another machine.")


def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `statusapp backup` has written.")],
    data_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The data folder, where no agent is running.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Bring the agent back to a backup.

    The backup is checked first. What is there now is kept beside it. Of the same installation the settings are taken
    and the incidents stay: what was sent since cannot be unsent. Without a running agent it waits for the next start.
    """
    from statusapp_agent.store.copies import digest

    facts = _checked(file)
    if data_dir is not None:
        confirm(f"Restore {_held(facts)} at the next start?", yes=yes)
        _stage(ctx, file, data_dir)
        return
    try:
        client = Client(find_socket(options_of(ctx).socket))
    except Failure as failure:
        if failure.code != UNREACHABLE:
            raise
        raise Failure(
            f"{failure.sentence} To restore without one: statusapp restore {file} --data-dir {_usual_folder()}",
            failure.code,
        ) from failure
    try:
        client.trust()
        confirm(f"Restore {_held(facts)}? The agent starts anew with it.", yes=yes)
        headers = {DIGEST_HEADER: digest(file), "Content-Type": "application/vnd.sqlite3"}
        reply = client.upload(path_of("restore"), RestoreView, _pieces(file), headers)
    finally:
        client.close()
    if options_of(ctx).json:
        print_json(reply.raw)
        return
    screen = Screen()
    what = _held(facts)
    if reply.view.takes == "settings":
        what = f"{count(facts.monitors, 'monitor')} and {count(facts.channels, 'channel')}; incidents stay as they are"
    screen.sentence(f"The agent starts anew with {what}.", screen.sign(FINE))
    screen.next_step("See how it stands", "statusapp agent status")


def _may_replace(file: Path, *, yes: bool) -> None:
    """Ask before a file is replaced; where nobody can be asked, the older backup stays."""
    if not file.exists():
        return
    if not yes and not sys.stdin.isatty():
        raise Failure(f"{file} is there already: name another file, or add --yes to replace it.", USAGE)
    confirm(f"Replace {file}?", yes=yes)


@contextlib.contextmanager
def _running(ctx: typer.Context) -> Iterator[Client]:
    try:
        client = Client(find_socket(options_of(ctx).socket))
    except Failure as failure:
        if failure.code != UNREACHABLE:
            raise
        raise Failure(f"{failure.sentence} Without one: add --data-dir {_usual_folder()}", failure.code) from failure
    with contextlib.closing(client):
        yield client


def _write(file: Path, fill: Callable[[BinaryIO], None]) -> "CopyFacts":
    from statusapp_agent.store.copies import place, read_copy
    from statusapp_agent.store.database import StoreError

    partial = file.with_name(f".{file.name}.{os.getpid()}.partial")
    try:
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
        with open(handle, "wb") as out:  # noqa: PTH123 - 0600 from its first moment
            fill(out)
        facts = read_copy(partial)
        place(partial, file)
    except OSError as error:
        raise Failure(f"{file} cannot be written: {error.strerror}.") from error
    except StoreError as fault:
        raise Failure(f"What was written did not check out ({fault}). Nothing was kept; try again.") from fault
    finally:
        partial.unlink(missing_ok=True)
    return facts


def _fetch(client: Client, out: BinaryIO) -> None:
    hasher = hashlib.sha256()
    with client.download(path_of("backup")) as response:
        for piece in response.iter_bytes(_PIECE):
            hasher.update(piece)
            out.write(piece)
    if hasher.hexdigest() != response.headers.get(DIGEST_HEADER):
        raise Failure("The backup did not arrive whole. Nothing was written; try again.")


def _copy_from(data_dir: Path, out: BinaryIO) -> None:
    """Copy a state without an agent, with what a killed one left in its log. Nothing in the folder is changed.

    SQLite would fold the log into the file, and as root leave files there that the agent may not touch: so both are
    copied first, while nobody else can begin to write.
    """
    state = data_dir / "state.db"
    if not state.is_file():
        raise Failure(f"There is no state in {data_dir}: name the data folder of an agent.", USAGE)
    try:
        lock = Lock(data_dir / "agent.lock", f"the data folder {data_dir}")
    except AlreadyRunningError as running:
        raise Failure("An agent is running there: leave --data-dir away, and it makes the backup.") from running
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as held:
        held.callback(lock.release)
        held.callback(_give_to, data_dir)
        copy = Path(folder) / "state.db"
        for suffix in ("", "-wal"):
            if (part := Path(f"{state}{suffix}")).exists():
                shutil.copyfile(part, f"{copy}{suffix}")
        _fold(copy)
        with copy.open("rb") as whole:
            shutil.copyfileobj(whole, out)


def _fold(copy: Path) -> None:
    from statusapp_agent.store.database import StoreError

    try:
        with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as fault:
        raise StoreError(f"the state is damaged ({fault}); older copies are in backups beside it") from fault


def _checked(file: Path) -> "CopyFacts":
    from statusapp_agent.store.copies import read_copy
    from statusapp_agent.store.database import StoreError

    try:
        return read_copy(file)
    except StoreError as fault:
        raise Failure(f"{fault}. Nothing was changed.", USAGE if not file.exists() else FAILED) from fault


def _stage(ctx: typer.Context, file: Path, data_dir: Path) -> None:
    from statusapp_agent.boot import Places
    from statusapp_agent.restoring import stage_from
    from statusapp_agent.store.database import StoreError

    if not data_dir.is_dir():
        raise Failure(f"There is no data folder {data_dir}.", USAGE)
    try:
        lock = Lock(data_dir / "agent.lock", f"the data folder {data_dir}")
        try:
            stage_from(Places(data_dir), file)
            _give_to(data_dir)
        finally:
            lock.release()
    except AlreadyRunningError as running:
        raise Failure("An agent is running there: restore without --data-dir, and it does it itself.") from running
    except OSError as fault:
        raise Failure(f"{data_dir} cannot be written: {fault.strerror}. Run this as the agent's user.") from fault
    except StoreError as fault:
        raise Failure(f"{fault}. Nothing was changed.") from fault
    if options_of(ctx).json:
        print_json({"staged": str(data_dir)})
        return
    screen = Screen()
    screen.sentence("The backup was checked and takes its place when the agent starts.", screen.sign(FINE))


def _give_to(data_dir: Path) -> None:
    """What root puts there belongs to the agent's user, or the agent would refuse it."""
    if os.geteuid() == 0:
        owner = data_dir.stat()
        for name in ("restore.db", "agent.lock"):
            if not (data_dir / name).exists():
                continue
            os.chown(data_dir / name, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _usual_folder() -> Path:
    return SYSTEM_DATA_DIR if SYSTEM_DATA_DIR.exists() else default_data_dir(os.environ, sys.platform)


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE):
            yield piece


def _counts(facts: "CopyFacts") -> dict[str, int]:
    return {"monitors": facts.monitors, "channels": facts.channels, "incidents": facts.incidents}


def _held(facts: "CopyFacts") -> str:
    held = f"{count(facts.monitors, 'monitor')}, {count(facts.channels, 'channel')}"
    return f"{held} and {count(facts.incidents, 'incident')}"
