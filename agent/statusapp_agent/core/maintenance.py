"""Maintenance windows and quiet hours: which are on at a moment. Local times follow a zone of their own, across DST.

The calendar is dateutil's: RRULEs (RFC 5545) over local days. A time of day that a change of the clock skips is read
with the offset before it, so that a window is late then and never lost; one that comes twice begins the first time.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule, weekday

from statusapp_agent.core.model import Maintenance, QuietHours

_LONGEST_LOOK_BACK = timedelta(days=8)
_DAY = timedelta(days=1)


def ends_at(window: Maintenance, now: datetime) -> datetime | None:
    """Return when the occurrence that is on now ends, None when none is."""
    length = timedelta(seconds=window.duration_s)
    ends = [start + length for start in starts(window, now) if start <= now < start + length]
    return max(ends, default=None)


def covers(window: Maintenance, monitor: str, tags: Iterable[str] = ()) -> bool:
    """Whether a window is about a monitor; one that names neither monitors nor tags is about all of them."""
    if not window.monitors and not window.tags:
        return True
    return monitor in window.monitors or not set(window.tags).isdisjoint(tags)


def active(windows: Iterable[Maintenance], now: datetime) -> dict[str, datetime]:
    """Return the names of the windows that are on now, with their ends."""
    on = ((window.name, ends_at(window, now)) for window in windows)
    return {name: end for name, end in on if end is not None}


def starts(window: Maintenance, now: datetime) -> tuple[datetime, ...]:
    """Return the beginnings, in UTC, of the occurrences that may be on now."""
    if window.starts_at is not None:
        return (window.starts_at,)
    zone = ZoneInfo(window.timezone)
    look_back = min(_LONGEST_LOOK_BACK, timedelta(seconds=window.duration_s) + _DAY)
    days = _days(window, (now - look_back).astimezone(zone).date(), now.astimezone(zone).date())
    return tuple(_moment(day, window.start_minute, zone) for day in days)


def begins_within(window: Maintenance, now: datetime, ahead: timedelta) -> datetime | None:
    """Return when a window begins next, within a day at most; None when it does not."""
    return min((start for start in starts(window, now + ahead) if now < start <= now + ahead), default=None)


@lru_cache(maxsize=1024)
def _days(window: Maintenance, first: date, last: date) -> tuple[date, ...]:
    """Return the local days on which a window begins; remembered, since they are asked for every second."""
    found: set[date] = set()
    for rule in _rules(window, first):
        found.update(each.date() for each in rule.between(_midnight(first), _midnight(last), inc=True))
    return tuple(sorted(found))


def _rules(window: Maintenance, first: date) -> list[rrule]:
    begin = _midnight(first.replace(day=1))
    rules = []
    if window.month_days:
        rules.append(rrule(MONTHLY, dtstart=begin, bymonthday=window.month_days))
    if window.weeks:
        which = [weekday(day, week) for week in window.weeks for day in window.days]
        rules.append(rrule(MONTHLY, dtstart=begin, byweekday=which))
    elif window.days:
        rules.append(rrule(WEEKLY, dtstart=begin, byweekday=window.days))
    return rules or [rrule(DAILY, dtstart=begin)]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(minute // 60, minute % 60), zone).astimezone(UTC)


def quiet_until(hours: QuietHours, now: datetime) -> datetime | None:
    """Return when the quiet hours that are on now end, None when none are; equal times mean the whole day."""
    zone = ZoneInfo(hours.timezone)
    today = now.astimezone(zone).date()
    nights = hours.end_minute <= hours.start_minute
    for day in (today - _DAY, today):
        start = _moment(day, hours.start_minute, zone)
        end = _moment(day + _DAY if nights else day, hours.end_minute, zone)
        if start <= now < end:
            return end
    return None
