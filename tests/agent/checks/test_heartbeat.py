"""Heartbeats: the verdict is a function of the record and of the clock, so the clock is handed in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statusapp_agent.checks.heartbeat import HeartbeatCheck, HeartbeatSettings, excuse, judge
from statusapp_agent.core.model import CheckStatus, Scope
from statusapp_agent.kinds import Beat, CheckTools

T0 = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR, GRACE = 3600.0, 300.0
UP, DOWN, UNKNOWN = CheckStatus.UP, CheckStatus.DOWN, CheckStatus.UNKNOWN


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def status(beat: Beat, minutes: float) -> CheckStatus:
    return judge(beat, HOUR, GRACE, at(minutes)).status


WATCHED = Beat(watching_since=T0)
REPORTED = Beat(watching_since=at(-600), last_at=T0)
STARTED = replace(REPORTED, started_at=at(60))


@pytest.mark.parametrize(
    ("beat", "minutes", "expected", "words"),
    [
        (WATCHED, 0, UNKNOWN, "waiting for the first report, which is due by 2026-03-01 13:05:00 UTC"),
        (WATCHED, 64.99, UNKNOWN, "waiting for the first report"),
        (WATCHED, 65, DOWN, "nothing reported in since 2026-03-01 12:00:00 UTC, expected every 1h"),
        (REPORTED, 0, UP, "last report at 2026-03-01 12:00:00 UTC, the next one is due by 2026-03-01 13:05:00 UTC"),
        (REPORTED, 60, UP, "last report"),
        (REPORTED, 64.99, UP, "last report"),
        (REPORTED, 65, DOWN, "nothing reported in since 2026-03-01 12:00:00 UTC, expected every 1h"),
        (replace(REPORTED, failed=True, message="disk\nfull"), 1, DOWN, "disk full"),
        (replace(REPORTED, failed=True), 1, DOWN, "the last report said that it failed"),
        # An excuse moves the deadline, never backwards.
        (replace(REPORTED, excused_until=at(125)), 124.9, UP, "due by 2026-03-01 14:05:00 UTC"),
        (replace(REPORTED, excused_until=at(125)), 125, DOWN, "nothing reported in since 2026-03-01 12:00:00 UTC"),
        (replace(REPORTED, excused_until=at(30)), 40, UP, "due by 2026-03-01 13:05:00 UTC"),
        # A job that has started counts as running until it should have ended.
        (STARTED, 64, UP, "running since 2026-03-01 13:00:00 UTC, its end is due by 2026-03-01 14:05:00 UTC"),
        (STARTED, 124.9, UP, "running since"),
        (STARTED, 125, DOWN, "started at 2026-03-01 13:00:00 UTC and did not finish by 2026-03-01 14:05:00 UTC"),
        (replace(WATCHED, started_at=at(3)), 4, UNKNOWN, "running since 2026-03-01 12:03:00 UTC"),
        (replace(STARTED, last_at=at(61)), 62, UP, "last report at 2026-03-01 13:01:00 UTC"),
    ],
)
def test_the_verdict(beat, minutes, expected, words):
    result = judge(beat, HOUR, GRACE, at(minutes))
    assert (result.status, words in result.message) == (expected, True), result.message
    assert result.scope is Scope.HOST
    assert result.started_at == at(minutes)
    assert (result.error is None) == (expected is not DOWN)


def test_a_job_that_only_ever_starts_is_down_in_the_end():
    starts = [replace(REPORTED, started_at=at(minute)) for minute in range(60, 131, 10)]
    assert [status(beat, 5 + (beat.started_at - T0).total_seconds() / 60) for beat in starts][:7] == [UP] * 7
    assert status(starts[-1], 130) is DOWN


def test_the_next_check_is_asked_for_at_the_deadline_and_not_before():
    for beat, minutes, due in [(WATCHED, 0, 65), (REPORTED, 64, 65), (STARTED, 70, 125)]:
        result = judge(beat, HOUR, GRACE, at(minutes))
        assert result.recheck_s == (due - minutes) * 60
        assert judge(beat, HOUR, GRACE, at(minutes) + timedelta(seconds=result.recheck_s)).status is DOWN
    assert judge(REPORTED, HOUR, GRACE, at(65) - timedelta(microseconds=1)).recheck_s == 0.1
    assert judge(REPORTED, HOUR, GRACE, at(65)).recheck_s is None


def test_facts_say_when_it_runs_and_when_it_last_reported():
    facts = judge(STARTED, HOUR, GRACE, at(61)).facts
    assert facts["running_since"] == at(60).isoformat()
    assert facts["last_report_at"] == T0.isoformat()
    assert facts["due_at"] == at(125).isoformat()
    assert "running_since" not in judge(REPORTED, HOUR, GRACE, at(1)).facts


@pytest.mark.parametrize(
    ("beat", "began", "ended", "excused"),
    [
        # Over before a report could have come, and the report comes as always.
        (REPORTED, 10, 50, None),
        (REPORTED, 10, 10, None),
        (REPORTED, 50, 20, None),
        # Begins after, or ends before, the time around the expected report.
        (REPORTED, 10, 54.9, None),
        # The expected moment, give or take the grace, lies in the gap.
        (REPORTED, 10, 55, 120),
        (REPORTED, 59, 61, 126),
        (REPORTED, 64.9, 70, 135),
        (REPORTED, 30, 720, 785),
        # What was a miss before the gap stays one.
        (REPORTED, 65, 600, None),
        (REPORTED, 66, 600, None),
        # The second expected report after an excused first one.
        (replace(REPORTED, excused_until=at(126)), 80, 100, 126),
        (replace(REPORTED, excused_until=at(126)), 110, 121, 186),
        # A first report may come at any moment.
        (WATCHED, 5, 6, 71),
        (replace(WATCHED, excused_until=at(71)), 10, 20, 71),
        (replace(WATCHED, excused_until=at(71)), 10, 80, 145),
        # So may the end of a job.
        (STARTED, 61, 62, 127),
        (replace(STARTED, excused_until=at(127)), 70, 80, 127),
        (replace(STARTED, excused_until=at(30)), 70, 80, 145),
    ],
)
def test_a_report_that_we_may_have_missed_is_excused(beat, began, ended, excused):
    after = excuse(beat, HOUR, GRACE, at(began), at(ended))
    assert after.excused_until == (None if excused is None else at(excused))
    assert replace(after, excused_until=beat.excused_until) == beat


def test_sleeping_every_night_does_not_hide_a_first_report_that_never_comes():
    beat = Beat(watching_since=T0)
    for night in range(5):
        began = T0 + timedelta(days=night, hours=11)
        beat = excuse(beat, 86_400.0, GRACE, began, began + timedelta(hours=8))
    assert judge(beat, 86_400.0, GRACE, T0 + timedelta(days=3)).status is DOWN


@given(
    every=st.floats(1, 1e6),
    grace=st.floats(0, 1e5),
    began=st.floats(0, 1e6),
    length=st.floats(0.001, 1e6),
)
def test_waking_up_is_never_itself_a_miss(every, grace, began, length):
    beat = Beat(watching_since=T0, last_at=T0)
    gap = (T0 + timedelta(seconds=began), T0 + timedelta(seconds=began + length))
    after = excuse(beat, every, grace, *gap)
    if T0 + timedelta(seconds=every + grace) > gap[0]:
        assert judge(after, every, grace, gap[1]).status is UP
    else:
        assert after == beat


async def test_the_kind_reads_the_record_it_is_handed():
    kind, settings = HeartbeatCheck(), HeartbeatSettings.model_validate({"every": "1h", "grace": "5m"})

    def tools(beat: Beat | None) -> CheckTools:
        return CheckTools(10.0, lambda: at(61), lambda ref: "", lambda verify, certificate, key: None, beat)

    assert (await kind.run(settings, tools(REPORTED))).status is UP
    assert (await kind.run(settings, tools(Beat(at(-61))))).status is DOWN
    assert (await kind.run(settings, tools(None))).status is UNKNOWN
    assert kind.target(settings) == "a report every 1h"
    assert kind.defaults == {"failures": 1, "recoveries": 1, "interval": "30s"}


@pytest.mark.parametrize("bad", [{"every": "0s"}, {"every": "400d"}, {"every": "1h", "grace": "400d"}, {"every": 60}])
def test_what_cannot_be_waited_for_is_refused(bad):
    with pytest.raises(ValueError, match=r"every|grace"):
        HeartbeatSettings.model_validate(bad)
