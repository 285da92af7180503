"""One monitor: what it is, its last check by phases, who would be told, and what can be done about it."""

from typing import Any

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from statusapp_desktop.desk import Desk
from statusapp_desktop.incident_words import whole
from statusapp_desktop.link import Refusal, path_of
from statusapp_desktop.mirror import Changed
from statusapp_desktop.monitor_words import cell_text
from statusapp_desktop.states import monitor_shape, state_word
from statusapp_desktop.widgets.button import Busy, button
from statusapp_desktop.widgets.card import Card
from statusapp_desktop.widgets.facts import Facts
from statusapp_desktop.widgets.label import Label, set_role
from statusapp_desktop.widgets.phases import Phases
from statusapp_desktop.widgets.question import ask
from statusapp_desktop.widgets.route import Route
from statusapp_desktop.widgets.spark import Spark, Strip
from statusapp_desktop.widgets.symbol import Symbol
from statusapp_desktop.words import latency, length, tr
from statusapp_shared.protocol import CheckNowView, MonitorView


class MonitorDetail(QWidget):
    """Says ``edit`` when somebody wants to change it."""

    edit = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.monitor: MonitorView | None = None
        theme = desk.theme
        self.symbol = Symbol(theme, size=20)
        self.title = Label(more=3, bold=True, wrap=True)
        self.chip = Label(role="chip")
        self.target = Label(role="muted", wrap=True)
        self.reason = Label(wrap=True)
        self.check = button(tr("Check now"), self._check)
        self.pause = button(tr("Pause"), self._pause)
        self.change = button(tr("Edit ..."), self._edit)
        self.incident = button(tr("Open incident"), self._incident)
        self.runbook = button(tr("Runbook"), self._runbook, "quiet")
        self.delete = button(tr("Delete ..."), self._ask_delete, "danger")
        self.facts = Facts()
        self.phases = Phases(theme)
        self.checked = Label(role="muted", wrap=True)
        self.spark = Spark(theme)
        self.strip = Strip(theme)
        self.route = Route(desk)
        self._busy: Busy | None = None
        self._lay_out()
        desk.changed.connect(self._changed)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self.symbol)
        head.addWidget(self.title, 1)
        head.addWidget(self.chip)
        actions = QHBoxLayout()
        actions.setSpacing(8)
        for each in (self.check, self.pause, self.change, self.incident):
            actions.addWidget(each)
        actions.addStretch(1)
        now = Card(padding=14)
        now.box.addWidget(self.reason)
        now.box.addWidget(self.facts)
        last = Card(tr("Last check"), padding=14)
        last.box.addWidget(self.checked)
        last.box.addWidget(self.phases)
        history = Card(tr("Latency of the last checks, and the last 24 hours"), padding=14)
        history.box.addWidget(self.spark)
        history.box.addWidget(self.strip)
        told = Card(tr("If it failed now"), padding=14)
        told.box.addWidget(self.route)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(16, 2, 4, 8)
        column.setSpacing(12)
        column.addLayout(head)
        below = QHBoxLayout()
        below.addWidget(self.target, 1)
        below.addWidget(self.runbook)
        column.addLayout(below)
        column.addLayout(actions)
        for card in (now, last, history, told):
            column.addWidget(card)
        foot = QHBoxLayout()
        foot.addWidget(self.delete)
        foot.addStretch(1)
        column.addLayout(foot)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    def show_monitor(self, monitor: MonitorView, cells: str) -> None:
        """Show one monitor."""
        other = self.monitor is None or self.monitor.name != monitor.name
        self.monitor = monitor
        self.strip.show_cells(cells)
        self._look()
        if other:
            self.route.ask(monitor.name)

    def _changed(self, changed: Changed) -> None:
        if self.monitor is None or not self.isVisible():
            return
        if changed.noun in ("snapshot", "incident") or changed.name == self.monitor.name:
            fresh = self.desk.mirror.monitors.get(self.monitor.name)
            if fresh is not None:
                self.monitor = fresh
                self._look()
        if changed.noun in ("snapshot", "channel", "channel_gone"):
            self.route.ask(self.monitor.name)

    def _look(self) -> None:
        monitor = self.monitor
        if monitor is None:
            return
        incident = self.desk.mirror.incidents.get(monitor.incident_id) if monitor.incident_id else None
        shape = monitor_shape(monitor, incident)
        self.symbol.show_shape(shape)
        self.title.setText(monitor.name)
        set_role(self.chip, "shape", shape)
        self.chip.setText(state_word(monitor.state))
        self.target.setText(f"{monitor.kind} · {monitor.target}")
        self.reason.setText(whole(monitor.reason))
        self.pause.setText(tr("Resume") if monitor.state == "paused" else tr("Pause"))
        self.incident.setVisible(incident is not None)
        self.runbook.setVisible(bool(monitor.runbook))
        facts = [
            (tr("Every"), length(monitor.interval_s)),
            (tr("Opens after"), tr("{n} failures", n=monitor.failures)),
            (tr("Tier"), monitor.tier or "—"),
            (tr("For, or checked"), cell_text(monitor, incident, "since", self.desk.now())),
        ]
        self.facts.show_facts(facts)
        self.spark.show_values(list(monitor.recent_latency_ms))
        last = monitor.last_result
        self.phases.show_phases({} if last is None else last.phases_ms)
        if last is None:
            self.checked.setText(tr("Not checked yet."))
        else:
            took = "" if last.latency_ms is None else tr(" after {n}", n=latency(last.latency_ms))
            self.checked.setText(f"{last.message}{took}.")

    # What people do

    def _path(self, *more: str) -> str:
        return path_of("monitors", self.monitor.name if self.monitor is not None else "", *more)

    def _check(self) -> None:
        if self._busy is None:
            self._busy = Busy(self.check, tr("Checking"))
            self.desk.link.ask("POST", self._path("check"), owner=self, then=self._checked, failed=self._not_checked)

    def _checked(self, answer: Any) -> None:
        view = CheckNowView.model_validate(answer)
        if self._busy is not None:
            self._busy.over()
            self._busy = None
        if self.monitor is not None and view.monitor.name == self.monitor.name:
            self.monitor = view.monitor
            self._look()

    def _not_checked(self, refusal: Refusal) -> None:
        if self._busy is not None:
            self._busy.over()
            self._busy = None
        self.desk.said.emit(refusal.sentence)

    def _pause(self) -> None:
        if self.monitor is not None:
            self.desk.ask("POST", self._path("resume" if self.monitor.state == "paused" else "pause"), self)

    def _edit(self) -> None:
        if self.monitor is not None:
            self.edit.emit(self.monitor.name)

    def _incident(self) -> None:
        if self.monitor is not None and self.monitor.incident_id:
            self.desk.show("incidents", self.monitor.incident_id)

    def _runbook(self) -> None:
        if self.monitor is not None and self.monitor.runbook:
            QDesktopServices.openUrl(QUrl(self.monitor.runbook))

    def _ask_delete(self) -> None:
        if self.monitor is None:
            return
        body = tr("It is not watched any more.")
        if self.monitor.incident_id:
            body += " " + tr("Its open incident will be resolved, in PagerDuty too.")
        title = tr("Delete {name}?", name=self.monitor.name)
        ask(self, title, body, tr("Keep"), tr("Delete monitor"), self._delete)

    def _delete(self) -> None:
        if self.monitor is not None:
            self.desk.ask("DELETE", self._path(), self, done=tr("{name} is deleted.", name=self.monitor.name))
