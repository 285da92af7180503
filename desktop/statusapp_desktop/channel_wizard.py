"""Create Channel: kind, the steps at the other side, key and settings, Test, Save."""

from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from statusapp_desktop.desk import Desk
from statusapp_desktop.editing import Editing
from statusapp_desktop.key_page import KeyPage
from statusapp_desktop.link import path_of
from statusapp_desktop.widgets.button import button
from statusapp_desktop.widgets.card import Card, line
from statusapp_desktop.widgets.choice import Tick
from statusapp_desktop.widgets.kind_choice import KindChoice
from statusapp_desktop.widgets.label import Label
from statusapp_desktop.widgets.pagerduty_page import PagerDutyPage
from statusapp_desktop.widgets.question import ask
from statusapp_desktop.widgets.steps import Steps
from statusapp_desktop.widgets.test_panel import TestPanel
from statusapp_desktop.words import clock, tr
from statusapp_shared.protocol import FaultView, KindsView, KindView

KIND, THERE, KEY, TEST, SAVE = range(5)


class ChannelWizard(QWidget):
    """Says ``saved`` with the channel's name, ``left`` when it was given up; then nothing of it is left behind."""

    saved = Signal(str)
    left = Signal()

    def __init__(self, desk: Desk, suggested: str = "") -> None:
        super().__init__()
        self.desk = desk
        self._editing = Editing(desk, self)
        self._suggested = suggested
        self._kinds: dict[str, KindView] = {}
        self.kind: KindView | None = None
        self.name = ""
        self._made = False
        self._passed: bool | None = None
        self._note = ""
        self.rail = Steps(
            desk.theme, [tr("Kind"), tr("At the other side"), tr("Key and settings"), tr("Test"), tr("Save")]
        )
        self.choice = KindChoice()
        self.choice.chosen.connect(self.choose)
        self.there = PagerDutyPage()
        self.key_page = KeyPage(desk, self._editing)
        self.key_page.edited.connect(self._edited)
        self.panel = TestPanel(desk)
        self.panel.over.connect(self._tested)
        self.critical = Tick(tr("Assign to every monitor that tells nobody yet"))
        self.summary = Label(wrap=True)
        self.back_button = button(tr("Back"), self.back)
        self.next_button = button(tr("Continue"), self.forward, "primary")
        self.cancel_button = button(tr("Cancel"), self.cancel, "quiet")
        self.said = Label(role="fault", wrap=True)
        self._lay_out()
        self._go(KIND)
        self._editing.kinds(self._know)

    def _lay_out(self) -> None:
        self.stack = QStackedWidget()
        test = QWidget()
        column = QVBoxLayout(test)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(Label(tr("Test"), more=2, bold=True))
        words = tr(
            "A test walks the road of a real page, then closes its own incident. It is marked as a test everywhere."
        )
        column.addWidget(Label(words, "muted", wrap=True))
        column.addWidget(self.panel)
        column.addStretch(1)
        save = QWidget()
        column = QVBoxLayout(save)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(Label(tr("Save"), more=2, bold=True))
        card = Card()
        card.box.addWidget(self.summary)
        card.box.addWidget(self.critical)
        column.addWidget(card)
        column.addStretch(1)
        for page in (self.choice, self.there, self.key_page, test, save):
            self.stack.addWidget(page)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.cancel_button)
        foot.addWidget(self.said, 1)
        foot.addWidget(self.back_button)
        foot.addWidget(self.next_button)
        right = QVBoxLayout()
        right.setSpacing(12)
        right.addWidget(self.stack, 1)
        right.addWidget(line())
        right.addLayout(foot)
        left = QVBoxLayout()
        left.addWidget(self.rail)
        left.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 8, 0, 0)
        row.setSpacing(16)
        row.addLayout(left)
        row.addLayout(right, 1)

    # The steps

    def _know(self, kinds: KindsView) -> None:
        self._kinds = {each.name: each for each in kinds.channels}
        self.choice.show_kinds(kinds.channels)
        if self._suggested in self._kinds:
            self.choose(self._suggested)

    def choose(self, name: str) -> None:
        """Take a kind; its form is drawn from the agent's schema."""
        if self.kind is None or self.kind.name != name:
            self.kind = self._kinds[name]
            self.key_page.show_kind(self.kind, self._free_name(name))
        self._go(THERE if name == "pagerduty" else KEY)

    def _free_name(self, kind: str) -> str:
        names = set(self.desk.mirror.channels)
        return next(name for name in (kind, *(f"{kind}-{n}" for n in range(2, 10_000))) if name not in names)

    def _edited(self) -> None:
        self.said.setText("")
        self._passed = None

    def _go(self, step: int) -> None:
        self.stack.setCurrentIndex(step)
        title = "" if self.kind is None else self.kind.title
        tested = "" if self._passed is None else tr("passed") if self._passed else tr("failed")
        there = tr("6 steps") if self.kind is None or self.kind.name == "pagerduty" else tr("see its help")
        self.rail.show_step(step, [title, there, self._note, tested, ""])
        self.back_button.setVisible(step > KIND)
        self.next_button.setVisible(step > KIND)
        self.next_button.setText({TEST: tr("Continue"), SAVE: tr("Save channel")}.get(step, tr("Continue")))
        self.said.setText("")
        if step == SAVE:
            self._sum_up()

    def _sum_up(self) -> None:
        if self._passed:
            self.summary.setText(tr("{name} works. Save it, and it tells whom its monitors name.", name=self.name))
        else:
            self.summary.setText(
                tr(
                    "{name} is not tested. You can save it; Doctor shows it as unknown until a test passes.",
                    name=self.name,
                )
            )
        lonely = [each for each in self.desk.mirror.monitors.values() if not each.channels and each.tier is None]
        self.critical.setVisible(bool(lonely))
        self.critical.setChecked(bool(lonely))

    def back(self) -> None:
        """Go one step back."""
        step = self.stack.currentIndex()
        self._go(KIND if step == KEY and (self.kind is None or self.kind.name != "pagerduty") else step - 1)

    def forward(self) -> None:
        """Go one step on; leaving the key hands it to the agent, which judges it and keeps it."""
        match self.stack.currentIndex():
            case 1:
                field = self.key_page.form.fields.get(("region",)) if self.key_page.form is not None else None
                if field is not None:
                    field.load(self.there.region.key)
                self._go(KEY)
            case 2:
                self._hand_over()
            case 3:
                self._go(SAVE)
            case 4:
                self._save()

    def _hand_over(self) -> None:
        if self.key_page.form is None:
            return
        document = self.key_page.form.document()
        self.next_button.setEnabled(False)
        if self._made and document.get("name") != self.name:
            self.desk.ask("DELETE", path_of("channels", self.name), self)
            self._made = False
        self._editing.save("channels", [document], partial(self._handed_over, document))

    def _handed_over(self, document: dict[str, Any], faults: list[FaultView], sentence: str) -> None:
        self.next_button.setEnabled(True)
        if sentence:
            if self.key_page.form is not None and self.key_page.form.show_faults(faults, everywhere=True):
                self.key_page.form.go_to_fault()
            self.said.setText("" if faults else sentence)
            return
        self.name, self._made = str(document["name"]), True
        self._note = tr("set at {at}", at=clock(self.desk.now(), self.desk.now()))
        self.panel.use(self.name, self.kind.title if self.kind is not None else self.name)
        self._go(TEST)

    def _tested(self, passed: bool) -> None:
        self._passed = passed
        self._go(TEST)

    # The end

    def _save(self) -> None:
        if not self._passed:
            title = tr("Not tested. Save anyway?")
            body = tr("Doctor will show it as unknown until a test passes.")
            ask(self, title, body, tr("Test first"), tr("Save untested"), self._finish)
        else:
            self._finish()

    def _finish(self) -> None:
        if self.critical.isVisible() and self.critical.isChecked():
            self._editing.documents(self._assign)
        else:
            self._end()

    def _assign(self, whole: dict[str, Any]) -> None:
        lonely = [
            {**each, "channels": [self.name]}
            for each in whole.get("monitors", ())
            if not each.get("channels") and "tier" not in each
        ]
        if lonely:
            self._editing.save("monitors", lonely, self._assigned)
        else:
            self._end()

    def _assigned(self, _faults: list[FaultView], sentence: str) -> None:
        if sentence:
            self.said.setText(sentence)
        else:
            self._end()

    def _end(self) -> None:
        self._made = False
        self.saved.emit(self.name)

    def cancel(self) -> None:
        """Give it up: what was handed to the agent for the test is taken back."""
        if self._made:
            self.desk.ask("DELETE", path_of("channels", self.name), self.desk)
            self._made = False
        self.left.emit()
