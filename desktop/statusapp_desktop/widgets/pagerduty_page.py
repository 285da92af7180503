"""The six steps in PagerDuty, with its own labels, and the way to its page in the region of the account."""

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from statusapp_desktop.pagerduty_steps import PAGES, steps
from statusapp_desktop.widgets.button import Segments, button
from statusapp_desktop.widgets.card import Card
from statusapp_desktop.widgets.label import Label
from statusapp_desktop.words import tr


class PagerDutyPage(QWidget):
    """What to do at the other side; ``region`` holds where the account lives."""

    def __init__(self) -> None:
        super().__init__()
        self.region = Segments((("us", tr("United States")), ("eu", tr("Europe"))), tr("Service region"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(Label(tr("In PagerDuty"), more=2, bold=True))
        card = Card()
        for number, step in enumerate(steps(), 1):
            row = QHBoxLayout()
            row.setSpacing(12)
            row.addWidget(Label(str(number), "muted"))
            row.addWidget(Label(step, wrap=True), 1)
            card.box.addLayout(row)
        column.addWidget(card)
        row = QHBoxLayout()
        row.addWidget(Label(tr("Where the account lives"), "muted"))
        row.addWidget(self.region)
        row.addStretch(1)
        row.addWidget(button(tr("Open the page"), self._open))
        column.addLayout(row)
        note = tr("PagerDuty must page somebody for this service: an escalation policy with a person on call.")
        column.addWidget(Label(note, "muted", wrap=True))
        column.addStretch(1)

    def _open(self) -> None:
        QDesktopServices.openUrl(QUrl(PAGES["eu" if self.region.key == "eu" else "us"]))
