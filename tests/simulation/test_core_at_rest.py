"""Random worlds, judged at rest: every confirmed incident is there exactly once, and what is over is over there too."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from statusapp_agent.core.model import Purpose
from tests.support.storm import Storm, faults_at_rest

DEEDS = (
    *("fail", "fail", "fail", "mend", "mend", "pass", "pass", "pass", "faulty", "faulty"),
    *("network", "crash", "acknowledge", "resolve", "snooze", "pause", "secret", "test", "settings", "settings"),
)
HAPPENINGS = st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 9)), min_size=4, max_size=25)


def live_through(world, happenings):
    for what, which in happenings:
        world.happen(what, which)
        world.play(3)
    world.settle_down()
    return faults_at_rest(world)


@settings(max_examples=60, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(HAPPENINGS, st.integers(0, 2**16))
def test_whatever_happens_it_is_right_at_rest(happenings, seed):
    assert live_through(Storm(seed), happenings) == []


SILENT = (*DEEDS, *("fail",) * 4, *("mute", "mute", "unmute", "take_back", "umbrella", "umbrella"))
SILENT_HAPPENINGS = st.lists(st.tuples(st.sampled_from(SILENT), st.integers(0, 9)), min_size=4, max_size=25)


@settings(max_examples=60, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(SILENT_HAPPENINGS, st.integers(0, 2**16))
def test_whatever_is_muted_or_bundled_it_is_right_at_rest(happenings, seed):
    assert live_through(Storm(seed, umbrella_above=1), happenings) == []


@pytest.mark.slow
def test_two_hundred_stories_of_storms_and_silence_end_well():
    umbrellas = 0
    for seed in range(200):
        rng = random.Random(seed)
        story = [("faulty", seed % 3), *((rng.choice(SILENT), rng.randrange(10)) for _ in range(25))]
        world = Storm(seed, umbrella_above=1)
        assert live_through(world, story) == [], f"story {seed}"
        umbrellas += sum(each.purpose is Purpose.STORM for each in world.ever.values())
    assert umbrellas > 50


def _any_story(seed):
    rng = random.Random(seed)
    return [("faulty", 1), *((rng.choice(DEEDS), rng.randrange(10)) for _ in range(20))]


@pytest.mark.slow
def test_three_hundred_stories_end_well():
    for seed in range(300):
        assert live_through(Storm(seed), _any_story(seed)) == [], f"story {seed}"


def _short_story(seed):
    """Monitors that go up and down while sends are faulty: little else, so that a wrong courier shows soon."""
    rng = random.Random(seed)
    happenings = [("faulty", 1)]
    for _ in range(5):
        which = rng.randrange(3)
        happenings += [("fail", which), ("pass", 1), ("acknowledge", which), ("pass", 2), ("mend", which), ("pass", 2)]
    return happenings


@pytest.mark.parametrize("wrong", ["marks first", "overtakes", "forgets lost answers"])
def test_the_oracle_notices_a_wrong_courier(wrong):
    assert any(live_through(Storm(seed, wrong=wrong), _short_story(seed)) for seed in range(10))


def test_the_oracle_has_nothing_to_say_of_the_right_one():
    for seed in range(5):
        assert live_through(Storm(seed), _short_story(seed)) == []


def test_a_story_can_be_told_again():
    first, second = Storm(3), Storm(3)
    live_through(first, _any_story(3))
    live_through(second, _any_story(3))
    assert first.there.journal == second.there.journal
    assert first.tried
