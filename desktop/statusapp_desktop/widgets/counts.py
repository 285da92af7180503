"""Counts by state that are filters: press "1 down" to see which."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from statusapp_desktop.desk import Desk
from statusapp_desktop.icons import shape_icon
from statusapp_desktop.states import state_word
from statusapp_desktop.tokens import Shape
from statusapp_desktop.widgets.button import button
from statusapp_desktop.words import tr

_SHAPES: dict[str, Shape] = {
    "up": "fine",
    "pending": "blind",
    "held": "blind",
}


class Counts(QWidget):
    """Says ``chosen`` with the state to show, "" for all."""

    chosen = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self._row.addStretch(1)
        self._buttons: dict[str, QPushButton] = {}
        self._state = ""
        self._counts: dict[str, int] = {}
        desk.theme.changed.connect(lambda: self.show_counts(self._counts))

    def show_counts(self, counts: dict[str, int]) -> None:
        """Show how many there are of each state, in the order given."""
        self._counts = counts
        for state in set(self._buttons) - set(counts):
            self._buttons.pop(state).deleteLater()
            if state == self._state:
                self._press(state)
        for place, (state, number) in enumerate(counts.items()):
            each = self._buttons.get(state)
            if each is None:
                each = self._buttons[state] = button("", partial(self._press, state), "quiet")
                each.setCheckable(True)
                each.setProperty("role", "count")
            words = tr("{n} {state}", n=f"{number:,}", state=state_word(state))
            each.setText(words)
            each.setAccessibleName(words)
            each.setToolTip(tr("Show only these"))
            shape = _SHAPES.get(state, state)
            tokens = self._desk.tokens
            each.setIcon(shape_icon(shape, tokens.states[shape]))  # type: ignore[index]
            self._row.removeWidget(each)
            self._row.insertWidget(place, each)

    def _press(self, state: str) -> None:
        self._state = "" if self._state == state else state
        for key, each in self._buttons.items():
            each.setChecked(key == self._state)
        self.chosen.emit(self._state)
