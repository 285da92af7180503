"""On-call on the local socket: who is on, until when, who follows, when nobody is; and the overrides that change it."""

from typing import Literal

from pydantic import AwareDatetime, Field

from statusapp_shared.protocol import Request, View

Contact = Literal["phone", "email", "slack"]


class DutyView(View):
    """Who is on call on a level; ``until`` is null when no end is in sight, ``then`` when nobody follows.

    ``contacts`` are the ways in which that person can be reached; ``override`` names the one that says so.
    """

    level: int
    person: str
    contacts: list[Contact]
    until: AwareDatetime | None
    then: str | None
    override: str | None


class HandoffView(View):
    """When a level goes from one person to another; null is nobody."""

    at: AwareDatetime
    level: int
    off: str | None
    on: str | None


class ShiftView(View):
    """A stretch of one level with one person, or nobody; the first and the last are cut at the ends of the look."""

    level: int
    person: str | None
    began_at: AwareDatetime
    ends_at: AwareDatetime
    override: str | None


class GapView(View):
    """A stretch in which nobody is on call on any level."""

    began_at: AwareDatetime
    ends_at: AwareDatetime


class RotationView(View):
    """A rotation at a moment and over the days after it; ``on`` has the one to reach first first.

    ``source`` is from where this is known: ``settings``, which are StatusApp's own.
    """

    name: str
    timezone: str
    source: str
    sentence: str
    on: list[DutyView]
    next: HandoffView | None
    shifts: list[ShiftView]
    gaps: list[GapView]


class OverrideView(View):
    """A person takes a level of a rotation over for a time."""

    name: str
    rotation: str
    person: str
    level: int
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class OnCallView(View):
    """Who is on call ``at`` a moment; ``overrides`` are those that are not over then."""

    at: AwareDatetime
    until: AwareDatetime
    sentence: str
    rotations: list[RotationView]
    overrides: list[OverrideView]


class CalendarView(View):
    """A rotation as iCalendar."""

    rotation: str
    text: str


class OverrideRequest(Request):
    """Take a level over; with ``swap`` whoever is relieved takes the next shift of that person in exchange."""

    rotation: str = Field(min_length=1, max_length=100)
    person: str = Field(min_length=1, max_length=100)
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    level: int = Field(default=1, ge=1, le=10)
    swap: bool = False
