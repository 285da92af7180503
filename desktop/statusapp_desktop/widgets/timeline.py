"""An incident's story: one line for each thing that happened, both sources tagged."""

from datetime import datetime

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from statusapp_desktop.icons import shape_pixmap
from statusapp_desktop.theme import Theme
from statusapp_desktop.tokens import Shape
from statusapp_desktop.widgets.label import Label
from statusapp_desktop.words import clock
from statusapp_shared.protocol import TimelineView

_SHAPES: dict[str, Shape] = {
    "opened": "down",
    "reopened": "down",
    "acknowledged": "acknowledged",
    "snoozed": "acknowledged",
    "resolved": "fine",
}
_SOURCES = {"statusapp": "StatusApp", "pagerduty": "PagerDuty"}
MOST_LINES = 400


class Timeline(QWidget):
    """Shows lines oldest first; a change of state is bold with its shape, all else a ring."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(2, 1)
        self._shown: list[TimelineView] = []
        self._next = ""

    def show_lines(self, lines: list[TimelineView], now: datetime, coming: str = "") -> None:
        """Show a story, and what comes next. Nothing is rebuilt when nothing has changed."""
        if lines == self._shown and coming == self._next:
            return
        self._shown, self._next = list(lines), coming
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        rows = [(clock(each.at, now, seconds=True), each) for each in lines[-MOST_LINES:]]
        for number, (at, each) in enumerate(rows):
            last = number == len(rows) - 1 and not coming
            self._add(
                number, at, each.text, _SHAPES.get(each.kind), _SOURCES[each.source], first=number == 0, last=last
            )
        if coming:
            self._add(len(rows), "", coming, None, "", first=not rows, last=True, muted=True)

    def _add(
        self,
        row: int,
        at: str,
        text: str,
        shape: Shape | None,
        source: str,
        *,
        first: bool,
        last: bool,
        muted: bool = False,
    ) -> None:
        # Only our own words get a capital: what others said may begin with the name of a channel.
        upper = text[:1].upper() + text[1:] if shape is not None else text
        top = Qt.AlignmentFlag.AlignTop
        when = Label(at, "muted", more=-1)
        when.setContentsMargins(0, 5, 0, 5)
        what = Label(upper, "muted" if muted else "", bold=shape is not None, wrap=True)
        what.setContentsMargins(0, 4, 0, 6)
        what.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        what.setAccessibleName(f"{at} {upper} {source}".strip())
        self._grid.addWidget(when, row, 0, top | Qt.AlignmentFlag.AlignRight)
        self._grid.addWidget(_Mark(self._theme, shape, first=first, last=last), row, 1)
        self._grid.addWidget(what, row, 2)
        if source:
            tag = Label(source, "tag-strong" if source == "PagerDuty" else "tag", more=-1)
            self._grid.addWidget(tag, row, 3, top | Qt.AlignmentFlag.AlignRight)


class _Mark(QWidget):
    """The line down the side with a shape or a ring on it."""

    def __init__(self, theme: Theme, shape: Shape | None, *, first: bool, last: bool) -> None:
        super().__init__()
        self._theme, self._shape, self._first, self._last = theme, shape, first, last
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the width of the line's column."""
        return QSize(16, 20)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002 - Qt's
        """Draw."""
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = 4 + self.fontMetrics().height() / 2
        painter.setPen(QPen(QColor(tokens.border), 2))
        painter.drawLine(QPointF(8, middle if self._first else 0), QPointF(8, middle if self._last else self.height()))
        if self._shape is None:
            painter.setPen(QPen(QColor(tokens.control), 1.5))
            painter.setBrush(QColor(tokens.surface))
            painter.drawEllipse(QPointF(8, middle), 3.5, 3.5)
        else:
            painter.fillRect(0, round(middle) - 8, 16, 16, QColor(tokens.surface))
            pixmap = shape_pixmap(self._shape, tokens.states[self._shape], 12, self.devicePixelRatioF())
            painter.drawPixmap(2, round(middle) - 6, pixmap)
        painter.end()
