"""Confirmation, cell by cell; the sandwich; flapping."""

import random
from datetime import timedelta

import pytest

from statusapp_agent.core.health import (
    LONGEST_CALM,
    Flip,
    Health,
    HealthState,
    calm_needed,
    changes_nothing,
    forget_streak,
    is_flapping,
    observe,
    vouch,
    with_clock,
)
from statusapp_agent.core.model import CheckStatus, Result
from tests.support.world import INTERNET, LAN, START, World, monitor

PENDING, UP, DEGRADED, DOWN = HealthState
M = monitor("nas", failures=2, recoveries=2, degraded_above_s=0.5)


def good(at=START, latency=0.1):
    return Result(CheckStatus.UP, at, latency)


def slow(at=START):
    return Result(CheckStatus.UP, at, 0.9)


def bad(at=START):
    return Result(CheckStatus.DOWN, at, message="refused", error="connect_refused")


def see(health, *results, monitor=M, gated=False):
    flips = []
    for turn, result in enumerate(results):
        judged = observe(health, monitor, result, START + timedelta(seconds=turn), 0, gated=gated)
        health = judged.health
        flips.append(judged.flip)
    return health, flips


def at(state, **counters):
    return Health(state, since=START, **counters)


@pytest.mark.parametrize(
    ("before", "results", "state", "flips"),
    [
        (PENDING, [good()], UP, [Flip.UP]),
        (PENDING, [slow()], UP, [Flip.UP]),
        (PENDING, [bad()], PENDING, [None]),
        (PENDING, [bad(), bad()], DOWN, [None, Flip.DOWN]),
        (PENDING, [bad(), good()], UP, [None, Flip.UP]),
        (UP, [good()], UP, [None]),
        (UP, [slow()], UP, [None]),
        (UP, [slow(), slow()], DEGRADED, [None, Flip.DEGRADED]),
        (UP, [slow(), good(), slow()], UP, [None] * 3),
        (UP, [bad(), good(), bad()], UP, [None] * 3),
        (UP, [bad(), slow(), bad()], UP, [None] * 3),
        (UP, [bad(), bad()], DOWN, [None, Flip.DOWN]),
        (DEGRADED, [good()], DEGRADED, [None]),
        (DEGRADED, [good(), good()], UP, [None, Flip.FINE]),
        (DEGRADED, [good(), slow(), good()], DEGRADED, [None] * 3),
        (DEGRADED, [good(), bad(), good()], DEGRADED, [None] * 3),
        (DEGRADED, [bad(), bad()], DOWN, [None, Flip.DOWN]),
        (DOWN, [good()], DOWN, [None]),
        (DOWN, [good(), good()], UP, [None, Flip.UP]),
        (DOWN, [slow(), slow()], UP, [None, Flip.UP]),
        (DOWN, [good(), bad(), good()], DOWN, [None] * 3),
    ],
)
def test_every_cell_of_the_table(before, results, state, flips):
    health, seen = see(at(before), *results)
    assert (health.state, seen) == (state, flips)
    assert health.reason


def test_unknown_changes_nothing():
    unknown = Result(CheckStatus.UNKNOWN, START, message="no socket left")
    for state in HealthState:
        before = at(state, failures=1, successes=1, slow=1)
        assert see(before, unknown) == (before, [None])


@pytest.mark.parametrize("failures", [1, 2, 3])
def test_that_many_failures_in_a_row_confirm_where_nobody_vouches(failures):
    world = World(monitor("nas", failures=failures))
    world.recover()
    for turn in range(failures - 1):
        world.check(down="refused", after=10)
        assert world.incident() is None
        assert world.health().reason == f"{turn + 1} of {failures} failures so far: refused"
    world.check(down="refused", after=10)
    assert world.incident() is not None
    assert world.health().state is DOWN


@pytest.mark.parametrize("failures", [1, 2, 3, 5])
def test_with_canaries_it_takes_that_many_failures_and_a_good_round(failures):
    world = World(monitor("nas", failures=failures), canary_scopes=[LAN])
    world.recover()
    world.fail(times=failures)
    if failures == 1:
        assert world.incident() is None
        world.look()
    assert world.incident() is not None


def test_the_outage_began_with_the_first_bad_check_of_the_streak():
    world = World()
    world.recover()
    world.check(down="a blip")
    world.recover()
    first = world.now + timedelta(seconds=10)
    world.check(down="one", after=10)
    world.check(down="two", after=10)
    world.check(down="three", after=10)
    incident = world.incident()
    assert incident.began_at == first
    assert (incident.opened_at - incident.began_at).total_seconds() == 20
    assert incident.cause == "three"


