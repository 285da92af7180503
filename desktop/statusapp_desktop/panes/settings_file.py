"""The settings as TOML: seen, written to a file, and taken from a file after the plan has been shown."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout

from statusapp_desktop.desk import Desk
from statusapp_desktop.files import write_text
from statusapp_desktop.link import Refusal
from statusapp_desktop.settings_words import fault_lines, plan_lines
from statusapp_desktop.widgets.button import button
from statusapp_desktop.widgets.card import Card
from statusapp_desktop.widgets.label import Label
from statusapp_desktop.widgets.rows import Rows
from statusapp_desktop.words import counted, tr
from statusapp_shared.protocol import PlanView

_MOST_BYTES = 1_048_576


class SettingsFile(Card):
    """A file is planned first; it is done only when the plan has been seen."""

    known = Signal(str)
    """The settings have been read: their text."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(tr("Settings as a file"))
        self._desk = desk
        self._wanted: dict[str, Any] | None = None
        words = tr("TOML, without secrets. What a file does not name stays as it is.")
        self.box.addWidget(Label(words, "muted", wrap=True))
        self.text = QPlainTextEdit(readOnly=True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(220)
        self.text.setAccessibleName(tr("The settings as TOML"))
        self.box.addWidget(self.text)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(button(tr("Export ..."), self._export))
        row.addWidget(button(tr("Apply a file ..."), self._choose))
        row.addStretch(1)
        self.box.addLayout(row)
        self._build_plan()

    def _build_plan(self) -> None:
        self.plan = QFrame()
        self.plan.setProperty("role", "code")
        box = QVBoxLayout(self.plan)
        box.setContentsMargins(16, 12, 16, 12)
        self.title = Label(bold=True, wrap=True)
        self.lines = Rows()
        self.apply = button(tr("Apply"), self._apply, "primary")
        self.leave = button(tr("Leave as it is"), self._leave, "quiet")
        row = QHBoxLayout()
        row.addWidget(self.apply)
        row.addWidget(self.leave)
        row.addStretch(1)
        box.addWidget(self.title)
        box.addWidget(self.lines)
        box.addLayout(row)
        self.box.addWidget(self.plan)
        self.plan.hide()

    def ask(self) -> None:
        """Ask for the settings."""
        self._desk.ask("GET", "/settings", self, self._show)

    def _show(self, answer: Any) -> None:
        # Setting the same text would lose the place somebody is reading.
        if answer["text"] != self.text.toPlainText():
            self.text.setPlainText(answer["text"])
        self.known.emit(answer["text"])

    # Out

    def _export(self) -> None:
        usual = str(Path.home() / "statusapp-settings.toml")
        name, _ = QFileDialog.getSaveFileName(self, tr("Export settings"), usual, "TOML (*.toml)")
        if name:
            self._desk.said.emit(self.write(name))

    def write(self, name: str) -> str:
        """Write the settings to a file; return what to say of it."""
        return write_text(name, self.text.toPlainText())

    # In

    def _choose(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, tr("Apply settings"), str(Path.home()), "TOML (*.toml)")
        if name:
            self.consider(name)

    def consider(self, name: str) -> None:
        """Have the agent plan what a file would change, and show it."""
        try:
            raw = Path(name).read_bytes()
            if len(raw) > _MOST_BYTES:
                self._refused_file(tr("{file} is larger than 1 MB; settings are not.", file=name))
                return
            text = raw.decode("utf-8")
        except OSError as error:
            why = error.strerror or type(error).__name__
            self._refused_file(tr("{file} could not be read: {why}.", file=name, why=why))
            return
        except UnicodeDecodeError:
            self._refused_file(tr("{file} is not a text file in UTF-8.", file=name))
            return
        self._wanted = {"text": text, "file": Path(name).name}
        body = {**self._wanted, "dry_run": True}
        self._desk.link.ask("POST", "/settings", owner=self, then=self._planned, failed=self._refused, body=body)

    def _planned(self, answer: Any) -> None:
        plan = PlanView.model_validate(answer)
        lines = plan_lines(plan) + [(tr("Mind"), warning) for warning in plan.warnings]
        self.lines.show_pairs(lines)
        if plan.changes:
            self.title.setText(counted(len(plan.changes), "{n} change would be made", "{n} changes would be made"))
            self.apply.setText(counted(len(plan.changes), "Apply {n} change", "Apply {n} changes"))
        else:
            self.title.setText(tr("The agent is as this file says; nothing would change."))
        self._offer(bool(plan.changes))

    def _refused(self, refusal: Refusal) -> None:
        self.title.setText(refusal.sentence)
        # A single fault is the sentence itself.
        faults = fault_lines(refusal.faults) if len(refusal.faults) > 1 else []
        self.lines.show_pairs([(tr("Fault {n}", n=number), line) for number, line in enumerate(faults, 1)])
        self._offer(can_apply=False)

    def _refused_file(self, sentence: str) -> None:
        self.title.setText(sentence)
        self.lines.show_pairs([])
        self._offer(can_apply=False)

    def _offer(self, can_apply: bool) -> None:
        if not can_apply:
            self._wanted = None
        self.apply.setVisible(can_apply)
        self.leave.setText(tr("Leave as it is") if can_apply else tr("Close"))
        self.plan.show()

    def _apply(self) -> None:
        if self._wanted is not None:
            self.apply.setEnabled(False)
            body, self._wanted = self._wanted, None
            self._desk.link.ask(
                "POST", "/settings", owner=self, then=self._applied, failed=self._not_applied, body=body
            )

    def _applied(self, answer: Any) -> None:
        made = len(PlanView.model_validate(answer).changes)
        self.apply.setEnabled(True)
        self.plan.hide()
        self._desk.said.emit(counted(made, "{n} change was made.", "{n} changes were made."))
        self.ask()

    def _not_applied(self, refusal: Refusal) -> None:
        self.apply.setEnabled(True)
        self._refused(refusal)

    def _leave(self) -> None:
        self._wanted = None
        self.plan.hide()
