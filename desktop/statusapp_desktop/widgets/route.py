"""Who would be told, when, in the agent's own words."""

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from statusapp_desktop.desk import Desk
from statusapp_desktop.link import path_of
from statusapp_desktop.widgets.label import Label
from statusapp_shared.protocol import RouteView


class Route(QWidget):
    """Shows the route of a monitor as it is saved."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 1)
        self._shown: RouteView | None = None

    def ask(self, monitor: str) -> None:
        """Ask for the route of a monitor."""
        self._desk.ask("GET", path_of("monitors", monitor, "route"), self, self._show)

    def _show(self, answer: Any) -> None:
        route = RouteView.model_validate(answer)
        if route == self._shown:
            return
        self._shown = route
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        if not route.steps:
            self._grid.addWidget(Label(route.sentence, wrap=True), 0, 0, 1, 2)
        for row, step in enumerate(route.steps):
            number = Label(str(row + 1), "muted")
            self._grid.addWidget(number, row, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
            self._grid.addWidget(Label(step.text, wrap=True), row, 1)
        self.setAccessibleName(route.sentence)
