"""Rows of words in a card: pairs of a small word and its value, and lists with a shape at the left."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from statusapp_desktop.theme import Theme
from statusapp_desktop.tokens import Shape
from statusapp_desktop.widgets.label import Label
from statusapp_desktop.widgets.symbol import Symbol

_FIRST = 22
"""Width of the first column in letters of the font."""


class Rows(QWidget):
    """A grid that is filled anew as a whole."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(8)
        self._shown: object = None

    def _wipe(self, what: object) -> bool:
        """Take everything away; return False, and leave it, when it is what is shown already."""
        if what == self._shown:
            return False
        self._shown = what
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        return True

    def show_pairs(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Show pairs: the word muted, the value beside it; values can be copied."""
        told = list(pairs)
        if not self._wipe(told):
            return
        for row, (name, value) in enumerate(told):
            word = Label(name, "muted")
            word.setMinimumWidth(self.fontMetrics().averageCharWidth() * _FIRST)
            said = Label(value, wrap=True)
            said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            said.setAccessibleName(f"{name}: {value}")
            self._grid.addWidget(word, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(said, row, 1)
        self._grid.setColumnStretch(1, 1)

    def show_list(self, theme: Theme, rows: Iterable[tuple[str, str, Shape | None, str]]) -> None:
        """Show rows of a name, a second word, a shape (None: none), and a sentence."""
        told = list(rows)
        if not self._wipe(told):
            return
        for row, (name, second, shape, sentence) in enumerate(told):
            first = Label(name, wrap=True)
            first.setMinimumWidth(self.fontMetrics().averageCharWidth() * _FIRST)
            self._grid.addWidget(first, row, 0)
            self._grid.addWidget(Label(second, "muted", wrap=True), row, 1)
            if shape is not None:
                self._grid.addWidget(Symbol(theme, shape, 16), row, 2)
            said = Label(sentence, wrap=True)
            said.setAccessibleName(f"{name}, {second}: {sentence}")
            self._grid.addWidget(said, row, 3)
        for column, stretch in ((0, 0), (1, 2), (2, 0), (3, 3)):
            self._grid.setColumnStretch(column, stretch)
