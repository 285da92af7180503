"""Incidents: what broke, who has it, how it ended. A list at the left, one of them at the right."""

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QListView, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from statusapp_desktop.desk import Desk
from statusapp_desktop.incident_detail import IncidentDetail
from statusapp_desktop.incident_rows import MOST, IncidentCells, IncidentRows
from statusapp_desktop.page import Page
from statusapp_desktop.widgets.button import Segments
from statusapp_desktop.widgets.empty import Empty
from statusapp_desktop.widgets.label import Label
from statusapp_desktop.widgets.search import Search
from statusapp_desktop.words import counted, tr


class Incidents(Page):
    """A acknowledges the one that is shown, N goes to its note."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, tr("Incidents"))
        self.outer.setContentsMargins(0, 0, 0, 0)
        self.head.takeAt(0)
        self.rows = IncidentRows(desk, self)
        self.list = QListView()
        self.list.setModel(self.rows)
        self.list.setItemDelegate(IncidentCells(desk, self.list))
        self.list.setAccessibleName(tr("Incidents"))
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setUniformItemSizes(True)
        self.which = Segments((("open", tr("Open")), ("all", tr("All"))), tr("Which incidents"))
        self.which.choose("all")
        self.search = Search(desk.theme, tr("Filter"), self)
        self.search.setFixedWidth(120)
        self.foot = Label(role="muted", more=-1)
        self.detail = IncidentDetail(desk)
        self.empty = Empty(tr("No incident"), tr("When something breaks, its story stands here."))
        self.right = QStackedWidget()
        self.right.addWidget(self.empty)
        self.right.addWidget(self.detail)
        self._wanted = ""
        self._shown = ""
        self._lay_out()
        self.which.chosen.connect(lambda key: self.rows.show(open_only=key == "open"))
        self.search.wanted.connect(lambda text: self.rows.show(text=text))
        self.list.selectionModel().currentChanged.connect(self._current)
        self.rows.modelReset.connect(self._keep)
        for key, does in (("A", self.detail.deeds.take), ("N", self.detail.note.setFocus)):
            QShortcut(QKeySequence(key), self.list).activated.connect(does)
        if desk.mirror.agent is not None:
            self.rows.fetch()
        desk.theme.changed.connect(self.list.viewport().update)

    def _lay_out(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 20, 0, 12)
        column.setSpacing(12)
        self.title.setContentsMargins(14, 0, 0, 0)
        column.addWidget(self.title)
        row = QHBoxLayout()
        row.setContentsMargins(14, 0, 14, 0)
        row.addWidget(self.which)
        row.addStretch(1)
        row.addWidget(self.search)
        column.addLayout(row)
        column.addWidget(self.list, 1)
        self.foot.setContentsMargins(14, 0, 0, 0)
        column.addWidget(self.foot)
        self.splitter = QSplitter()
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.right)
        self.splitter.setSizes([284, 700])
        self.splitter.setStretchFactor(1, 1)
        self.body.addWidget(self.splitter, 1)

    def open_subject(self, subject: str) -> None:
        """Show one incident, by its id or number."""
        self._wanted = subject
        if subject:
            self.which.choose("all")
            self.search.clear()
            self.rows.show(open_only=False, text="")
        self._keep()
        self.list.setFocus()

    def _keep(self) -> None:
        """After the rows changed: show the one that was wanted, else the one that was shown, else the first."""
        opened, total, shown = self.rows.counts()
        self.which.rename("open", tr("Open {n}", n=opened) if opened else tr("Open"))
        words = counted(total, "{n} incident", "{n} incidents")
        if total >= MOST:
            words = tr("The latest {n} incidents", n=f"{MOST:,}")
        self.foot.setText(words if shown == total else tr("{n} of {all} shown", n=shown, all=total))
        row = self.rows.row_of(self._wanted) if self._wanted else -1
        if row >= 0:
            self._wanted = ""
        elif self._shown:
            row = self.rows.row_of(self._shown)
        row = max(row, 0)
        if self.rows.rowCount():
            self.list.setCurrentIndex(self.rows.index(row))
            self._current()
        else:
            self._nothing()

    def _nothing(self) -> None:
        if not self.rows.known:
            self.empty.say(tr("Loading"), tr("The agent has not told its incidents yet."))
        elif self.rows.text or self.rows.open_only:
            self.empty.say(tr("No incident here"), tr("Nothing fits this choice."))
        else:
            self.empty.say(tr("No incident yet"), tr("When something breaks, its story stands here."))
        self.right.setCurrentWidget(self.empty)

    def _current(self, *_: object) -> None:
        incident = self.rows.at(self.list.currentIndex().row())
        if incident is None:
            return
        self._shown = incident.id
        self.right.setCurrentWidget(self.detail)
        self.detail.show_incident(incident)
