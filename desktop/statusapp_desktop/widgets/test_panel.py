"""The Test button and what comes of it: each step as it happens, then the verdict."""

from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QRadioButton, QVBoxLayout, QWidget

from statusapp_desktop.channel_test import TestStep, is_over, steps, verdict
from statusapp_desktop.desk import Desk
from statusapp_desktop.link import Refusal, path_of
from statusapp_desktop.widgets.button import button
from statusapp_desktop.widgets.card import Band, Card
from statusapp_desktop.widgets.label import Label
from statusapp_desktop.widgets.symbol import Symbol
from statusapp_desktop.words import tr
from statusapp_shared.protocol import IncidentView

_LOOK_MS = 250
_LONGEST_LOOKS = 480
"""Two minutes; a test that takes longer goes on, and the channel says how it ended."""


class TestPanel(QWidget):
    """Tests a channel that the agent has. ``over`` says whether it passed."""

    __test__ = False

    over = Signal(bool)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._channel = self._taker = self._incident = ""
        self._quiet = False
        self._looks = 0
        self.page = QRadioButton(tr("Page whoever is on call"))
        self.page.setChecked(True)
        self.quiet = QRadioButton(tr("Quiet test"))
        self.quiet_words = Label(
            tr("A change event: proves key and connection, pages nobody."), "muted", more=-1, wrap=True
        )
        self.test = button(tr("Test"), self.start)
        self.band = Band(desk.theme)
        self.band.hide()
        self._card = Card(padding=14)
        self._card.hide()
        self._rows: list[tuple[Symbol, Label, Label, Label]] = []
        self._again = QTimer(self, singleShot=True, interval=_LOOK_MS)
        self._again.timeout.connect(self._look)
        self._lay_out()

    def _lay_out(self) -> None:
        choice = Card(padding=14)
        row = QHBoxLayout()
        row.setSpacing(20)
        for radio, words in (
            (self.page, Label(tr("A test page that closes itself again."), "muted", more=-1, wrap=True)),
            (self.quiet, self.quiet_words),
        ):
            column = QVBoxLayout()
            column.setSpacing(2)
            column.addWidget(radio)
            words.setContentsMargins(22, 0, 0, 0)
            column.addWidget(words)
            row.addLayout(column, 1)
        row.addWidget(self.test)
        choice.box.addLayout(row)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        for each in (choice, self.band, self._card):
            column.addWidget(each)

    def use(self, channel: str, taker: str) -> None:
        """Say which channel is tested, and what is called that takes its messages."""
        if channel != self._channel:
            self.band.hide()
            self._card.hide()
        self._channel, self._taker = channel, taker

    def start(self) -> None:
        """Begin."""
        self._quiet = self.quiet.isChecked()
        self._incident, self._looks = "", 0
        self.band.say("blind", tr("Testing {channel}", channel=self._channel))
        self.band.show()
        self._show([])
        self.test.setEnabled(False)
        path = path_of("channels", self._channel, "test")
        body = {"quiet": self._quiet}
        self._desk.link.ask("POST", path, owner=self, then=self._started, failed=self._refused, body=body)

    def _started(self, answer: Any) -> None:
        self._incident = answer["incident_id"]
        self._look()

    def _look(self) -> None:
        path = path_of("incidents", self._incident)
        self._desk.link.ask("GET", path, owner=self, then=self._seen, failed=self._refused)

    def _seen(self, answer: Any) -> None:
        incident = IncidentView.model_validate(answer)
        self._looks += 1
        self._show(steps(incident, self._taker, quiet=self._quiet))
        if is_over(incident, quiet=self._quiet):
            shape, sentence = verdict(incident, self._channel, quiet=self._quiet)
            self._end(shape == "fine", sentence)
        elif self._looks >= _LONGEST_LOOKS:
            self._end(False, tr("Not proved within two minutes; it is tried further."))
        else:
            self._again.start()

    def _refused(self, refusal: Refusal) -> None:
        self._end(False, refusal.sentence)

    def _end(self, passed: bool, sentence: str) -> None:
        self.band.say("fine" if passed else "down", sentence)
        self.test.setEnabled(True)
        self.test.setText(tr("Test again"))
        self.over.emit(passed)

    def _show(self, found: list[TestStep]) -> None:
        while len(self._rows) < len(found):
            row = QHBoxLayout()
            row.setSpacing(12)
            made = (Symbol(self._desk.theme, size=16), Label(bold=True), Label(wrap=True), Label(role="muted"))
            made[1].setFixedWidth(120)
            for place, each in enumerate(made):
                row.addWidget(each, 1 if place == 2 else 0)
            self._card.box.addLayout(row)
            self._rows.append(made)
        for number, made in enumerate(self._rows):
            for each in made:
                each.setVisible(number < len(found))
            if number < len(found):
                step = found[number]
                made[0].show_shape(step.shape)
                made[1].setText(step.name)
                made[2].setText(step.text)
                made[3].setText("" if step.after_s is None else tr("{n} s", n=f"{step.after_s:.1f}"))
        self._card.setVisible(bool(found))
