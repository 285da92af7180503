"""What appears when several monitors are chosen: tier, channels, pause and resume for all of them at once."""

from typing import Any

from PySide6.QtWidgets import QHBoxLayout

from statusapp_desktop.desk import Desk
from statusapp_desktop.editing import Editing
from statusapp_desktop.link import path_of
from statusapp_desktop.widgets.button import button
from statusapp_desktop.widgets.card import Card
from statusapp_desktop.widgets.choice import Choice
from statusapp_desktop.widgets.label import Label
from statusapp_desktop.words import tr
from statusapp_shared.protocol import FaultView

BUILT_IN = ("1", "2", "3")


class Bulk(Card):
    """Hidden while fewer than two are chosen."""

    def __init__(self, desk: Desk, editing: Editing) -> None:
        super().__init__(padding=10)
        self._desk, self._editing = desk, editing
        self._names: list[str] = []
        self._count = Label(bold=True)
        self.tier = Choice()
        self.tier.setAccessibleName(tr("Tier"))
        self.tier.addItems(BUILT_IN)
        self.assign = button(tr("Assign tier"), self._assign)
        self.pause = button(tr("Pause"), lambda: self._each("pause"))
        self.resume = button(tr("Resume"), lambda: self._each("resume"))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._count)
        row.addStretch(1)
        for each in (Label(tr("Tier"), "muted"), self.tier, self.assign, self.pause, self.resume):
            row.addWidget(each)
        self.box.addLayout(row)
        self.hide()

    def show_names(self, names: list[str]) -> None:
        """Take over what is chosen."""
        was = self.isVisible()
        self._names = names
        self.setVisible(len(names) > 1)
        self._count.setText(tr("{n} chosen", n=len(names)))
        if self.isVisible() and not was:
            self._editing.documents(self._offer)

    def _offer(self, whole: dict[str, Any]) -> None:
        own = [str(each["name"]) for each in whole.get("tiers", ())]
        known = [self.tier.itemText(number) for number in range(self.tier.count())]
        self.tier.addItems([name for name in own if name not in known])

    def _assign(self) -> None:
        names, tier = set(self._names), self.tier.currentText()

        def found(whole: dict[str, Any]) -> None:
            changed = []
            for document in whole.get("monitors", ()):
                if document["name"] in names:
                    # Channels of its own win over a tier: who assigns a tier means the tier.
                    document.pop("channels", None)
                    changed.append({**document, "tier": tier})
            self._editing.save("monitors", changed, self._assigned)

        self._editing.documents(found)

    def _assigned(self, _faults: list[FaultView], sentence: str) -> None:
        done = tr("Tier {tier} is assigned to {n} monitors.", tier=self.tier.currentText(), n=len(self._names))
        self._desk.said.emit(sentence or done)

    def _each(self, verb: str) -> None:
        for name in self._names:
            self._desk.ask("POST", path_of("monitors", name, verb), self)
