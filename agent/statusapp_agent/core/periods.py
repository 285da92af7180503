"""Days, weeks, months and quarters of a time zone, as half-open ranges in UTC. A day may have 23 or 25 h."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal

Rhythm = Literal["weekly", "monthly", "quarterly"]
Grain = Literal["day", "week", "month"]
Step = Literal["day", "week", "month", "quarter"]


@dataclass(frozen=True, slots=True)
class Period:
    """A range with the one before it, which it is compared with; ``title`` is what people call it."""

    title: str
    since: datetime
    until: datetime
    before: datetime


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return the first moment of a local day, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _moved(day: date, step: Step, by: int) -> date:
    """Return the day so many steps on; for months and quarters a first of the month."""
    if step in ("day", "week"):
        return day + timedelta(days=by * (7 if step == "week" else 1))
    months = day.year * 12 + day.month - 1 + by * (3 if step == "quarter" else 1)
    return date(months // 12, months % 12 + 1, 1)


def last_complete(rhythm: Rhythm, now: datetime, zone: tzinfo) -> Period:
    """Return the last week (from Monday), month or quarter of a zone that is over."""
    today = now.astimezone(zone).date()
    step: Step
    if rhythm == "weekly":
        ends, step = today - timedelta(days=today.weekday()), "week"
    elif rhythm == "monthly":
        ends, step = today.replace(day=1), "month"
    else:
        ends, step = today.replace(month=today.month - (today.month - 1) % 3, day=1), "quarter"
    begins = _moved(ends, step, -1)
    return Period(
        _title(rhythm, begins), midnight(begins, zone), midnight(ends, zone), midnight(_moved(begins, step, -1), zone)
    )


def running(rhythm: Rhythm, now: datetime, zone: tzinfo) -> Period:
    """Return the week, month or quarter of a zone that is not over yet, up to now, beside the whole one before it."""
    over = last_complete(rhythm, now, zone)
    begins = over.until.astimezone(zone).date()
    return Period(f"{_title(rhythm, begins)}, so far", over.until, now.astimezone(UTC), over.since)


def trailing(since: datetime, until: datetime, title: str = "") -> Period:
    """Return any range, compared with as long a range before it."""
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    floor = datetime.min.replace(tzinfo=UTC)
    return Period(title, since, until, since - min(until - since, since - floor))


def _title(rhythm: Rhythm, begins: date) -> str:
    if rhythm == "weekly":
        year, week, _ = begins.isocalendar()
        return f"Week {week} of {year}"
    if rhythm == "monthly":
        return f"{begins:%B %Y}"
    return f"Quarter {(begins.month + 2) // 3} of {begins.year}"


def slices(since: datetime, until: datetime, zone: tzinfo, grain: Grain) -> list[tuple[datetime, datetime]]:
    """Return the local days, weeks or months that touch a range, cut off at its ends."""
    day = since.astimezone(zone).date()
    if grain == "week":
        day -= timedelta(days=day.weekday())
    elif grain == "month":
        day = day.replace(day=1)
    found = []
    while (begins := midnight(day, zone)) < until:
        day = _moved(day, grain, 1)
        ends = midnight(day, zone)
        if ends > since:
            found.append((max(begins, since.astimezone(UTC)), min(ends, until.astimezone(UTC))))
    return found


def grain_of(since: datetime, until: datetime) -> Grain:
    """Return the slices that draw a range best: days up to five weeks, weeks up to half a year, then months."""
    length = until - since
    if length <= timedelta(days=36):
        return "day"
    return "week" if length <= timedelta(days=190) else "month"
