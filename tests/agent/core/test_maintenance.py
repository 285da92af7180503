"""Windows by local time, across midnight, week ends and changes of the clock."""

from datetime import UTC, datetime, timedelta

import pytest

from statusapp_agent.core.maintenance import active, covers, ends_at
from statusapp_agent.core.model import Maintenance

BERLIN = "Europe/Berlin"
HOUR = 3600.0


def weekly(days=(), start="02:00", hours=1.0, zone=BERLIN):
    hour, minute = start.split(":")
    return Maintenance("w", (), hours * HOUR, days, int(hour) * 60 + int(minute), zone)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "now", "end"),
    [
        # Winter: Berlin is an hour ahead. 2026-01-10 is a Saturday.
        (weekly(), "2026-01-10T00:59:59", None),
        (weekly(), "2026-01-10T01:00", "2026-01-10T02:00"),
        (weekly(), "2026-01-10T01:59:59", "2026-01-10T02:00"),
        (weekly(), "2026-01-10T02:00", None),
        # Summer: two hours.
        (weekly(), "2026-07-10T00:00", "2026-07-10T01:00"),
        (weekly(), "2026-07-10T01:00", None),
        # Days are those of the window's own zone, on which it begins.
        (weekly(days=(5,)), "2026-01-10T01:30", "2026-01-10T02:00"),
        (weekly(days=(6,)), "2026-01-10T01:30", None),
        (weekly(days=(5,), start="00:30"), "2026-01-09T23:45", "2026-01-10T00:30"),
        # Across midnight, and longer than a day.
        (weekly(days=(5,), start="23:00", hours=3), "2026-01-11T00:30", "2026-01-11T01:00"),
        (weekly(days=(5,), start="12:00", hours=40), "2026-01-12T02:30", "2026-01-12T03:00"),
        # The night in which 02:00 to 03:00 does not exist, and the one in which it comes twice.
        (weekly(start="02:30"), "2026-03-29T01:30", "2026-03-29T02:30"),
        (weekly(start="02:30"), "2026-10-25T00:30", "2026-10-25T01:30"),
        (weekly(start="02:30"), "2026-10-25T01:30", None),
        # Half-hour zones.
        (weekly(zone="Asia/Kolkata", start="06:00"), "2026-01-10T00:30", "2026-01-10T01:30"),
    ],
)
def test_when_a_weekly_window_is_on(window, now, end):
    assert ends_at(window, utc(now)) == (utc(end) if end else None)


@pytest.mark.parametrize("zone", [BERLIN, "Australia/Lord_Howe"])
def test_a_daily_window_is_on_for_its_length_every_day_of_the_year(zone):
    window = weekly(start="02:15", zone=zone)
    now = utc("2026-01-01T00:07")
    on = 0
    for _ in range(365 * 24):
        on += ends_at(window, now) is not None
        now += timedelta(hours=1)
    assert abs(on - 365) <= 1


def test_a_window_for_once():
    window = Maintenance("w", (), HOUR, starts_at=utc("2026-01-10T10:00"))
    assert ends_at(window, utc("2026-01-10T09:59")) is None
    assert ends_at(window, utc("2026-01-10T10:59")) == utc("2026-01-10T11:00")
    assert ends_at(window, utc("2026-01-11T10:30")) is None


def test_whom_it_covers_and_which_are_on():
    assert covers(weekly(), "anything")
    some = Maintenance("some", ("nas",), HOUR, starts_at=utc("2026-01-10T10:00"))
    assert covers(some, "nas")
    assert not covers(some, "router")
    assert active([some, weekly()], utc("2026-01-10T10:30")) == {"some": utc("2026-01-10T11:00")}
