"""What PagerDuty has made of our pages, as values: the incident there that stands for one of ours, and looks at it.

A 202 of the Events API says that a page was accepted, not that anybody was paged. The words for what a look at the REST
API may show beyond that are those of `Fate`, and different on every screen.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MADE_WITHIN = timedelta(seconds=60)
"""No incident is called missing sooner: PagerDuty shows what it took only a while later."""
SURE_WITHIN = timedelta(seconds=40)
"""With a reason at hand (service disabled ...) this is enough, so that the fallback leaves within the minute."""
FATE_WITHIN = timedelta(seconds=90)
"""After this nobody waits for a look any more: the page counts as accepted, as it would without a REST key."""


class Fate(StrEnum):
    """What became of a page that PagerDuty accepted."""

    ACCEPTED = "accepted"
    CREATED = "created"
    NOBODY = "nobody"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened at PagerDuty, by its log. ``by`` is a person's name, None if no person did it."""

    id: str
    at: datetime
    kind: str
    text: str
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """An incident there as it stands. ``merged_from`` is the id under which it was known before it was merged."""

    id: str
    number: int | None
    url: str | None
    status: str
    resolved_at: datetime | None = None
    escalates_at: datetime | None = None
    unacknowledges_at: datetime | None = None
    merged_from: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One look at what became of the page ``opening`` (the id of a delivery).

    ``sighting`` is None when there is no incident of it. ``nobody`` is why none can have paged anybody, if a reason was
    found; ``asked_why``: it was looked for. ``grouped``: it went into an incident that was open before. ``failed`` is
    why nothing could be seen at all, ``lasting`` that waiting does not help.
    """

    opening: int
    sighting: Sighting | None = None
    happenings: tuple[Happening, ...] = ()
    nobody: str = ""
    asked_why: bool = False
    grouped: str = ""
    failed: str = ""
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Counterpart:
    """The incident at PagerDuty that stands for one of ours, on one lane; ``opening`` is the lane's first page.

    ``past`` are ids of earlier incidents there of the same lane. ``read`` are the log entries that our timeline has.
    ``ended_*`` tell its end there: when, by whom, and how (person, time, event). ``defied``: it was seen failing after
    that end. ``again_at`` is when it pages again, ``again`` how often it has; ``difference`` and ``remedy`` are what
    differs from ours now and what was done about it. ``writes``: its channel has somebody in whose name to write.
    """

    opening: int
    incident: str
    channel: str
    accepted_at: datetime
    fate: Fate = Fate.ACCEPTED
    why: str = ""
    id: str | None = None
    number: int | None = None
    url: str | None = None
    status: str | None = None
    past: tuple[str, ...] = ()
    read: frozenset[str] = frozenset()
    looked_at: datetime | None = None
    escalates_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    ended_how: str = ""
    defied: bool = False
    again_at: datetime | None = None
    again: int = 0
    healed: int = 0
    healed_at: datetime | None = None
    difference: str = ""
    remedy: str = ""
    settled: bool = False
    writes: bool = False

    @property
    def open_there(self) -> bool:
        """Whether the incident there is known and not resolved."""
        return self.status in ("triggered", "acknowledged")

    @property
    def words(self) -> str:
        """What became of the page, as people read it."""
        shown = f" as #{self.number}" if self.number is not None else ""
        match self.fate:
            case Fate.ACCEPTED:
                return "accepted; whether an incident was made is being looked up"
            case Fate.CREATED:
                return f"created{shown}"
            case Fate.NOBODY:
                return f"accepted, but nobody was paged: {self.why}"
            case Fate.UNKNOWN:
                return f"sent (unverified): {self.why}"
