"""Notification Channels: who is told, and how; with the test of each, its age, and the monitors that use it."""

from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QWidget,
)

from statusapp_desktop.channel_detail import SHAPES, ChannelDetail, status_word
from statusapp_desktop.channel_wizard import ChannelWizard
from statusapp_desktop.desk import Desk
from statusapp_desktop.editing import Editing
from statusapp_desktop.editor import Editor
from statusapp_desktop.icons import shape_icon
from statusapp_desktop.page import Page
from statusapp_desktop.schema_fields import fields
from statusapp_desktop.widgets.button import button
from statusapp_desktop.widgets.card import Card
from statusapp_desktop.widgets.empty import Empty
from statusapp_desktop.words import tr
from statusapp_shared.protocol import KindsView


class Channels(Page):
    """The subject of this pane is a channel's name, or "+" for a new one ("+pagerduty" for one of a kind)."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, tr("Notification Channels"))
        self._editing = Editing(desk, self)
        self.create_button = button(tr("Create Channel"), self.begin, "primary")
        self.head.addWidget(self.create_button)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Notification Channels"))
        self.list.setFixedWidth(220)
        self.list.setIconSize(QSize(16, 16))
        self.detail = ChannelDetail(desk)
        self.detail.change.clicked.connect(self._edit_current)
        self.wizard: ChannelWizard | None = None
        self.editor: Editor | None = None
        self.empty = Empty(
            tr("Nobody is told yet."),
            tr("An incident would only show here and in the tray."),
            tr("Create Channel"),
            self.begin,
        )
        self.home = QWidget()
        row = QHBoxLayout(self.home)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        card = Card(padding=0)
        card.box.setContentsMargins(6, 6, 6, 6)
        card.box.addWidget(self.list)
        row.addWidget(card)
        row.addWidget(self.detail, 1)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.home)
        self.stack.addWidget(self.empty)
        self.body.addWidget(self.stack, 1)
        self.list.currentItemChanged.connect(self._chosen)
        self._due = QTimer(self, singleShot=True, interval=0)
        self._due.timeout.connect(self._look)
        desk.changed.connect(lambda changed: self._due.start() if changed.noun != "monitor" else None)
        desk.theme.changed.connect(self._due.start)
        QShortcut(QKeySequence(QKeySequence.StandardKey.New), self).activated.connect(self.begin)
        self._look()

    def _show(self, page: QWidget, title: str) -> None:
        self.stack.setCurrentWidget(page)
        self.title.setText(title)
        self.create_button.setVisible(page is self.home)

    def _look(self) -> None:
        channels = self.desk.mirror.channels
        chosen = self.list.currentItem()
        name = chosen.text() if chosen is not None else ""
        self.list.blockSignals(True)
        self.list.clear()
        for each in sorted(channels.values(), key=lambda each: each.name.casefold()):
            shape = SHAPES[each.status]
            item = QListWidgetItem(shape_icon(shape, self.desk.tokens.states[shape]), each.name, self.list)
            item.setToolTip(f"{each.kind}: {status_word(each.status)}. {each.reason}")
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{each.name}, {each.kind}, {status_word(each.status)}")
        self.list.blockSignals(False)
        self._choose(name)
        if self.wizard is None and self.editor is None:
            self._home()

    def _home(self) -> None:
        known = bool(self.desk.mirror.channels) or not self.desk.mirror.is_live(self.desk.now())
        self._show(self.home if known else self.empty, tr("Notification Channels"))
        self.detail.setVisible(bool(self.desk.mirror.channels))

    def _choose(self, name: str) -> None:
        found = self.list.findItems(name, Qt.MatchFlag.MatchExactly)
        self.list.setCurrentItem(found[0] if found else self.list.item(0))
        self._chosen()

    def _chosen(self, *_: object) -> None:
        item = self.list.currentItem()
        channel = self.desk.mirror.channels.get(item.text()) if item is not None else None
        if channel is not None:
            self.detail.show_channel(channel)

    def open_subject(self, subject: str) -> None:
        """Show a channel, or begin a new one."""
        if subject.startswith("+"):
            self.begin(subject[1:])
        elif subject:
            self._choose(subject)

    # Creating and changing

    def begin(self, kind: str = "") -> None:
        """Begin a new channel."""
        if self.wizard is None and self.editor is None:
            self.wizard = ChannelWizard(self.desk, kind)
            self.wizard.saved.connect(self._saved)
            self.wizard.left.connect(self._left)
            self.stack.addWidget(self.wizard)
            self._show(self.wizard, tr("Create Channel"))

    def _edit_current(self) -> None:
        channel = self.detail.channel
        if channel is not None:
            self._editing.document("channels", channel.name, self._edit)

    def _edit(self, document: dict[str, Any]) -> None:
        if document:
            self._editing.kinds(lambda kinds: self._open_editor(kinds, document))

    def _open_editor(self, kinds: KindsView, document: dict[str, Any]) -> None:
        kind = next((each for each in kinds.channels if each.name == document["kind"]), None)
        if kind is None or self.editor is not None or self.wizard is not None:
            return
        editor = Editor(self.desk, "channels", [("", fields(kind.schema_))], document, tr("Save channel"))
        editor.saved.connect(self._saved)
        editor.left.connect(self._left)
        self.editor = editor
        self.stack.addWidget(editor)
        self._show(editor, str(document["name"]))

    def _saved(self, name: str) -> None:
        self.desk.said.emit(tr("{name} is saved.", name=name))
        self._left()
        self._choose(name)

    def _left(self) -> None:
        for page in (self.wizard, self.editor):
            if page is not None:
                self.stack.removeWidget(page)
                page.deleteLater()
        self.wizard = self.editor = None
        self._look()
