"""Doctor: the troubleshooting list, performed by the agent, in the order in which a page travels."""

from datetime import datetime
from functools import partial
from time import monotonic
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from statusapp_desktop.desk import Desk
from statusapp_desktop.doctor_words import as_text, counts, groups, named, overall
from statusapp_desktop.link import Refusal, path_of
from statusapp_desktop.mirror import Changed
from statusapp_desktop.page import Page
from statusapp_desktop.panes import PANES
from statusapp_desktop.widgets.button import Busy, button
from statusapp_desktop.widgets.card import Card
from statusapp_desktop.widgets.findings import FindingRow, GroupRow
from statusapp_desktop.widgets.label import Label
from statusapp_desktop.widgets.symbol import Symbol
from statusapp_desktop.words import age, clock, tr
from statusapp_shared.protocol import DoctorView

_TICK_MS = 5_000


class Doctor(Page):
    """Performs the list when opened and when asked; keeps the last answer, with its age."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, tr("Doctor"))
        self.view: DoctorView | None = None
        self._finished: datetime | None = None
        self._took_s = 0.0
        self._busy: Busy | None = None
        self.subject = QComboBox()
        self.subject.setMinimumWidth(216)
        self.subject.setMaximumWidth(320)
        self.subject.setAccessibleName(tr("What to examine"))
        self.subject.activated.connect(lambda _index: self.run())
        self.copy = button(tr("Copy as text"), self._copy)
        self.again = button(tr("Run again"), self.run, "primary")
        for each in (self.subject, self.copy, self.again):
            self.head.addWidget(each)
        QShortcut(QKeySequence("F5"), self).activated.connect(self.run)
        self._build()
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self._fill_subjects)
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self._say_counts)
        self._tick.start()
        desk.changed.connect(self._changed)
        desk.contact.connect(self._found_again)
        self._fill_subjects()

    def _build(self) -> None:
        self.symbol = Symbol(self.desk.theme, size=24)
        self.sentence = Label(more=2, bold=True, wrap=True)
        self.sum = Label(role="muted", wrap=True)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.sentence)
        words.addWidget(self.sum)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.symbol)
        row.addLayout(words, 1)
        self.body.addLayout(row)
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setAccessibleName(tr("Findings"))
        self.body.addWidget(self._scroll, 1)
        self.rows: list[FindingRow] = []
        self._say_nothing_known()

    # What to examine

    def _changed(self, changed: Changed) -> None:
        if changed.noun in ("snapshot", "monitor_gone", "channel", "channel_gone") or (
            changed.noun == "monitor" and self.subject.findData(changed.name) < 0
        ):
            self._later.start()

    def _fill_subjects(self) -> None:
        chosen = self.subject.currentData() or ""
        mirror = self.desk.mirror
        self.subject.clear()
        self.subject.addItem(tr("All monitors and channels"), "")
        for names in (sorted(mirror.channels, key=str.casefold), sorted(mirror.monitors, key=str.casefold)):
            if names:
                self.subject.insertSeparator(self.subject.count())
            for name in names:
                self.subject.addItem(name, name)
        self.subject.setCurrentIndex(max(0, self.subject.findData(chosen)))

    def open_subject(self, subject: str) -> None:
        """Examine one monitor or channel, or everything; an old answer is asked for anew."""
        self._fill_subjects()
        index = self.subject.findData(subject)
        if subject and index >= 0:
            self.subject.setCurrentIndex(index)
        self.run()

    def _found_again(self) -> None:
        if self.view is None and self.isVisible():
            self.run()

    # Running

    def run(self) -> None:
        """Have the list performed."""
        if self._busy is not None:
            return
        self._busy = Busy(self.again, tr("Running"))
        name = self.subject.currentData() or ""
        began = monotonic()

        def show(answer: Any) -> None:
            self._over()
            self._took_s, self._finished = monotonic() - began, self.desk.now()
            self._show(DoctorView.model_validate(answer))

        query = {"subject": name} if name else {}
        self.desk.link.ask("GET", path_of("doctor"), owner=self, then=show, failed=self._failed, query=query)

    def _over(self) -> None:
        if self._busy is not None:
            self._busy.over()
            self._busy = None

    def _failed(self, refusal: Refusal) -> None:
        self._over()
        self.symbol.show_shape("unreachable" if refusal.code == "unreachable" else "blind")
        self.sentence.setText(tr("The list could not be performed"))
        if self._finished is not None:
            old = tr("What you see is from {age}.", age=age(self._finished, self.desk.now()))
            self.sum.setText(f"{refusal.sentence} {old}")
        else:
            self.sum.setText(refusal.sentence)

    def _say_nothing_known(self) -> None:
        self.copy.setEnabled(False)
        self.copy.setToolTip(tr("There is nothing to copy before the first run."))
        self.symbol.show_shape("blind")
        self.sentence.setText(tr("Not examined yet"))
        self.sum.setText(tr("The agent is asked when this pane opens. Nobody is paged."))

    # Showing

    def _show(self, view: DoctorView) -> None:
        self.view = view
        self.copy.setEnabled(True)
        self.copy.setToolTip("")
        self.symbol.show_shape(overall(view))
        self.sentence.setText(view.sentence)
        self._say_counts()
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        card = Card(padding=0)
        card.box.setContentsMargins(1, 1, 1, 1)
        card.box.setSpacing(0)
        self.rows = []
        for number, (name, findings) in enumerate(groups(view)):
            card.box.addWidget(GroupRow(name, findings, first=number == 0))
            for place, each in enumerate(findings):
                row = FindingRow(self.desk.theme, each, last=place == len(findings) - 1)
                self._offer(row)
                self.rows.append(row)
                card.box.addWidget(row)
        column.addWidget(card)
        column.addStretch(1)
        self._scroll.setWidget(whole)

    def _offer(self, row: FindingRow) -> None:
        if row.finding.verdict == "pass":
            return
        mirror = self.desk.mirror
        for pane, names, words in (
            ("channels", mirror.channels, tr("Open channel")),
            ("monitors", mirror.monitors, tr("Open monitor")),
        ):
            name = named(row.finding, names)
            if name is not None and any(each.key == pane for each in PANES):
                row.offer(words, partial(self.desk.show, pane, name), name)
                return

    def _say_counts(self) -> None:
        if self.view is None or self._finished is None or self._busy is not None:
            return
        now = self.desk.now()
        when = age(self._finished, now) if (now - self._finished).total_seconds() < 3600 else clock(self._finished, now)
        took = f"{self._took_s:.1f}"
        words = tr("Finished {when}, in {took} s. Nobody was paged.", when=when, took=took)
        self.sum.setText(f"{counts(self.view)} {words}")

    def _copy(self) -> None:
        if self.view is not None and self._finished is not None:
            at = self._finished.astimezone().strftime("%Y-%m-%d %H:%M %Z")
            heading = tr("StatusApp doctor, {subject}, {at}", subject=self.subject.currentText(), at=at)
            QGuiApplication.clipboard().setText(as_text(self.view, heading))
            self.desk.said.emit(tr("Copied. It holds names and addresses, and no secret."))
