"""What time does: snoozes, maintenance, gaps, restarts, a clock that is set."""

from datetime import timedelta

import pytest

from statusapp_agent.core import events as ev
from statusapp_agent.core.health import HealthState
from statusapp_agent.core.model import Action, Beat, DeliveryState, IncidentStatus, Maintenance, Scope
from statusapp_agent.core.state import BlindTime, Look, Reschedule, Wake
from tests.support.world import LAN, LOST_ANSWER, NOT_NOW, START, TOO_OFTEN, World, monitor

T, R = Action.TRIGGER, Action.RESOLVE
PENDING, DELIVERED, REFUSED, CANCELLED = DeliveryState
MINUTE = timedelta(minutes=1)


def window(minutes=10, after=5, monitors=()):
    return Maintenance("w", tuple(monitors), minutes * 60.0, starts_at=START + after * MINUTE)


def test_a_second_in_which_nothing_is_due_does_nothing():
    world = World()
    world.fail()
    assert world.tick() == []


# Snooze


def test_a_snooze_that_ends_opens_it_again_unless_it_is_over():
    world = World()
    world.fail()
    world.do(ev.Snooze(world.incident().id, world.now + 30 * MINUTE, "ann", "cli"))
    assert world.incident().status is IncidentStatus.ACKNOWLEDGED
    world.tick(1799)
    assert world.incident().status is IncidentStatus.ACKNOWLEDGED
    world.tick(1)
    assert (world.incident().status, world.incident().snoozed_until) == (IncidentStatus.OPEN, None)
    assert world.told("reopened") == ["the snooze is over and it still fails"]
    assert world.tick() == []


def test_a_snoozed_incident_that_ends_stays_over():
    world = World()
    world.fail()
    world.send()
    world.do(ev.Snooze(world.incident().id, world.now + MINUTE, "ann", "cli"))
    world.recover()
    world.tick(100)
    assert not world.told("reopened")


# Maintenance


def test_a_window_that_begins_closes_what_is_open():
    world = World(maintenance=[window()])
    world.fail()
    world.send()
    world.tick(280)
    assert world.incident() is None
    world.send()
    assert not world.there.open()
    assert world.opened()[0].resolved_via == "maintenance"


def test_in_a_window_nothing_opens_and_at_its_end_what_is_still_down_pages():
    world = World(maintenance=[window()])
    world.tick(300)
    world.fail()
    assert world.incident() is None
    assert world.health().state is HealthState.DOWN
    world.tick(570)
    assert world.incident() is None
    world.tick(20)
    assert world.incident() is not None
    assert world.watch().maintenance_until is None


def test_what_recovers_in_a_window_never_pages():
    world = World(maintenance=[window()])
    world.tick(300)
    world.fail()
    world.recover()
    world.tick(900)
    assert not world.opened()


def test_a_window_covers_only_its_monitors_and_can_be_taken_away():
    world = World(monitor("nas"), monitor("router"), maintenance=[window(monitors=["nas"])])
    world.tick(300)
    assert world.watch("nas").maintenance_until == START + 15 * MINUTE
    assert world.watch("router").maintenance_until is None
    world.fail("nas")
    world.apply(maintenance=())
    assert world.watch("nas").maintenance_until is None
    assert world.incident("nas") is not None


def test_of_two_windows_the_later_end_counts():
    other = Maintenance("x", (), 3600.0, starts_at=START)
    world = World(maintenance=[window(), other])
    world.tick(300)
    assert world.watch().maintenance_until == START + 60 * MINUTE


def test_a_window_that_began_while_we_were_stopped_counts_from_the_start():
    world = World(maintenance=[window()])
    world.fail()
    world.later(300)
    world.restart()
    assert world.incident() is None
    assert world.watch().maintenance_until is not None


# Quiet after a resolve by hand


def test_after_a_resolve_by_hand_it_is_quiet_for_ten_minutes_and_then_pages_once():
    world = World()
    world.fail()
    world.send()
    world.do(ev.Resolve(world.incident().id, "ann", "cli"))
    for _ in range(59):
        world.check(down="refused", after=10)
        world.tick(0)
    assert world.incident() is None
    world.tick(10)
    assert world.incident() is not None
    assert len(world.opened()) == 2
    world.send()
    assert len(world.there.incidents) == 2
    assert len(world.there.open()) == 1


def test_what_recovers_while_it_is_quiet_pages_promptly_the_next_time():
    world = World()
    world.fail()
    world.do(ev.Resolve(world.incident().id, "ann", "cli"))
    world.recover()
    assert world.watch().quiet_until is None
    world.fail()
    assert world.incident() is not None


# Gaps and restarts


def gap(world, seconds, **kwargs):
    began = world.now
    world.later(seconds)
    return world.do(ev.Gap(began, world.now, "the computer slept", **kwargs))


def test_a_short_restart_keeps_the_counters():
    world = World()
    world.fail(times=2)
    gap(world, 50)
    world.restart()
    world.check(down="refused")
    assert world.incident() is not None


