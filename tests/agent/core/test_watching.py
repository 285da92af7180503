"""Parents that explain children, blind time, and when a monitor is checked next."""

import pytest

from statusapp_agent.core import events as ev
from statusapp_agent.core.health import HealthState
from statusapp_agent.core.model import CheckStatus, Severity
from statusapp_agent.core.state import BlindTime, Look, Saw
from tests.support.world import HOST, INTERNET, LAN, World, channel, monitor

PENDING, UP, DEGRADED, DOWN = HealthState
ROUTER, NAS = monitor("router"), monitor("nas", depends_on=("router",))


def family(*more, **kwargs):
    world = World(ROUTER, NAS, *more, **kwargs)
    for name in world.monitors:
        world.check(name, ms=10)
    world.later(30)
    return world


# Parents


def test_a_child_waits_for_its_parent_to_be_checked_first():
    world = family()
    world.fail("nas")
    assert world.incident("nas") is None
    assert world.watch("nas").held_by == "router"
    assert world.rescheduled()["router"] == 0.0
    world.check("router", ms=10)
    assert world.incident("nas") is not None
    assert world.watch("nas").held_by is None


def test_a_parent_that_is_down_holds_its_children_and_lists_them():
    world = family()
    world.fail("nas")
    world.fail("router")
    assert world.incident("nas") is None
    assert world.incident("router").children == ("nas",)
    assert [each.monitor for each in world.opened()] == ["router"]
    assert world.told("child") == ["nas fails too and is held: it depends on router"]
    world.fail("nas", times=5)
    assert world.incident("router").children == ("nas",)


def test_a_parent_on_its_way_down_holds_too_and_keeps_its_own_pace():
    world = family()
    world.check("router", down="refused")
    world.fail("nas")
    assert world.watch("nas").held_by == "router"
    world.check("nas", down="refused", after=1)
    assert "router" not in world.rescheduled()


def test_a_released_child_is_judged_afresh():
    world = family()
    world.fail("nas")
    world.fail("router")
    world.recover("router")
    assert world.watch("nas").held_by is None
    assert world.health("nas").state is PENDING
    assert world.rescheduled()["nas"] == 0.0
    world.check("nas", down="starting", after=1)
    world.check("nas", down="starting", after=1)
    world.check("nas", down="starting", after=1)
    assert world.incident("nas") is None
    world.check("router", ms=10)
    assert world.incident("nas") is not None


def test_a_released_child_that_is_up_again_pages_nobody():
    world = family()
    world.fail("nas")
    world.fail("router")
    world.recover("router")
    world.check("nas", ms=10)
    assert world.health("nas").state is UP
    assert [each.monitor for each in world.opened()] == ["router"]


def test_grandchildren_are_released_with_the_children():
    world = family(monitor("web", depends_on=("nas",)))
    world.fail("web")
    world.fail("nas")
    world.fail("router")
    assert world.watch("web").held_by == "nas"
    world.recover("router")
    world.check("web", down="starting", after=1)
    assert not [each for each in world.opened() if each.monitor != "router"]
    assert world.health("web").failures == 1


def test_a_grandparent_excuses_when_the_parent_is_fine():
    world = family(monitor("web", depends_on=("nas",)))
    world.fail("router")
    world.check("nas", ms=10)
    world.fail("web", times=3)
    world.check("nas", ms=10)
    assert world.watch("web").held_by == "router"


def test_parents_in_a_ring_hold_nobody_for_ever():
    ring = [monitor("a", depends_on=("b",)), monitor("b", depends_on=("a",))]
    world = World(*ring)
    world.check("a", ms=10)
    world.check("b", ms=10)
    world.fail("a")
    world.check("b", ms=10)
    assert world.incident("a") is not None


@pytest.mark.parametrize("how", ["paused", "deleted", "blind"])
def test_a_parent_that_tells_nothing_excuses_nobody(how):
    world = family()
    world.fail("nas")
    if how == "paused":
        world.do(ev.Pause("router", "ann"))
    elif how == "deleted":
        world.apply(monitors=[NAS])
    else:
        world.check("router", down="no socket is left", status=CheckStatus.UNKNOWN)
    world.check("nas", down="refused", after=1)
    assert world.incident("nas") is not None


def test_a_child_that_was_paged_before_its_parent_failed_stays_open():
    world = family()
    world.fail("nas")
    world.check("router", ms=10)
    page = world.incident("nas")
    world.fail("router")
    assert world.incident("nas").id == page.id


# Blind time


def test_dead_canaries_make_it_blind_and_open_again_when_they_answer():
    world = World(canary_scopes=[LAN])
    world.recover()
    world.check(down="refused")
    assert world.got(Look)
    world.look(alive=False)
    assert world.watch().blind == "0 of 1 canaries answered, canary-lan did not: silent"
    assert world.watch().blind_since == world.now
    assert list(world.state.blind) == [LAN, INTERNET]
    for _ in range(5):
        world.check(down="refused", after=10)
        world.look(alive=False)
    assert not world.opened()
    assert world.tick() == [Look()]
    world.look()
    assert world.rescheduled() == {"nas": 0.0}
    assert not world.state.blind
    world.check(ms=10)
    assert world.watch().blind is None


