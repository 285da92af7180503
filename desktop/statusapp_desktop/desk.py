"""What every pane is handed: what is known, the line to the agent, the colours, and the way to other panes."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError
from PySide6.QtCore import QObject, QSettings, Signal

from statusapp_desktop.link import Link, Refusal, Then
from statusapp_desktop.mirror import Changed, Mirror
from statusapp_desktop.theme import Theme
from statusapp_desktop.tokens import Tokens
from statusapp_desktop.words import tr
from statusapp_shared.protocol import Event


class Desk(QObject):
    """Carries the link's events into the mirror and says what changed."""

    changed = Signal(object)
    """A `Changed`: noun "snapshot" (everything), "monitor", "incident", "channel", "agent" ... and the name."""
    contact = Signal()
    """The agent was found or lost."""
    wanted = Signal(str, str)
    """Somebody wants to see a pane: its key, and what to show there ("" for nothing in particular)."""
    said = Signal(str)
    """One sentence for the person at the window: what has just been done, or why not."""

    def __init__(self, link: Link, theme: Theme, settings: QSettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.link = link
        self.theme = theme
        self.settings = settings
        self.mirror = Mirror()
        self.why_lost = ""
        link.heard.connect(self._hear)
        link.alive.connect(self._alive)
        link.lost.connect(self._lost)

    @property
    def tokens(self) -> Tokens:
        """The colours in force."""
        return self.theme.tokens

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        return datetime.now(UTC)

    def _hear(self, event: Event) -> None:
        try:
            changed: Changed = self.mirror.hear(event, self.now())
        except ValidationError:
            self._lost(tr("It said something that this window does not understand: install the same version of both."))
            return
        self.changed.emit(changed)
        if changed.noun == "snapshot":
            self.contact.emit()

    def _alive(self) -> None:
        self.mirror.keepalive(self.now())

    def _lost(self, sentence: str) -> None:
        self.why_lost = sentence
        self.mirror.lose()
        self.contact.emit()

    def ask(
        self,
        method: str,
        path: str,
        owner: QObject,
        then: Then | None = None,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        done: str = "",
    ) -> None:
        """Ask the agent; a refusal, or ``done``, is said to the person. For more use `Link.ask`."""

        def succeeded(answer: Any) -> None:
            if done:
                self.said.emit(done)
            if then is not None:
                then(answer)

        def refused(refusal: Refusal) -> None:
            self.said.emit(refusal.sentence)

        self.link.ask(method, path, owner=owner, then=succeeded, failed=refused, body=body, query=query)

    def show(self, pane: str, subject: str = "") -> None:
        """Open a pane."""
        self.wanted.emit(pane, subject)
