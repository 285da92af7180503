"""Reading the clocks: sleep, a stopped process and a clock that was set are told apart."""

from datetime import UTC, datetime, timedelta

import pytest

from statusapp_agent.clock import Clock, Reading, compare, read

START = Reading(datetime(2026, 11, 24, tzinfo=UTC), 100.0, 500.0)


def _later(wall_s: float, monotonic_s: float, boot_s: float) -> Reading:
    return Reading(START.wall + timedelta(seconds=wall_s), START.monotonic + monotonic_s, START.boot + boot_s)


@pytest.mark.parametrize(
    ("after", "lost_s", "why", "step_s"),
    [
        (_later(1, 1, 1), 0, "the agent was stopped", 0),
        (_later(3601, 1, 3601), 3600, "this computer slept", 0),
        (_later(61, 61, 61), 60, "the agent was stopped", 0),
        (_later(7201, 1, 1), 0, "the agent was stopped", 7200),
        (_later(-3599, 1, 1), 0, "the agent was stopped", -3600),
    ],
    ids=["nothing", "asleep", "stopped", "set forward", "set back"],
)
def test_what_happened_between_two_readings(after, lost_s, why, step_s):
    jump = compare(START, after, 1.0)
    assert jump.lost_s == pytest.approx(lost_s)
    assert jump.wall_step_s == pytest.approx(step_s)
    assert jump.why == why


def test_the_real_clocks_agree_with_each_other():
    before, after = read(Clock()), read(Clock())
    jump = compare(before, after, 0.0)
    assert 0 <= jump.lost_s < 5
    assert abs(jump.wall_step_s) < 1
    assert after.wall.tzinfo is not None
