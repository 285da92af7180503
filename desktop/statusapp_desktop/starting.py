"""Starting an agent for this user, and having the window start with the session."""

import shutil
import sys
from pathlib import Path

from PySide6.QtCore import QProcess, QStandardPaths

_ENTRY = """[Desktop Entry]
Type=Application
Name=StatusApp
Comment=Watches what runs at home, and says so
Exec={command} desktop --hidden
Icon=statusapp
Terminal=false
X-GNOME-Autostart-enabled=true
"""


def command() -> list[str]:
    """Return how the command line is called here: the installed program, else this interpreter's module."""
    installed = shutil.which("statusapp", path=str(Path(sys.executable).parent)) or shutil.which("statusapp")
    return [installed] if installed else [sys.executable, "-m", "statusapp_agent.cli.entry"]


def start_agent(socket: Path) -> bool:
    """Start an agent of this user's that outlives the window; return whether it could be started at all."""
    program, *rest = command()
    arguments = [*rest, "--socket", str(socket), "agent", "run"]
    started = QProcess.startDetached(program, arguments, str(Path.home()))
    return bool(started[0] if isinstance(started, tuple) else started)


def _autostart() -> Path:
    base = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericConfigLocation)
    return Path(base) / "autostart" / "statusapp.desktop"


def starts_at_login() -> bool:
    """Return whether the window starts with the session (freedesktop's autostart)."""
    return _autostart().exists()


def start_at_login(wanted: bool) -> None:
    """Have the window start with the session, in the tray, or not any more; raises OSError."""
    entry = _autostart()
    if wanted:
        entry.parent.mkdir(parents=True, exist_ok=True)
        entry.write_text(_ENTRY.format(command=" ".join(command())), "utf-8")
    else:
        entry.unlink(missing_ok=True)
