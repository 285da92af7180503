"""One channel: how it is, its secrets as far as anybody may know, its test, and who is told over it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from statusapp_desktop.desk import Desk
from statusapp_desktop.incident_words import whole
from statusapp_desktop.link import path_of
from statusapp_desktop.tokens import Shape
from statusapp_desktop.widgets.button import button
from statusapp_desktop.widgets.card import Card
from statusapp_desktop.widgets.facts import Facts
from statusapp_desktop.widgets.label import Label, set_role
from statusapp_desktop.widgets.question import ask
from statusapp_desktop.widgets.symbol import Symbol
from statusapp_desktop.widgets.test_panel import TestPanel
from statusapp_desktop.words import age, clock, counted, tr
from statusapp_shared.protocol import ChannelView

SHAPES: dict[str, Shape] = {
    "ok": "fine",
    "untested": "blind",
    "delayed": "degraded",
    "broken": "down",
    "locked": "muted",
}


def status_word(status: str) -> str:
    """Return what a channel's status is called."""
    return {
        "ok": tr("works"),
        "untested": tr("not tested"),
        "delayed": tr("delayed"),
        "broken": tr("broken"),
        "locked": tr("keyring locked"),
    }.get(status, status)


class ChannelDetail(QWidget):
    """One channel: how it is, its settings without secrets, its test, who uses it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.channel: ChannelView | None = None
        self.symbol = Symbol(desk.theme, size=20)
        self.title = Label(more=3, bold=True, wrap=True)
        self.chip = Label(role="chip")
        self.reason = Label(wrap=True)
        self.facts = Facts()
        self.secrets = Label(role="muted", wrap=True)
        self.users = Label(wrap=True)
        self.panel = TestPanel(desk)
        self.change = button(tr("Edit ..."))
        self.delete = button(tr("Delete ..."), self._ask_delete, "danger")
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self.symbol)
        head.addWidget(self.title, 1)
        head.addWidget(self.chip)
        state = Card(padding=14)
        for each in (self.reason, self.facts, self.secrets):
            state.box.addWidget(each)
        used = Card(tr("Who is told over it"), padding=14)
        used.box.addWidget(self.users)
        foot = QHBoxLayout()
        foot.addWidget(self.change)
        foot.addStretch(1)
        foot.addWidget(self.delete)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 2, 8, 8)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(state)
        column.addWidget(self.panel)
        column.addWidget(used)
        column.addLayout(foot)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    def show_channel(self, channel: ChannelView) -> None:
        """Show one channel."""
        self.channel = channel
        now = self.desk.now()
        shape = SHAPES[channel.status]
        self.symbol.show_shape(shape)
        self.title.setText(channel.name)
        set_role(self.chip, "shape", shape)
        self.chip.setText(status_word(channel.status))
        self.reason.setText(whole(channel.reason))
        tested = tr("never") if channel.tested_at is None else age(channel.tested_at, now)
        sent = tr("never") if channel.last_delivered_at is None else age(channel.last_delivered_at, now)
        outcome = "" if channel.test_ok is None else tr(", passed") if channel.test_ok else tr(", failed")
        facts = [
            (tr("Kind"), channel.kind),
            (tr("Tested"), f"{tested}{outcome}"),
            (tr("Last delivered"), sent),
            (tr("Waiting"), str(channel.waiting)),
        ]
        self.facts.show_facts(facts)
        lines = []
        for name, secret in channel.secrets.items():
            if not secret.is_set:
                lines.append(tr("{name}: not set.", name=name))
            elif secret.set_at is None:
                lines.append(tr("{name}: set, in {place}; never shown.", name=name, place=secret.place))
            else:
                at = clock(secret.set_at, now)
                lines.append(tr("{name}: set {at}, in {place}; never shown.", name=name, at=at, place=secret.place))
        self.secrets.setText(" ".join(lines))
        self.secrets.setVisible(bool(lines))
        if channel.monitors:
            words = counted(len(channel.monitors), "{n} monitor: ", "{n} monitors: ")
            self.users.setText(
                words + ", ".join(channel.monitors[:12]) + (" ..." if len(channel.monitors) > 12 else "")
            )
        else:
            self.users.setText(tr("No monitor uses it yet."))
        self.panel.use(channel.name, channel.kind)

    def _ask_delete(self) -> None:
        if self.channel is None:
            return
        title = tr("Delete {name}?", name=self.channel.name)
        body = tr("Nobody is told over it any more. What it has opened is still closed over it.")
        ask(self, title, body, tr("Keep"), tr("Delete channel"), self._delete)

    def _delete(self) -> None:
        if self.channel is not None:
            done = tr("{name} is deleted.", name=self.channel.name)
            self.desk.ask("DELETE", path_of("channels", self.channel.name), self, done=done)
