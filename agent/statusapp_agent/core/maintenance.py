"""Maintenance windows: which are on at a moment. Local times follow the window's own zone, across DST."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from statusapp_agent.core.model import Maintenance

_LONGEST_LOOK_BACK = timedelta(days=8)


def ends_at(window: Maintenance, now: datetime) -> datetime | None:
    """Return when the occurrence that is on now ends, None when none is."""
    length = timedelta(seconds=window.duration_s)
    for start in _starts(window, now):
        if start <= now < start + length:
            return start + length
    return None


def covers(window: Maintenance, monitor: str) -> bool:
    """Whether a window is about a monitor; one without a list is about all of them."""
    return not window.monitors or monitor in window.monitors


def active(windows: Iterable[Maintenance], now: datetime) -> dict[str, datetime]:
    """Return the names of the windows that are on now, with their ends."""
    on = ((window.name, ends_at(window, now)) for window in windows)
    return {name: end for name, end in on if end is not None}


def _starts(window: Maintenance, now: datetime) -> Iterable[datetime]:
    if window.starts_at is not None:
        yield window.starts_at
        return
    zone = ZoneInfo(window.timezone)
    at = time(window.start_minute // 60, window.start_minute % 60)
    look_back = min(_LONGEST_LOOK_BACK, timedelta(seconds=window.duration_s) + timedelta(days=1))
    day = (now - look_back).astimezone(zone).date()
    last = now.astimezone(zone).date()
    while day <= last:
        if not window.days or day.weekday() in window.days:
            # An hour that a DST change skips is read with the offset before it: the window is late, never lost.
            yield datetime.combine(day, at, zone).astimezone(UTC)
        day += timedelta(days=1)


def begins_within(window: Maintenance, now: datetime, ahead: timedelta) -> datetime | None:
    """Return when a window begins next, within a day at most; None when it does not."""
    return min((start for start in _starts(window, now + ahead) if now < start <= now + ahead), default=None)
