"""One headline figure: what it is, how much, and how it changed."""

from PySide6.QtWidgets import QHBoxLayout

from statusapp_desktop.figures import Figure
from statusapp_desktop.widgets.card import Card
from statusapp_desktop.widgets.label import Label, set_role
from statusapp_desktop.words import tr


class FigureCard(Card):
    """Says its definition when the pointer rests on it."""

    def __init__(self) -> None:
        super().__init__(padding=14)
        self.box.setSpacing(2)
        self._title = Label(role="muted")
        self._value = Label(more=11, bold=True)
        self._change = Label(bold=True)
        self._was = Label(role="muted")
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self._change)
        row.addWidget(self._was, 1)
        self.box.addWidget(self._title)
        self.box.addWidget(self._value)
        self.box.addLayout(row)

    def say(self, figure: Figure) -> None:
        """Say it."""
        self._title.setText(figure.title)
        self._value.setText(figure.value)
        self._change.setText(figure.change)
        self._change.setVisible(bool(figure.change))
        set_role(self._change, "role", {"better": "figure-better", "worse": "figure-worse", "": "muted"}[figure.mood])
        self._was.setText(figure.was)
        self.setToolTip(figure.tip)
        mood = {"better": tr("better"), "worse": tr("worse"), "": ""}[figure.mood]
        self.setAccessibleName(f"{figure.title}: {figure.value}. {mood} {figure.change}, {figure.was}")
        self.setAccessibleDescription(figure.tip)