def test_what_is_really_down_after_a_blind_time_pages():
    world = World(canary_scopes=[LAN])
    world.recover()
    world.check(down="refused")
    world.look(alive=False)
    world.look()
    world.fail()
    assert len(world.opened()) == 1
    assert world.watch().blind is None


def test_what_was_down_before_stays_down_while_it_is_blind():
    world = World(canary_scopes=[LAN])
    world.fail()
    world.look(alive=False)
    world.check(down="refused", after=10)
    assert world.incident() is not None
    assert world.health().state is DOWN


def test_a_target_nearer_than_every_canary_is_not_gated():
    world = World(canary_scopes=[INTERNET])
    world.look(alive=False)
    world.fail(scope=LAN)
    assert len(world.opened()) == 1


def test_a_dead_internet_blinds_only_what_lies_there():
    world = World(monitor("nas"), monitor("web"), canary_scopes=[INTERNET])
    for _ in range(4):
        world.check("nas", down="refused", scope=LAN, after=10)
        world.check("web", down="timeout", scope=INTERNET)
        world.look(alive=False)
    assert [each.monitor for each in world.opened()] == ["nas"]
    assert list(world.state.blind) == [INTERNET]


def test_blind_time_is_written_down_with_its_end():
    world = World(canary_scopes=[INTERNET])
    world.look(alive=False)
    began = world.now
    world.later(60)
    world.look()
    blind = world.saved["blind", INTERNET]
    assert blind == BlindTime(INTERNET, blind.cause, began, world.now)


def test_in_another_network_what_is_in_the_house_is_away():
    world = World()
    world.do(ev.NetworkChanged("home"))
    world.recover()
    world.do(ev.NetworkChanged("cafe"))
    world.fail(times=10)
    assert not world.opened()
    assert world.watch().blind.startswith("away")
    assert world.health().failures == 0
    world.do(ev.NetworkChanged("home"))
    world.fail()
    assert len(world.opened()) == 1


def test_being_away_excuses_only_what_is_in_the_house():
    world = World()
    world.do(ev.NetworkChanged("home"))
    world.recover()
    world.do(ev.NetworkChanged("cafe"))
    world.fail(scope=INTERNET)
    assert len(world.opened()) == 1


def test_back_home_it_answers_and_sees_again():
    world = World()
    world.do(ev.NetworkChanged("home"))
    world.recover()
    world.do(ev.NetworkChanged("cafe"))
    world.check(down="no route")
    world.do(ev.NetworkChanged("home"))
    world.check(ms=10)
    assert (world.watch().blind, world.watch().blind_since) == (None, None)
    assert world.health().seen_up_on == "home"


def test_a_check_that_could_not_be_made_opens_and_closes_nothing():
    world = World()
    for _ in range(10):
        world.check(down="no socket is left", status=CheckStatus.UNKNOWN)
    assert not world.opened()
    world.fail()
    for _ in range(10):
        world.check(down="no socket is left", status=CheckStatus.UNKNOWN)
    assert world.incident() is not None


# Incidents


def test_an_incident_is_as_bad_and_as_far_as_its_monitor_and_opens_once():
    world = World(monitor("nas", severity=Severity.WARNING, tier="2"), channels=[channel("mail", "email")])
    world.fail(times=9, scope=HOST)
    assert len(world.opened()) == 1
    incident = world.incident()
    assert (incident.severity, incident.scope, incident.number) == ("warning", HOST, 1)
    assert incident.context == {"tier": "2", "tags": [], "kind": "http"}
    assert world.told("route") == ["told, by tier 2: mail at once"]


def test_every_outage_has_its_own_number_and_key():
    world = World()
    for _ in range(3):
        world.fail()
        world.send()
        world.recover()
        world.send()
    assert [each.number for each in world.opened()] == [1, 2, 3]
    assert len({each.key for each in world.there.incidents}) == 3
    assert not world.there.open()


def test_a_monitor_that_nobody_is_told_of_still_has_its_incident():
    world = World(monitor("nas", channels=()))
    world.fail()
    assert world.incident() is not None
    world.recover()
    assert not world.state.incidents


def test_results_of_what_is_gone_or_paused_are_dropped():
    world = World()
    assert world.check("gone", down="x") == []
    world.do(ev.Pause("nas", "ann"))
    assert world.check("nas", down="x") == []


def test_every_result_is_remembered_even_if_it_changes_nothing():
    world = World()
    world.recover()
    assert [type(each) for each in world.check(ms=10)] == [Saw]


@pytest.mark.parametrize(
    ("interval", "retry", "healthy", "failing"),
    [(60.0, 10.0, None, 10.0), (5.0, 10.0, None, None)],
)
def test_it_is_checked_sooner_while_something_is_on_its_way(interval, retry, healthy, failing):
    world = World(monitor("nas", interval_s=interval, retry_interval_s=retry))
    world.check(ms=10)
    assert world.rescheduled() == {"nas": healthy}
    world.check(down="refused")
    assert world.rescheduled() == {"nas": failing}
    world.check(ms=10)
    assert world.rescheduled() == {"nas": None}


def test_a_check_may_ask_for_the_next_one_but_not_later_than_the_interval():
    world = World()
    world.check(down="x", recheck=2.5)
    assert world.rescheduled() == {"nas": 2.5}
    world.check(down="x", recheck=500)
    assert world.rescheduled() == {"nas": 60.0}
    world.check(down="x", recheck=0)
    assert world.rescheduled() == {"nas": 0.05}
