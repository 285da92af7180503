"""Monitors: what is watched. A table, one of them beside it; adding, changing, and changing many at once."""

from typing import Any

from PySide6.QtCore import QItemSelection
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from statusapp_desktop.desk import Desk
from statusapp_desktop.editing import Editing
from statusapp_desktop.editor import Editor
from statusapp_desktop.monitor_detail import MonitorDetail
from statusapp_desktop.monitor_sections import NOTIFICATIONS, sections
from statusapp_desktop.monitor_table import MonitorTable
from statusapp_desktop.page import Page
from statusapp_desktop.schema_fields import fields
from statusapp_desktop.widgets.bulk import Bulk
from statusapp_desktop.widgets.button import button
from statusapp_desktop.widgets.card import Card
from statusapp_desktop.widgets.empty import Empty
from statusapp_desktop.widgets.kind_choice import KindChoice
from statusapp_desktop.widgets.label import Label
from statusapp_desktop.widgets.route import Route
from statusapp_desktop.widgets.search import Search
from statusapp_desktop.words import tr
from statusapp_shared.protocol import KindsView


class Monitors(Page):
    """The subject of this pane is a monitor's name, or "+" for a new one."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, tr("Monitors"))
        self._editing = Editing(desk, self)
        self.search = Search(desk.theme, tr("Filter, for example tag:media"), self)
        self.add_button = button(tr("Add monitor"), self.add, "primary")
        self.back_button = button(tr("Back"), self.back)
        for each in (self.search, self.add_button, self.back_button):
            self.head.addWidget(each)
        self.table = MonitorTable(desk, ("state", "name", "now", "tier", "strip"))
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.detail = MonitorDetail(desk)
        self.bulk = Bulk(desk, self._editing)
        self.kinds = KindChoice()
        self.editor: Editor | None = None
        self._wanted = ""
        self._lay_out()
        self.search.wanted.connect(lambda text: self.table.rows.show(text=text))
        self.kinds.chosen.connect(self._new)
        self.detail.edit.connect(self.edit)
        self.table.selectionModel().selectionChanged.connect(self._selected)
        self.table.rows.modelReset.connect(self._keep)
        self.table.rows.dataChanged.connect(self._strip)
        QShortcut(QKeySequence(QKeySequence.StandardKey.New), self).activated.connect(self.add)
        QShortcut(QKeySequence("F5"), self).activated.connect(self.detail.check.click)
        QShortcut(QKeySequence("Esc"), self).activated.connect(self.back)
        self._keep()

    def _lay_out(self) -> None:
        card = Card(padding=0)
        card.box.setContentsMargins(1, 1, 1, 1)
        card.box.addWidget(self.table)
        self.empty = Empty(
            tr("Nothing is watched yet."),
            tr("Add the first one; most people begin with their router."),
            tr("Add the first monitor"),
            self.add,
        )
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(card, 1)
        column.addWidget(self.bulk)
        splitter = QSplitter()
        splitter.setHandleWidth(8)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(left)
        splitter.addWidget(self.detail)
        splitter.setSizes([470, 470])
        splitter.setStyleSheet("QSplitter::handle { background: transparent; }")
        self.splitter = splitter
        self.stack = QStackedWidget()
        for page in (splitter, self.empty, self.kinds):
            self.stack.addWidget(page)
        self.body.addWidget(self.stack, 1)

    # Which page

    def _show(self, page: QWidget, title: str) -> None:
        at_home = page in (self.splitter, self.empty)
        self.stack.setCurrentWidget(page)
        self.title.setText(title)
        self.search.setVisible(page is self.splitter)
        self.add_button.setVisible(at_home and page is self.splitter)
        self.back_button.setVisible(not at_home)

    def back(self) -> None:
        """Leave the editor or the choice of a kind."""
        if self.editor is not None:
            self.stack.removeWidget(self.editor)
            self.editor.deleteLater()
            self.editor = None
        self._home()

    def _home(self) -> None:
        nothing = not self.desk.mirror.monitors and self.desk.mirror.is_live(self.desk.now())
        self._show(self.empty if nothing else self.splitter, tr("Monitors"))

    def open_subject(self, subject: str) -> None:
        """Show a monitor, or begin a new one."""
        self.table.setFocus()
        if subject == "+":
            self.add()
        elif subject:
            self.back()
            self._wanted = subject
            self.search.clear()
            self.table.rows.show(text="", state="")
            self._keep()

    def leave(self) -> bool:
        """Edits are kept: the editor stays as it is until it is saved or discarded."""
        return True

    # Table and detail

    def _keep(self) -> None:
        if self.editor is None and self.stack.currentWidget() is not self.kinds:
            self._home()
        if self._wanted and self.table.rows.row_of(self._wanted) >= 0:
            self.table.go_to(self._wanted)
            self._wanted = ""
        elif self.detail.monitor is not None and self.table.rows.row_of(self.detail.monitor.name) >= 0:
            self.table.go_to(self.detail.monitor.name)
        elif self.table.rows.rowCount():
            self.table.setCurrentIndex(self.table.rows.index(0, 0))
        self.detail.setVisible(self.table.rows.rowCount() > 0)

    def _selected(self, *_: QItemSelection) -> None:
        names = self.table.chosen_names()
        self.bulk.show_names(names)
        monitor = self.table.current()
        if monitor is not None:
            self.detail.show_monitor(monitor, self.table.rows.strips.get(monitor.name, ""))

    def _strip(self, *_: object) -> None:
        monitor = self.detail.monitor
        if monitor is not None:
            self.detail.strip.show_cells(self.table.rows.strips.get(monitor.name, ""))

    # Adding and changing

    def add(self) -> None:
        """Begin a new monitor: first its kind."""
        if self.editor is None:
            self._editing.kinds(lambda kinds: self.kinds.show_kinds(kinds.checks))
            self._show(self.kinds, tr("Add monitor: how is it checked?"))

    def _new(self, kind: str) -> None:
        self._editing.kinds(lambda kinds: self._edit(kinds, {"kind": kind}, tr("Add monitor")))

    def edit(self, name: str) -> None:
        """Change a monitor."""

        def found(document: dict[str, Any]) -> None:
            if document:
                self._editing.kinds(lambda kinds: self._edit(kinds, document, name))

        self._editing.document("monitors", name, found)

    def _edit(self, kinds: KindsView, document: dict[str, Any], title: str) -> None:
        kind = next((each for each in kinds.checks if each.name == document["kind"]), None)
        if kind is None or self.editor is not None:
            return
        editor = Editor(self.desk, "monitors", sections(fields(kind.schema_)), document, tr("Save monitor"))
        editor.saved.connect(self._saved)
        editor.left.connect(self.back)
        if not editor.is_new:
            card = Card(tr("If it failed now, as saved"))
            route = Route(self.desk)
            route.ask(document["name"])
            card.box.addWidget(route)
            editor.form.add_to_section(NOTIFICATIONS, card)
        else:
            editor.form.add_to_section(0, Label(tr("Kind: {k}", k=kind.title), "muted"))
        self.editor = editor
        self.stack.addWidget(editor)
        self._show(editor, title)

    def _saved(self, name: str) -> None:
        self.desk.said.emit(tr("{name} is saved.", name=name))
        self._wanted = name
        self.back()
        self._keep()
        self.detail.route.ask(name)
