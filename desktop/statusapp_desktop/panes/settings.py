"""General: the agent, secrets' state, silence, the settings as a file, and what this window is."""

import platform
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import QTimer, qVersion
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from statusapp_desktop.desk import Desk
from statusapp_desktop.page import Page
from statusapp_desktop.panes.settings_file import SettingsFile
from statusapp_desktop.panes.settings_quiet import Quiet
from statusapp_desktop.settings_words import agent_facts, maintenance_rows, secret_rows
from statusapp_desktop.starting import start_at_login, starts_at_login
from statusapp_desktop.tokens import Shape
from statusapp_desktop.widgets.card import Card
from statusapp_desktop.widgets.label import Label
from statusapp_desktop.widgets.rows import Rows
from statusapp_desktop.widgets.symbol import Symbol
from statusapp_desktop.words import age, tr

_TICK_MS = 5_000


def window_version() -> str:
    """Return the version of this program, "unknown" when it was not installed."""
    try:
        return version("statusapp")
    except PackageNotFoundError:
        return tr("unknown")


class Settings(Page):
    """Cards below each other; what the agent says of itself is kept live."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, tr("General"))
        self._whole = QWidget()
        self._column = QVBoxLayout(self._whole)
        self._column.setContentsMargins(0, 0, 4, 0)
        self._column.setSpacing(12)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(self._whole)
        self.body.addWidget(scroll, 1)
        self._agent_card()
        self._window_card()
        self._secrets_card()
        self.quiet = Quiet(desk)
        self._column.addWidget(self.quiet)
        self._maintenance_card()
        self.file = SettingsFile(desk)
        self.file.known.connect(self._maintenance)
        self._column.addWidget(self.file)
        self._about_card()
        self._column.addStretch(1)
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self.look)
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self._refresh)
        self._tick.start()
        desk.changed.connect(self._later.start)
        desk.contact.connect(self._later.start)
        self.look()

    def _add(self, title: str) -> Card:
        card = Card(title)
        self._column.addWidget(card)
        return card

    def _agent_card(self) -> None:
        card = self._add(tr("Agent"))
        self.state = Label(wrap=True)
        self.symbol = Symbol(self.desk.theme, size=16)
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.symbol)
        row.addWidget(self.state, 1)
        card.box.addWidget(line)
        self.facts = Rows()
        card.box.addWidget(self.facts)

    def _window_card(self) -> None:
        card = self._add(tr("This window"))
        self.at_login = QCheckBox(tr("Start in the tray when you log in"))
        self.at_login.setChecked(starts_at_login())
        self.at_login.clicked.connect(self._start_at_login)
        card.box.addWidget(self.at_login)
        words = tr("Only the window and the tray. The agent watches and pages without them.")
        card.box.addWidget(Label(words, "muted", wrap=True))

    def _secrets_card(self) -> None:
        card = self._add(tr("Secrets"))
        words = tr("Whether they are set, never what they are. Replace one in its channel.")
        card.box.addWidget(Label(words, "muted", wrap=True))
        self.secrets = Rows()
        card.box.addWidget(self.secrets)

    def _maintenance_card(self) -> None:
        card = self._add(tr("Maintenance"))
        words = tr("Failures inside a window open no incident. Windows stand in the settings below.")
        card.box.addWidget(Label(words, "muted", wrap=True))
        self.maintenance = Rows()
        card.box.addWidget(self.maintenance)

    def _about_card(self) -> None:
        card = self._add(tr("About"))
        about = Rows()
        about.show_pairs(
            [
                (tr("StatusApp"), window_version()),
                (tr("Runs on"), f"Python {platform.python_version()}, Qt {qVersion()}, {platform.system()}"),
                (tr("Licence"), "Apache-2.0"),
            ]
        )
        card.box.addWidget(about)

    def open_subject(self, subject: str) -> None:  # noqa: ARG002 - there is nothing in particular here
        """Ask anew for what is not told by events."""
        self._refresh(asked=True)

    def _refresh(self, *, asked: bool = False) -> None:
        if asked or self.isVisible():
            self.quiet.ask()
            self.look()
        if asked:
            self.file.ask()

    # Showing

    def look(self) -> None:
        """Show what is known now."""
        mirror, now = self.desk.mirror, self.desk.now()
        agent = mirror.agent
        live = mirror.is_live(now)
        if agent is not None:
            self.facts.show_pairs(agent_facts(agent, window_version()))
        if agent is None or not live:
            heard = "" if mirror.heard_at is None else tr("Last heard {age}.", age=age(mirror.heard_at, now))
            self._say("unreachable", f"{tr('The agent does not answer.')} {self.desk.why_lost} {heard}".strip())
        elif not agent.healthy or agent.problems:
            self._say("down" if not agent.healthy else "degraded", " ".join(agent.problems) or tr("It could not page."))
        elif not mirror.channels:
            self._say("blind", tr("It watches, and nobody is told: there is no channel yet."))
        else:
            self._say("fine", tr("It watches, and nothing is wrong with it."))
        rows = secret_rows(mirror.channels.values(), now)
        self.secrets.show_list(self.desk.theme, rows or [(tr("No channel has one."), "", None, "")])

    def _say(self, shape: Shape, sentence: str) -> None:
        self.symbol.show_shape(shape)
        self.state.setText(sentence)

    def _maintenance(self, text: str) -> None:
        rows = [(name, monitors, None, when) for name, when, monitors in maintenance_rows(text)]
        self.maintenance.show_list(self.desk.theme, rows or [(tr("Nothing is planned."), "", None, "")])

    def _start_at_login(self, wanted: bool) -> None:
        try:
            start_at_login(wanted)
        except OSError as error:
            self.at_login.setChecked(starts_at_login())
            self.desk.said.emit(tr("That could not be changed: {why}.", why=error.strerror or type(error).__name__))
        else:
            said = tr("It starts with your next login.") if wanted else tr("It does not start by itself any more.")
            self.desk.said.emit(said)
