"""A rotation as iCalendar (RFC 5545): one event for each shift, which no calendar doubles when it reads it again."""

from datetime import datetime, timedelta

from icalendar import Calendar, Event

from statusapp_agent.core.oncall import levels, shifts
from statusapp_agent.core.roster import Roster, Rotation

_LOOK_BACK = timedelta(days=62)
"""So that the shift that is on has its real beginning, and the same identity in each export."""


def calendar_of(roster: Roster, rotation: Rotation, install: str, now: datetime, until: datetime) -> str:
    """Return the shifts that are not over yet, until a moment. Times are UTC: each calendar shows its own zone."""
    calendar = Calendar()
    calendar.add("prodid", "-//StatusApp//on-call//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"On call: {rotation.name}")
    calendar.add("x-wr-timezone", rotation.timezone)
    for level in levels(rotation):
        for shift in shifts(roster, rotation, level, now - _LOOK_BACK, until):
            if shift.person is None or shift.ends_at <= now:
                continue
            event = Event()
            event.add("uid", f"{shift.began_at:%Y%m%dT%H%M%SZ}-{level}-{rotation.name}@{install}")
            event.add("dtstamp", now)
            event.add("dtstart", shift.began_at)
            event.add("dtend", shift.ends_at)
            behind = "" if level == 1 else f" (level {level})"
            event.add("summary", f"{shift.person} on call: {rotation.name}{behind}")
            if shift.override is not None:
                event.add("description", f"By the override {shift.override}.")
            event.add("transp", "TRANSPARENT")
            calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written.decode()
