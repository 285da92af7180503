"""On-call: who has it now, until when, who is next, and when nobody is."""

from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from statusapp_desktop.desk import Desk
from statusapp_desktop.duties import Roster, Rota, gap_words, handoffs, read
from statusapp_desktop.link import Refusal
from statusapp_desktop.page import Page
from statusapp_desktop.widgets.button import button
from statusapp_desktop.widgets.card import Card
from statusapp_desktop.widgets.duty_lanes import DutyLanes
from statusapp_desktop.widgets.empty import Empty
from statusapp_desktop.widgets.label import Label
from statusapp_desktop.widgets.rows import Rows
from statusapp_desktop.widgets.symbol import Symbol
from statusapp_desktop.words import age, counted, tr

_AGAIN_MS = 60_000
_MOST_LINES = 6


class OnCall(Page):
    """Asks when opened and every minute while it is seen: a hand-off is no event of the stream."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, tr("On-call"))
        self.roster: Roster | None = None
        self.refresh = button(tr("Look again"), self.ask)
        self.head.addWidget(self.refresh)
        QShortcut(QKeySequence("F5"), self).activated.connect(self.ask)
        self.symbol = Symbol(desk.theme, size=24)
        self.sentence = Label(tr("Not known yet"), more=2, bold=True, wrap=True)
        self.source = Label(role="muted", wrap=True)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.sentence)
        words.addWidget(self.source)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.symbol)
        row.addLayout(words, 1)
        self._top = QWidget()
        self._top.setLayout(row)
        row.setContentsMargins(0, 0, 0, 0)
        self.body.addWidget(self._top)
        self.empty = Empty("", "", tr("How it works"), lambda: desk.show("help", "on-call"))
        self.body.addWidget(self.empty, 1)
        self.empty.hide()
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self.body.addWidget(self._scroll, 1)
        self._again = QTimer(self, interval=_AGAIN_MS)
        self._again.timeout.connect(self._while_seen)
        self._again.start()
        desk.contact.connect(self._while_seen)

    def open_subject(self, subject: str) -> None:  # noqa: ARG002 - there is nothing in particular here
        """Ask anew."""
        self.ask()

    def _while_seen(self) -> None:
        if self.isVisible():
            self.ask()

    def ask(self) -> None:
        """Ask who is on call."""
        self.desk.link.ask("GET", "/oncall", owner=self, then=self._show, failed=self._failed)

    def _failed(self, refusal: Refusal) -> None:
        if refusal.code == "not_found":
            self._nothing(
                tr("This agent keeps no on-call list."),
                tr("It is older than this window. PagerDuty's own schedule still decides whom PagerDuty rings."),
            )
            return
        self.symbol.show_shape("unreachable" if refusal.code == "unreachable" else "blind")
        self._top.show()
        if self.roster is None:
            self.sentence.setText(tr("Who is on call is not known"))
            self.source.setText(refusal.sentence)
        else:
            old = tr("What you see is from {age}.", age=age(self.roster.at, self.desk.now()))
            self.source.setText(f"{refusal.sentence} {old}")

    def _nothing(self, title: str, why: str) -> None:
        self._top.hide()
        self._scroll.hide()
        self.empty.say(title, why)
        self.empty.show()

    def _show(self, answer: Any) -> None:
        try:
            roster = read(answer)
        except (KeyError, TypeError, ValueError, AttributeError):
            self._failed(Refusal(tr("The agent's answer is not one that this window understands."), "strange"))
            return
        if not roster.rotas:
            self._nothing(
                tr("No rotation is set up."),
                tr("StatusApp calls nobody by name then. PagerDuty's own schedule decides whom PagerDuty rings."),
            )
            return
        if self.roster is not None and (self.roster.rotas, self.roster.sentence) == (roster.rotas, roster.sentence):
            self._say(roster)
            return
        self._say(roster)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(12)
        for rota in roster.rotas:
            column.addWidget(self._card(roster, rota))
        column.addStretch(1)
        self._scroll.setWidget(whole)

    def _say(self, roster: Roster) -> None:
        self.roster = roster
        for each in (self._top, self._scroll):
            each.show()
        self.empty.hide()
        covered = all(rota.on for rota in roster.rotas)
        self.symbol.show_shape("fine" if covered else "degraded")
        self.sentence.setText(roster.sentence)
        own = all(rota.source == "settings" for rota in roster.rotas)
        source = tr("StatusApp's own rotations, from its settings.") if own else tr("As the agent knows it.")
        self.source.setText(f"{source} {tr('PagerDuty rings by its own schedule.')}")

    def _card(self, roster: Roster, rota: Rota) -> Card:
        now = roster.at
        card = Card()
        head = QHBoxLayout()
        head.addWidget(Label(rota.name, more=1, bold=True))
        head.addStretch(1)
        head.addWidget(Label(rota.timezone, "muted", more=-1))
        card.box.addLayout(head)
        card.box.addWidget(Label(rota.sentence, wrap=True))
        card.box.addWidget(DutyLanes(self.desk.theme, roster, rota))
        rows = Rows()
        told = handoffs(rota, now)
        pairs = told[:_MOST_LINES]
        if len(told) > _MOST_LINES:
            pairs.append(("", counted(len(told) - _MOST_LINES, "and {n} more", "and {n} more")))
        gaps = gap_words(rota, now)
        if gaps:
            many = counted(len(gaps), "{n} stretch in these days", "{n} stretches in these days")
            pairs.append((tr("Nobody"), tr("{first} ({many})", first=gaps[0], many=many)))
        rows.show_pairs(pairs or [(tr("Hand-offs"), tr("None in these days."))])
        card.box.addWidget(rows)
        return card
