"""Keeps the notices on the screen in step with what is known, and does what their buttons say."""

from datetime import datetime, timedelta
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from statusapp_desktop.alerts import Notice, away, difference, wanted
from statusapp_desktop.desk import Desk
from statusapp_desktop.link import path_of
from statusapp_desktop.mirror import Changed
from statusapp_desktop.mutes import Mutes
from statusapp_desktop.notices import Notices
from statusapp_shared.protocol import IncidentView

_SOON_MS = 40
_TICK_MS = 5_000
_GAP = timedelta(seconds=60)
"""A tick that comes this late tells that the computer slept."""
_SEEN = "notices/seen_until"


class Watch(QObject):
    """One of these per program."""

    open_wanted = Signal(str)
    """Somebody pressed Open on an incident ("" for all of them)."""
    fallback = Signal(object)
    """A `Notice` that the screen's own service did not take."""

    def __init__(self, desk: Desk, mutes: Mutes, notices: Notices) -> None:
        super().__init__(desk)
        self._desk, self._mutes, self._notices = desk, mutes, notices
        self._shown: dict[str, Notice] = {}
        self._closed: dict[str, Notice] = {}
        self._looked_at = desk.now()
        self._away_asked = False
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self.look)
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self._ticked)
        self._tick.start()
        notices.pressed.connect(self._pressed)
        notices.closed.connect(self._dismissed)
        notices.failed.connect(self._failed)
        desk.changed.connect(self._changed)
        desk.contact.connect(self._start)
        mutes.changed.connect(self._start)

    def _start(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _changed(self, changed: Changed) -> None:
        if changed.noun in ("snapshot", "incident", "delivery"):
            self._start()
        if changed.noun == "snapshot" and not self._away_asked:
            self._ask_away()

    def end(self) -> None:
        """Show nothing any more."""
        if self._away_asked and self._desk.mirror.is_live(self._desk.now()):
            self._saw()
        self._tick.stop()
        self._soon.stop()
        self._desk.changed.disconnect(self._changed)
        self._desk.contact.disconnect(self._start)
        self._mutes.changed.disconnect(self._start)

    def look(self) -> None:
        """Show what should be shown, and withdraw the rest."""
        mirror, now = self._desk.mirror, self._desk.now()
        if mirror.contact.value == "never":
            return
        should = wanted(mirror, now, muted=self._mutes.muted())
        step = difference({k: v for k, v in self._shown.items() if k != "away"}, self._closed, should)
        for key in step.withdraw:
            self._notices.withdraw(key)
            del self._shown[key]
        for notice in step.show:
            self._show(notice)
        keys = {each.key for each in should}
        self._closed = {key: notice for key, notice in self._closed.items() if key in keys}

    def _show(self, notice: Notice) -> None:
        self._closed.pop(notice.key, None)
        self._shown[notice.key] = notice
        self._notices.show(notice)

    # While nobody looked

    def _ticked(self) -> None:
        now = self._desk.now()
        slept = now - self._looked_at > _GAP
        self._looked_at = now
        if slept:
            self._away_asked = False
        if self._desk.mirror.is_live(now):
            if not self._away_asked:
                self._ask_away()
            else:
                self._saw()
        self.look()

    def _ask_away(self) -> None:
        self._away_asked = True
        written = self._desk.settings.value(_SEEN)
        if not isinstance(written, str):
            self._saw()
            return
        since = datetime.fromisoformat(written)
        self._desk.link.ask(
            "GET",
            "/incidents",
            owner=self,
            then=lambda answer: self._away(answer, since),
            query={"since": since.isoformat(), "limit": "1000"},
        )

    def _away(self, answer: Any, since: datetime) -> None:
        missed = [IncidentView.model_validate(each) for each in answer["items"]]
        notice = away(missed, since, self._desk.now())
        self._saw()
        if notice is not None:
            self._show(notice)

    def _saw(self) -> None:
        """Remember that what has happened until now is on this screen, or was."""
        self._desk.settings.setValue(_SEEN, self._desk.now().isoformat())

    # What people do

    def _pressed(self, key: str, deed: str) -> None:
        notice = self._shown.pop(key, None)
        if notice is not None:
            self._closed[key] = notice
        if deed == "acknowledge":
            self._desk.ask("POST", path_of("incidents", key, "acknowledge"), self, body={"via": "notification"})
        else:
            self.open_wanted.emit("" if key in ("storm", "away", "agent") else key)

    def _dismissed(self, key: str) -> None:
        notice = self._shown.pop(key, None)
        if notice is not None:
            self._closed[key] = notice

    def _failed(self, notice: Notice, _why: str) -> None:
        self.fallback.emit(notice)
