"""A row of facts: a small word above, what it is below."""

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from statusapp_desktop.widgets.label import Label


class Facts(QWidget):
    """Shows pairs; the labels are made once and only their words change."""

    def __init__(self) -> None:
        super().__init__()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(16)
        self._pairs: list[tuple[Label, Label, QWidget]] = []

    def show_facts(self, facts: list[tuple[str, str]]) -> None:
        """Show these, and no others."""
        while len(self._pairs) < len(facts):
            cell = QWidget()
            column = QVBoxLayout(cell)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(2)
            name, value = Label(role="muted", more=-1), Label(bold=True)
            column.addWidget(name)
            column.addWidget(value)
            self._row.addWidget(cell)
            self._pairs.append((name, value, cell))
        for number, (name, value, cell) in enumerate(self._pairs):
            cell.setVisible(number < len(facts))
            if number < len(facts):
                name.setText(facts[number][0])
                value.setText(facts[number][1])
                cell.setAccessibleName(": ".join(facts[number]))
