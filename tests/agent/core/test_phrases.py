"""Times, lengths and lists as people read them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from statusapp_agent.core.phrases import ago, between, clock, count, lasting, length, listed, sentence, unknown_name

NOW = datetime(2026, 3, 2, 22, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 ms"),
        (-3.0, "0 ms"),
        (0.34, "340 ms"),
        (0.9996, "1 s"),
        (1.25, "1.2 s"),
        (9.99, "10 s"),
        (59.6, "1 min"),
        (372, "6 min 12 s"),
        (3600, "1 h"),
        (3661, "1 h 1 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_a_length_in_its_two_largest_units(seconds, text):
    assert length(seconds) == text


def test_between_lasting_and_ago():
    assert between(NOW, NOW + timedelta(seconds=1.5)) == "1.5 s"
    assert between(NOW, NOW - timedelta(hours=1)) == "0 ms"
    assert lasting(NOW, NOW + timedelta(seconds=0.9)) == "less than 1 s"
    assert lasting(NOW, NOW + timedelta(seconds=1.9)) == "1 s"
    assert ago(NOW - timedelta(minutes=3), NOW) == "3 min ago"


@pytest.mark.parametrize(
    ("at", "zone", "text"),
    [
        (NOW, UTC, "22:30:05 UTC"),
        (NOW, ZoneInfo("Europe/Berlin"), "23:30:05"),
        (NOW - timedelta(hours=23), UTC, "1 Mar 23:30 UTC"),
        (NOW - timedelta(hours=23), ZoneInfo("Europe/Berlin"), "00:30:05"),
        (NOW - timedelta(days=90), UTC, "2 Dec 2025 22:30 UTC"),
    ],
)
def test_a_moment_has_a_date_unless_it_is_today(at, zone, text):
    assert clock(at, NOW, zone) == text


def test_sentences_lists_and_counts():
    assert sentence("no answer", "", "Is it on?", "Done.") == "no answer. Is it on? Done."
    assert sentence("") == ""
    assert [listed(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "none",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert [count(1, "try", "tries"), count(2, "try", "tries"), count(1200, "check")] == [
        "1 try",
        "2 tries",
        "1,200 checks",
    ]


def test_an_unknown_name_leads_to_the_nearest():
    assert unknown_name("rooter", ["router", "nas"], "monitor") == (
        "There is no monitor 'rooter'; the nearest name is 'router'."
    )
    assert unknown_name("x", ["router", "nas"], "monitor") == "There is no monitor 'x'; there is nas and router."
    assert unknown_name("x", [], "monitor") == "There is no monitor 'x'; there is none yet."
