"""The last check as one bar: how long each phase took."""

from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from statusapp_desktop.theme import Theme, sized
from statusapp_desktop.words import latency, tr

_NAMES = {"dns": "DNS", "connect": "connect", "tls": "TLS", "first_byte": "first byte", "body": "body"}


class Phases(QWidget):
    """Draws each phase as wide as it took long, its name and time below."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._phases: list[tuple[str, float]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_phases(self, phases_ms: Mapping[str, float]) -> None:
        """Show the phases of a check, in milliseconds."""
        self._phases = [(tr(_NAMES.get(name, name)), took) for name, took in phases_ms.items()]
        self.setAccessibleName(", ".join(f"{name} {latency(took)}" for name, took in self._phases))
        self.setVisible(bool(self._phases))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the height of bar and words."""
        return QSize(200, 14 + 2 * self.fontMetrics().height() + 8)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002 - Qt's
        """Draw."""
        total = sum(took for _, took in self._phases)
        if total <= 0:
            return
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setFont(sized(self.font(), -1))
        high = painter.fontMetrics().height()
        left, word_left = 0.0, 0
        for number, (name, took) in enumerate(self._phases):
            wide = max(2.0, took / total * self.width())
            colour = QColor(tokens.series[number % len(tokens.series)])
            painter.fillRect(QRectF(left, 0, max(wide - 1, 1), 10), colour)
            left += wide
            words = latency(took)
            painter.fillRect(QRectF(word_left, 20, 6, 6), colour)
            painter.setPen(QColor(tokens.muted))
            painter.drawText(word_left + 11, 14 + high - 2, name)
            painter.setPen(QColor(tokens.text))
            painter.drawText(word_left + 11, 14 + 2 * high - 1, words)
            advance = max(painter.fontMetrics().horizontalAdvance(each) for each in (name, words))
            word_left += 11 + advance + 16
        painter.end()
