"""A larger sparkline with its range in words."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from statusapp_desktop.monitor_cells import draw_spark, draw_strip
from statusapp_desktop.theme import Theme, sized
from statusapp_desktop.words import latency, tr


class Spark(QWidget):
    """The latency of the last checks, from zero."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._values: list[float | None] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_values(self, values: list[float | None]) -> None:
        """Show latencies in milliseconds, oldest first, None for a check without one."""
        self._values = values
        known = [value for value in values if value is not None]
        words = tr("no latency")
        if known:
            words = tr("{n} checks, {low} to {high}", n=len(values), low=latency(min(known)), high=latency(max(known)))
        self.setAccessibleName(words)
        self.setToolTip(self.accessibleName())
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the height."""
        return QSize(200, 64)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002 - Qt's
        """Draw."""
        known = [value for value in self._values if value is not None]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(sized(self.font(), -1))
        painter.setPen(QColor(self._theme.tokens.muted))
        if not known:
            painter.drawText(0, 20, tr("no latency"))
        else:
            top = latency(max(known))
            wide = painter.fontMetrics().horizontalAdvance(top) + 8
            painter.drawText(0, 14, top)
            painter.drawText(0, self.height() - 4, "0")
            draw_spark(
                painter, QRectF(wide, 6, self.width() - wide - 6, self.height() - 12), self._values, self._theme.tokens
            )
        painter.end()


class Strip(QWidget):
    """One strip by itself."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._cells = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_cells(self, cells: str) -> None:
        """Show a strip's letters."""
        self._cells = cells
        outages = len([each for each in cells.replace("d", "f").split("f") if "D" in each])
        self.setAccessibleName(tr("24 hours, {n} outages", n=outages) if cells else tr("24 hours, not known yet"))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the height."""
        return QSize(200, 22)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002 - Qt's
        """Draw."""
        painter = QPainter(self)
        draw_strip(painter, QRectF(0, 0, self.width(), self.height()), self._cells, self._theme.tokens)
        painter.end()
