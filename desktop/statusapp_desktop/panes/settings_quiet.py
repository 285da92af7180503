"""Muting everything for a while; not shown for an agent that has no mutes."""

from functools import partial
from typing import Any

from PySide6.QtWidgets import QHBoxLayout

from statusapp_desktop.desk import Desk
from statusapp_desktop.link import Refusal
from statusapp_desktop.settings_words import until_morning
from statusapp_desktop.widgets.button import button
from statusapp_desktop.widgets.card import Card
from statusapp_desktop.widgets.label import Label
from statusapp_desktop.words import tr

_HOURS = (1, 4, 8)
_LONGEST_S = 7 * 86_400


class Quiet(Card):
    """Says what is muted, and mutes or unmutes."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(tr("Mute"))
        self._desk = desk
        self.said = Label(wrap=True)
        self.box.addWidget(self.said)
        words = tr("Incidents still open. What would be sent waits for the end.")
        self.box.addWidget(Label(words, "muted", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(8)
        self.hours = [
            button(tr("{n} h", n=n), partial(self.mute, n * 3600.0), name=tr("Mute for {n} h", n=n)) for n in _HOURS
        ]
        self.morning = button(tr("Until 07:00"), lambda: self.mute(until_morning(desk.now())))
        self.unmute = button(tr("Unmute"), self._unmute)
        for each in (*self.hours, self.morning, self.unmute):
            row.addWidget(each)
        row.addStretch(1)
        self.box.addLayout(row)
        self.hide()

    def ask(self) -> None:
        """Ask what is muted."""
        self._desk.link.ask("GET", "/mutes", owner=self, then=self._show, failed=self._none)

    def _none(self, refusal: Refusal) -> None:
        # Unreachable says nothing about whether it can: what is shown stays, and the window says that it is old.
        if refusal.code != "unreachable":
            self.hide()

    def _show(self, answer: Any) -> None:
        self.said.setText(answer.get("sentence") or tr("Nothing is muted."))
        self.unmute.setVisible(bool(answer.get("items")))
        self.show()

    def mute(self, seconds: float) -> None:
        """Mute everything for so many seconds."""
        body = {"seconds": min(seconds, _LONGEST_S), "monitor": None}
        self._desk.ask("POST", "/mutes", self, self._show, body=body)

    def _unmute(self) -> None:
        self._desk.ask("DELETE", "/mutes", self, self._show)
