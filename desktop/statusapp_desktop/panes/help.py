"""Topics: the pages that ship with the window, with a search; nothing is fetched from anywhere."""

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QColor, QDesktopServices, QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QFrame, QHBoxLayout, QListWidget, QListWidgetItem, QTextBrowser, QTextEdit

from statusapp_desktop.desk import Desk
from statusapp_desktop.page import Page
from statusapp_desktop.panes import PANES
from statusapp_desktop.theme import sized
from statusapp_desktop.topics import Topic, passage, search, topics
from statusapp_desktop.widgets.card import Card
from statusapp_desktop.widgets.label import Label
from statusapp_desktop.widgets.search import Search
from statusapp_desktop.words import tr

_LIST = 260


class Reader(QTextBrowser):
    """Shows Markdown; loads nothing, and follows no link by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.setOpenLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setObjectName("reader")
        self.setAccessibleName(tr("Help page"))
        self.document().setDocumentMargin(20)

    def loadResource(self, kind: int, name: QUrl | str) -> object:  # noqa: N802, ARG002 - Qt's name and signature
        """Load nothing: a page is text, and has no pictures."""
        return None


class Help(Page):
    """A list of pages, and the one that is open."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, tr("Topics"))
        self.search = Search(desk.theme, tr("Search the help"), self)
        self.head.addWidget(self.search)
        self.list = QListWidget()
        self.list.setObjectName("topics")
        self.list.setFixedWidth(_LIST)
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(tr("Pages"))
        self.list.currentItemChanged.connect(self._chosen)
        self.reader = Reader()
        self.reader.anchorClicked.connect(self.follow)
        self.nothing = Label(role="muted", wrap=True)
        self.nothing.hide()
        card = Card(padding=0)
        card.box.setContentsMargins(1, 1, 1, 1)
        card.box.addWidget(self.reader)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self.list)
        row.addWidget(card, 1)
        self.body.addWidget(self.nothing)
        self.body.addLayout(row, 1)
        self.search.wanted.connect(self.look_for)
        desk.theme.changed.connect(self._redraw)
        self.topic: Topic | None = None
        self._fill(list(topics()), "")
        self._open(topics()[0])

    def open_subject(self, subject: str) -> None:
        """Open one page by its key."""
        for each in topics():
            if each.key == subject:
                self.search.clear()
                self.look_for("")
                self._open(each)

    # The list

    def look_for(self, words: str) -> None:
        """List the pages that hold these words; all when there are none."""
        found = search(topics(), words)
        self._fill(found, words)
        self.nothing.setVisible(not found)
        self.nothing.setText(
            tr("No page holds all of these words: {words}. Fewer or shorter ones find more.", words=words)
        )
        if found and words and self.topic not in found:
            self._open(found[0])
        elif self.topic is not None:
            self._open(self.topic)

    def _fill(self, found: list[Topic], words: str) -> None:
        self.list.blockSignals(True)
        self.list.clear()
        group = ""
        for each in found:
            if each.group != group and not words:
                group = each.group
                head = QListWidgetItem(group)
                head.setFlags(Qt.ItemFlag.NoItemFlags)
                head.setFont(sized(self.font(), -1))
                head.setForeground(QColor(self.desk.tokens.muted))
                self.list.addItem(head)
            place = passage(each, words) if words else ""
            item = QListWidgetItem(f"{each.title}\n{place}" if place else each.title)
            item.setData(Qt.ItemDataRole.UserRole, each.key)
            item.setToolTip(each.title)
            self.list.addItem(item)
        self.list.blockSignals(False)

    def _chosen(self, item: QListWidgetItem | None) -> None:
        key = None if item is None else item.data(Qt.ItemDataRole.UserRole)
        for each in topics():
            if each.key == key:
                self._open(each)

    # The page

    def _open(self, topic: Topic) -> None:
        self.topic = topic
        self._redraw()
        self.list.blockSignals(True)
        for number in range(self.list.count()):
            if self.list.item(number).data(Qt.ItemDataRole.UserRole) == topic.key:
                self.list.setCurrentRow(number)
        self.list.blockSignals(False)

    def _redraw(self) -> None:
        if self.topic is None:
            return
        tokens = self.desk.tokens
        self.reader.document().setDefaultStyleSheet(f"a {{ color: {tokens.accent}; }}")
        self.reader.setMarkdown(self.topic.text)
        self._space()
        self._mark(self.search.text())

    def _space(self) -> None:
        """Give lines and headings room, and links their colour: Markdown in Qt has neither."""
        link = QTextCharFormat()
        link.setForeground(QColor(self.desk.tokens.accent))
        block = self.reader.document().begin()
        while block.isValid():
            cursor = QTextCursor(block)
            shape = block.blockFormat()
            shape.setLineHeight(135, 1)
            level = shape.headingLevel()
            shape.setTopMargin(18 if level > 1 else 2)
            shape.setBottomMargin(8 if level else 6)
            cursor.setBlockFormat(shape)
            if level:
                cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
                size = QTextCharFormat()
                size.setFont(sized(self.font(), 5 if level == 1 else 2))
                size.setFontWeight(600)
                cursor.mergeCharFormat(size)
            part = block.begin()
            while not part.atEnd():
                fragment = part.fragment()
                if fragment.charFormat().isAnchor():
                    cursor.setPosition(fragment.position())
                    cursor.setPosition(fragment.position() + fragment.length(), QTextCursor.MoveMode.KeepAnchor)
                    cursor.mergeCharFormat(link)
                part += 1
            block = block.next()

    def _mark(self, words: str) -> None:
        marks = []
        for word in words.split():
            cursor = QTextCursor(self.reader.document())
            while True:
                cursor = self.reader.document().find(word, cursor, QTextDocument.FindFlag(0))
                if cursor.isNull():
                    break
                mark = QTextEdit.ExtraSelection()
                mark.cursor = cursor
                mark.format.setBackground(QColor(self.desk.tokens.tints["degraded"]))
                marks.append(mark)
        self.reader.setExtraSelections(marks)

    def follow(self, link: QUrl) -> None:
        """Open another page, a pane, or https in the browser; anything else goes nowhere."""
        match link.scheme():
            case "help":
                self.open_subject(link.path())
            case "pane" if any(each.key == link.path() for each in PANES):
                self.desk.show(link.path())
            case "https" if link.isValid() and not link.userInfo():
                QDesktopServices.openUrl(link)
            case _:
                self.desk.said.emit(tr("That is not to be had here: {link}.", link=link.toString()))
