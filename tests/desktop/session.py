"""A desktop session for tests: a display of its own, a window manager, a tray, a notification daemon, a bus."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.agent_process import ROOT

PROGRAMS = ("Xvfb", "openbox", "trayer", "dbus-daemon", "xdotool")
NOTIFYD = next(iter(Path("/usr/lib").glob("*/xfce4/notifyd/xfce4-notifyd")), Path("/nowhere"))


def missing() -> list[str]:
    """Return the programs that are not here."""
    found = [name for name in PROGRAMS if shutil.which(name) is None]
    return found if NOTIFYD.exists() else [*found, "xfce4-notifyd"]


def until(what: str, look: Callable[[], Any], within_s: float = 15.0) -> Any:
    """Return the first true value of ``look``: other programs tell nobody when they are ready."""
    ends = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < ends, f"{what}: not within {within_s:g} s"
        time.sleep(0.05)
    return found


@dataclass
class Session:
    """Where programs of this session find it; ``run`` runs one to its end, ``start`` leaves it running."""

    env: dict[str, str]
    stack: ExitStack
    folder: Path

    def run(self, *command: str) -> str:
        """Return what a program wrote; a failure is an empty text."""
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=20, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a program; it ends with the session."""
        log = self.stack.enter_context((self.folder / f"{Path(command[0]).name}.log").open("wb"))
        process = subprocess.Popen(command, env=self.env, stdout=log, stderr=log, cwd=self.folder)
        self.stack.callback(_end, process)
        return process

    def desktop(self, socket: Path, *more: str) -> subprocess.Popen[bytes]:
        """Start the desktop as a user would."""
        return self.start(sys.executable, "-m", "statusapp_desktop", "--socket", str(socket), *more)

    def picture(self, name: str) -> Path:
        """Take a picture of the whole screen, for those who look for the reason of a failure."""
        target = self.folder / f"{name}.png"
        self.run("import", "-window", "root", str(target))
        return target


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)
    if process.poll() is None:
        process.kill()
        process.wait(5)


@contextmanager
def session(folder: Path) -> Iterator[Session]:
    """Run a display and a bus with nothing on them yet."""
    with ExitStack() as stack:
        home = folder / "home"
        home.mkdir()
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home),
            "PYTHONPATH": os.pathsep.join([str(ROOT), *(each for each in sys.path if each)]),
            "LC_ALL": "C.UTF-8",
            "QT_QPA_PLATFORM": "xcb",
        }
        made = Session(env, stack, folder)
        read, write = os.pipe()
        log = stack.enter_context((folder / "Xvfb.log").open("wb"))
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
        display = subprocess.Popen(command, env=env, pass_fds=(write,), stdout=log, stderr=log)
        stack.callback(_end, display)
        os.close(write)
        with os.fdopen(read) as told:
            env["DISPLAY"] = f":{told.readline().strip()}"
        bus = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--print-address"], env=env, stdout=subprocess.PIPE, stderr=log
        )
        stack.callback(_end, bus)
        assert bus.stdout is not None
        stack.callback(bus.stdout.close)
        env["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().decode().strip()
        made.start("openbox")
        yield made
