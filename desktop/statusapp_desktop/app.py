"""Puts the desktop together and runs it: the only place that knows all of its parts."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from statusapp_desktop.desk import Desk
from statusapp_desktop.icons import app_icon
from statusapp_desktop.link import Link
from statusapp_desktop.mutes import Mutes
from statusapp_desktop.notices import Notices
from statusapp_desktop.single import Single
from statusapp_desktop.theme import Theme
from statusapp_desktop.tray import Tray
from statusapp_desktop.watch import Watch
from statusapp_desktop.window import Window
from statusapp_desktop.words import tr
from statusapp_shared.address import default_socket

_LOG = logging.getLogger(__name__)
_SIGNAL_MS = 300


class Desktop(QObject):
    """Everything that lives as long as the program, in the order in which it is made and ended."""

    def __init__(self, app: QApplication, socket: Path, settings: QSettings) -> None:
        super().__init__()
        self._app = app
        self.theme = Theme(app)
        self.link = Link(socket, self)
        self.desk = Desk(self.link, self.theme, settings, self)
        self._window: Window | None = None
        self._stays = False
        self.mutes = Mutes(self.desk)
        self.tray = Tray(self.desk, self.mutes)
        self.notices = Notices(self)
        self.watch = Watch(self.desk, self.mutes, self.notices)
        self.tray.open_wanted.connect(self.open)
        self.tray.quit_wanted.connect(self.quit)
        self.watch.open_wanted.connect(self._open_incident)
        self.watch.fallback.connect(self.tray.say)

    def start(self, *, hidden: bool) -> None:
        """Connect, and show the window unless it was started with the session and there is a tray to bring it back."""
        has_tray = Tray.there()
        self._app.setQuitOnLastWindowClosed(not has_tray)
        self._stays = has_tray
        self.tray.show()
        if not has_tray and not self.desk.settings.value("tray/said_missing"):
            self.desk.settings.setValue("tray/said_missing", True)
            self.window.say(tr("This desktop has no tray: the window works alone, and closing it ends the program."))
        self.link.start()
        if not hidden or not has_tray:
            self.window.show()

    @property
    def window(self) -> Window:
        """The window, made when it is first wanted: in the tray alone it would cost ten megabytes for nothing."""
        if self._window is None:
            self._window = Window(self.desk)
            self._window.stays = self._stays
        return self._window

    def come_up(self) -> None:
        """Show the window in front."""
        self.window.come_up()

    def open(self, pane: str, subject: str) -> None:
        """Show the window, and a pane in it."""
        if pane:
            self.window.open(pane, subject)
        self.window.come_up()

    def _open_incident(self, incident: str) -> None:
        self.open("incidents", incident)

    def quit(self) -> None:
        """End the program. Qt closes all windows first, and gives the quitting up where one refuses to be closed."""
        if self._window is not None:
            self._window.stays = False
        self._app.quit()

    def end(self) -> None:
        """Let go of everything while Qt is still there: a reply that outlives it aborts the interpreter."""
        self.link.stop()
        self.watch.end()
        self.tray.end()
        self.notices.close()
        if self._window is not None:
            self._window.stays = False
            self._window.close()
            self._window.deleteLater()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the desktop until it is quit; return the exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s", stream=sys.stderr)
    socket = options.socket or default_socket(os.environ, sys.platform, os.getuid() if hasattr(os, "getuid") else 0)
    app = QApplication(["statusapp"])
    app.setApplicationName("StatusApp")
    app.setOrganizationName("StatusApp")
    app.setDesktopFileName("statusapp")
    app.setWindowIcon(app_icon())
    single = Single(socket, app)
    if not single.is_first:
        return 0
    settings = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "statusapp", "desktop")
    desktop = Desktop(app, socket, settings)
    single.called.connect(desktop.come_up)
    _end_on_signals(app, desktop)
    desktop.start(hidden=options.hidden)
    code = app.exec()
    single.close()
    desktop.end()
    app.processEvents()
    return code


def _end_on_signals(app: QApplication, desktop: Desktop) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: desktop.quit())
    # Python looks at signals between its own instructions: while Qt sleeps there are none, so wake it now and then.
    waking = QTimer(app, interval=_SIGNAL_MS)
    waking.timeout.connect(lambda: None)
    waking.start()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="statusapp desktop", description="The window and the tray icon of StatusApp.")
    parser.add_argument("--socket", type=Path, metavar="PATH", help="the agent's socket")
    parser.add_argument("--hidden", action="store_true", help="start in the tray, without the window")
    return parser


if __name__ == "__main__":
    sys.exit(main())
