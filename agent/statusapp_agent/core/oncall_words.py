"""Who is on call, in sentences; times in the zone of whoever reads them."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from statusapp_agent.core.oncall import Duty
from statusapp_agent.core.phrases import listed


def moment(at: datetime, now: datetime, zone: tzinfo) -> str:
    """Return a moment that is ahead: the clock alone on the same day, the weekday within six days, else the date."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    days = (local.date() - today.date()).days
    if days == 0:
        return f"{local:%H:%M}"
    if 0 < days < 7:
        return f"{local:%a %H:%M}"
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local.day} {local:%b}{year} {local:%H:%M}"


def duty_in_words(duty: Duty, now: datetime, zone: tzinfo) -> str:
    """Return one person with the end of the duty: ``Ana (on call until Mon 09:00)``."""
    until = "" if duty.until is None else f" until {moment(duty.until, now, zone)}"
    return f"{duty.person} (on call{until})"


def rotation_in_words(name: str, on: Sequence[Duty], now: datetime, zone: tzinfo) -> str:
    """Return who is on call in a rotation as one sentence."""
    if not on:
        return f"Nobody is on call in {name}."
    first = on[0]
    until = "" if first.until is None else f" until {moment(first.until, now, zone)}"
    then = "" if first.until is None else f", then {first.then or 'nobody'}"
    behind = f"; behind: {listed(duty.person for duty in on[1:])}" if len(on) > 1 else ""
    return f"{first.person} is on call in {name}{until}{then}{behind}."
