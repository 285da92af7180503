"""Draws the cells of the monitors' table: shape, name with target, sparkline, strip."""

from collections.abc import Sequence
from itertools import groupby

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPainter, QPen, QPixmap, QPixmapCache, QPolygonF
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from statusapp_desktop.icons import shape_pixmap
from statusapp_desktop.monitor_rows import MONITOR, Index, MonitorRows
from statusapp_desktop.theme import sized
from statusapp_desktop.tokens import ROW, Tokens
from statusapp_shared.protocol import MonitorView
from statusapp_shared.strips import BLIND, DEGRADED, DOWN, FINE

_STRONG = {"down", "degraded", "acknowledged"}


class MonitorCells(QStyledItemDelegate):
    """One delegate for all columns."""

    def __init__(self, rows: MonitorRows, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows = rows

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802, ARG002 - Qt's
        """Return the height of a row; it grows with the font."""
        return QSize(60, max(ROW, option.fontMetrics.height() + 18))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one cell."""
        monitor = index.data(MONITOR)
        if monitor is None:
            return
        tokens = self._rows.desk.tokens
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.fillRect(option.rect, QColor(tokens.select if chosen else tokens.surface))
        painter.fillRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1, QColor(tokens.grid))
        column = self._rows.columns[index.column()]
        box = option.rect.adjusted(8, 0, -8, -1)
        match column:
            case "state":
                self._shape(painter, box, monitor, tokens)
            case "name":
                self._name(painter, box, option, monitor, tokens)
            case "latency":
                draw_spark(painter, QRectF(box.adjusted(0, 9, 0, -9)), monitor.recent_latency_ms, tokens)
            case "strip":
                self._strip(painter, box, self._rows.strips.get(monitor.name, ""), tokens)
            case _:
                self._text(painter, box, option, index, monitor, column, tokens)
        painter.restore()

    def _shape(self, painter: QPainter, box: QRect, monitor: MonitorView, tokens: Tokens) -> None:
        shape = self._rows.shape(monitor)
        ratio = painter.device().devicePixelRatio()
        colour = tokens.bar_degraded if shape == "degraded" else tokens.states[shape]
        pixmap = shape_pixmap(shape, colour, 16, ratio)
        painter.drawPixmap(box.center().x() - 7, box.center().y() - 7, pixmap)

    def _name(
        self, painter: QPainter, box: QRect, option: QStyleOptionViewItem, monitor: MonitorView, tokens: Tokens
    ) -> None:
        font = sized(option.font, 0, QFont.Weight.Medium)
        painter.setFont(font)
        painter.setPen(QColor(tokens.text))
        metrics = painter.fontMetrics()
        name = metrics.elidedText(monitor.name, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), name)
        left = metrics.horizontalAdvance(name) + 10
        if box.width() - left < 50:
            return
        painter.setFont(sized(option.font, -1))
        painter.setPen(QColor(tokens.muted))
        rest = box.adjusted(left, 1, 0, 1)
        target = painter.fontMetrics().elidedText(monitor.target, Qt.TextElideMode.ElideRight, rest.width())
        painter.drawText(rest, int(Qt.AlignmentFlag.AlignVCenter), target)

    def _text(
        self,
        painter: QPainter,
        box: QRect,
        option: QStyleOptionViewItem,
        index: Index,
        monitor: MonitorView,
        column: str,
        tokens: Tokens,
    ) -> None:
        shape = self._rows.shape(monitor)
        strong = column == "since" and shape in _STRONG
        colour = tokens.states[shape] if strong else tokens.muted if column == "since" else tokens.text
        painter.setFont(sized(option.font, 0, QFont.Weight.DemiBold if strong else None))
        painter.setPen(QColor(colour))
        side = Qt.AlignmentFlag.AlignRight if column in ("now", "since") else Qt.AlignmentFlag.AlignLeft
        words = painter.fontMetrics().elidedText(str(index.data()), Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | side), words)

    def _strip(self, painter: QPainter, box: QRect, cells: str, tokens: Tokens) -> None:
        ratio = painter.device().devicePixelRatio()
        key = f"strip {tokens.dark} {box.width()} {ratio} {cells}"
        pixmap = QPixmap()
        if not QPixmapCache.find(key, pixmap):
            pixmap = QPixmap(QSize(round(box.width() * ratio), round(20 * ratio)))
            pixmap.setDevicePixelRatio(ratio)
            pixmap.fill(Qt.GlobalColor.transparent)
            inner = QPainter(pixmap)
            draw_strip(inner, QRectF(0, 0, box.width(), 20), cells, tokens)
            inner.end()
            QPixmapCache.insert(key, pixmap)
        painter.drawPixmap(box.left(), box.center().y() - 10, pixmap)


def draw_strip(painter: QPainter, box: QRectF, cells: str, tokens: Tokens) -> None:
    """Draw a strip: height reads without colour. Nothing due is a line, blind a hatched box."""
    base = box.bottom() - 2
    if not cells:
        painter.fillRect(QRectF(box.left(), base, box.width(), 1), QColor(tokens.border))
        return
    width, at = box.width() / len(cells), 0
    heights = {
        FINE: (8.0, tokens.bar_fine),
        DEGRADED: (13.0, tokens.bar_degraded),
        DOWN: (18.0, tokens.states["down"]),
        BLIND: (8.0, tokens.states["blind"]),
    }
    for letter, run in groupby(cells):
        count = len(list(run))
        height, colour = heights.get(letter, (1.0, tokens.border))
        left, wide = box.left() + at * width, count * width
        # An outage of a minute must be seen in a strip of a day.
        wide = max(wide, 2.5) if letter in (DOWN, DEGRADED) else wide
        bar = QRectF(left, base - height + 1, wide, height)
        if letter == BLIND:
            painter.setPen(QPen(QColor(colour), 1))
            painter.setBrush(QBrush(QColor(colour), Qt.BrushStyle.BDiagPattern))
            painter.drawRect(bar.adjusted(0.5, 0.5, -0.5, -0.5))
        else:
            painter.fillRect(bar, QColor(colour))
        at += count


def draw_spark(painter: QPainter, box: QRectF, values: Sequence[float | None], tokens: Tokens) -> None:
    """Draw a sparkline from zero; a missing value is a gap, the last value a dot."""
    known = [value for value in values if value is not None]
    if not known:
        return
    top = max(known) or 1.0
    step = box.width() / max(len(values) - 1, 1)
    points = [
        None if value is None else QPointF(box.left() + number * step, box.bottom() - value / top * box.height())
        for number, value in enumerate(values)
    ]
    painter.setPen(QPen(QColor(tokens.series[3]), 1.25))
    for missing, run in groupby(points, key=lambda point: point is None):
        if not missing:
            painter.drawPolyline(QPolygonF([point for point in run if point is not None]))
    last = points[-1]
    if last is not None:
        painter.setBrush(QColor(tokens.series[3]))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawEllipse(last, 2, 2)
