"""Charts with axes, by pyqtgraph: no toolbox look, no frame, the app's font and colours. Heavy: import it late."""

from collections.abc import Sequence
from datetime import date

import pyqtgraph as pg  # type: ignore[import-untyped]
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPen
from PySide6.QtWidgets import QFrame

from statusapp_desktop.theme import sized
from statusapp_desktop.tokens import Tokens

DASHES: dict[str, list[float] | None] = {"solid": None, "dash": [4, 3], "dot": [1, 2.5]}
"""Patterns in widths of the line."""


class Plot(pg.PlotWidget):  # type: ignore[misc]
    """A plot from 0 upwards with horizontal lines only; whoever draws adds to it and calls `axes`."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(antialias=True)
        self._tokens = tokens
        self.small: QFont = sized(self.font(), -1)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMinimumHeight(170)
        item = self.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.setMouseEnabled(False, False)
        item.getViewBox().setDefaultPadding(0)
        for side in ("left", "bottom"):
            axis = item.getAxis(side)
            axis.setStyle(tickLength=0, tickFont=self.small, tickTextOffset=8)
            axis.setPen(QPen(Qt.PenStyle.NoPen))
        item.getAxis("left").setWidth(self.fontMetrics().horizontalAdvance("0000") + 4)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def recolour(self, tokens: Tokens) -> None:
        """Draw in these colours from now on."""
        self._tokens = tokens
        self.draw()

    def draw(self) -> None:
        """Draw everything anew."""
        raise NotImplementedError

    def wipe(self) -> None:
        """Begin anew in the colours in force."""
        self.clear()
        self.setBackground(self._tokens.surface)
        for side in ("left", "bottom"):
            self.getPlotItem().getAxis(side).setTextPen(QColor(self._tokens.muted))

    def axes(self, across: Sequence[tuple[float, str]], upwards: Sequence[float], span: tuple[float, float]) -> None:
        """Set the ticks of both axes and what is seen; a line at every tick upwards."""
        item = self.getPlotItem()
        item.getAxis("bottom").setTicks([list(across)])
        item.getAxis("left").setTicks([[(tick, f"{tick:g}") for tick in upwards]])
        for tick in upwards:
            line = pg.InfiniteLine(tick, angle=0, pen=pg.mkPen(self._tokens.grid, width=1))
            line.setZValue(-20)
            self.addItem(line)
        # A little more than the highest tick, so that its line is not cut in half.
        item.setXRange(*span, padding=0)
        item.setYRange(0, upwards[-1] * 1.02, padding=0)

    def words(self, text: str, colour: str, at: tuple[float, float], anchor: tuple[float, float], bold: bool) -> None:
        """Write at a place."""
        label = pg.TextItem(text, color=QColor(colour), anchor=anchor)
        label.setFont(sized(self.small, 0, QFont.Weight.DemiBold) if bold else self.small)
        label.setPos(*at)
        self.addItem(label, ignoreBounds=True)

    def pixels_per_unit(self) -> float:
        """Return how many pixels one unit upwards is high."""
        box: QRectF = self.getPlotItem().getViewBox().viewRect()
        return float(self.getPlotItem().getViewBox().height() / box.height()) if box.height() else 1.0

    def value_at(self, at: QPointF) -> QPointF:
        """Return the place under a point of the widget, in units of the axes."""
        place: QPointF = self.getPlotItem().getViewBox().mapSceneToView(self.mapToScene(at.toPoint()))
        return place

    def wheelEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Leave the wheel to the pane: nobody wants to zoom by scrolling past."""
        event.ignore()  # type: ignore[attr-defined]

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Move what is told by the arrow keys; leave every other key to the pane."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            event.ignore()
        else:
            self.move_on(step)

    def move_on(self, step: int) -> None:
        """Tell the next or the one before."""


def day_words(day: date) -> str:
    """Return "26 Oct"."""
    return f"{day.day} {day:%b}"
