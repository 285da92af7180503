"""The sidebar: which pane is open, how many incidents wait, and whether the agent is there."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from statusapp_desktop.icons import line_pixmap
from statusapp_desktop.panes import Pane
from statusapp_desktop.theme import Theme, sized
from statusapp_desktop.tokens import ROW, SIDE, Shape
from statusapp_desktop.widgets.label import Label
from statusapp_desktop.widgets.symbol import Symbol
from statusapp_desktop.words import tr

_KEY, _ICON, _BADGE = (Qt.ItemDataRole.UserRole + offset for offset in range(3))
_SLIM = 56


class Rail(QWidget):
    """Says ``opened`` with the key of a pane."""

    opened = Signal(str)

    def __init__(self, theme: Theme, panes: Sequence[Pane]) -> None:
        super().__init__()
        self.setObjectName("sidebar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._list = QListWidget()
        self._list.setObjectName("side")
        self._list.setAccessibleName(tr("Panes"))
        self._list.setItemDelegate(_Rows(theme, self._list))
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._items: dict[str, QListWidgetItem] = {}
        group = ""
        for number, pane in enumerate(panes, 1):
            if pane.group != group:
                group = pane.group
                self._list.addItem(_heading(tr(group)))
            self._items[pane.key] = self._entry(pane, number)
        self.foot = Foot(theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 16, 8, 12)
        column.setSpacing(0)
        column.addWidget(self._list, 1)
        column.addWidget(self.foot)
        self._list.itemSelectionChanged.connect(self._current)
        theme.changed.connect(self._list.viewport().update)
        self.slim(False)

    def _entry(self, pane: Pane, number: int) -> QListWidgetItem:
        item = QListWidgetItem(tr(pane.title), self._list)
        item.setData(_KEY, pane.key)
        item.setData(_ICON, pane.icon)
        item.setToolTip(tr("{pane} (Ctrl+{n})", pane=tr(pane.title), n=number) if number < 10 else tr(pane.title))
        return item

    def _current(self) -> None:
        # Not the current item: a list makes its first one current when it is given the focus, which chooses nothing.
        for item in self._list.selectedItems():
            self.opened.emit(item.data(_KEY))

    def choose(self, key: str) -> None:
        """Show a pane as the open one, without saying so; none for a page that is no pane."""
        self._list.blockSignals(True)
        item = self._items.get(key)
        if item is None:
            self._list.setCurrentRow(-1)
            self._list.clearSelection()
        else:
            self._list.setCurrentItem(item)
        self._list.blockSignals(False)
        self._list.viewport().update()

    def badge(self, key: str, number: int) -> None:
        """Show a number at the right of an entry; 0 shows none."""
        item = self._items.get(key)
        if item is not None:
            item.setData(_BADGE, number)
            words = item.text() if not number else tr("{pane}, {n} open", pane=item.text(), n=number)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, words)

    def slim(self, slim: bool) -> None:
        """Show icons alone, or icons and words."""
        bold = QFontMetrics(sized(self._list.font(), 0, QFont.Weight.DemiBold))
        words = max((bold.horizontalAdvance(item.text()) for item in self._items.values()), default=0)
        self.setFixedWidth(_SLIM if slim else max(SIDE, words + 74))
        self.foot.slim(slim)


class Foot(QWidget):
    """How the agent is: a shape and two lines at the foot of the sidebar."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("foot")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._symbol = Symbol(theme, "unreachable", 12)
        self._title = Label(bold=True)
        self._detail = Label(role="muted", more=-1)
        first = QHBoxLayout()
        first.setSpacing(8)
        first.addWidget(self._symbol)
        first.addWidget(self._title, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 4, 0)
        column.setSpacing(2)
        column.addLayout(first)
        column.addWidget(self._detail)

    def say(self, shape: Shape, title: str, detail: str) -> None:
        """Say how the agent is."""
        self._symbol.show_shape(shape)
        self._title.setText(title)
        self._detail.setText(detail)
        self.setToolTip(f"{title}\n{detail}")
        self.setAccessibleName(f"{title}, {detail}")

    def slim(self, slim: bool) -> None:
        """Show the shape alone, or with its words."""
        self._title.setVisible(not slim)
        self._detail.setVisible(not slim)


def _heading(text: str) -> QListWidgetItem:
    item = QListWidgetItem(text)
    item.setFlags(Qt.ItemFlag.NoItemFlags)
    return item


class _Rows(QStyledItemDelegate):
    """Draws the entries; a heading is an entry without a key."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(  # noqa: N802 - Qt's name
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Return the height of an entry, the gap below it included."""
        row = max(ROW, option.fontMetrics.height() + 18)
        return QSize(40, row if index.data(_KEY) else row + 8)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw an entry."""
        tokens = self._theme.tokens
        box = option.rect.adjusted(0, 0, 0, -2)
        state = option.state
        slim = box.width() < 80
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not index.data(_KEY):
            self._heading(painter, option, index, slim)
            painter.restore()
            return
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.setBrush(QColor(tokens.select))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawRoundedRect(box, 6, 6)
        if state & QStyle.StateFlag.State_HasFocus and state & QStyle.StateFlag.State_KeyboardFocusChange:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 5, 5)
        ratio = painter.device().devicePixelRatio()
        icon = line_pixmap(index.data(_ICON), tokens.accent if chosen else tokens.muted, 16, ratio)
        painter.drawPixmap(box.left() + 12, box.center().y() - 7, icon)
        if not slim:
            font = sized(option.font, 0, QFont.Weight.DemiBold if chosen else None)
            painter.setFont(font)
            painter.setPen(QColor(tokens.text))
            words = box.adjusted(38, 0, -8, 0)
            painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter), index.data())
            if index.data(_BADGE):
                painter.setPen(QColor(tokens.muted))
                right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
                painter.drawText(words.adjusted(0, 0, -4, 0), int(right), str(index.data(_BADGE)))
        painter.restore()

    def _heading(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex, slim: bool
    ) -> None:
        if slim:
            return
        painter.setFont(sized(option.font, -1))
        painter.setPen(QColor(self._theme.tokens.muted))
        below = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft
        painter.drawText(option.rect.adjusted(12, 0, 0, -8), int(below), index.data())
