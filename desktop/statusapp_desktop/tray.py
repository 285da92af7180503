"""The icon in the tray: the worst there is as a shape, open incidents with Acknowledge, mutes with an end."""

from datetime import datetime, timedelta

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from statusapp_desktop.alerts import Notice
from statusapp_desktop.desk import Desk
from statusapp_desktop.icons import shape_icon, tray_icon
from statusapp_desktop.incident_words import menu_line
from statusapp_desktop.link import path_of
from statusapp_desktop.mirror import Changed
from statusapp_desktop.mutes import Mutes
from statusapp_desktop.panes import PANES
from statusapp_desktop.saying import Overall, overall
from statusapp_desktop.starting import start_at_login, starts_at_login
from statusapp_desktop.states import incident_shape
from statusapp_desktop.words import tr
from statusapp_shared.protocol import IncidentView

MOST_SHOWN = 5
_SOON_MS = 40
_LATER_MS = 500
"""A thousand monitors change thirty times a second; only incidents are urgent."""
_TICK_MS = 5_000
_MORNING = 7


class Tray(QObject):
    """Works with XEmbed and StatusNotifier hosts; `there` tells whether there is any."""

    open_wanted = Signal(str, str)
    """A pane and what to show there; "" and "" for the window as it was."""
    quit_wanted = Signal()

    def __init__(self, desk: Desk, mutes: Mutes) -> None:
        super().__init__(desk)
        self._desk, self._mutes = desk, mutes
        self._shown: Overall | None = None
        self._dark = desk.tokens.dark
        self.menu = QMenu()
        self.icon = QSystemTrayIcon(self)
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._activated)
        self.icon.messageClicked.connect(lambda: self.open_wanted.emit("incidents", ""))
        self.menu.aboutToShow.connect(self.fill)
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self.look)
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self.look)
        self._tick.start()
        self._later = QTimer(self, singleShot=True, interval=_LATER_MS)
        self._later.timeout.connect(self.look)
        desk.changed.connect(self._changed)
        for signal in (desk.contact, mutes.changed, desk.theme.changed):
            signal.connect(self._start)
        self.look()

    @staticmethod
    def there() -> bool:
        """Return whether this desktop has a place for tray icons."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    def show(self) -> None:
        """Appear."""
        self.icon.show()

    def end(self) -> None:
        """Disappear."""
        self._tick.stop()
        self._later.stop()
        self._soon.stop()
        self.icon.hide()
        self.menu.deleteLater()

    def say(self, notice: Notice) -> None:
        """Show a notice by the tray's own means: no buttons, but better than silence."""
        if self.there():
            self.icon.showMessage(notice.title, notice.body, QSystemTrayIcon.MessageIcon.Warning)

    def _changed(self, changed: Changed) -> None:
        if changed.noun in ("snapshot", "incident"):
            self._start()
        elif not self._later.isActive():
            self._later.start()

    def _start(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def look(self) -> None:
        """Show how things stand; nothing is drawn again when nothing has changed."""
        said = overall(self._desk.mirror, self._desk.now(), muted=self._mutes.muted())
        dark = self._desk.tokens.dark
        if (
            self._shown is None
            or dark != self._dark
            or (said.shape, said.number)
            != (
                self._shown.shape,
                self._shown.number,
            )
        ):
            tokens = self._desk.tokens
            colour = tokens.bar_degraded if said.shape == "degraded" else tokens.states[said.shape]
            self.icon.setIcon(tray_icon(said.shape, colour, said.number))
            self._shown, self._dark = said, dark
            if not self.menu.isVisible():
                self.fill()
        self.icon.setToolTip(said.sentence)

    # The menu

    def fill(self) -> None:
        """Write the menu anew. Also done when things change: a StatusNotifier host draws it without asking."""
        menu, now = self.menu, self._desk.now()
        menu.clear()
        said = overall(self._desk.mirror, now, muted=self._mutes.muted())
        if self._mutes.muted():
            self._line(self._mutes.words())
            menu.addAction(tr("Unmute")).triggered.connect(self._mutes.unmute)
            menu.addSeparator()
        opened = [each for each in self._desk.mirror.open_incidents() if each.purpose == "real"]
        live = self._desk.mirror.is_live(now)
        if not opened or not live:
            self._line(said.sentence)
        for incident in opened[:MOST_SHOWN] if live else []:
            self._incident(incident, now)
        if live and len(opened) > MOST_SHOWN:
            self._pane(tr("{n} more", n=len(opened) - MOST_SHOWN), "incidents")
        menu.addSeparator()
        if self._mutes.offered and not self._mutes.muted():
            self._add_mutes(now)
        self._pane(tr("Open StatusApp"), "")
        if any(pane.key == "doctor" for pane in PANES):
            self._pane(tr("Run doctor"), "doctor")
        login = menu.addAction(tr("Start at login"))
        login.setCheckable(True)
        login.setChecked(starts_at_login())
        login.triggered.connect(self._login)
        menu.addSeparator()
        menu.addAction(tr("Quit, the agent keeps watching")).triggered.connect(self.quit_wanted)

    def _login(self, wanted: bool) -> None:
        try:
            start_at_login(wanted)
        except OSError as error:
            self._desk.said.emit(tr("It could not be written down: {why}.", why=error.strerror or "unknown"))

    def _line(self, words: str) -> None:
        self.menu.addAction(words).setEnabled(False)

    def _pane(self, words: str, pane: str, subject: str = "") -> QAction:
        action = self.menu.addAction(words)
        action.triggered.connect(lambda: self.open_wanted.emit(pane, subject))
        return action

    def _incident(self, incident: IncidentView, now: datetime) -> None:
        shape = incident_shape(incident)
        action = self._pane(menu_line(incident, now), "incidents", incident.id)
        action.setIcon(shape_icon(shape, self._desk.tokens.states[shape]))
        if incident.status == "open":
            take = self.menu.addAction(tr("Acknowledge {monitor}", monitor=incident.monitor))
            take.triggered.connect(lambda: self._acknowledge(incident.id))

    def _acknowledge(self, incident: str) -> None:
        self._desk.ask("POST", path_of("incidents", incident, "acknowledge"), self, body={"via": "tray"})

    def _add_mutes(self, now: datetime) -> None:
        morning = until_morning(now.astimezone())
        for words, seconds in (
            (tr("Mute for 1 hour"), 3600.0),
            (tr("Mute for 4 hours"), 4 * 3600.0),
            (tr("Mute for 8 hours"), 8 * 3600.0),
            (tr("Mute until morning, {at}", at=f"{_MORNING:02}:00"), morning),
        ):
            self.menu.addAction(words).triggered.connect(lambda _=False, seconds=seconds: self._mutes.mute(seconds))
        self.menu.addSeparator()

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self.open_wanted.emit("", "")


def until_morning(now: datetime) -> float:
    """Return the seconds from a local time until the next seven o'clock, across a change of the clocks too."""
    morning = now.replace(hour=_MORNING, minute=0, second=0, microsecond=0)
    if morning <= now:
        morning += timedelta(days=1)
    there = morning.replace(tzinfo=None).astimezone()
    return (there - now).total_seconds()
