"""Monthly windows, tags, and every change of the clocks from 2026 to 2036: never lost, never twice, never longer."""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statusapp_agent.core.maintenance import covers, ends_at, quiet_until, starts
from statusapp_agent.core.model import Maintenance, QuietHours

ZONES = (
    *("UTC", "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/Sao_Paulo", "America/St_Johns"),
    *("Africa/Casablanca", "Asia/Kolkata", "Asia/Tehran", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Apia"),
    *("Pacific/Chatham", "America/Santiago", "Africa/Cairo", "Asia/Jerusalem", "Antarctica/Troll"),
)
MOMENTS = st.integers(0, 11 * 365 * 24 * 60).map(
    lambda minute: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
)
MINUTES = st.integers(0, 24 * 60 - 1)
LENGTHS = st.sampled_from([60.0, 3600.0, 8 * 3600.0, 86_400.0, 3 * 86_400.0, 7 * 86_400.0])
DAY = timedelta(days=1)


def monthly(day=(), weeks=(), days=(), hours=1.0, zone="Europe/Berlin", minute=120):
    return Maintenance("w", (), hours * 3600, days, minute, zone, month_days=day, weeks=weeks)


def transitions(zone):
    """Return the moments of 2026 to 2036 at which a zone's clocks change, to the hour."""
    at, found = datetime(2026, 1, 1, tzinfo=UTC), []
    info = ZoneInfo(zone)
    while at.year < 2037:
        following = at + timedelta(hours=24)
        if at.astimezone(info).utcoffset() != following.astimezone(info).utcoffset():
            hour = at
            while hour.astimezone(info).utcoffset() == at.astimezone(info).utcoffset():
                hour += timedelta(minutes=30)
            found.append(hour)
        at = following
    return found


CHANGES = st.sampled_from([(zone, at) for zone in ZONES for at in transitions(zone)])


@pytest.mark.parametrize(
    ("window", "now", "end"),
    [
        # 2026-03-07 is the first Saturday of March, 2026-03-28 the last.
        (monthly(weeks=(1,), days=(5,)), "2026-03-07T01:30", "2026-03-07T02:00"),
        (monthly(weeks=(1,), days=(5,)), "2026-03-14T01:30", None),
        (monthly(weeks=(-1,), days=(5,)), "2026-03-28T01:30", "2026-03-28T02:00"),
        (monthly(weeks=(5,), days=(6,)), "2026-03-29T01:30", "2026-03-29T02:00"),
        (monthly(day=(15,)), "2026-07-15T00:30", "2026-07-15T01:00"),
        (monthly(day=(15,)), "2026-07-16T00:30", None),
        (monthly(day=(-1,)), "2026-02-28T01:30", "2026-02-28T02:00"),
        (monthly(day=(-1,)), "2028-02-29T01:30", "2028-02-29T02:00"),
        (monthly(day=(31,)), "2026-04-30T00:30", None),
        # Over the end of the month, and of the year, in the zone's own days.
        (monthly(day=(-1,), hours=4, minute=23 * 60), "2027-01-01T01:30", "2027-01-01T02:00"),
        (monthly(day=(1,), zone="Pacific/Auckland", minute=30), "2026-12-31T12:00", "2026-12-31T12:30"),
    ],
)
def test_when_a_monthly_window_is_on(window, now, end):
    found = ends_at(window, datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert found == (datetime.fromisoformat(end).replace(tzinfo=UTC) if end else None)


@pytest.mark.parametrize(
    ("monitors", "tags", "expected"),
    [((), (), True), (("nas",), (), True), (("router",), (), False), ((), ("lab",), True), ((), ("attic",), False)],
)
def test_whom_a_window_is_about(monitors, tags, expected):
    window = Maintenance("w", monitors, 60.0, tags=tags)
    assert covers(window, "nas", ("lab", "storage")) is expected


def _local(minute):
    return time(minute // 60, minute % 60)


def _is_its_day(window, day):
    if window.month_days:
        last = calendar.monthrange(day.year, day.month)[1]
        return day.day in {each if each > 0 else last + 1 + each for each in window.month_days}
    if window.weeks:
        last = calendar.monthrange(day.year, day.month)[1]
        nth, back = (day.day - 1) // 7 + 1, -((last - day.day) // 7 + 1)
        return day.weekday() in window.days and (nth in window.weeks or back in window.weeks)
    return not window.days or day.weekday() in window.days


def _reference(window, now):
    """Return when a window ends, by looking at each local day of the last nine."""
    zone, length = ZoneInfo(window.timezone), timedelta(seconds=window.duration_s)
    today: date = now.astimezone(zone).date()
    ends = []
    for back in range(10):
        day = today - back * DAY
        start = datetime.combine(day, _local(window.start_minute), zone).astimezone(UTC)
        if _is_its_day(window, day) and start <= now < start + length:
            ends.append(start + length)
    return max(ends, default=None)


WINDOWS = (
    st.builds(
        Maintenance,
        name=st.just("w"),
        monitors=st.just(()),
        duration_s=LENGTHS,
        start_minute=MINUTES,
        timezone=st.sampled_from(ZONES),
        days=st.lists(st.integers(0, 6), unique=True, max_size=3).map(tuple),
        month_days=st.just(()),
    )
    | st.builds(
        Maintenance,
        name=st.just("w"),
        monitors=st.just(()),
        duration_s=LENGTHS,
        start_minute=MINUTES,
        timezone=st.sampled_from(ZONES),
        days=st.integers(0, 6).map(lambda day: (day,)),
        weeks=st.sampled_from([1, 2, 3, 4, 5, -1]).map(lambda week: (week,)),
    )
    | st.builds(
        Maintenance,
        name=st.just("w"),
        monitors=st.just(()),
        duration_s=LENGTHS,
        start_minute=MINUTES,
        timezone=st.sampled_from(ZONES),
        month_days=st.integers(-1, 31).filter(bool).map(lambda day: (day,)),
    )
)


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(WINDOWS, MOMENTS)
def test_any_window_at_any_moment_is_what_the_calendar_says(window, now):
    assert ends_at(window, now) == _reference(window, now)


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(CHANGES, MINUTES, st.integers(-36 * 60, 36 * 60))
def test_around_every_change_of_the_clocks_a_daily_window_begins_once_a_day(change, minute, off):
    zone, at = change
    now = at + timedelta(minutes=off)
    window = Maintenance("w", (), 3600.0, start_minute=minute, timezone=zone)
    found = starts(window, now)
    local = [start.astimezone(ZoneInfo(zone)) for start in found]
    days = {start.date() for start in local}
    assert len(days) == len(found)
    for start in local:
        late = datetime.combine(start.date(), time(start.hour, start.minute)) - datetime.combine(
            start.date(), _local(minute)
        )
        # Exact, or late by what the clocks skipped and no more.
        assert timedelta(0) <= late <= timedelta(hours=2)
    assert ends_at(window, now) == _reference(window, now)


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(CHANGES, MINUTES, MINUTES, st.integers(-36 * 60, 36 * 60))
def test_quiet_hours_end_at_their_local_time_across_every_change(change, start, end, off):
    zone, at = change
    now = at + timedelta(minutes=off)
    until = quiet_until(QuietHours(start, end, zone), now)
    if until is None:
        return
    assert now < until
    length = until - now
    assert length <= timedelta(hours=26)
    local = until.astimezone(ZoneInfo(zone))
    late = (local.hour * 60 + local.minute - end) % (24 * 60)
    assert late <= 120
    assert quiet_until(QuietHours(start, end, zone), until) is None or start == end or late


@pytest.mark.parametrize(
    ("start", "end", "zone", "now", "until"),
    [
        ("22:00", "07:00", "Europe/Berlin", "2026-01-10T20:59", None),
        ("22:00", "07:00", "Europe/Berlin", "2026-01-10T21:00", "2026-01-11T06:00"),
        ("22:00", "07:00", "Europe/Berlin", "2026-01-11T05:59", "2026-01-11T06:00"),
        ("22:00", "07:00", "Europe/Berlin", "2026-01-11T06:00", None),
        # The short night of spring and the long one of autumn end at seven all the same.
        ("22:00", "07:00", "Europe/Berlin", "2026-03-28T22:00", "2026-03-29T05:00"),
        ("22:00", "07:00", "Europe/Berlin", "2026-10-24T21:00", "2026-10-25T06:00"),
        ("12:00", "13:00", "UTC", "2026-01-10T12:30", "2026-01-10T13:00"),
        ("08:00", "08:00", "UTC", "2026-01-10T07:30", "2026-01-10T08:00"),
    ],
)
def test_when_quiet_hours_are_on(start, end, zone, now, until):
    def minute(text):
        return int(text[:2]) * 60 + int(text[3:])

    found = quiet_until(QuietHours(minute(start), minute(end), zone), datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert found == (datetime.fromisoformat(until).replace(tzinfo=UTC) if until else None)
