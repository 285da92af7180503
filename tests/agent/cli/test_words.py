"""What people read of times, lengths and states."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from statusapp_agent.cli import words

NOW = datetime(2026, 3, 11, 12, 0, tzinfo=UTC)  # a Wednesday
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"),
        (0.0004, "0 ms"),
        (0.34, "340 ms"),
        (0.97, "1 s"),
        (4.26, "4.3 s"),
        (12, "12 s"),
        (59.6, "1 min"),
        (372, "6 min 12 s"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (86_400, "1 d"),
        (273_600, "3 d 4 h"),
        (-3, "0 ms"),
    ],
)
def test_length(seconds: float, text: str) -> None:
    assert words.length(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "now"),
        (10, "now"),
        (11, "11 s ago"),
        (200, "3 min ago"),
        (7300, "2 h ago"),
        (200_000, "2 d ago"),
        (-70, "in 1 min"),
    ],
)
def test_age(seconds: float, text: str) -> None:
    assert words.age(NOW - timedelta(seconds=seconds), NOW) == text


def test_age_of_what_never_was() -> None:
    assert words.age(None, NOW) == "never"


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (NOW - timedelta(hours=1), "12:00"),
        (NOW - timedelta(hours=13), "00:00"),
        (NOW - timedelta(days=1), "Tue 13:00"),
        (NOW - timedelta(days=7), "4 Mar 13:00"),
        (NOW - timedelta(days=90), "11 Dec 2025 13:00"),
    ],
)
def test_clock_is_local_and_as_short_as_it_can_be(at: datetime, text: str) -> None:
    assert words.clock(at, NOW, BERLIN) == text


def test_clock_with_seconds() -> None:
    assert words.clock(NOW, NOW, UTC, seconds=True) == "12:00:00"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("30d", NOW - timedelta(days=30)),
        ("12h", NOW - timedelta(hours=12)),
        ("2026-01-31T08:00:00Z", datetime(2026, 1, 31, 8, tzinfo=UTC)),
        ("2026-01-31T08:00:00+02:00", datetime(2026, 1, 31, 6, tzinfo=UTC)),
    ],
)
def test_since(text: str, at: datetime) -> None:
    assert words.since(text, NOW) == at


@pytest.mark.parametrize("text", ["", "yesterday", "30", "2026-13-01", "9" * 30 + "d"])
def test_since_says_what_it_takes(text: str) -> None:
    with pytest.raises(ValueError, match="30d"):
        words.since(text, NOW)


@pytest.mark.parametrize(("text", "sent"), [("42", "42"), ("#42", "42"), (" inc-4 ", "inc-4")])
def test_incident_id(text: str, sent: str) -> None:
    assert words.incident_id(text) == sent


def test_sizes_and_counts() -> None:
    assert [words.size(n) for n in (0, 999, 413_696, 12_345_678)] == ["0 B", "999 B", "413.7 kB", "12.3 MB"]
    assert [words.count(n, "monitor") for n in (0, 1, 1200)] == ["0 monitors", "1 monitor", "1,200 monitors"]
    assert [words.milliseconds(n) for n in (None, 2.14, 123.4, 2500)] == ["", "2.1 ms", "123 ms", "2.5 s"]


def test_nothing_that_moves_a_terminal_survives() -> None:
    nasty = {"na\x1b[2Jme": ["\x07", "a\u202eb", "\x9b31m", "line\nend\ttab", 5, None]}
    said = words.harmless(nasty)
    assert said == {"na\ufffd[2Jme": ["\ufffd", "a\ufffdb", "\ufffd31m", "line\nend\ttab", 5, None]}


@pytest.mark.parametrize(
    "states",
    [
        ["up", "degraded", "down", "acknowledged", "blind", "maintenance", "paused", "held", "pending"],
        ["pending", "delivered", "refused", "cancelled"],
        ["pass", "fail", "unknown"],
    ],
)
def test_states_that_meet_differ_by_shape_alone(states: list[str]) -> None:
    marks = [words.MARKS[state] for state in states]
    assert len({mark.shape for mark in marks}) == len({mark.plain for mark in marks}) == len(states)
    assert all(mark.plain.isascii() for mark in marks)
