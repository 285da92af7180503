"""Replays: the same judgement as live, and other settings beside it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from statusapp_agent.core.model import CheckStatus, Monitor, Result
from statusapp_agent.core.replay import replay
from statusapp_agent.core.what_if import Comparison

START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
WEB = Monitor("web", "http", None, failures=2, recoveries=2, flap_after=0)


def checks(pattern, every_s=10.0, latency_s=0.0):
    """``.`` is a good check, ``x`` a bad one, ``?`` one that could not be made, ``s`` a slow one."""
    status = {".": CheckStatus.UP, "x": CheckStatus.DOWN, "?": CheckStatus.UNKNOWN, "s": CheckStatus.UP}
    return [
        Result(status[sign], START + timedelta(seconds=n * every_s), 1.0 if sign == "s" else latency_s, "refused")
        for n, sign in enumerate(pattern)
    ]


def compare(pattern, **changes):
    comparison = Comparison(WEB, replace(WEB, **changes))
    for result in checks(pattern):
        comparison.take(result)
    return comparison.end()


def test_an_outage_begins_with_the_first_failure_and_ends_with_the_last_recovery():
    (outage,) = replay(WEB, checks("..x.xxx?x..")).outages
    assert outage.began_at == START + timedelta(seconds=40)
    assert outage.opened_at == START + timedelta(seconds=50)
    assert outage.ended_at == START + timedelta(seconds=100)
    assert replay(WEB, checks("..xx")).outages[0].ended_at is None


def test_more_failures_would_have_meant_fewer_outages_noticed_later():
    found = compare("..xx..xx...xxxxxx....", failures=3)
    assert (len(found.now), len(found.then), len(found.gone)) == (3, 1, 2)
    assert found.later_s == 10
    assert found.longest_gone_s == 30
    assert found.sentence == (
        "With failures = 3 instead of 2 you would have had 1 outage, not 3, noticed 10 s later. "
        "Of the 2 that go, the longest lasted 30 s."
    )


def test_fewer_failures_would_have_meant_more():
    found = compare("..x..xx...", failures=1)
    assert (len(found.now), len(found.then), found.later_s) == (1, 2, -10)
    assert "noticed 10 s earlier" in found.sentence
    assert "that go" not in found.sentence


def test_more_recoveries_join_outages_and_none_is_called_gone():
    found = compare("..xx..xx......", recoveries=4)
    assert (len(found.now), len(found.then), found.gone) == (2, 1, ())


def test_a_threshold_counts_degradations():
    found = compare("..ssss....", degraded_above_s=0.5)
    assert (found.degraded_now, found.degraded_then) == (0, 1)
    assert found.sentence.startswith("With degraded_above = 500 ms instead of nothing you would have had the same")
    assert "degraded once, not never" in found.sentence


def test_nothing_recorded_and_nothing_changed_are_said():
    assert compare("", failures=3).sentence == "No result is kept for that time, so nothing can be said."
    assert compare("..").sentence == "These are the settings in force: no outage in 2 checks."


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="..xx", max_size=80), st.integers(1, 5), st.integers(1, 4))
def test_it_agrees_with_counting_streaks(pattern, failures, recoveries):
    monitor = replace(WEB, failures=failures, recoveries=recoveries)
    expected, down, bad, good = 0, False, 0, 0
    for sign in pattern:
        if sign == "x":
            bad, good = bad + 1, 0
            if not down and bad >= failures:
                down, expected = True, expected + 1
        else:
            good, bad = good + 1, 0
            if down and good >= recoveries:
                down = False
    found = replay(monitor, checks(pattern)).outages
    assert len(found) == expected
    assert bool(found and found[-1].ended_at is None) == down
