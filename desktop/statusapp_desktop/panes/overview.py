"""Overview: what is true now in one sentence, then all monitors at a glance, worst first."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QWidget

from statusapp_desktop.desk import Desk
from statusapp_desktop.incident_words import band_words
from statusapp_desktop.link import path_of
from statusapp_desktop.monitor_table import MonitorTable
from statusapp_desktop.page import Page
from statusapp_desktop.saying import overall
from statusapp_desktop.widgets.card import Band, Card
from statusapp_desktop.widgets.counts import Counts
from statusapp_desktop.widgets.empty import Empty
from statusapp_desktop.widgets.legend import Legend
from statusapp_desktop.widgets.search import Search
from statusapp_desktop.words import length, tr
from statusapp_shared.protocol import IncidentView

_SOON_MS = 100


class Overview(Page):
    """The pane that is open most of the time."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, tr("Overview"))
        self.search = Search(desk.theme, tr("Filter, for example tag:media"), self)
        self.head.addWidget(self.search)
        self.band = Band(desk.theme)
        self.open_button = self.band.add(tr("Open incident"), self._open)
        self.take_button = self.band.add(tr("Acknowledge"), self._acknowledge, "primary")
        self.counts = Counts(desk)
        self.table = MonitorTable(desk, ("state", "name", "now", "latency", "strip", "since"))
        self._incident: IncidentView | None = None
        self._lay_out()
        self.search.wanted.connect(lambda text: self.table.rows.show(text=text))
        self.counts.chosen.connect(lambda state: self.table.rows.show(state=state))
        self.table.chosen.connect(lambda name: desk.show("monitors", name))
        self._due = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._due.timeout.connect(self._look)
        self._tick = QTimer(self, interval=1_000)
        self._tick.timeout.connect(self._look)
        desk.changed.connect(self._soon)
        desk.contact.connect(self._soon)
        self._look()

    def _lay_out(self) -> None:
        self.body.addWidget(self.band)
        counts = QHBoxLayout()
        counts.addWidget(self.counts, 1)
        self.body.addLayout(counts)
        card = Card(padding=0)
        card.box.setContentsMargins(1, 1, 1, 1)
        self._stack = QStackedLayout()
        whole = QWidget()
        whole.setLayout(self._stack)
        card.box.addWidget(whole)
        self._stack.addWidget(self.table)
        self.empty = Empty(
            tr("Nothing is watched yet."),
            tr("Add the first one; most people begin with their router."),
            tr("Add monitor"),
            lambda: self.desk.show("monitors", "+"),
        )
        self._stack.addWidget(self.empty)
        self.body.addWidget(card, 1)
        self.body.addWidget(Legend(self.desk.theme))

    def _soon(self) -> None:
        if not self._due.isActive() and self.isVisible():
            self._due.start()

    def _look(self) -> None:
        now = self.desk.now()
        mirror = self.desk.mirror
        said = overall(mirror, now)
        unseen = mirror.unseen()
        self._incident = unseen[0] if unseen and mirror.is_live(now) else None
        if self._incident is not None:
            for_long = length((now - self._incident.began_at).total_seconds())
            title = tr("{monitor} is down, for {length}", monitor=self._incident.monitor, length=for_long)
            if len(unseen) > 1:
                title = tr("{monitor} and {n} more are down", monitor=self._incident.monitor, n=len(unseen) - 1)
            self.band.say(said.shape, title, band_words(self._incident, mirror, len(unseen)))
        else:
            self.band.say(said.shape, said.sentence)
        self.open_button.setVisible(self._incident is not None)
        self.take_button.setVisible(self._incident is not None and mirror.speaks_our_version())
        self.counts.show_counts(self.table.rows.counts())
        # Without an agent nobody knows whether anything is watched: the empty table, not an invitation.
        nothing = not mirror.monitors and mirror.is_live(now)
        self._stack.setCurrentWidget(self.empty if nothing else self.table)

    def _open(self) -> None:
        if self._incident is not None:
            self.desk.show("incidents", self._incident.id)

    def _acknowledge(self) -> None:
        if self._incident is not None:
            path = path_of("incidents", self._incident.id, "acknowledge")
            done = tr("You have {monitor} in hand; nobody else is told any more.", monitor=self._incident.monitor)
            self.desk.ask("POST", path, self, body={"via": "desktop"}, done=done)

    def showEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Count only while somebody looks."""
        super().showEvent(event)  # type: ignore[arg-type]
        self._tick.start()
        self._look()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def hideEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Stop counting."""
        self._tick.stop()
        super().hideEvent(event)  # type: ignore[arg-type]
