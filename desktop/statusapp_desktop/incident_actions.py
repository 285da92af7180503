"""What people do about an incident: take it, end it, put it off, look again, and tell others of it."""

from typing import Any

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QWidget

from statusapp_desktop.desk import Desk
from statusapp_desktop.files import write_text
from statusapp_desktop.incident_words import share_name
from statusapp_desktop.link import path_of
from statusapp_desktop.share import as_html, as_json
from statusapp_desktop.widgets.button import button
from statusapp_desktop.widgets.question import ask
from statusapp_desktop.words import length, tr
from statusapp_shared.protocol import IncidentView, WhyView

_SNOOZES = ((1800, "30 minutes"), (3600, "1 hour"), (4 * 3600, "4 hours"), (12 * 3600, "12 hours"), (86_400, "1 day"))


class IncidentActions(QWidget):
    """A row of buttons; ``answered`` holds what the agent says of the incident afterwards."""

    answered = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.incident: IncidentView | None = None
        self.why: WhyView | None = None
        self.acknowledge = button(tr("Acknowledge"), self._acknowledge, "primary")
        self.resolve = button(tr("Resolve"), self._ask_resolve)
        self.snooze = button(tr("Snooze"))
        self.snooze.setMenu(self._snooze_menu())
        self.check = button(tr("Check now"), self._check)
        self.share = button(tr("Share"))
        self.share.setMenu(self._share_menu())
        self.elsewhere = button(tr("Open in PagerDuty"), self._elsewhere)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for each in (self.acknowledge, self.resolve, self.snooze, self.check):
            row.addWidget(each)
        row.addStretch(1)
        row.addWidget(self.share)
        row.addWidget(self.elsewhere)

    def show_incident(self, incident: IncidentView) -> None:
        """Offer what can be done about an incident as it stands; where nothing can be done, say why."""
        self.incident = incident
        self.acknowledge.setVisible(incident.status == "open")
        for each in (self.resolve, self.snooze):
            each.setVisible(incident.status != "resolved")
        self.check.setVisible(incident.monitor in self.desk.mirror.monitors)
        theirs = incident.pagerduty
        self.elsewhere.setVisible(theirs is not None and theirs.url is not None)
        live = self.desk.mirror.is_live(self.desk.now()) and self.desk.mirror.speaks_our_version()
        for each in (self.acknowledge, self.resolve, self.snooze, self.check):
            each.setEnabled(live)
            each.setToolTip("" if live else tr("The agent does not answer."))

    def _snooze_menu(self) -> QMenu:
        menu = QMenu(self)
        for seconds, words in _SNOOZES:
            menu.addAction(tr(words)).triggered.connect(lambda _=False, seconds=seconds: self._snooze(seconds))
        return menu

    def _share_menu(self) -> QMenu:
        menu = QMenu(self)
        for words, suffix in ((tr("As a page (HTML) ..."), "html"), (tr("As data (JSON) ..."), "json")):
            menu.addAction(words).triggered.connect(lambda _=False, suffix=suffix: self._choose_file(suffix))
        return menu

    def post(self, verb: str, done: str, **body: object) -> None:
        """Do something to the incident; ``done`` is said when the agent has taken it."""
        if self.incident is not None:
            path = path_of("incidents", self.incident.id, verb)
            self.desk.ask("POST", path, self, self.answered.emit, body={"via": "desktop", **body}, done=done)

    def _acknowledge(self) -> None:
        self.post("acknowledge", tr("You have it in hand; nobody else is told any more."))

    def take(self) -> None:
        """Acknowledge, when there is something to acknowledge."""
        if self.incident is not None and self.incident.status == "open":
            self._acknowledge()

    def _snooze(self, seconds: int) -> None:
        self.post("snooze", tr("Snoozed for {n}.", n=length(seconds)), seconds=seconds)

    def _ask_resolve(self) -> None:
        if self.incident is None:
            return
        monitor = self.desk.mirror.monitors.get(self.incident.monitor)
        if monitor is not None and monitor.state == "down":
            body = tr("{monitor} still fails. If it goes on, a new incident opens and pages.", monitor=monitor.name)
            ask(self, tr("Resolve it while it fails?"), body, tr("Leave open"), tr("Resolve"), self._resolve)
        else:
            self._resolve()

    def _resolve(self) -> None:
        self.post("resolve", tr("Resolved."))

    def _check(self) -> None:
        if self.incident is not None:
            path = path_of("monitors", self.incident.monitor, "check")
            self.desk.ask("POST", path, self, self._checked)

    def _checked(self, answer: Any) -> None:
        self.desk.said.emit(tr("Checked just this once: {message}", message=answer["result"]["message"]))

    def _elsewhere(self) -> None:
        if self.incident is not None and self.incident.pagerduty is not None and self.incident.pagerduty.url:
            QDesktopServices.openUrl(QUrl(self.incident.pagerduty.url))

    def _choose_file(self, suffix: str) -> None:
        if self.incident is None:
            return
        dialog = QFileDialog(self, tr("Share this incident"), f"{share_name(self.incident)}.{suffix}")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        dialog.fileSelected.connect(lambda name: self.save(name, suffix))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save(self, name: str, suffix: str) -> None:
        """Write the incident to a file, as a page or as data."""
        if self.incident is None:
            return
        now = self.desk.now()
        text = as_json(self.incident, self.why) if suffix == "json" else as_html(self.incident, self.why, now)
        self.desk.said.emit(write_text(name, text))