def test_slow_by_the_threshold_and_by_the_check_itself():
    by_check = Result(CheckStatus.DEGRADED, START, 0.01, "expires in 3 days")
    health, flips = see(at(UP), by_check, by_check)
    assert (health.state, health.reason, flips) == (DEGRADED, "expires in 3 days", [None, Flip.DEGRADED])
    health, _ = see(at(UP), slow(), slow())
    assert health.reason == "slow: 900 ms, above 500 ms"
    assert see(at(UP), slow(), slow(), monitor=monitor("nas", failures=2))[0].state is UP
    assert see(at(UP), good(latency=0.5), good(latency=0.5))[0].state is UP


def test_degraded_and_back_opens_no_incident():
    world = World(monitor("nas", degraded_above_s=0.5))
    for _ in range(4):
        world.check(ms=900, after=10)
    assert world.health().state is DEGRADED
    world.recover()
    assert world.health().state is UP
    assert not world.opened()


def test_a_reason_never_speaks_of_failures_that_are_forgotten():
    health, _ = see(at(DEGRADED), bad(), good())
    assert "failure" not in health.reason


def test_the_short_way_is_taken_only_where_nothing_would_change():
    rng = random.Random(5)
    for _ in range(400):
        health = at(rng.choice(list(HealthState)), failures=rng.randrange(2), slow=rng.randrange(2))
        result = rng.choice([good(), slow(), bad(), Result(CheckStatus.UNKNOWN, START)])
        if changes_nothing(health, M, result):
            after = observe(health, M, result, START, 0, gated=True)
            assert after.flip is None
            assert (after.health.state, after.health.failures, after.health.slow) == (UP, 0, 0)


# The sandwich


def test_a_good_round_after_the_last_failure_is_not_enough_and_brings_one_more_check_at_once():
    world = World(monitor("nas", failures=2), canary_scopes=[LAN])
    world.check(down="refused")
    world.check(down="refused", after=10)
    assert "asking the canaries" in world.health().reason
    world.look()
    assert world.incident() is None
    assert world.rescheduled() == {"nas": 0.0}
    world.check(down="refused", after=0.1)
    assert world.incident() is not None


def test_a_round_that_ended_while_the_last_check_was_under_way_does_not_confirm():
    world = World(monitor("nas", failures=2), canary_scopes=[LAN])
    world.check(down="timeout")
    begun = world.now + timedelta(seconds=1)
    world.later(2)
    world.look()
    world.check(down="timeout", started=begun, after=9)
    assert world.incident() is None
    world.check(down="timeout", started=world.now)
    assert world.incident() is not None


def test_a_round_that_began_before_the_failure_vouches_for_nothing():
    world = World(monitor("nas", failures=2), canary_scopes=[LAN])
    number = world.begin_look()
    world.check(down="refused")
    world.end_look(number)
    world.check(down="refused", after=10)
    assert world.incident() is None


def test_every_pair_of_failures_wants_its_own_round():
    world = World(monitor("nas", failures=3), canary_scopes=[LAN])
    world.check(down="refused")
    world.look()
    world.check(down="refused", after=10)
    world.check(down="refused", after=10)
    assert world.incident() is None


def test_a_bad_round_forgets_the_streak_and_says_blind():
    world = World(monitor("nas", failures=2), canary_scopes=[LAN])
    world.check(down="refused")
    world.look(alive=False)
    assert world.health().failures == 0
    assert "canary" in world.watch().blind
    world.check(down="refused", after=10)
    assert world.incident() is None


def test_checks_that_come_faster_than_rounds_still_confirm():
    world = World(monitor("nas", failures=3, interval_s=0.1, retry_interval_s=0.05), canary_scopes=[INTERNET])
    for _ in range(3):
        number = world.begin_look()
        for _ in range(20):
            world.check(down="refused", scope=INTERNET, after=0.05)
        world.end_look(number)
    world.check(down="refused", scope=INTERNET, after=0.05)
    assert len(world.opened()) == 1


def test_a_restart_does_not_postpone_a_page_because_rounds_are_numbered_anew():
    world = World(monitor("nas", failures=3), canary_scopes=[LAN])
    for _ in range(50):
        world.look()
    world.check(down="refused")
    world.look()
    world.check(down="refused", after=10)
    world.restart()
    world.look()
    world.check(down="refused", after=10)
    assert world.incident() is not None


def _one_dead_stretch(rng, failures):
    """Play checks and canary rounds of any length over one stretch without network; return whether it paged.

    A check fails if it touches the stretch, as does a canary at the one moment at which it is asked.
    """
    world = World(monitor("nas", failures=failures), canary_scopes=[INTERNET])
    world.check(ms=10, scope=INTERNET)
    dies = rng.uniform(2, 10)
    lives = dies + rng.uniform(0.1, 20)
    happenings = []
    moment = 0.0
    while moment < 40:
        length = rng.uniform(0.01, 5)
        failed = moment < lives and moment + length > dies
        happenings.append((moment + length, "check", (moment, failed)))
        moment += length + rng.choice([0.01, 0.1, 1.0, 3.0])
    moment, number = rng.uniform(0, 3), 0
    while moment < 45:
        number += 1
        length = rng.uniform(0.05, 4)
        asked = moment + length * rng.random()
        happenings.append((moment, "begin", number))
        happenings.append((moment + length, "end", (number, not dies <= asked <= lives)))
        moment += length + rng.uniform(0, 0.5)
    for when, what, facts in sorted(happenings, key=lambda each: each[0]):
        world.now = START + timedelta(seconds=when)
        if what == "begin":
            world.begin_look()
        elif what == "end":
            world.end_look(facts[0], alive=facts[1])
        else:
            began, failed = facts
            down = "unreachable" if failed else None
            world.check(down=down, scope=INTERNET, started=START + timedelta(seconds=began))
    return world.opened()


