"""The rows of the doctor: a question with its sum, and a point with its verdict by shape and word."""

from collections.abc import Callable, Collection

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from statusapp_desktop.doctor_words import SHAPES, passing, verdict_word
from statusapp_desktop.theme import Theme
from statusapp_desktop.widgets.button import button
from statusapp_desktop.widgets.card import line
from statusapp_desktop.widgets.label import Label
from statusapp_desktop.widgets.symbol import Symbol
from statusapp_shared.protocol import DoctorFinding

_WORD, _POINT = 12, 26
"""Widths of the columns in letters of the font: they grow with it."""


class GroupRow(QFrame):
    """A question, and how many of its points pass."""

    def __init__(self, name: str, findings: Collection[DoctorFinding], *, first: bool) -> None:
        super().__init__()
        self.setProperty("role", "group")
        self.setProperty("edge", "first" if first else "")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 8)
        row.addWidget(Label(name, bold=True, wrap=True), 1)
        row.addWidget(Label(passing(findings), "muted"))
        self.setAccessibleName(f"{name} {passing(findings)}")


class FindingRow(QFrame):
    """One point; what passed is muted, what did not says what to do."""

    def __init__(self, theme: Theme, finding: DoctorFinding, *, last: bool) -> None:
        super().__init__()
        self.finding = finding
        shape, word = SHAPES[finding.verdict], verdict_word(finding.verdict)
        wide = self.fontMetrics().averageCharWidth()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self._row = row = QHBoxLayout()
        row.setContentsMargins(16, 7, 16, 7)
        row.setSpacing(12)
        row.addWidget(Symbol(theme, shape, 16))
        said = Label(word, f"verdict-{finding.verdict}", more=-1, bold=True)
        said.setFixedWidth(max(wide * _WORD, said.sizeHint().width()))
        row.addWidget(said)
        point = Label(finding.point, wrap=True)
        point.setFixedWidth(wide * _POINT)
        row.addWidget(point)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Label(finding.text, "muted" if finding.verdict == "pass" else "", wrap=True))
        if finding.remedy and finding.verdict != "pass":
            self.remedy = Label(finding.remedy, "muted", wrap=True)
            words.addWidget(self.remedy)
        row.addLayout(words, 1)
        row.setAlignment(words, Qt.AlignmentFlag.AlignVCenter)
        outer.addLayout(row)
        self.setMinimumHeight(43)
        if not last:
            outer.addWidget(line())
        self.setAccessibleName(f"{word}. {finding.point}. {finding.text} {finding.remedy or ''}".strip())

    def offer(self, text: str, pressed: Callable[[], object], name: str) -> None:
        """Add the one button that helps."""
        self.open = button(text, pressed, name=f"{text}: {name}")
        self._row.addWidget(self.open, 0, Qt.AlignmentFlag.AlignVCenter)
