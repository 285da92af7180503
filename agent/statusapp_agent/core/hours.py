"""Hours of the week in a local time: when they are on, and when they begin and end. They follow each change of DST.

A time of day that a change skips is read with the offset before it, one that comes twice is the first of both.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

WEEK = (0, 1, 2, 3, 4, 5, 6)
_DAY = timedelta(days=1)
_LONGEST_LOOK = timedelta(days=9)


@dataclass(frozen=True, slots=True)
class Hours:
    """The same hours on some days (0 is Monday); an end that is not after the start is on the next day."""

    days: tuple[int, ...] = WEEK
    start_minute: int = 0
    end_minute: int = 0


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """When people are at work: what is not within is after hours."""

    hours: Hours
    timezone: str = "UTC"

    @property
    def zone(self) -> tzinfo:
        """Whose local time it is."""
        return ZoneInfo(self.timezone)


def moment(day: date, minute: int, zone: tzinfo) -> datetime:
    """Return a local time of day as a moment."""
    return datetime.combine(day, time(minute // 60, minute % 60), zone).astimezone(UTC)


def spans(
    hours: Sequence[Hours], zone: tzinfo, start: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Yield each stretch of the hours that may touch the time between two moments."""
    day, last = start.astimezone(zone).date() - _DAY, until.astimezone(zone).date()
    while day <= last:
        for each in hours:
            if day.weekday() in each.days:
                overnight = each.end_minute <= each.start_minute
                begins = moment(day, each.start_minute, zone)
                ends = moment(day + _DAY if overnight else day, each.end_minute, zone)
                if begins < ends:
                    yield begins, ends
        day += _DAY


def on(hours: Sequence[Hours], zone: tzinfo, at: datetime) -> bool:
    """Whether a moment is within the hours."""
    return any(begins <= at < ends for begins, ends in spans(hours, zone, at, at))


def next_on(business: BusinessHours, at: datetime, *, within: bool) -> datetime:
    """Return the first moment, from ``at`` on, that is within the hours, or outside of them."""
    hours, zone = (business.hours,), business.zone
    if on(hours, zone, at) is within:
        return at
    edges = sorted(edge for span in spans(hours, zone, at, at + _LONGEST_LOOK) for edge in span if edge > at)
    return next((edge for edge in edges if on(hours, zone, edge) is within), at)


def business_hours(agent: Mapping[str, Any]) -> BusinessHours | None:
    """Return the hours that the agent's own settings name."""
    facts = agent.get("business_hours")
    if not facts:
        return None
    return BusinessHours(Hours(tuple(facts["days"]), facts["start_minute"], facts["end_minute"]), facts["timezone"])


def hours_facts(business: BusinessHours) -> dict[str, Any]:
    """Return hours as `business_hours` reads them back."""
    hours = business.hours
    return {
        "days": list(hours.days),
        "start_minute": hours.start_minute,
        "end_minute": hours.end_minute,
        "timezone": business.timezone,
    }
