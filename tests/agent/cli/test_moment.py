"""Moments of the past as people write them."""

from datetime import datetime, timedelta, timezone

import pytest

from statusapp_agent.cli.moment import past_moment

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("02:10", NOW.replace(hour=2, minute=10)),
        ("22:10", NOW.replace(day=1, hour=22, minute=10)),
        ("yesterday 02:10", NOW.replace(day=1, hour=2, minute=10)),
        ("2h ago", NOW - timedelta(hours=2)),
        ("30m", NOW - timedelta(minutes=30)),
        ("2026-03-01 02:10", NOW.replace(day=1, hour=2, minute=10)),
        ("2026-03-01T02:10:00+00:00", NOW.replace(day=1, hour=3, minute=10)),
    ],
)
def test_it_is_read_as_it_is_meant(text: str, meant: datetime) -> None:
    assert past_moment(text, NOW) == meant


@pytest.mark.parametrize("text", ["", "25:00", "soon", "today 23:00", "2027-01-01 00:00", "99:99"])
def test_what_is_none_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        past_moment(text, NOW)
