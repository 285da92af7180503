"""The chain of reasons from check to person, numbered."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from statusapp_desktop.incident_words import whole
from statusapp_desktop.theme import Theme
from statusapp_desktop.tokens import Shape
from statusapp_desktop.widgets.label import Label
from statusapp_desktop.widgets.symbol import Symbol
from statusapp_desktop.words import tr
from statusapp_shared.protocol import WhyView


class Why(QWidget):
    """Question, answer, and whether this link held: a tick, a cross, or a question mark for nobody knows."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(10)
        self._grid.setColumnStretch(1, 1)
        self._shown: WhyView | None = None
        self.show_why(None)

    def show_why(self, why: WhyView | None) -> None:
        """Show the reasons; None while they are not known yet."""
        if why is not None and why == self._shown:
            return
        self._shown = why
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        if why is None:
            self._grid.addWidget(Label(tr("Loading"), "muted"), 0, 1)
            return
        for row, step in enumerate(why.steps):
            shape: Shape = "blind" if step.ok is None else "fine" if step.ok else "down"
            symbol = Symbol(self._theme, shape, 12)
            words = QWidget()
            inner = QGridLayout(words)
            inner.setContentsMargins(0, 0, 0, 0)
            inner.setSpacing(1)
            question, answer = Label(step.question, "muted", more=-1, wrap=True), Label(whole(step.answer), wrap=True)
            inner.addWidget(question, 0, 0)
            inner.addWidget(answer, 1, 0)
            words.setAccessibleName(f"{step.question} {step.answer}")
            self._grid.addWidget(symbol, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(words, row, 1)
