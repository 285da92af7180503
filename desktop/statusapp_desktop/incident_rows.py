"""Incidents as a list model, latest first: the archive that was asked for, kept current by events."""

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from statusapp_desktop.desk import Desk
from statusapp_desktop.icons import shape_pixmap
from statusapp_desktop.incident_words import lasted, who_has_it, whole
from statusapp_desktop.mirror import Changed
from statusapp_desktop.states import incident_shape, shape_word
from statusapp_desktop.theme import sized
from statusapp_desktop.words import clock, tr
from statusapp_shared.protocol import IncidentView

INCIDENT = Qt.ItemDataRole.UserRole
MOST = 2_000
"""The latest ones; more would hold the window up while they are read."""
Index = QModelIndex | QPersistentModelIndex


class IncidentRows(QAbstractListModel):
    """Shows what fits: open ones or all, words of the monitor, the cause or a name."""

    filled = Signal()
    """The archive has answered."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._all: dict[str, IncidentView] = {}
        self._rows: list[str] = []
        self.open_only = False
        self.text = ""
        self.known = False
        desk.changed.connect(self._changed)

    def fetch(self) -> None:
        """Ask for the archive; what is shown stays until the answer is there."""
        self._desk.ask("GET", "/incidents", self, self._fill, query={"limit": str(MOST)})

    def _fill(self, answer: Any) -> None:
        self._all = {each["id"]: IncidentView.model_validate(each) for each in answer["items"]}
        self.known = True
        self.arrange()
        self.filled.emit()

    def _changed(self, changed: Changed) -> None:
        if changed.noun == "snapshot":
            self.fetch()
        elif changed.noun == "incident":
            incident = self._desk.mirror.incidents.get(changed.name)
            if incident is None or incident.purpose != "real":
                return
            fresh = incident.id not in self._all
            self._all[incident.id] = incident
            if fresh or self.open_only:
                self.arrange()
            elif incident.id in self._rows:
                index = self.index(self._rows.index(incident.id))
                self.dataChanged.emit(index, index)

    def show(self, *, open_only: bool | None = None, text: str | None = None) -> None:
        """Show only what is open, or what holds some words."""
        self.open_only = self.open_only if open_only is None else open_only
        self.text = self.text if text is None else text.casefold()
        self.arrange()

    def arrange(self) -> None:
        """Put the rows in order; the views keep their choice by the incident's id."""
        self.beginResetModel()
        found = [each for each in self._all.values() if self._fits(each)]
        self._rows = [each.id for each in sorted(found, key=lambda each: -each.number)]
        self.endResetModel()

    def _fits(self, incident: IncidentView) -> bool:
        if self.open_only and incident.status == "resolved":
            return False
        words = f"#{incident.number} {incident.monitor} {incident.cause} {incident.acknowledged_by or ''}".casefold()
        return all(word in words for word in self.text.split())

    def at(self, row: int) -> IncidentView | None:
        """Return the incident of a row."""
        return self._all.get(self._rows[row]) if 0 <= row < len(self._rows) else None

    def row_of(self, key: str) -> int:
        """Return the row of an incident by its id or number, -1 when it is not shown."""
        if key in self._rows:
            return self._rows.index(key)
        return next((row for row, each in enumerate(self._rows) if str(self._all[each].number) == key), -1)

    def counts(self) -> tuple[int, int, int]:
        """Return how many are open, how many there are, how many are shown."""
        return sum(each.status != "resolved" for each in self._all.values()), len(self._all), len(self._rows)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's name and signature
        """Return how many are shown."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the monitor's name, the incident itself, or the sentence for those who do not see it."""
        incident = self.at(index.row())
        if incident is None:
            return None
        if role == INCIDENT:
            return incident
        if role == Qt.ItemDataRole.DisplayRole:
            return incident.monitor
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            now = self._desk.now()
            return tr(
                "{monitor}, {state}, {at}. {cause} {length}, {who}",
                monitor=incident.monitor,
                state=shape_word(incident_shape(incident)),
                at=clock(incident.opened_at, now),
                cause=whole(incident.cause),
                length=lasted(incident, now),
                who=who_has_it(incident),
            )
        return None


class IncidentCells(QStyledItemDelegate):
    """Three lines: symbol, name and time; what; length and who."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802, ARG002 - Qt's
        """Return the size of an entry."""
        return QSize(200, option.fontMetrics.height() * 3 + 28)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw an entry."""
        incident = index.data(INCIDENT)
        if incident is None:
            return
        tokens, now, box = self._desk.tokens, self._desk.now(), option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.fillRect(box, QColor(tokens.select if chosen else tokens.surface))
        painter.fillRect(box.left(), box.bottom(), box.width(), 1, QColor(tokens.grid))
        if chosen:
            painter.fillRect(box.left(), box.top(), 3, box.height(), QColor(tokens.accent))
        shape = incident_shape(incident)
        ratio = painter.device().devicePixelRatio()
        high = option.fontMetrics.height()
        top = box.top() + 11
        painter.drawPixmap(
            box.left() + 14, top + (high - 16) // 2, shape_pixmap(shape, tokens.states[shape], 16, ratio)
        )
        lines = QRect(box.left() + 38, top, box.width() - 50, high)
        small = sized(option.font, -1)
        self._line(painter, lines, clock(incident.opened_at, now), small, tokens.muted, right=True)
        wide = painter.fontMetrics().horizontalAdvance(clock(incident.opened_at, now)) + 10
        strong = sized(option.font, 0, QFont.Weight.DemiBold)
        self._line(painter, lines.adjusted(0, 0, -wide, 0), incident.monitor, strong, tokens.text)
        self._line(painter, lines.translated(0, high + 2), incident.cause, option.font, tokens.text)
        last = f"{lasted(incident, now)} · {who_has_it(incident)}"
        self._line(painter, lines.translated(0, 2 * high + 4), last, small, tokens.muted)
        painter.restore()

    def _line(self, painter: QPainter, box: QRect, text: str, font: QFont, colour: str, *, right: bool = False) -> None:
        painter.setFont(font)
        painter.setPen(QColor(colour))
        words = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | side), words)
