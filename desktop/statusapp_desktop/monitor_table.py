"""The table of monitors: rows, cells and header put together, with the 24 h strips kept fresh."""

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from statusapp_desktop.desk import Desk
from statusapp_desktop.monitor_cells import MonitorCells
from statusapp_desktop.monitor_rows import MonitorRows
from statusapp_desktop.tokens import ROW
from statusapp_desktop.words import tr
from statusapp_shared.protocol import MonitorView
from statusapp_shared.strips import StripsView

_STRIPS_MS = 60_000
_WIDTHS = {
    "state": 46,
    "now": 84,
    "latency": 96,
    "strip": 124,
    "since": 132,
    "kind": 92,
    "tier": 64,
    "channels": 130,
    "interval": 76,
}


class MonitorTable(QTableView):
    """Says ``chosen`` with a name when a row is opened by click or Enter."""

    chosen = Signal(str)

    def __init__(self, desk: Desk, columns: tuple[str, ...]) -> None:
        super().__init__()
        self.desk = desk
        self.rows = MonitorRows(desk, columns, self)
        self.rows.watched = lambda: self.window().isVisible()
        self.setModel(self.rows)
        self.setItemDelegate(MonitorCells(self.rows, self))
        self.setAccessibleName(tr("Monitors"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._columns(columns)
        self.viewport().installEventFilter(self)
        self.clicked.connect(self._open)
        self._fresh = QTimer(self, interval=_STRIPS_MS)
        self._fresh.timeout.connect(self.ask_strips)
        self._ages = QTimer(self, interval=1_000)
        self._ages.timeout.connect(self.viewport().update)
        desk.contact.connect(self.ask_strips)
        desk.theme.changed.connect(self.viewport().update)

    def _columns(self, columns: tuple[str, ...]) -> None:
        down = self.verticalHeader()
        down.setVisible(False)
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        down.setDefaultSectionSize(max(ROW, self.fontMetrics().height() + 18))
        across = self.horizontalHeader()
        across.setHighlightSections(False)
        across.setSectionsClickable(False)
        grown = self.fontMetrics().height() / 15
        for number, key in enumerate(columns):
            if key == "name":
                across.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)
            else:
                across.setSectionResizeMode(number, QHeaderView.ResizeMode.Fixed)
                self.setColumnWidth(number, round(_WIDTHS[key] * max(1.0, grown)))

    def current(self) -> MonitorView | None:
        """Return the monitor of the current row."""
        index = self.currentIndex()
        return self.rows.monitor(index.row()) if index.isValid() else None

    def chosen_names(self) -> list[str]:
        """Return the names of the selected rows."""
        found = (self.rows.monitor(index.row()) for index in self.selectionModel().selectedRows())
        return [each.name for each in found if each is not None]

    def go_to(self, name: str) -> None:
        """Make a monitor's row the current one."""
        row = self.rows.row_of(name)
        if row >= 0:
            self.setCurrentIndex(self.rows.index(row, 0))

    def ask_strips(self) -> None:
        """Ask for fresh strips while somebody looks."""
        if self.isVisible() and "strip" in self.rows.columns and self.desk.mirror.is_live(self.desk.now()):
            self.desk.link.ask("GET", "/strips", owner=self, then=self._strips, query={"hours": "24", "cells": "96"})

    def _strips(self, answer: object) -> None:
        view = StripsView.model_validate(answer)
        self.rows.show_strips({each.monitor: each.cells for each in view.items})

    def _open(self, index: QModelIndex) -> None:
        monitor = self.rows.monitor(index.row())
        if monitor is not None:
            self.chosen.emit(monitor.name)

    # Qt's own

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Hold the order while the pointer is in the table."""
        if event.type() in (QEvent.Type.Enter, QEvent.Type.Leave):
            self.rows.held = event.type() == QEvent.Type.Enter
            if not self.rows.held:
                self.rows.look()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Enter opens."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._open(self.currentIndex())
            return
        super().keyPressEvent(event)

    def showEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Count ages and fetch strips only while somebody looks."""
        super().showEvent(event)  # type: ignore[arg-type]
        self.rows.look()
        self._ages.start()
        self._fresh.start()
        self.ask_strips()

    def hideEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Stop both."""
        self._ages.stop()
        self._fresh.stop()
        super().hideEvent(event)  # type: ignore[arg-type]
