"""All monitors as a table model: worst first, filtered, changed in place while somebody looks."""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer

from statusapp_desktop.desk import Desk
from statusapp_desktop.filtering import matches
from statusapp_desktop.mirror import Changed
from statusapp_desktop.monitor_words import cell_text, column_title, sentence
from statusapp_desktop.states import RANK, monitor_shape
from statusapp_desktop.tokens import Shape
from statusapp_shared.protocol import IncidentView, MonitorView

_REPAINT_MS = 250
"""At most four times a second: a thousand monitors change all the time."""
MONITOR = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex


class MonitorRows(QAbstractTableModel):
    """Columns are named by keys: "state", "name", "now", "latency", "strip", "since", "kind", "tier", "channels"."""

    def __init__(self, desk: Desk, columns: tuple[str, ...], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.columns = columns
        self.strips: Mapping[str, str] = {}
        self.text = ""
        self.state = ""
        self.watched: Callable[[], bool] = lambda: True
        """Whether anybody can see the table; while nobody can, nothing is put in order."""
        self.held = False
        """While the pointer or the keyboard is in the table the order waits."""
        self._rows: list[str] = []
        self._places: dict[str, int] = {}
        self._touched: set[str] = set()
        self._all = False
        self._due = QTimer(self, singleShot=True, interval=_REPAINT_MS)
        self._due.timeout.connect(self.look)
        desk.changed.connect(self._changed)
        self.sort_now()

    # What there is

    def monitor(self, row: int) -> MonitorView | None:
        """Return the monitor of a row; None when it has just gone."""
        return self.desk.mirror.monitors.get(self._rows[row]) if row < len(self._rows) else None

    def row_of(self, name: str) -> int:
        """Return the row of a monitor, -1 when it is not shown."""
        return self._places.get(name, -1)

    def incident(self, monitor: MonitorView) -> IncidentView | None:
        """Return the open incident of a monitor."""
        return self.desk.mirror.incidents.get(monitor.incident_id) if monitor.incident_id else None

    def shape(self, monitor: MonitorView) -> Shape:
        """Return the shape of a monitor."""
        return monitor_shape(monitor, self.incident(monitor))

    def show(self, text: str | None = None, state: str | None = None) -> None:
        """Show only what fits a filter, and a state ("" for all)."""
        self.text = self.text if text is None else text
        self.state = self.state if state is None else state
        self.sort_now()

    def show_strips(self, strips: Mapping[str, str]) -> None:
        """Take over new strips."""
        self.strips = strips
        self._all = True
        self.look()

    # Changes

    def _changed(self, changed: Changed) -> None:
        if changed.noun == "monitor":
            self._touched.add(changed.name)
        elif changed.noun in ("snapshot", "monitor_gone", "incident"):
            self._all = True
        else:
            return
        if not self._due.isActive() and self.watched():
            self._due.start()

    def look(self) -> None:
        """Show what has changed; the order only changes while nobody is in the table."""
        wanted = self._wanted()
        same = set(wanted) == set(self._places)
        if wanted != self._rows and not (self.held and same):
            self._reorder(wanted)
        touched = range(len(self._rows)) if self._all else sorted(self._places.get(name, -1) for name in self._touched)
        for row in touched:
            if row >= 0:
                self.dataChanged.emit(self.index(row, 0), self.index(row, len(self.columns) - 1))
        self._touched.clear()
        self._all = False

    def sort_now(self) -> None:
        """Put everything in order at once: somebody asked for it."""
        self.beginResetModel()
        self._take(self._wanted())
        self.endResetModel()

    def _reorder(self, wanted: list[str]) -> None:
        self.layoutAboutToBeChanged.emit() if set(wanted) == set(self._places) else self.beginResetModel()
        if set(wanted) == set(self._places):
            before = self.persistentIndexList()
            after = [self.index(wanted.index(self._rows[each.row()]), each.column()) for each in before]
            self._take(wanted)
            self.changePersistentIndexList(before, after)
            self.layoutChanged.emit()
        else:
            self._take(wanted)
            self.endResetModel()

    def _take(self, wanted: list[str]) -> None:
        self._rows = wanted
        self._places = {name: row for row, name in enumerate(wanted)}

    def _wanted(self) -> list[str]:
        found = [
            each
            for each in self.desk.mirror.monitors.values()
            if (not self.state or self._group(each) == self.state) and matches(each, self.text)
        ]
        return [each.name for each in sorted(found, key=self._rank)]

    def _group(self, monitor: MonitorView) -> str:
        return "acknowledged" if self.shape(monitor) == "acknowledged" else monitor.state

    def _rank(self, monitor: MonitorView) -> tuple[float, str]:
        rank: float = RANK[monitor.state]
        if self.shape(monitor) == "acknowledged":
            rank += 0.5
        return rank, monitor.name.casefold()

    def counts(self) -> dict[str, int]:
        """Return how many monitors there are of each state, acknowledged ones apart, worst first, filter or not."""
        found: dict[str, int] = {}
        for each in sorted(self.desk.mirror.monitors.values(), key=self._rank):
            group = self._group(each)
            found[group] = found.get(group, 0) + 1
        return found

    # Qt's own

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's name and signature
        """Return how many monitors are shown."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's name and signature
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(self.columns)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's title."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        key = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column_title(key)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(
                Qt.AlignmentFlag.AlignVCenter | (_RIGHT if key in ("now", "since") else Qt.AlignmentFlag.AlignLeft)
            )
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text of a cell, the monitor itself, the tooltip, or the sentence for those who do not see it."""
        monitor = self.monitor(index.row()) if index.isValid() else None
        if monitor is None:
            return None
        if role == MONITOR:
            return monitor
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{monitor.name}\n{monitor.target}\n{monitor.reason}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return sentence(monitor, self.desk.now())
        if role == Qt.ItemDataRole.DisplayRole:
            return cell_text(monitor, self.incident(monitor), self.columns[index.column()], self.desk.now())
        return None


_RIGHT = Qt.AlignmentFlag.AlignRight
