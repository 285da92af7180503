"""Charts without axes: a bar for each name, and a cell for each hour of the week."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from statusapp_desktop.series import busiest
from statusapp_desktop.tables import day_names
from statusapp_desktop.theme import sized
from statusapp_desktop.tokens import Tokens
from statusapp_desktop.words import counted, tr

_BAR_ROW = 27
_MOST_BARS = 7


class Cells(QWidget):
    """What both have in common: their own colours, a small font, and a word for what is under the pointer."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self._tokens = tokens
        self.setFont(sized(self.font(), -1))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)

    def recolour(self, tokens: Tokens) -> None:
        """Draw in these colours from now on."""
        self._tokens = tokens
        self.update()

    def words_at(self, at: QPointF) -> str:
        """Return what is told of a point, "" for nothing."""
        raise NotImplementedError

    def event(self, event: QEvent) -> bool:
        """Tell the value under the pointer."""
        if isinstance(event, QHelpEvent):
            words = self.words_at(QPointF(event.pos()))
            if words:
                QToolTip.showText(event.globalPos(), words, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)


class NameBars(Cells):
    """The names with most, each with its bar and its number; the rest in one line."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(tokens)
        self._rows: list[tuple[str, int]] = []

    def show_counts(self, counts: Sequence[tuple[str, int]]) -> None:
        """Show these, most first."""
        self._rows = list(counts)
        if len(self._rows) > _MOST_BARS:
            rest = self._rows[_MOST_BARS - 1 :]
            more = counted(len(rest), "{n} other", "{n} others")
            self._rows = [*self._rows[: _MOST_BARS - 1], (more, sum(count for _, count in rest))]
        told = ", ".join(f"{name} {count}" for name, count in self._rows)
        self.setAccessibleDescription(told)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the room for the rows."""
        return QSize(240, _BAR_ROW * _MOST_BARS)

    def words_at(self, at: QPointF) -> str:
        """Return the whole name and its number."""
        row = int(at.y() // _BAR_ROW)
        if not 0 <= row < len(self._rows):
            return ""
        name, count = self._rows[row]
        return f"{name}: " + counted(count, "{n} incident", "{n} incidents")

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002 - Qt's name and signature
        """Draw."""
        if not self._rows:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = self.fontMetrics()
        names = min(self.width() * 0.42, max(metrics.horizontalAdvance(name) for name, _ in self._rows) + 2.0)
        most = max(count for _, count in self._rows)
        room = self.width() - names - 10 - metrics.horizontalAdvance(f"{most:,}") - 8
        for number, (name, count) in enumerate(self._rows):
            top = number * _BAR_ROW
            painter.setPen(QColor(self._tokens.text))
            elided = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(names) + 1)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, top, names, _BAR_ROW), right, elided)
            width = max(2.0, room * count / most)
            painter.setPen(Qt.PenStyle.NoPen)
            rest = number == _MOST_BARS - 1 and name[:1].isdigit()
            painter.setBrush(QColor(self._tokens.series[3 if rest else 0]))
            painter.drawRoundedRect(QRectF(names + 10, top + 6, width, _BAR_ROW - 12), 2, 2)
            painter.setPen(QColor(self._tokens.text))
            place = QRectF(names + 10 + width + 7, top, 80, _BAR_ROW)
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, f"{count:,}")
        painter.end()


class HeatMap(Cells):
    """Seven days of 24 hours; the deeper the more. The fullest cell has a ring."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(tokens)
        self._table: list[list[int]] = [[0] * 24 for _ in range(7)]

    def show_table(self, table: list[list[int]]) -> None:
        """Show counts by weekday and hour."""
        self._table = table
        top = busiest(table)
        if top is not None:
            day, hour, count = top
            self.setAccessibleDescription(tr("Most: {day} {hour}:00, {n}", day=day_names()[day], hour=hour, n=count))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the room that reads well."""
        return QSize(270, _BAR_ROW * 7)

    def _grid(self) -> QRectF:
        names = max(self.fontMetrics().horizontalAdvance(name) for name in day_names()) + 8.0
        foot = self.fontMetrics().height() + 4.0
        return QRectF(names, 0, self.width() - names, min(self.height(), 210.0) - foot)

    def words_at(self, at: QPointF) -> str:
        """Return the hour and its number."""
        grid = self._grid()
        if not grid.contains(at):
            return ""
        day = min(6, int((at.y() - grid.top()) / grid.height() * 7))
        hour = min(23, int((at.x() - grid.left()) / grid.width() * 24))
        when = f"{day_names()[day]} {hour:02}:00-{(hour + 1) % 24:02}:00: "
        return when + counted(self._table[day][hour], "{n} incident", "{n} incidents")

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002 - Qt's name and signature
        """Draw."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        grid = self._grid()
        wide, high = grid.width() / 24, grid.height() / 7
        most = max(max(row) for row in self._table)
        top = busiest(self._table)
        for day, name in enumerate(day_names()):
            painter.setPen(QColor(self._tokens.muted))
            place = QRectF(0, grid.top() + day * high, grid.left() - 8, high)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name)
            for hour in range(24):
                cell = QRectF(grid.left() + hour * wide + 0.75, grid.top() + day * high + 0.75, wide - 1.5, high - 1.5)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(self._step(self._table[day][hour], most)))
                painter.drawRoundedRect(cell, 2, 2)
                if top is not None and (day, hour) == top[:2]:
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.setPen(QPen(QColor(self._tokens.text), 1.5))
                    painter.drawRoundedRect(cell, 2, 2)
        painter.setPen(QColor(self._tokens.muted))
        for hour in (0, 6, 12, 18):
            place = QRectF(grid.left() + hour * wide, grid.bottom() + 4, wide * 6, self.fontMetrics().height())
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft, f"{hour:02}")
        painter.end()

    def _step(self, count: int, most: int) -> str:
        steps = self._tokens.heat
        if count == 0 or most == 0:
            return steps[0]
        return steps[max(1, round(count / most * (len(steps) - 1)))]
