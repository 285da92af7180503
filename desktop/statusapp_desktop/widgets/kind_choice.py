"""Choosing a kind: one card each, with what it does in one sentence."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from statusapp_desktop.widgets.button import button
from statusapp_desktop.widgets.card import Card
from statusapp_desktop.widgets.label import Label
from statusapp_desktop.words import tr
from statusapp_shared.protocol import KindView


class KindChoice(QScrollArea):
    """Says ``chosen`` with the name of a kind."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(0, 0, 8, 0)
        self._column.setSpacing(8)
        self._column.addStretch(1)
        self.setWidget(inner)
        self.buttons: dict[str, QWidget] = {}

    def show_kinds(self, kinds: Sequence[KindView]) -> None:
        """Show these kinds."""
        for kind in kinds:
            if kind.name in self.buttons:
                continue
            card = Card(padding=14)
            row = QHBoxLayout()
            words = QVBoxLayout()
            words.setSpacing(2)
            words.addWidget(Label(kind.title, bold=True))
            words.addWidget(Label(kind.description, "muted", wrap=True))
            choose = button(tr("Choose"), partial(self.chosen.emit, kind.name), name=tr("Choose {k}", k=kind.title))
            row.addLayout(words, 1)
            row.addWidget(choose)
            card.box.addLayout(row)
            self.buttons[kind.name] = choose
            self._column.insertWidget(self._column.count() - 1, card)
