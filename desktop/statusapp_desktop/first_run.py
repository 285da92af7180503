"""Three steps to the first tested page: the agent, what it watches, who is told."""

import contextlib
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from statusapp_desktop.desk import Desk
from statusapp_desktop.editing import Editing
from statusapp_desktop.icons import app_icon
from statusapp_desktop.looking import Looking
from statusapp_desktop.page import Page
from statusapp_desktop.starting import start_agent
from statusapp_desktop.suggestions import Suggestion, port_suggestion, suggestions
from statusapp_desktop.widgets.button import button
from statusapp_desktop.widgets.card import Card
from statusapp_desktop.widgets.choice import Tick
from statusapp_desktop.widgets.label import Label
from statusapp_desktop.widgets.symbol import Symbol
from statusapp_desktop.words import counted, tr
from statusapp_shared.protocol import FaultView, KindsView

_WIDTH = 760


def _text(path: str) -> str:
    with contextlib.suppress(OSError):
        return Path(path).read_text("utf-8", "replace")
    return ""


def is_wanted(desk: Desk) -> bool:
    """Return whether the first steps are still to be done: never an agent, or one without monitors or channels."""
    if desk.settings.value("first_run/over"):
        return False
    mirror = desk.mirror
    if mirror.heard_at is None:
        return True
    return mirror.is_live(desk.now()) and not (mirror.monitors and mirror.channels)


