"""A Debian machine with systemd as its first process, in a container: installed into, rebooted, thrown away.

It shares the host's network, so that stand-ins on loopback are reached. Needs root, debootstrap and systemd-nspawn.
``STATUSAPP_DEBROOT`` may name a folder with a base system (debootstrap's own), which saves a minute.
"""

import contextlib
import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

INCLUDE = "systemd,systemd-sysv,dbus"
SUITE = "bookworm"
_ENVIRONMENT = ("/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8")


def missing() -> str | None:
    """Return why no machine can be made here, None when one can."""
    if os.geteuid() != 0:
        return "needs root"
    lacking = [each for each in ("debootstrap", "systemd-nspawn", "nsenter", "dpkg-deb") if shutil.which(each) is None]
    if lacking:
        return f"needs {', '.join(lacking)}"
    apart = ["unshare", "--mount", "--pid", "--fork", "--uts", "--ipc", "mount", "-t", "tmpfs", "none", "/mnt"]
    tried = subprocess.run(apart, capture_output=True, check=False)
    return "needs the right to mount: this is a container without privileges" if tried.returncode else None


@dataclass(frozen=True)
class Ended:
    """How a command on the machine ended."""

    code: int
    out: str


@dataclass(frozen=True)
class Machine:
    """One that runs: ``leader`` is its first process as the host numbers it."""

    root: Path
    leader: int

    def run(self, *words: str, user: str | None = None, within_s: float = 120) -> Ended:
        """Run a command there; as a user, with the groups that he has by then."""
        inner = list(words) if user is None else ["runuser", "-u", user, "--", *words]
        enter = ["nsenter", "-t", str(self.leader), "-m", "-u", "-i", "-p", "-C", "-r", "-w", "--", *_ENVIRONMENT]
        done = subprocess.run(
            [*enter, *inner],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=within_s,
            check=False,
        )
        return Ended(done.returncode, done.stdout.decode("utf-8", "replace"))

    def must(self, *words: str, user: str | None = None) -> str:
        """Run a command that has to work; return what it wrote."""
        ended = self.run(*words, user=user)
        assert ended.code == 0, f"{' '.join(words)}: {ended.code}\n{ended.out}"
        return ended.out


@contextlib.contextmanager
def machine(folder: Path) -> Iterator[Machine]:
    """Boot one in a folder; the end of the block throws it away."""
    root = folder / "machine"
    base = os.environ.get("STATUSAPP_DEBROOT")
    if base:
        subprocess.run(["cp", "-a", base, str(root)], check=True)
    else:
        making = ["debootstrap", "--variant=minbase", f"--include={INCLUDE}", SUITE, str(root)]
        made = subprocess.run(making, capture_output=True, text=True, check=False)
        if made.returncode != 0:
            pytest.skip(f"no Debian system can be made here: {made.stdout.strip().splitlines()[-1:]}")
    name = f"statusapp-{uuid.uuid4().hex[:8]}"
    flags = ["--register=no", "--keep-unit", "--console=pipe", "--quiet", "--resolv-conf=off", "--timezone=off"]
    with (folder / "console.log").open("wb") as console:
        booted = subprocess.Popen(
            ["systemd-nspawn", "-D", str(root), "-M", name, *flags, "--boot"],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
        )
    try:
        yield Machine(root, _leader(booted, folder / "console.log"))
    finally:
        booted.terminate()
        try:
            booted.wait(20)
        except subprocess.TimeoutExpired:
            booted.kill()
            booted.wait()
        shutil.rmtree(root, ignore_errors=True)


def _leader(booted: subprocess.Popen[bytes], console: Path) -> int:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        assert booted.poll() is None, f"the machine did not boot: {console.read_text('utf-8', 'replace')}"
        children = Path(f"/proc/{booted.pid}/task/{booted.pid}/children").read_text("ascii").split()
        for child in children:
            with contextlib.suppress(OSError):
                if Path(f"/proc/{child}/comm").read_text("ascii").strip() == "systemd":
                    found = Machine(Path("/"), int(child)).run("systemctl", "is-system-running", "--wait")
                    if found.out.strip() in ("running", "degraded"):
                        return int(child)
        time.sleep(0.1)
    raise AssertionError(f"the machine did not boot: {console.read_text('utf-8', 'replace')}")
