"""One incident: what it is, what can be done about it, its story, and why somebody was told."""

from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from statusapp_desktop.desk import Desk
from statusapp_desktop.incident_actions import IncidentActions
from statusapp_desktop.incident_words import chip_words, lasted, whole
from statusapp_desktop.link import path_of
from statusapp_desktop.mirror import Changed
from statusapp_desktop.states import incident_shape
from statusapp_desktop.widgets.button import button
from statusapp_desktop.widgets.card import Card
from statusapp_desktop.widgets.facts import Facts
from statusapp_desktop.widgets.label import Label, set_role
from statusapp_desktop.widgets.symbol import Symbol
from statusapp_desktop.widgets.timeline import Timeline
from statusapp_desktop.widgets.why import Why
from statusapp_desktop.words import clock, length, tr
from statusapp_shared.protocol import IncidentView, WhyView


class IncidentDetail(QWidget):
    """The right side of the incidents' pane."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.incident: IncidentView | None = None
        self.symbol = Symbol(desk.theme, size=24)
        self.title = Label(more=5, bold=True, wrap=True)
        self.cause = Label(wrap=True)
        self.chip = Label(role="chip")
        self.deeds = IncidentActions(desk)
        self.deeds.answered.connect(self._whole)
        self.note = QLineEdit(placeholderText=tr("Add a note to the timeline"))
        self.note.setAccessibleName(tr("Note"))
        self.note.setMaxLength(4000)
        self.note.returnPressed.connect(self._note)
        self.note_button = button(tr("Add note"), self._note)
        self.facts = Facts()
        self.timeline = Timeline(desk.theme)
        self.why = Why(desk.theme)
        self._lay_out()
        self._fetch_soon = QTimer(self, singleShot=True, interval=60)
        self._fetch_soon.timeout.connect(self._fetch)
        self._tick = QTimer(self, interval=1_000)
        self._tick.timeout.connect(self._look)
        desk.changed.connect(self._changed)
        desk.contact.connect(self._look)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.symbol)
        head.addWidget(self.title, 1)
        head.addWidget(self.chip)
        facts = Card(padding=14)
        facts.box.addWidget(self.facts)
        story = Card(tr("Timeline"))
        story.box.addWidget(self.timeline)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.note, 1)
        row.addWidget(self.note_button)
        story.box.addLayout(row)
        story.box.addStretch(1)
        reasons = Card(tr("Why"))
        reasons.box.addWidget(self.why)
        reasons.box.addStretch(1)
        reasons.setMaximumWidth(330)
        below = QHBoxLayout()
        below.setSpacing(14)
        below.addWidget(story, 3)
        below.addWidget(reasons, 2)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(20, 20, 24, 20)
        column.setSpacing(14)
        column.addLayout(head)
        column.addWidget(self.cause)
        column.addWidget(self.deeds)
        column.addWidget(facts)
        column.addLayout(below, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    # What is shown

    def show_incident(self, incident: IncidentView) -> None:
        """Show one incident; its story follows when the agent has told it."""
        if self.incident is None or self.incident.id != incident.id:
            self.deeds.why = None
            self.why.show_why(None)
            self.timeline.show_lines([], self.desk.now())
            self.note.clear()
            self.incident = incident
        self._look()
        self._fetch()

    def _changed(self, changed: Changed) -> None:
        if self.incident is None:
            return
        mirror = self.desk.mirror
        told = mirror.deliveries.get(int(changed.name)) if changed.noun == "delivery" else None
        about = changed.noun == "incident" and changed.name == self.incident.id
        if about or changed.noun == "snapshot" or (told is not None and told.incident_id == self.incident.id):
            self._fetch_soon.start()

    def _fetch(self) -> None:
        if self.incident is None or not self.isVisible():
            return
        path = path_of("incidents", self.incident.id)
        self.desk.ask("GET", path, self, self._whole)
        self.desk.ask("GET", f"{path}/why", self, self._reasons)

    def _whole(self, answer: Any) -> None:
        incident = IncidentView.model_validate(answer)
        if self.incident is not None and incident.id == self.incident.id:
            self.incident = incident
            if any(each.text == self.note.text().strip() for each in incident.timeline):
                self.note.clear()  # only now: a note that was refused is not lost
            self._look()

    def _reasons(self, answer: Any) -> None:
        self.deeds.why = WhyView.model_validate(answer)
        self.why.show_why(self.deeds.why)

    def _look(self) -> None:
        incident = self.incident
        if incident is None:
            return
        now, shape = self.desk.now(), incident_shape(incident)
        self.symbol.show_shape(shape)
        self.title.setText(incident.monitor)
        self.cause.setText(whole(incident.cause))
        set_role(self.chip, "shape", shape)
        self.chip.setText(chip_words(incident))
        self.deeds.show_incident(incident)
        self.note_button.setEnabled(self.deeds.resolve.isEnabled())
        self._facts(incident)
        self.timeline.show_lines(incident.timeline, now, self._coming(incident))

    def _facts(self, incident: IncidentView) -> None:
        now = self.desk.now()
        taken = incident.acknowledged_at
        after = "—" if taken is None else tr("after {n}", n=length((taken - incident.opened_at).total_seconds()))
        facts = [
            (tr("Incident"), f"#{incident.number}"),
            (tr("Began"), clock(incident.began_at, now, seconds=True)),
            (tr("Opened"), clock(incident.opened_at, now, seconds=True)),
            (tr("Acknowledged"), after),
            (tr("Down for"), lasted(incident, now)),
        ]
        theirs = incident.pagerduty
        if theirs is not None:
            seen = theirs.status or tr("sent")
            facts.append((tr("PagerDuty"), seen if theirs.verified else tr("{state}, not verified", state=seen)))
        self.facts.show_facts(facts)

    def _coming(self, incident: IncidentView) -> str:
        if incident.status == "resolved":
            return ""
        if incident.snoozed_until is not None:
            return tr("Next: asked again at {at}", at=clock(incident.snoozed_until, self.desk.now()))
        monitor = self.desk.mirror.monitors.get(incident.monitor)
        if monitor is None:
            return ""
        return tr("Next: closes itself after {n} good checks", n=monitor.recoveries)

    def _note(self) -> None:
        text = self.note.text().strip()
        if text:
            self.deeds.post("notes", tr("Noted."), text=text)

    def showEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Count only while somebody looks."""
        super().showEvent(event)  # type: ignore[arg-type]
        self._tick.start()
        self._fetch_soon.start()

    def hideEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Stop counting."""
        self._tick.stop()
        super().hideEvent(event)  # type: ignore[arg-type]
