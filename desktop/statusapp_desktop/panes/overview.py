"""Overview: what is true now in one sentence, then all monitors at a glance, worst first."""

from PySide6.QtCore import QTimer

from statusapp_desktop.desk import Desk
from statusapp_desktop.page import Page
from statusapp_desktop.saying import overall
from statusapp_desktop.widgets.card import Band
from statusapp_desktop.words import tr


class Overview(Page):
    """The pane that is open most of the time."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, tr("Overview"))
        self.band = Band(desk.theme)
        self.body.addWidget(self.band)
        self.body.addStretch(1)
        desk.changed.connect(self._soon)
        desk.contact.connect(self._soon)
        self._due = QTimer(self, singleShot=True, interval=0)
        self._due.timeout.connect(self._look)
        self._look()

    def _soon(self) -> None:
        if not self._due.isActive():
            self._due.start()

    def _look(self) -> None:
        now = overall(self.desk.mirror, self.desk.now())
        self.band.say(now.shape, now.sentence)
