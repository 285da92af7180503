"""The window: the sidebar, the pane that is open, and what is not as it should be between agent and window."""

from PySide6.QtCore import QByteArray, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from statusapp_desktop.desk import Desk
from statusapp_desktop.first_run import FirstRun, is_wanted
from statusapp_desktop.icons import app_icon
from statusapp_desktop.mirror import Changed, Contact
from statusapp_desktop.page import Page
from statusapp_desktop.panes import PANES, Pane
from statusapp_desktop.rail import Rail
from statusapp_desktop.saying import contact_words
from statusapp_desktop.tokens import MARGIN, NARROW
from statusapp_desktop.widgets.card import Band
from statusapp_desktop.widgets.label import Label
from statusapp_desktop.words import age, tr

_SAID_MS = 8_000
_TICK_MS = 1_000


HELP_OF = {
    "overview": "how-it-works",
    "monitors": "tiers",
    "incidents": "incident-details",
    "analytics": "analytics",
    "oncall": "on-call",
    "channels": "combining",
    "settings": "mute-and-maintenance",
    "doctor": "no-incident",
}
"""The page of help for each pane, which F1 opens."""


class Window(QMainWindow):
    """Makes a pane when it is first opened; closing hides the window where a tray can bring it back."""

    def __init__(self, desk: Desk, panes: tuple[Pane, ...] = PANES) -> None:
        super().__init__()
        self.desk = desk
        self.stays = False
        """Whether closing only hides it."""
        self._panes = {pane.key: pane for pane in panes}
        self._pages: dict[str, Page] = {}
        self.current = ""
        self.begun = False
        """Whether it is decided if the first steps are shown: once an agent answers, or somebody opens a pane."""
        self.setWindowTitle("StatusApp")
        self.setWindowIcon(app_icon())
        self.setMinimumSize(QSize(720, 480))
        self.rail = Rail(desk.theme, panes)
        self._stack = QStackedWidget()
        self._stack.setObjectName("stack")
        self._band = Band(desk.theme)
        self._band_box = _inset(self._band)
        self._said = Label(role="muted", wrap=True)
        self._said_box = _inset(self._said)
        self._said_over = QTimer(self, singleShot=True, interval=_SAID_MS)
        self._said_over.timeout.connect(self._said_box.hide)
        self._lay_out()
        self._bind_keys(panes)
        self.rail.opened.connect(self.open)
        desk.wanted.connect(self.open)
        desk.said.connect(self.say)
        desk.contact.connect(self._look)
        desk.changed.connect(self._changed)
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self._look)
        self._restore()
        self.begun = False
        self._look()

    def _lay_out(self) -> None:
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._band_box)
        column.addWidget(self._stack, 1)
        column.addWidget(self._said_box)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addLayout(column, 1)
        whole = QWidget()
        whole.setLayout(row)
        self.setCentralWidget(whole)
        self._said_box.hide()

    def _bind_keys(self, panes: tuple[Pane, ...]) -> None:
        for number, pane in enumerate(panes[:9], 1):
            shortcut = QShortcut(QKeySequence(f"Ctrl+{number}"), self)
            shortcut.activated.connect(lambda key=pane.key: self.open(key))
        QShortcut(QKeySequence(Qt.Key.Key_F1), self).activated.connect(
            lambda: self.open("help", HELP_OF.get(self.current, "first-page"))
        )

    def open(self, key: str, subject: str = "") -> None:
        """Open a pane and let it show ``subject``."""
        pane = self._panes.get(key)
        if pane is None:
            return
        before = self._pages.get(self.current)
        if before is not None and self.current != key and not before.leave():
            self.rail.choose(self.current)
            return
        self.begun = True
        page = self._pages.get(key)
        if page is None:
            page = self._pages[key] = pane.make(self.desk)
            self._stack.addWidget(page)
        self.current = key
        self.rail.choose(key)
        self._stack.setCurrentWidget(page)
        self.desk.settings.setValue("window/pane", key)
        page.open_subject(subject)

    def begin(self) -> None:
        """Show the first steps instead of the panes while they are still to be done; the panes stay reachable."""
        if "first" in self._pages or not is_wanted(self.desk):
            return
        self._pages["first"] = FirstRun(self.desk)
        self._stack.addWidget(self._pages["first"])
        self._stack.setCurrentWidget(self._pages["first"])
        self.current = "first"
        self.rail.choose("")

    def page(self, key: str) -> Page:
        """Return a pane that has been opened."""
        return self._pages[key]

    def come_up(self) -> None:
        """Show the window in front; only called when a person asked for it."""
        self.setWindowState(self.windowState() & ~self.windowState().WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def say(self, sentence: str) -> None:
        """Say one sentence at the foot of the window for a few seconds."""
        self._said.setText(sentence)
        self._said.setAccessibleName(sentence)
        self._said_box.show()
        self._said_over.start()

    def _changed(self, changed: Changed) -> None:
        if changed.noun in ("snapshot", "incident"):
            self.rail.badge("incidents", len(self.desk.mirror.open_incidents()))

    def _look(self) -> None:
        if not self.begun and (self.desk.mirror.contact is Contact.LIVE or self.desk.why_lost):
            self.begun = True
            self.begin()
        mirror, now = self.desk.mirror, self.desk.now()
        words = contact_words(mirror, now, self.desk.why_lost)
        self._band_box.setVisible(words is not None)
        if words is not None:
            self._band.say(*words)
        heard = mirror.heard_at
        if words is None and heard is not None:
            self.rail.foot.say("fine", tr("Agent live"), tr("heard {age}", age=age(heard, now)))
        elif heard is not None:
            self.rail.foot.say("unreachable", tr("Agent silent"), tr("last heard {age}", age=age(heard, now)))
        else:
            self.rail.foot.say("unreachable", tr("No agent"), tr("never heard"))

    # Qt's own

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keep the sidebar as wide as the window allows."""
        super().resizeEvent(event)
        self.rail.slim(self.width() < NARROW)

    def showEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Ages are only counted while somebody sees them."""
        super().showEvent(event)  # type: ignore[arg-type]
        self._look()
        self._tick.start()

    def hideEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Stop counting."""
        self._tick.stop()
        super().hideEvent(event)  # type: ignore[arg-type]

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Hide where the tray stays, close where there is none."""
        self.desk.settings.setValue("window/geometry", self.saveGeometry())
        page = self._pages.get(self.current)
        if page is not None and not page.leave():
            event.ignore()
        elif self.stays:
            event.ignore()
            self.hide()
        else:
            super().closeEvent(event)

    def _restore(self) -> None:
        geometry = self.desk.settings.value("window/geometry")
        if not (isinstance(geometry, QByteArray) and self.restoreGeometry(geometry)):
            self.resize(1180, 760)
        key = self.desk.settings.value("window/pane")
        self.open(key if isinstance(key, str) and key in self._panes else next(iter(self._panes)))


def _inset(inner: QWidget) -> QWidget:
    box = QWidget()
    row = QVBoxLayout(box)
    row.setContentsMargins(MARGIN, 12, MARGIN, 8)
    row.addWidget(inner)
    return box