def test_a_long_gap_forgets_them():
    world = World()
    world.fail(times=2)
    effects = gap(world, 3600)
    assert Reschedule("nas", 0.0) in effects
    world.check(down="refused")
    assert world.incident() is None
    assert world.health().failures == 1


def test_a_slow_monitor_may_be_interrupted_for_longer():
    world = World(monitor("nas", interval_s=600.0))
    world.fail(times=2)
    gap(world, 1000)
    world.check(down="refused")
    assert world.incident() is not None


def test_a_gap_leaves_an_outage_as_it_is():
    world = World()
    world.fail()
    gap(world, 30_000)
    assert world.incident() is not None
    world.recover()
    assert world.health().state is HealthState.UP


def test_a_gap_is_blind_time_unless_it_is_very_short_and_asks_the_canaries():
    world = World(canary_scopes=[LAN])
    assert gap(world, 10) == []
    began = world.now
    effects = gap(world, 20)
    assert Look() in effects
    assert world.saved["blind", Scope.HOST] == BlindTime(Scope.HOST, "the computer slept", began, world.now)


def test_a_gap_excuses_reporters():
    world = World(monitor("backup", kind="heartbeat"))
    excused = Beat(watching_since=START, excused_until=START + 90 * MINUTE)
    gap(world, 3600, beats={"backup": excused, "gone": excused})
    assert world.watch("backup").beat == excused


def test_a_paused_monitor_is_not_woken():
    world = World()
    world.check(down="refused")
    world.do(ev.Pause("nas", "ann"))
    assert not [each for each in gap(world, 100) if isinstance(each, Reschedule)]
    world.restart()
    assert not world.got(Reschedule)


def test_a_start_takes_up_what_was_on_its_way():
    world = World()
    world.fail()
    world.send(NOT_NOW)
    world.later(5)
    world.begin(1)
    world.restart()
    row = world.state.deliveries[1]
    assert (row.sending, row.maybe_sent, row.attempts) == (False, True, 2)
    assert Wake("pd") in world.effects
    assert Reschedule("nas", 0.0) in world.effects
    world.send()
    assert world.lane() == [(T, DELIVERED)]


def test_an_outage_that_ends_while_we_are_stopped_is_closed_after_the_start():
    world = World()
    world.fail()
    world.send()
    world.later(7200)
    world.restart()
    assert len(world.opened()) == 1
    world.recover()
    world.send()
    assert not world.there.open()


def test_numbers_go_on_after_a_restart():
    world = World()
    world.fail()
    world.send()
    world.recover()
    world.send()
    world.restart()
    world.fail()
    assert [each.number for each in world.opened()] == [1, 2]
    assert len(world.rows()) == 3


# A clock that is set


@pytest.mark.parametrize("hours", [-10 * 365 * 24, -2, 2, 10 * 365 * 24])
def test_waiting_deliveries_are_neither_early_nor_stalled(hours):
    world = World()
    world.fail()
    world.send(LOST_ANSWER)
    waits = world.rows()[0].next_attempt_at - world.now
    world.later(hours * 3600)
    world.do(ev.ClockStepped(hours * 3600))
    assert world.rows()[0].next_attempt_at - world.now == waits
    assert Wake("pd") in world.effects
    world.run(5)
    assert world.lane() == [(T, DELIVERED)]
    world.recover()
    world.run(200)
    assert not world.there.open()
    for incident in world.opened():
        assert incident.began_at <= incident.opened_at <= incident.resolved_at


@pytest.mark.parametrize("hours", [-2, 2])
def test_holds_snoozes_and_quiet_times_keep_their_length(hours):
    world = World()
    world.fail()
    world.send(TOO_OFTEN)
    incident = world.incident().id
    world.do(ev.Snooze(incident, world.now + 30 * MINUTE, "ann", "cli"))
    held = world.state.channels["pd"].held_until - world.now
    world.later(hours * 3600)
    world.do(ev.ClockStepped(hours * 3600))
    assert world.state.channels["pd"].held_until - world.now == held
    assert world.incident().snoozed_until - world.now == 30 * MINUTE
    world.do(ev.Resolve(incident, "ann", "cli"))
    world.later(hours * 3600)
    world.do(ev.ClockStepped(hours * 3600))
    assert world.watch().quiet_until - world.now == 10 * MINUTE


def test_a_hold_never_outlasts_a_clock_by_more_than_the_longest_hold():
    world = World()
    world.fail()
    world.send(TOO_OFTEN)
    world.do(ev.ClockStepped(7200))
    assert world.state.channels["pd"].held_until - world.now <= 15 * MINUTE


def test_a_failing_streak_survives_a_clock_that_is_set():
    world = World(canary_scopes=[LAN])
    world.check(down="refused")
    world.look()
    world.later(-7200)
    world.do(ev.ClockStepped(-7200))
    world.check(down="refused", after=10)
    world.look()
    world.check(down="refused", after=10)
    incident = world.incident()
    assert (incident.opened_at - incident.began_at).total_seconds() == 20
