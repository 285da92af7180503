"""What the bars of a strip mean."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from statusapp_desktop.monitor_cells import draw_strip
from statusapp_desktop.theme import Theme, sized
from statusapp_desktop.words import tr
from statusapp_shared.strips import BLIND, DEGRADED, DOWN, FINE, NOTHING

_GAP, _BAR = 18, 12


class Legend(QWidget):
    """One line of bars and words."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._parts = (
            (FINE, tr("fine")),
            (DEGRADED, tr("degraded or a failed check")),
            (DOWN, tr("down")),
            (BLIND, tr("blind: nobody could look")),
            (NOTHING, tr("nothing known")),
        )
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Strips: a taller bar is worse; a hatched box is blind time"))
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the size of the line."""
        return QSize(300, self.fontMetrics().height() + 6)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002 - Qt's
        """Draw."""
        painter = QPainter(self)
        painter.setFont(sized(self.font(), -1))
        left = 2
        for letter, words in self._parts:
            draw_strip(painter, QRectF(left, 0, _BAR, self.height() - 4), letter, self._theme.tokens)
            painter.setPen(QColor(self._theme.tokens.muted))
            painter.drawText(left + _BAR + 8, self.height() - 7, words)
            left += _BAR + 8 + painter.fontMetrics().horizontalAdvance(words) + _GAP
        painter.end()
