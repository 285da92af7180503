"""The steps of a wizard down the left: done, now, to come."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from statusapp_desktop.icons import line_pixmap
from statusapp_desktop.theme import Theme, sized
from statusapp_desktop.words import tr

_HIGH = 58


class Steps(QWidget):
    """Draws numbered circles with a title and a note each."""

    def __init__(self, theme: Theme, titles: list[str]) -> None:
        super().__init__()
        self._theme = theme
        self._titles, self._notes = titles, [""] * len(titles)
        self._now = 0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        theme.changed.connect(self.update)

    def show_step(self, now: int, notes: list[str]) -> None:
        """Show which one is open, and what is known of each."""
        self._now, self._notes = now, notes
        self.setAccessibleName(tr("Step {n} of {all}: {t}", n=now + 1, all=len(self._titles), t=self._titles[now]))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the size of all steps."""
        return QSize(190, _HIGH * len(self._titles))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002 - Qt's
        """Draw."""
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, title in enumerate(self._titles):
            top = number * _HIGH
            circle = QRectF(1, top + 1, 21, 21)
            if number < len(self._titles) - 1:
                painter.setPen(QPen(QColor(tokens.border), 1))
                painter.drawLine(QPointF(11.5, top + 26), QPointF(11.5, top + _HIGH - 4))
            done, now = number < self._now, number == self._now
            painter.setPen(QPen(QColor(tokens.control if number > self._now else tokens.accent), 1.2))
            painter.setBrush(QColor(tokens.accent if now else tokens.select if done else tokens.surface))
            painter.drawEllipse(circle)
            if done:
                pixmap = line_pixmap("tick", tokens.accent, 12, self.devicePixelRatioF())
                painter.drawPixmap(6, top + 6, pixmap)
            else:
                painter.setFont(sized(self.font(), -1, QFont.Weight.DemiBold))
                painter.setPen(QColor(tokens.onaccent if now else tokens.muted))
                painter.drawText(circle, int(Qt.AlignmentFlag.AlignCenter), str(number + 1))
            painter.setFont(sized(self.font(), 0, QFont.Weight.DemiBold if now else None))
            painter.setPen(QColor(tokens.text if number <= self._now else tokens.muted))
            painter.drawText(32, top + 16, title)
            painter.setFont(sized(self.font(), -1))
            painter.setPen(QColor(tokens.muted))
            note = painter.fontMetrics().elidedText(self._notes[number], Qt.TextElideMode.ElideRight, self.width() - 34)
            painter.drawText(32, top + 34, note)
        painter.end()
