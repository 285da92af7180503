"""Two weeks of a rotation: a lane for each person, a bar for each shift, and a hatched lane where nobody is."""

from datetime import datetime, timedelta

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from statusapp_desktop.duties import Roster, Rota, soon
from statusapp_desktop.theme import Theme, sized
from statusapp_desktop.words import tr

_LANE, _DAYS_HIGH = 28, 22


class DutyLanes(QWidget):
    """Draws one rotation; each bar tells its times under the pointer."""

    def __init__(self, theme: Theme, roster: Roster, rota: Rota) -> None:
        super().__init__()
        self._theme, self._roster, self._rota = theme, roster, rota
        self._lanes: list[str | None] = [*rota.people(), *([None] if rota.gaps else [])]
        self.setFont(sized(self.font(), -1))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_LANE * max(1, len(self._lanes)) + _DAYS_HIGH)
        self.setAccessibleName(tr("{name}: who is on call in the days to come", name=rota.name))
        self.setAccessibleDescription("; ".join(words for _, words in self._bars()))
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the room that reads well."""
        return QSize(500, self.height())

    def _left(self) -> float:
        metrics = self.fontMetrics()
        names = [each or tr("nobody") for each in self._lanes] or [""]
        return min(self.width() * 0.28, max(metrics.horizontalAdvance(name) for name in names) + 14.0)

    def _across(self, at: datetime) -> float:
        begin, whole = self._roster.at, (self._roster.until - self._roster.at).total_seconds()
        share = min(1.0, max(0.0, (at - begin).total_seconds() / whole)) if whole else 0.0
        return self._left() + share * (self.width() - self._left() - 1)

    def _bars(self) -> list[tuple[QRectF, str]]:
        bars = []
        for shift in self._rota.shifts:
            if shift.person is not None:
                level = tr(", level {n}", n=shift.level) if shift.level > 1 else ""
                words = self._words(shift.person + level, shift.began_at, shift.ends_at)
                bars.append((self._bar(shift.person, shift.began_at, shift.ends_at), words))
        for began, ends in self._rota.gaps:
            bars.append((self._bar(None, began, ends), self._words(tr("nobody"), began, ends)))
        return bars

    def _words(self, who: str, began: datetime, ends: datetime) -> str:
        now, zone = self._roster.at, self._rota.zone
        if ends >= self._roster.until:
            return tr(
                "{who} from {began}, beyond {ends}", who=who, began=soon(began, now, zone), ends=soon(ends, now, zone)
            )
        if began <= now:
            return tr("{who} until {ends}", who=who, ends=soon(ends, now, zone))
        return tr("{who} from {began} to {ends}", who=who, began=soon(began, now, zone), ends=soon(ends, now, zone))

    def _bar(self, person: str | None, began: datetime, ends: datetime) -> QRectF:
        lane = self._lanes.index(person) if person in self._lanes else 0
        left = self._across(began)
        return QRectF(left, _DAYS_HIGH + lane * _LANE + 6, max(2.0, self._across(ends) - left - 1), _LANE - 12)

    def event(self, event: QEvent) -> bool:
        """Tell the times of what is under the pointer."""
        if isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.words_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def words_at(self, at: QPointF) -> str:
        """Return the shift at a point, "" for none."""
        return next((words for bar, words in self._bars() if bar.adjusted(0, -6, 0, 6).contains(at)), "")

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002 - Qt's name and signature
        """Draw."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_days(painter)
        tokens = self._theme.tokens
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        for number, lane in enumerate(self._lanes):
            painter.setPen(QColor(tokens.text if lane is not None else tokens.muted))
            place = QRectF(0, _DAYS_HIGH + number * _LANE, self._left() - 10, _LANE)
            name = self.fontMetrics().elidedText(
                lane or tr("nobody"), Qt.TextElideMode.ElideRight, int(place.width()) + 1
            )
            painter.drawText(place, middle, name)
        on_now = {duty.person for duty in self._rota.on}
        for shift in self._rota.shifts:
            if shift.person is not None:
                now = shift.person in on_now and shift.began_at <= self._roster.at
                painter.setPen(QPen(QColor(tokens.accent), 1))
                painter.setBrush(QColor(tokens.accent if now else tokens.select))
                painter.drawRoundedRect(self._bar(shift.person, shift.began_at, shift.ends_at), 3, 3)
        for began, ends in self._rota.gaps:
            painter.setPen(QPen(QColor(tokens.states["degraded"]), 1))
            painter.setBrush(QBrush(QColor(tokens.states["degraded"]), Qt.BrushStyle.BDiagPattern))
            painter.drawRoundedRect(self._bar(None, began, ends), 3, 3)
        painter.end()

    def _paint_days(self, painter: QPainter) -> None:
        tokens = self._theme.tokens
        day = self._roster.at.astimezone(self._rota.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        left = self._across(self._roster.at)
        wide = (self.width() - self._left()) / max(1, (self._roster.until - self._roster.at).days)
        every = 1 if wide >= self.fontMetrics().horizontalAdvance("Mon 30") + 8 else 2
        for number in range((self._roster.until - self._roster.at).days + 1):
            # Midnights on the wall: a day may have 23 or 25 hours.
            at = day + timedelta(days=number)
            across = self._across(at)
            painter.setPen(QPen(QColor(tokens.grid), 1))
            if across > left:
                painter.drawLine(QPointF(across, _DAYS_HIGH), QPointF(across, self.height()))
            if number % every == 0 and across + wide * 0.6 < self.width():
                painter.setPen(QColor(tokens.muted))
                words = tr("today") if number == 0 else f"{at:%a} {at.day}"
                painter.drawText(QPointF(across + 3, self.fontMetrics().ascent() + 2), words)
