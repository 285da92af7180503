"""``statusapp desktop``: becomes the window and the tray icon. The command line itself never imports Qt."""

import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from statusapp_agent.cli.failure import FAILED, Failure
from statusapp_agent.cli.options import options_of

_MODULE = "statusapp_desktop"
PROGRAM = "statusapp-desktop"
NO_PLUGIN = (
    "Qt could not open a window here; what it wrote above says why. On Debian and Ubuntu most often this helps: "
    "apt install libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxkbcommon-x11-0"
)


def desktop(
    ctx: typer.Context,
    hidden: Annotated[bool, typer.Option("--hidden", help="Start in the tray, without the window.")] = False,
) -> None:
    """Open the window and the tray icon."""
    refuse_without_display()
    command = _command(options_of(ctx).socket)
    if hidden:
        command.append("--hidden")
    code = subprocess.call(command)  # noqa: S603 - our own module, by our own interpreter
    if code == -signal.SIGABRT:
        raise Failure(NO_PLUGIN, FAILED)
    raise typer.Exit(code if code >= 0 else 128 - code)


def refuse_without_display() -> None:
    """Raise Failure where there can be no window."""
    if missing := why_not(os.environ, sys.platform):
        raise Failure(missing, FAILED)


def _command(socket: Path | None) -> list[str]:
    """Return how the desktop is started: its own program where we are frozen, else our own module."""
    program = frozen_program(Path(sys.executable)) if _is_frozen() else None
    command = [str(program)] if program is not None else [sys.executable, "-m", _MODULE]
    return command if socket is None else [*command, "--socket", str(socket)]


def _is_frozen() -> bool:
    return bool(getattr(sys, "frozen", False))


def frozen_program(executable: Path) -> Path | None:
    """Return the desktop's program as installers place it: in our folder, or in one of its own beside ours."""
    name = f"{PROGRAM}{executable.suffix}"
    places = (executable.with_name(name), executable.parent.parent / PROGRAM / name)
    return next((place for place in places if place.is_file()), None)


@contextlib.contextmanager
def beside(socket: Path) -> Iterator[None]:
    """Show the agent at a socket in a window for as long as the block runs; the user's own settings stay untouched."""
    environment = {**os.environ, "XDG_CONFIG_HOME": str(socket.parent / "config")}
    with subprocess.Popen(_command(socket), env=environment) as window:  # noqa: S603 - our own module
        try:
            yield
        finally:
            window.terminate()


def why_not(environment: Mapping[str, str], platform: str) -> str:
    """Return why there can be no window here, or nothing."""
    if _is_frozen():
        if frozen_program(Path(sys.executable)) is None:
            return "The desktop is not installed here. Install the package statusapp-desktop beside this one."
    elif importlib.util.find_spec("PySide6") is None or importlib.util.find_spec(_MODULE) is None:
        return "The desktop is not installed here. Install it with: pip install 'statusapp[desktop]'"
    shown = any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    if platform == "linux" and not shown:
        return (
            "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so there can be no window. "
            "Run it in a desktop session; on a terminal, `statusapp status` shows the same."
        )
    return ""