class FirstRun(Page):
    """Finished steps fold to a line; nothing is scanned unasked."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, tr("Three steps to the first tested page"))
        self._editing = Editing(desk, self)
        self._looking = Looking(self)
        self._looking.found.connect(self._answered)
        self._looking.over.connect(self._looked)
        self.agent = StepCard(desk, "1", tr("The agent runs"))
        self.watch = StepCard(desk, "2", tr("What should it watch?"))
        self.tell = StepCard(desk, "3", tr("Who should be told?"))
        self.boxes: list[tuple[QCheckBox, Suggestion]] = []
        self._kinds: KindsView | None = None
        self._lay_out()
        self._due = QTimer(self, singleShot=True, interval=0)
        self._due.timeout.connect(self._look)
        desk.changed.connect(lambda changed: self._due.start() if changed.noun != "agent" else None)
        desk.contact.connect(self._due.start)
        self._look()

    def _lay_out(self) -> None:
        icon = Label()
        icon.setPixmap(app_icon().pixmap(44, 44))
        self.head.insertWidget(0, icon)
        sentence = tr("About three minutes. Everything stays on this machine until you add a channel.")
        inner = QWidget()
        inner.setMaximumWidth(_WIDTH)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(Label(sentence, "muted", wrap=True))
        for card in (self.agent, self.watch, self.tell):
            column.addWidget(card)
        foot = QHBoxLayout()
        foot.addWidget(Label(tr("Until step 3 is done, the tray says that nobody is told yet."), "muted", more=-1))
        foot.addStretch(1)
        self.skip = button(tr("Skip, show me around"), self.finish, "quiet")
        foot.addWidget(self.skip)
        column.addLayout(foot)
        column.addStretch(1)
        self.body.addWidget(inner)
        self.start_button = button(tr("Start the agent"), self._start, "primary")
        how = tr("It runs as you and keeps watching when this window is closed. As a service: statusapp agent run.")
        self.agent.add(Label(how, "muted", wrap=True))
        self.agent.add_row(self.start_button)
        self.watch.add(Label(tr("Found on this machine. Nothing on the network was scanned."), "muted", wrap=True))
        self.offers = QVBoxLayout()
        self.watch.inner.addLayout(self.offers)
        self.address = QLineEdit(placeholderText="192.168.1.20")
        self.address.setAccessibleName(tr("Look at an address you name"))
        self.address.setFixedWidth(180)
        self.address.returnPressed.connect(self._look_at)
        self.look_button = button(tr("Look"), self._look_at)
        self.watch.add_row(Label(tr("Look at an address you name")), self.address, self.look_button)
        self.watch.add(Label(tr("Tries 14 usual home-lab ports on this one address."), "muted", more=-1))
        self.watch_button = button(tr("Watch these"), self._watch, "primary")
        self.by_hand = button(tr("Add one by hand"), lambda: self.desk.show("monitors", "+"), "quiet")
        self.said = Label(role="fault", wrap=True)
        self.watch.add(self.said)
        self.watch.add_row(self.watch_button, self.by_hand)
        self.tell.add(Label(tr("PagerDuty and others, each with a test."), "muted", wrap=True))
        self.tell_button = button(tr("Create Channel"), lambda: self.desk.show("channels", "+pagerduty"), "primary")
        self.tell.add_row(self.tell_button)

    def _look(self) -> None:
        mirror, now = self.desk.mirror, self.desk.now()
        live = mirror.is_live(now)
        watched, told = bool(mirror.monitors), bool(mirror.channels)
        version = mirror.agent.version if mirror.agent is not None else ""
        self.agent.fold(done=live, note=tr("version {v}", v=version) if live else "", opened=not live)
        number = counted(len(mirror.monitors), "{n} monitor", "{n} monitors") if watched else ""
        self.watch.fold(done=watched, note=number, opened=live and not watched)
        names = ", ".join(sorted(mirror.channels))
        self.tell.fold(done=told, note=names, opened=live and watched and not told)
        if live and self._kinds is None:
            self._editing.kinds(self._offer)
        if live and watched and told:
            self.skip.setText(tr("Done, show me the overview"))

    # The agent

    def _start(self) -> None:
        self.start_button.setEnabled(False)
        if start_agent(self.desk.link.socket):
            self.desk.said.emit(tr("The agent is starting."))
            QTimer.singleShot(5_000, self, lambda: self.start_button.setEnabled(True))
        else:
            self.start_button.setEnabled(True)
            self.desk.said.emit(tr("The agent could not be started. On a terminal: statusapp agent run"))

    # What is watched

    def _offer(self, kinds: KindsView) -> None:
        self._kinds = kinds
        names = {each.name for each in kinds.checks}
        for each in suggestions(_text("/proc/net/route"), _text("/etc/resolv.conf"), names):
            self._add(each)

    def _add(self, suggestion: Suggestion) -> None:
        if any(each.document == suggestion.document for _, each in self.boxes):
            return
        box = Tick(str(suggestion.document["name"]))
        box.setChecked(suggestion.ticked)
        box.setMinimumWidth(190)
        box.toggled.connect(self._count)
        box.setAccessibleDescription(f"{suggestion.shown}, {suggestion.why}")
        row = QHBoxLayout()
        row.addWidget(box)
        shown = Label(suggestion.shown)
        shown.setMinimumWidth(190)
        row.addWidget(shown)
        row.addWidget(Label(suggestion.why, "muted"), 1)
        self.offers.addLayout(row)
        self.boxes.append((box, suggestion))
        self._count()

    def _count(self) -> None:
        number = sum(box.isChecked() for box, _ in self.boxes)
        self.watch_button.setText(tr("Watch these {n}", n=number) if number != 1 else tr("Watch this one"))
        self.watch_button.setEnabled(number > 0)
        self.watch_button.setToolTip("" if number else tr("Nothing is ticked."))

    def _look_at(self) -> None:
        host = self.address.text().strip()
        if host:
            self.look_button.setEnabled(False)
            self._looking.look_at(host)

    def _looked(self) -> None:
        self.look_button.setEnabled(True)

    def _answered(self, host: str, port: int, what: str) -> None:
        self._add(port_suggestion(host, port, what))

    def _watch(self) -> None:
        chosen = [suggestion.document for box, suggestion in self.boxes if box.isChecked()]
        self._editing.save("monitors", chosen, self._watched)

    def _watched(self, _faults: list[FaultView], sentence: str) -> None:
        self.said.setText(sentence)

    def finish(self) -> None:
        """Never show this again, and go to the overview."""
        self.desk.settings.setValue("first_run/over", True)
        self.desk.show("overview")


class StepCard(Card):
    """A step: its number or a tick, its title, a note; open or folded to that line."""

    def __init__(self, desk: Desk, number: str, title: str) -> None:
        super().__init__()
        self.symbol = Symbol(desk.theme, "fine", 20)
        self.number = Label(number, "muted", more=2, bold=True)
        self.number.setFixedWidth(20)
        self.number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.note = Label(role="muted")
        head = QHBoxLayout()
        head.setSpacing(14)
        head.addWidget(self.symbol)
        head.addWidget(self.number)
        head.addWidget(Label(title, more=1, bold=True), 1)
        head.addWidget(self.note)
        self.box.addLayout(head)
        self.opened = QWidget()
        self.inner = QVBoxLayout(self.opened)
        self.inner.setContentsMargins(34, 0, 0, 0)
        self.inner.setSpacing(10)
        self.box.addWidget(self.opened)

    def add(self, widget: QWidget) -> None:
        """Add something below the title."""
        self.inner.addWidget(widget)

    def add_row(self, *widgets: QWidget) -> None:
        """Add things side by side."""
        row = QHBoxLayout()
        row.setSpacing(8)
        for each in widgets:
            row.addWidget(each)
        row.addStretch(1)
        self.inner.addLayout(row)

    def fold(self, *, done: bool, note: str, opened: bool) -> None:
        """Show how far this step is."""
        self.symbol.setVisible(done)
        self.number.setVisible(not done)
        self.note.setText(note)
        self.opened.setVisible(opened)
