"""Cards, thin lines and bands: the frames that things stand in."""

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout

from statusapp_desktop.theme import Theme
from statusapp_desktop.tokens import Shape
from statusapp_desktop.widgets.button import button
from statusapp_desktop.widgets.label import Label, set_role
from statusapp_desktop.widgets.symbol import Symbol


class Card(QFrame):
    """A surface with a thin border; ``box`` takes the content."""

    def __init__(self, title: str = "", *, padding: int = 16) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(padding, padding - 2 if padding else 0, padding, padding)
        self.box.setSpacing(8)
        if title:
            self.box.addWidget(Label(title, more=1, bold=True))


def line() -> QFrame:
    """Return a thin horizontal line."""
    made = QFrame()
    made.setProperty("role", "line")
    return made


class Band(QFrame):
    """What concerns the whole pane: a tint, a shape, one sentence, at most two buttons."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "band")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(20, 14, 20, 14)
        self._row.setSpacing(16)
        self.symbol = Symbol(theme, size=24)
        self.title = Label(more=2, bold=True, wrap=True)
        self.detail = Label(wrap=True)
        words = QVBoxLayout()
        words.setSpacing(3)
        words.addWidget(self.title)
        words.addWidget(self.detail)
        self._row.addWidget(self.symbol)
        self._row.addLayout(words, 1)

    def say(self, shape: Shape, title: str, detail: str = "") -> None:
        """Say it, and nothing else."""
        set_role(self, "shape", shape)
        self.symbol.show_shape(shape)
        self.title.setText(title)
        self.detail.setText(detail)
        self.detail.setVisible(bool(detail))
        self.setAccessibleName(f"{title} {detail}".strip())

    def add(self, text: str, pressed: Callable[[], object], role: str = "") -> QPushButton:
        """Add a button at the right."""
        made = button(text, pressed, role)
        self._row.addWidget(made)
        return made
