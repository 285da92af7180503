"""MTTA and MTTR over time: mean solid, p90 dashed, p50 dotted, the band between; the values under the pointer."""

import math
from collections.abc import Callable, Sequence
from itertools import groupby

import pyqtgraph as pg  # type: ignore[import-untyped]
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QLabel

from statusapp_desktop.series import Bucket, Grain, Summary, steps
from statusapp_desktop.tokens import Tokens
from statusapp_desktop.widgets.chart_plot import DASHES, Plot, day_words
from statusapp_desktop.words import counted, length, tr

_MOST_LABELS = 8
_APART = 15
"""Pixels between two words at the ends of lines."""
Pick = Callable[[Summary], float]


def _mean(told: Summary) -> float:
    return told.mean / 60


def _p50(told: Summary) -> float:
    return told.p50 / 60


def _p90(told: Summary) -> float:
    return told.p90 / 60


class Trend(Plot):
    """Draws buckets; a day or week without a value is a gap."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(tokens)
        self._buckets: Sequence[Bucket] = ()
        self._grain: Grain = "week"
        self.told: int | None = None
        self.tip = QLabel(self)
        self.tip.setObjectName("hover")
        self.tip.setTextFormat(Qt.TextFormat.PlainText)
        self.tip.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.tip.hide()
        self.setMinimumHeight(230)
        self.setMouseTracking(True)
        self._hair = pg.InfiniteLine(0, angle=90)
        self._dots = pg.ScatterPlotItem()

    def show_buckets(self, buckets: Sequence[Bucket], grain: Grain) -> None:
        """Show these."""
        self._buckets, self._grain = buckets, grain
        self.told = None
        self.draw()

    def draw(self) -> None:
        """Draw everything anew."""
        self.wipe()
        self.tip.hide()
        if not self._buckets:
            return
        tokens = self._tokens
        highest = max((_p90(each.resolve) for each in self._buckets if each.resolve), default=0.0)
        highest = max(highest, *(_p90(each.ack) for each in self._buckets if each.ack), 0.0)
        last = len(self._buckets) - 1
        every = max(1, math.ceil(len(self._buckets) / _MOST_LABELS))
        # Counted from the last, so that the latest has its date.
        ticks = [(float(at), day_words(self._buckets[at].starts)) for at in range(last, -1, -every)][::-1]
        room = max(0.6, last * 0.09)
        self.axes(ticks, steps(highest), (-max(0.3, last * 0.025), last + room))
        self._band()
        resolve, ack = tokens.series[1], tokens.series[0]
        ends = [
            self._line(_p90, "resolve", resolve, "dash", 1.25, tr("p90")),
            self._line(_p50, "resolve", resolve, "dot", 1.5, tr("p50")),
            self._line(_mean, "resolve", resolve, "solid", 2.25, tr("MTTR")),
            self._line(_mean, "ack", ack, "solid", 2.25, tr("MTTA")),
        ]
        self._label_ends([each for each in ends if each is not None], last)
        self._hair.setPen(pg.mkPen(tokens.control, width=1))
        self._hair.hide()
        self._dots.clear()
        for each in (self._hair, self._dots):
            self.addItem(each, ignoreBounds=True)
        if self.told is not None:
            self.tell(self.told)

    def _line(
        self, pick: Pick, which: str, colour: str, dash: str, width: float, name: str
    ) -> tuple[float, str, str, bool] | None:
        """Draw one line; return where its word belongs."""
        values = [math.nan if told is None else pick(told) for told in self._of(which)]
        known = [value for value in values if not math.isnan(value)]
        if not known:
            return None
        pen = pg.mkPen(colour, width=width, dash=DASHES[dash])
        alone = _alone(values)
        few = len(known) < 3
        if not few:
            self.plot(list(range(len(values))), values, pen=pen, connect="finite")
        if dash == "solid":
            marked = [(at, value) for at, value in enumerate(values) if not math.isnan(value) and (few or at in alone)]
            dots = pg.ScatterPlotItem(
                [at for at, _ in marked], [value for _, value in marked], size=6, brush=colour, pen=None
            )
            self.addItem(dots)
        return (
            known[-1],
            f"{name} {known[-1]:.2g}" if known[-1] < 10 else f"{name} {known[-1]:.0f}",
            colour,
            dash == "solid",
        )

    def _of(self, which: str) -> list[Summary | None]:
        return [each.ack if which == "ack" else each.resolve for each in self._buckets]

    def _band(self) -> None:
        colour = QColor(self._tokens.series[1])
        colour.setAlphaF(0.12)
        known = [(at, told) for at, told in enumerate(self._of("resolve")) if told is not None]
        for _, run in groupby(enumerate(known), key=lambda each: each[1][0] - each[0]):
            points = [each for _, each in run]
            across = [at for at, _ in points]
            if len(across) < 2 or len(known) < 3:
                continue
            low = pg.PlotDataItem(across, [_p50(told) for _, told in points])
            high = pg.PlotDataItem(across, [_p90(told) for _, told in points])
            band = pg.FillBetweenItem(low, high, brush=colour)
            band.setZValue(-10)
            self.addItem(band)

    def _label_ends(self, ends: list[tuple[float, str, str, bool]], last: int) -> None:
        """Write each line's name at its end, moved apart where they would touch."""
        apart = _APART / max(0.0001, self.pixels_per_unit())
        floor = apart / 2
        for value, text, colour, bold in sorted(ends):
            at = max(value, floor)
            floor = at + apart
            self.words(text, colour if bold else self._tokens.muted, (last + 0.08, at), (0, 0.5), bold)

    # What is under the pointer

    def move_on(self, step: int) -> None:
        """Tell the next or the one before; the first key tells the latest."""
        if self._buckets:
            last = len(self._buckets) - 1
            self.tell(last if self.told is None else min(last, max(0, self.told + step)))

    def tell(self, number: int) -> None:
        """Show all values of one day or week."""
        self.told = number
        bucket = self._buckets[number]
        self._hair.setPos(number)
        self._hair.show()
        spots = [
            {"pos": (number, _mean(told)), "pen": pg.mkPen(colour, width=2), "brush": self._tokens.surface, "size": 9}
            for told, colour in ((bucket.resolve, self._tokens.series[1]), (bucket.ack, self._tokens.series[0]))
            if told is not None
        ]
        self._dots.setData(spots)
        self.tip.setText(bucket_words(bucket, self._grain))
        self.tip.adjustSize()
        place = self.mapFromScene(self.getPlotItem().getViewBox().mapViewToScene(pg.Point(number, 0)))
        left = place.x() + 12
        if left + self.tip.width() > self.width():
            left = place.x() - 12 - self.tip.width()
        self.tip.move(max(0, left), 8)
        self.tip.show()
        self.setAccessibleDescription(self.tip.text())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Tell what is nearest."""
        if self._buckets:
            at = round(self.value_at(event.position()).x())
            self.tell(min(len(self._buckets) - 1, max(0, at)))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Tell nothing any more."""
        self.told = None
        self._hair.hide()
        self._dots.clear()
        self.tip.hide()
        super().leaveEvent(event)

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802 - Qt's name
        """Words at the ends are placed in pixels: place them anew."""
        super().resizeEvent(event)
        if event is not None and getattr(self, "_dots", None) is not None:
            self.draw()


def _alone(values: Sequence[float]) -> set[int]:
    """Return where a value has no neighbour: a line of one point is none, so it gets a dot."""
    padded = [math.nan, *values, math.nan]
    return {at for at in range(len(values)) if math.isnan(padded[at]) and math.isnan(padded[at + 2])}


def bucket_words(bucket: Bucket, grain: Grain) -> str:
    """Return all values of a day or week, a line each."""
    head = tr("Week of {day}", day=day_words(bucket.starts)) if grain == "week" else day_words(bucket.starts)
    lines = [f"{head}, " + counted(len(bucket.incidents), "{n} incident", "{n} incidents")]
    for name, told in ((tr("MTTR"), bucket.resolve), (tr("MTTA"), bucket.ack)):
        if told is None:
            lines.append(tr("{name} n/a", name=name))
        else:
            mean, p50, p90 = length(told.mean), length(told.p50), length(told.p90)
            lines.append(tr("{name} {mean}, p50 {p50}, p90 {p90}", name=name, mean=mean, p50=p50, p90=p90))
    return "\n".join(lines)
