"""On-call as clients see it."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from statusapp_agent.core.model import Person
from statusapp_agent.core.oncall import Duty, gaps, levels, next_handoff, shifts, who
from statusapp_agent.core.oncall_words import rotation_in_words
from statusapp_agent.core.roster import Override, Roster, Rotation
from statusapp_shared.oncall import (
    Contact,
    DutyView,
    GapView,
    HandoffView,
    OnCallView,
    OverrideView,
    RotationView,
    ShiftView,
)

SOURCE: Final = "settings"


def oncall_view(roster: Roster, at: datetime, days: int) -> OnCallView:
    """Return who is on call at a moment, and in the days after it."""
    until = at + timedelta(days=days)
    rotations = [rotation_view(roster, roster.rotations[name], at, until) for name in sorted(roster.rotations)]
    ahead = sorted((each for each in roster.overrides if each.ends_at > at), key=lambda each: each.starts_at)
    return OnCallView(
        at=at,
        until=until,
        sentence=" ".join(each.sentence for each in rotations) or "There is no rotation yet.",
        rotations=rotations,
        overrides=[override_view(each) for each in ahead],
    )


def rotation_view(roster: Roster, rotation: Rotation, at: datetime, until: datetime) -> RotationView:
    """Return one rotation; its sentence tells times in the rotation's own zone."""
    on, following = who(roster, rotation, at), next_handoff(roster, rotation, at)
    return RotationView(
        name=rotation.name,
        timezone=rotation.timezone,
        source=SOURCE,
        sentence=rotation_in_words(rotation.name, on, at, ZoneInfo(rotation.timezone)),
        on=[_duty(roster, duty) for duty in on],
        next=None
        if following is None
        else HandoffView(at=following.at, level=following.level, off=following.off, on=following.on),
        shifts=[
            ShiftView(
                level=level,
                person=shift.person,
                began_at=shift.began_at,
                ends_at=shift.ends_at,
                override=shift.override,
            )
            for level in levels(rotation)
            for shift in shifts(roster, rotation, level, at, until)
        ],
        gaps=[GapView(began_at=began, ends_at=ends) for began, ends in gaps(roster, rotation, at, until)],
    )


def _duty(roster: Roster, duty: Duty) -> DutyView:
    person = roster.people.get(duty.person)
    return DutyView(
        level=duty.level,
        person=duty.person,
        contacts=[] if person is None else contacts(person),
        until=duty.until,
        then=duty.then,
        override=duty.override,
    )


def contacts(person: Person) -> list[Contact]:
    """Return the ways in which a person can be reached."""
    known: tuple[tuple[Contact, str | None], ...] = (
        ("phone", person.phone),
        ("email", person.email),
        ("slack", person.slack_id),
    )
    return [name for name, value in known if value]


def override_view(override: Override) -> OverrideView:
    """Return an override."""
    return OverrideView(
        name=override.name,
        rotation=override.rotation,
        person=override.person,
        level=override.level,
        starts_at=override.starts_at,
        ends_at=override.ends_at,
    )
