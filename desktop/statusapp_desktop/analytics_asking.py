"""What Analytics asks of the agent: two stretches of time and the incidents, all of them before anything is shown."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject

from statusapp_desktop.desk import Desk
from statusapp_desktop.figures import Chosen
from statusapp_desktop.link import Refusal, Then
from statusapp_desktop.series import Item, item_of
from statusapp_desktop.words import tr

MOST_INCIDENTS = 10_000


@dataclass(slots=True)
class Found:
    """The answers: the figures of the range and of the stretch before (None where the agent could not tell)."""

    since: datetime
    until: datetime
    now: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] | None = None
    items: list[Item] = field(default_factory=list)

    @property
    def cut_off(self) -> bool:
        """Whether there are more incidents than are shown."""
        return len(self.items) >= MOST_INCIDENTS


class Asking(QObject):
    """One round of questions; ``then`` gets everything, or ``failed`` the first refusal, once."""

    def __init__(self, desk: Desk, owner: QObject, since: datetime, until: datetime, chosen: Chosen) -> None:
        super().__init__(owner)
        self._desk, self._chosen = desk, chosen
        self._found = Found(since, until)
        self._waiting = {"now", "before", "items"}

    def ask(self, then: Callable[[Found], None], failed: Callable[[Refusal], None]) -> None:
        """Ask the three questions at once."""
        self._then, self._failed = then, failed
        since, until = self._found.since, self._found.until
        listed = {"since": since.isoformat(), "limit": str(MOST_INCIDENTS)}
        if self._chosen.by == "monitor":
            listed["monitor"] = self._chosen.key
        self._get("/analytics", self._stretch(since, until), self._figures, self._refused)
        self._get("/analytics", self._stretch(since - (until - since), since), self._before, self._no_before)
        self._get("/incidents", listed, self._incidents, self._refused)

    def _stretch(self, since: datetime, until: datetime) -> dict[str, str]:
        return {"since": since.isoformat(), "until": until.isoformat(), "by": self._chosen.by or "tier"}

    def _get(self, path: str, query: dict[str, str], then: Then, failed: Callable[[Refusal], None]) -> None:
        self._desk.link.ask("GET", path, owner=self, then=then, failed=failed, query=query)

    def _figures(self, answer: Any) -> None:
        self._found.now = answer
        self._arrived("now")

    def _before(self, answer: Any) -> None:
        self._found.before = answer
        self._arrived("before")

    def _no_before(self, _refusal: Refusal) -> None:
        self._arrived("before")

    def _incidents(self, answer: Any) -> None:
        found = map(item_of, answer["items"])
        self._found.items = [each for each in found if each.opened_at < self._found.until]
        self._arrived("items")

    def _arrived(self, which: str) -> None:
        if which in self._waiting:
            self._waiting.remove(which)
            if not self._waiting:
                self._then(self._found)
                self.deleteLater()

    def _refused(self, refusal: Refusal) -> None:
        if self._waiting:
            self._waiting.clear()
            self._failed(refusal)
            self.deleteLater()


def ranges() -> dict[str, tuple[int, str, str]]:
    """Return each range: its days, its words, and shorter ones for a narrow window."""
    return {
        "7": (7, tr("7 days"), tr("7 d")),
        "28": (28, tr("28 days"), tr("28 d")),
        "90": (90, tr("90 days"), tr("90 d")),
        "365": (365, tr("1 year"), tr("1 y")),
    }
