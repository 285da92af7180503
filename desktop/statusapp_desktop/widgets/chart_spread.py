"""How soon incidents are acknowledged: a bar for each class, "never" apart, p50 and p90 marked."""

import pyqtgraph as pg  # type: ignore[import-untyped]
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QToolTip

from statusapp_desktop.series import Spread, steps
from statusapp_desktop.tables import span
from statusapp_desktop.tokens import Tokens
from statusapp_desktop.widgets.chart_plot import Plot
from statusapp_desktop.words import counted, length, tr


class SpreadPlot(Plot):
    """Draws a `Spread`."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(tokens)
        self._spread = Spread(60.0, (), 0, None)

    def show_spread(self, spread: Spread) -> None:
        """Show this."""
        self._spread = spread
        told = [f"{span(spread, number)}: {count}" for number, count in enumerate(spread.counts)]
        self.setAccessibleDescription(", ".join([*told, tr("never: {n}", n=spread.never)]))
        self.draw()

    @property
    def _never_at(self) -> float:
        return len(self._spread.counts) + 1.0

    def draw(self) -> None:
        """Draw everything anew."""
        self.wipe()
        spread, tokens = self._spread, self._tokens
        classes = len(spread.counts)
        size = 1.0 if spread.step_s < 60 else 60.0 if spread.step_s < 3600 else 3600.0
        every = 1 if classes <= 6 else 2 if classes <= 8 else 3
        ticks = [(float(at), f"{at * spread.step_s / size:g}") for at in range(0, classes + 1, every)]
        if spread.open_ended and ticks and ticks[-1][0] == classes:
            ticks.pop()
        ticks.append((self._never_at + 0.5, tr("never")))
        most = max([*spread.counts, 1])
        most = max(most, min(spread.never, 2 * most))
        # Counts are whole: no tick between two of them.
        upwards = sorted({float(round(tick)) for tick in steps(max(most, 4) * 1.12)})
        self.axes(ticks, upwards, (-0.4, self._never_at + 1.4))
        # One tall bar must not press the others flat: beyond the axis it is cut off, and an arrow says so.
        cut = spread.never > upwards[-1]
        height = upwards[-1] * 0.88 if cut else spread.never
        bars = pg.BarGraphItem(
            x0=[at + 0.04 for at in range(classes)],
            width=0.92,
            height=list(spread.counts),
            brush=tokens.series[0],
            pen=pg.mkPen(None),
        )
        never = pg.BarGraphItem(
            x0=[self._never_at + 0.04],
            width=0.92,
            height=[height],
            brush=None,
            pen=pg.mkPen(tokens.muted, width=1, style=Qt.PenStyle.DashLine),
        )
        if classes:
            self.addItem(bars)
        self.addItem(never)
        words = f"\N{BLACK UP-POINTING TRIANGLE} {spread.never}" if cut else f"{spread.never}"
        self.words(words, tokens.text, (self._never_at + 0.5, height), (0.5, 1), bold=False)
        self._marks(upwards[-1])

    def _marks(self, top: float) -> None:
        told = self._spread.summary
        if told is None:
            return
        marks = ((tr("p50"), told.p50, Qt.PenStyle.SolidLine, 0), (tr("p90"), told.p90, Qt.PenStyle.DashLine, 1))
        for name, value, style, row in marks:
            at = min(value / self._spread.step_s, float(len(self._spread.counts)))
            # The second line stops below the word of the first.
            self.plot(
                [at, at],
                [0, top - row * 14 / max(0.001, self.pixels_per_unit())],
                pen=pg.mkPen(self._tokens.text, width=1.25, style=style),
            )
            height = top - row * 16 / max(0.001, self.pixels_per_unit())
            side = (1.0, 0.0) if at > self._never_at * 0.6 else (0.0, 0.0)
            self.words(f"{name} {length(value)}", self._tokens.text, (at, height), side, bold=False)

    def viewportEvent(self, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Tell the class under the pointer."""
        if isinstance(event, QHelpEvent):
            at = self.value_at(event.pos().toPointF()).x()
            words = self.words_at(at)
            QToolTip.showText(event.globalPos(), words, self) if words else QToolTip.hideText()
            return True
        return bool(super().viewportEvent(event))

    def words_at(self, at: float) -> str:
        """Return the class at a place along the axis, and how many it holds."""
        if self._never_at <= at < self._never_at + 1:
            return tr("never: ") + counted(self._spread.never, "{n} incident", "{n} incidents")
        if 0 <= at < len(self._spread.counts):
            number = int(at)
            return f"{span(self._spread, number)}: " + counted(
                self._spread.counts[number], "{n} incident", "{n} incidents"
            )
        return ""
