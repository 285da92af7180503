"""A card with a chart that is also a table: the same numbers, sortable and copied with Ctrl+C."""

from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QResizeEvent, QShortcut, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QStackedWidget, QTableView, QWidget

from statusapp_desktop.tables import Cell, Table
from statusapp_desktop.theme import sized
from statusapp_desktop.tokens import Tokens
from statusapp_desktop.widgets.card import Card
from statusapp_desktop.widgets.label import Label
from statusapp_desktop.words import tr

_PADDING, _WIDEST = 22, 260


class Chart(Protocol):
    """What draws: in given colours, so that an export can be light while the window is dark."""

    def recolour(self, tokens: Tokens) -> None:
        """Draw in these colours from now on."""


class NumberTable(QTableView):
    """Shows a `Table`; a click on a head sorts."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._model = QStandardItemModel(self)
        self.setModel(self._model)
        self.setAccessibleName(tr("{title}, as a table", title=title))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(26)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setFont(sized(self.font(), -1))
        QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self, self.copy).setContext(
            Qt.ShortcutContext.WidgetShortcut
        )

    def show_table(self, table: Table) -> None:
        """Show these rows."""
        self.setSortingEnabled(False)
        self._model.clear()
        self._model.setHorizontalHeaderLabels(list(table.heads))
        for row in table.rows:
            self._model.appendRow([_item(cell) for cell in row])
        header = self.horizontalHeader()
        for column in range(len(table.heads)):
            side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
            self._model.horizontalHeaderItem(column).setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, head in enumerate(table.heads):
            header.resizeSection(column, header.fontMetrics().horizontalAdvance(head) + _PADDING)
        self._fit()
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)

    def _fit(self) -> None:
        """Give the first column what the others leave, and never less than its words need."""
        header = self.horizontalHeader()
        if header.count():
            others = sum(header.sectionSize(column) for column in range(1, header.count()))
            needed = min(_WIDEST, self.sizeHintForColumn(0) + 8)
            header.resizeSection(0, max(needed, self.viewport().width() - others))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Fit anew."""
        super().resizeEvent(event)
        self._fit()

    def copy(self) -> None:
        """Copy the chosen rows, or all when none is chosen, with their heads, for a spreadsheet."""
        chosen = sorted({index.row() for index in self.selectedIndexes()}) or range(self._model.rowCount())
        columns = range(self._model.columnCount())
        lines = ["\t".join(self._model.horizontalHeaderItem(column).text() for column in columns)]
        lines += ["\t".join(self._model.item(row, column).text() for column in columns) for row in chosen]
        QGuiApplication.clipboard().setText("\n".join(lines) + "\n")


def _item(cell: Cell) -> QStandardItem:
    item = QStandardItem()
    if isinstance(cell, str):
        item.setText(cell)
        item.setToolTip(cell)
    else:
        item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        # A number sorts as a number; nothing to count sorts below everything, and is not a 0.
        item.setData(tr("n/a") if cell is None else cell, Qt.ItemDataRole.DisplayRole)
    return item


class ChartCard(Card):
    """A title that names the quantity, what is left out at the right, and the chart or its table."""

    def __init__(self, title: str, chart: QWidget | None = None) -> None:
        super().__init__(padding=14)
        head = QHBoxLayout()
        head.addWidget(Label(title, more=1, bold=True))
        self.note = Label(role="muted", more=-1, wrap=True)
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.note, 1)
        self.box.addLayout(head)
        self.chart = chart
        self.table = NumberTable(title)
        self.numbers: Table | None = None
        self._stack = QStackedWidget()
        self._nothing = Label(role="muted", wrap=True)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for each in (chart, self.table, self._nothing):
            if each is not None:
                self._stack.addWidget(each)
        self.box.addWidget(self._stack, 1)
        self._tabular = chart is None
        self._why_nothing = ""
        self._choose()

    def show_numbers(self, table: Table, note: str = "", nothing: str = "") -> None:
        """Show a table's worth of numbers; ``nothing`` says why there are none."""
        self.numbers = table
        self.note.setText(note)
        self._why_nothing = nothing
        self._nothing.setText(nothing)
        self.table.show_table(table)
        if self.chart is not None:
            self.chart.setAccessibleName(table.title)
        self._choose()

    def as_table(self, tabular: bool) -> None:
        """Show the table in place of the chart."""
        self._tabular = tabular or self.chart is None
        self._choose()

    def _choose(self) -> None:
        shown = self._nothing if self._why_nothing else self.table if self._tabular else self.chart
        if shown is not None:
            self._stack.setCurrentWidget(shown)
