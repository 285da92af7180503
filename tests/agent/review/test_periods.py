"""Weeks, months and quarters: whole, in order, and right where the clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statusapp_agent.review.periods import earlier, period

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia"]
)
KINDS = st.sampled_from(["weekly", "monthly", "quarterly"])
FAR = datetime(2040, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("weekly", "Week 13: 23 to 29 March 2026"),
        ("monthly", "March 2026"),
        ("quarterly", "Quarter 1 of 2026"),
    ],
)
def test_titles(kind, title):
    assert period(kind, datetime(2026, 3, 29, 12, tzinfo=UTC), FAR, BERLIN).title == title


def test_a_week_over_two_months_names_both():
    assert period("weekly", datetime(2026, 4, 1, tzinfo=UTC), FAR, UTC).title == "Week 14: 30 March to 5 April 2026"


def test_the_month_in_which_the_clocks_change_is_an_hour_short():
    march = period("monthly", datetime(2026, 3, 10, tzinfo=UTC), FAR, BERLIN)
    assert march.until - march.since == timedelta(days=31, hours=-1)


def test_what_still_runs_ends_now_and_is_compared_with_as_long_a_stretch():
    now = datetime(2026, 3, 4, 12, tzinfo=UTC)  # a Wednesday
    week = period("weekly", now, now, UTC)
    assert (week.running, week.until) == (True, now)
    assert week.before_until - week.before_since == week.until - week.since


@given(KINDS, ZONES, st.integers(0, 4_000 * 24))
def test_they_tile_the_years(kind, name, hours):
    zone = ZoneInfo(name)
    at = datetime(2026, 1, 10, tzinfo=UTC) + timedelta(hours=hours)
    this = period(kind, at, FAR, zone)
    before = period(kind, earlier(kind, at, zone), FAR, zone)
    after = period(kind, this.until, FAR, zone)
    assert this.since <= at < this.until
    assert before.until == this.since == this.before_until
    assert before.since == this.before_since
    assert after.since == this.until
