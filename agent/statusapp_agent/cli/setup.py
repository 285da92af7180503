"""``statusapp setup``: lets a user of this machine use the service, and proves that it can do its work."""

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from statusapp_agent.cli.client import SLOW_READ_S, Client, Reply, path_of
from statusapp_agent.cli.failure import FAILED, USAGE, Failure
from statusapp_agent.cli.options import options_of
from statusapp_agent.cli.show import Screen, print_json
from statusapp_agent.cli.words import DOWN, FINE
from statusapp_shared.address import SYSTEM_DATA_DIR, SYSTEM_SOCKET
from statusapp_shared.protocol import DoctorView

KEY = Path("/etc/statusapp/vault.key")
UNIT = "statusapp-agent.service"
GROUP = "statusapp"
# Whole paths: a program that somebody planted is not run as root.
_FOLDERS = ("/usr/sbin", "/usr/bin", "/sbin", "/bin")
_START_S = 30.0


def setup(
    ctx: typer.Context,
    user: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who is to use the service; whoever called sudo, if left out.")
    ] = None,
) -> None:
    """Set the service up for a user: group, key, start, and a look at whether all is right. Needs root."""
    if os.geteuid() != 0:
        raise Failure(
            "The service belongs to root: sudo statusapp setup. An agent of your own needs no setup: "
            "systemctl --user enable --now statusapp-agent",
            USAGE,
        )
    name = user or os.environ.get("SUDO_USER")
    steps = [_join(name) if name and name != "root" else "Nobody was named to use it: root alone may (--user NAME)."]
    steps += [make_key(KEY, SYSTEM_DATA_DIR / "vault.json"), _start()]
    reply = _examine(options_of(ctx).socket or SYSTEM_SOCKET)
    failed = [finding for finding in reply.view.findings if finding.verdict == "fail"]
    if options_of(ctx).json:
        print_json({"steps": steps, "doctor": reply.raw})
    else:
        screen = Screen()
        for step in steps:
            screen.sentence(step, screen.sign(FINE))
        screen.sentence(reply.view.sentence, screen.sign(DOWN if failed else FINE))
        for finding in failed:
            screen.sentence(f"{finding.point}: {finding.text} {finding.remedy or ''}")
        if name and name != "root":
            screen.next_step("Log out and in again, so that the group counts; then", "statusapp status")
    if failed:
        raise typer.Exit(FAILED)


def _join(name: str) -> str:
    import grp
    import pwd

    try:
        who = pwd.getpwnam(name)
    except KeyError:
        raise Failure(f"There is no user {name} on this machine.", USAGE) from None
    try:
        group = grp.getgrnam(GROUP)
    except KeyError:
        raise Failure("The service is not installed: there is no group statusapp. Install statusapp-agent.") from None
    if name in group.gr_mem or who.pw_gid == group.gr_gid:
        return f"{name} is in the group {GROUP}."
    _run("usermod", "--append", "--groups", GROUP, name)
    return f"{name} was added to the group {GROUP}."


def make_key(key: Path, vault: Path) -> str:
    """Make the vault's key unless there is one; raise Failure where a vault is there that a new one would not open."""
    if key.exists():
        return f"The vault's key is {key}."
    if vault.exists():
        raise Failure(f"{key} is missing, and {vault} cannot be opened without it: restore the key from your backup.")
    try:
        key.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        handle = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
        with open(handle, "wb") as file:  # noqa: PTH123 - 0600 from its first moment
            file.write(os.urandom(32))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise Failure(f"{key} cannot be made: {error.strerror}.") from error
    return f"The vault's key was made: {key}. Keep a copy where your backups are not."


def _start() -> str:
    if not Path("/run/systemd/system").is_dir():
        return "This machine runs without systemd: start the agent yourself (statusapp agent run --mode system)."
    _run("systemctl", "enable", "--now", UNIT)
    return "The service is enabled and runs."


def _examine(socket: Path) -> Reply[DoctorView]:
    """Ask the doctor, as soon as the service answers."""
    client = patiently(lambda: Client(socket), time.monotonic, time.sleep)
    try:
        return client.get(path_of("doctor"), DoctorView, read_s=SLOW_READ_S)
    finally:
        client.close()


def patiently(connect: Callable[[], Client], now: Callable[[], float], pause: Callable[[float], None]) -> Client:
    """Connect, again and again while a service may still be starting; raise the last Failure."""
    ends = now() + _START_S
    while True:
        try:
            return connect()
        except Failure:
            if now() >= ends:
                raise
        pause(0.2)


def _run(program: str, *words: str) -> None:
    command: Sequence[str] = [_find(program), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise Failure(f"{program} failed: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'no word'}")


def _find(program: str) -> str:
    for folder in _FOLDERS:
        if (found := Path(folder) / program).exists():
            return str(found)
    raise Failure(f"{program} is missing on this machine.")
