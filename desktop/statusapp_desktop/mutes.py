"""Whether this agent can be muted, and until when it is: asked now and then, since few agents are muted often."""

from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from statusapp_desktop.desk import Desk
from statusapp_desktop.link import Refusal
from statusapp_desktop.words import clock, tr

_AGAIN_MS = 20_000


class Mutes(QObject):
    """``offered`` is False for an agent that has no mutes; then nothing of them is shown."""

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self.offered = False
        self.until: datetime | None = None
        self._again = QTimer(self, interval=_AGAIN_MS)
        self._again.timeout.connect(self.ask)
        desk.contact.connect(self.ask)

    def muted(self) -> bool:
        """Return whether everything is muted now."""
        return self.until is not None and self.until > self._desk.now()

    def ask(self) -> None:
        """Ask how things stand."""
        if self._desk.mirror.is_live(self._desk.now()):
            self._desk.link.ask("GET", "/mutes", owner=self, then=self._hear, failed=self._none)
            self._again.start()
        else:
            self._again.stop()

    def _hear(self, answer: Any) -> None:
        ends = [datetime.fromisoformat(each["until"]) for each in answer["items"] if each["monitor"] is None]
        self.offered = True
        self.until = max(ends, default=None)
        self.changed.emit()

    def _none(self, refusal: Refusal) -> None:
        if refusal.code != "unreachable":
            self.offered, self.until = False, None
            self.changed.emit()

    def mute(self, seconds: float) -> None:
        """Mute everything for a while."""
        body = {"seconds": seconds, "monitor": None}
        self._desk.ask("POST", "/mutes", self, self._hear, body=body, done=tr("Muted. Incidents still open."))

    def unmute(self) -> None:
        """End every mute."""
        self._desk.ask("DELETE", "/mutes", self, self._hear, done=tr("Not muted any more."))

    def words(self) -> str:
        """Return until when everything is muted."""
        return "" if self.until is None else tr("Muted until {at}", at=clock(self.until, self._desk.now()))