def test_a_network_that_dies_between_probe_and_confirmation_never_pages():
    rng = random.Random(7)
    for _ in range(60):
        assert not _one_dead_stretch(rng, rng.choice([2, 3]))


@pytest.mark.slow
def test_a_network_that_dies_between_probe_and_confirmation_never_pages_in_a_thousand_interleavings():
    rng = random.Random(8)
    for _ in range(1000):
        assert not _one_dead_stretch(rng, rng.choice([2, 3, 4]))


def test_vouching_ignores_what_is_not_suspect():
    assert vouch(at(UP), M, "", START, 5).health == at(UP)
    assert vouch(at(DOWN, failures=3), M, "", START, 5).flip is None


# Flapping


def _flap(health, watched, hours, good_s, bad_s, every=5.0, began=START):
    """Let a target be good and bad in turn; return its health, the outages confirmed, and when it ended."""
    outages = 0
    for turn in range(int(hours * 3600 / every)):
        now = began + timedelta(seconds=turn * every)
        result = bad(now) if (turn * every) % (good_s + bad_s) >= good_s else good(now)
        judged = observe(health, watched, result, now, 0, gated=False)
        health, outages = judged.health, outages + (judged.flip is Flip.DOWN)
    return health, outages, began + timedelta(hours=hours)


@pytest.mark.parametrize(("good_s", "bad_s"), [(5, 5), (60, 60), (240, 60)])
def test_what_flaps_all_day_opens_few_incidents_and_ends_when_it_is_calm(good_s, bad_s):
    watched = monitor("nas", failures=1, recoveries=1)
    health, outages, now = _flap(Health(), watched, 24, good_s, bad_s, 5.0 if good_s < 60 else 60.0)
    assert outages <= 6
    assert health.state is DOWN
    assert is_flapping(health, watched, now)
    hours = LONGEST_CALM.total_seconds() / 3600 + 0.1
    health, more, now = _flap(health, watched, hours, 1e9, 0, 60.0, now)
    assert (health.state, more) == (UP, 0)
    health, more, now = _flap(health, watched, 0.1, 0, 60, 60.0, now)
    health, _, _ = _flap(health, watched, 0.1, 1e9, 0, 60.0, now)
    assert (health.state, more) == (UP, 1)


def test_three_honest_outages_an_hour_end_promptly():
    world = World(monitor("nas"))
    for turn in range(1, 4):
        world.fail()
        assert len(world.opened()) == turn
        world.recover()
        assert world.health().state is UP
        world.later(1100)


def test_the_calm_is_three_mean_gaps_and_at_most_two_hours():
    minutes = [timedelta(minutes=10 * n) for n in range(5)]
    health = at(DOWN, outages=tuple(START + gap for gap in minutes))
    assert calm_needed(health, M, START + timedelta(hours=9)) == timedelta(minutes=30)
    assert calm_needed(health, monitor("nas", flap_after=0), START) == timedelta(0)
    assert calm_needed(at(DOWN, outages=(START,)), monitor("nas", flap_after=1), START) == timedelta(0)
    wide = at(DOWN, outages=(START, START + timedelta(minutes=59)))
    assert calm_needed(wide, monitor("nas", flap_after=2), START) == LONGEST_CALM


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_clock_that_is_set_does_not_hold_a_recovery_up(hours):
    world = World()
    world.fail()
    world.later(hours * 3600)
    world.recover()
    assert world.health().state is UP


def test_times_move_with_the_clock():
    shift = timedelta(hours=-2)
    before = at(DOWN, outages=(START,), first_failure_at=START, last_failure_at=START)
    moved = with_clock(before, shift)
    assert (moved.outages, moved.first_failure_at, moved.last_failure_at) == (
        (START + shift,),
        START + shift,
        START + shift,
    )
    assert with_clock(Health(), shift) == Health()


def test_forgetting_a_streak_leaves_an_outage_alone():
    assert forget_streak(at(UP, failures=2, first_failure_at=START), "ours").failures == 0
    kept = forget_streak(at(DOWN, failures=7, first_failure_at=START), "ours")
    assert (kept.failures, kept.first_failure_at, kept.reason) == (7, START, "ours")
