"""Weeks, months and quarters by the calendar of a time zone, and the one before each."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal

from dateutil.relativedelta import relativedelta

Kind = Literal["weekly", "monthly", "quarterly"]
_LENGTHS = {"weekly": relativedelta(weeks=1), "monthly": relativedelta(months=1), "quarterly": relativedelta(months=3)}
_NOUNS = {"weekly": "week", "monthly": "month", "quarterly": "quarter"}


@dataclass(frozen=True, slots=True)
class Period:
    """A range ``[since, until)`` in UTC with its name; ``until`` is not later than the moment it was asked for.

    ``before_since`` and ``before_until`` are the same stretch of the period before it.
    """

    kind: Kind
    title: str
    since: datetime
    until: datetime
    before_since: datetime
    before_until: datetime
    running: bool

    @property
    def noun(self) -> str:
        """``week``, ``month`` or ``quarter``."""
        return _NOUNS[self.kind]


def period(kind: Kind, at: datetime, now: datetime, zone: tzinfo) -> Period:
    """Return the period of a kind that holds a moment; one that is still running ends now."""
    begins = _beginning(kind, at.astimezone(zone).replace(tzinfo=None))
    ends, before = begins + _LENGTHS[kind], begins - _LENGTHS[kind]
    since, whole_until, before_since = (_utc(each, zone) for each in (begins, ends, before))
    running = now < whole_until
    until = max(since, now.astimezone(UTC)) if running else whole_until
    before_until = min(since, before_since + (until - since)) if running else since
    return Period(kind, _title(kind, begins, ends), since, until, before_since, before_until, running)


def earlier(kind: Kind, at: datetime, zone: tzinfo) -> datetime:
    """Return a moment in the period before the one that holds ``at``."""
    begins = _beginning(kind, at.astimezone(zone).replace(tzinfo=None))
    return _utc(begins - timedelta(days=1), zone)


def _beginning(kind: Kind, local: datetime) -> datetime:
    """Return the local midnight at which the period of a local time begins."""
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if kind == "weekly":
        return midnight - timedelta(days=midnight.weekday())
    month = midnight.month if kind == "monthly" else midnight.month - (midnight.month - 1) % 3
    return midnight.replace(month=month, day=1)


def _utc(local: datetime, zone: tzinfo) -> datetime:
    return local.replace(tzinfo=zone).astimezone(UTC)


def _title(kind: Kind, begins: datetime, ends: datetime) -> str:
    last = ends - timedelta(days=1)
    if kind == "monthly":
        return f"{begins:%B %Y}"
    if kind == "quarterly":
        return f"Quarter {(begins.month - 1) // 3 + 1} of {begins.year}"
    first = f"{begins.day} {begins:%B}" if begins.month != last.month else f"{begins.day}"
    return f"Week {begins.isocalendar().week}: {first} to {last.day} {last:%B %Y}"
