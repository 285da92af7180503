"""Buttons in their four roles, and segments for two to five exclusive choices."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from statusapp_desktop.theme import sized
from statusapp_desktop.words import tr


def button(text: str, pressed: Callable[[], object] | None = None, role: str = "", name: str = "") -> QPushButton:
    """Return a button. ``role``: "primary" (one per screen), "quiet", "danger" or "" for an ordinary one."""
    made = QPushButton(text)
    made.setAutoDefault(False)
    if role:
        made.setProperty("role", role)
    made.setAccessibleName(name or text)
    if pressed is not None:
        # Qt hands "checked" to whoever takes an argument; nobody here asked for it.
        made.clicked.connect(lambda _checked: pressed())
    return made


class Busy:
    """Keeps a button from being pressed twice while something is asked; its width stays."""

    def __init__(self, which: QPushButton, words: str = "") -> None:
        self._which, self._text = which, which.text()
        which.setMinimumWidth(which.width())
        which.setEnabled(False)
        which.setToolTip(tr("Under way."))
        if words:
            which.setText(words)

    def over(self) -> None:
        """Give the button back."""
        self._which.setEnabled(True)
        self._which.setText(self._text)
        self._which.setToolTip("")


def _bold_width(which: QPushButton, text: str) -> int:
    metrics = QFontMetrics(sized(which.font(), 0, QFont.Weight.DemiBold))
    return metrics.horizontalAdvance(text) + 30


class Segments(QWidget):
    """Exclusive choices side by side; ``chosen`` says the key of the new one."""

    chosen = Signal(str)

    def __init__(self, choices: Sequence[tuple[str, str]], name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._group = QButtonGroup(self)
        self._keys = [key for key, _ in choices]
        for index, (_, text) in enumerate(choices):
            each = button(text, role="segment")
            each.setCheckable(True)
            edge = "first" if index == 0 else "last" if index == len(choices) - 1 else ""
            each.setProperty("edge", edge)
            # The chosen one is written in bold, and nothing may move for that.
            each.setMinimumWidth(_bold_width(each, text))
            self._group.addButton(each, index)
            row.addWidget(each)
        self._group.button(0).setChecked(True)
        self._group.idClicked.connect(lambda index: self.chosen.emit(self._keys[index]))

    @property
    def key(self) -> str:
        """The choice in force."""
        return self._keys[self._group.checkedId()]

    def choose(self, key: str) -> None:
        """Choose without saying so."""
        self._group.button(self._keys.index(key)).setChecked(True)

    def rename(self, key: str, text: str) -> None:
        """Change the words of one choice."""
        which = self._group.button(self._keys.index(key))
        which.setText(text)
        if isinstance(which, QPushButton):
            which.setMinimumWidth(_bold_width(which, text))
