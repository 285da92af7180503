"""Storms: the first pages leave, the rest is one; nothing is lost, nothing is told twice."""

from dataclasses import replace
from datetime import timedelta

import pytest

from statusapp_agent.core import events as ev
from statusapp_agent.core.model import (
    Action,
    DeliveryState,
    Escalation,
    IncidentStatus,
    Level,
    Purpose,
    Severity,
    Step,
    Tier,
    When,
)
from statusapp_agent.core.state import Save
from tests.support.world import LOST_ANSWER, NOT_NOW, POISON, WRONG_KEY, World, channel, monitor

T, A, R, U = Action.TRIGGER, Action.ACKNOWLEDGE, Action.RESOLVE, Action.UPDATE
PENDING, DELIVERED, REFUSED, CANCELLED = DeliveryState
MANY = 40


def names(number=MANY):
    return [f"m{each:02}" for each in range(number)]


def crowd(number=MANY, threshold=20, **common):
    channels = common.pop("known", (channel("pd"),))
    monitors = [monitor(name, failures=1, recoveries=1, flap_after=0, **common) for name in names(number)]
    return World(*monitors, channels=channels, agent={"storm_threshold": threshold}, tiers=common.pop("tiers", ()))


def break_all(world, which=None):
    for name in which or list(world.monitors):
        world.check(name, down="refused")


def mend(world, which):
    for name in which:
        world.check(name, ms=5)


def umbrellas(world):
    return [each for each in world.ever.values() if each.purpose is Purpose.STORM]


def real(world):
    return [each for each in world.ever.values() if each.purpose is Purpose.REAL]


def settled(world):
    """Everybody is spoken for exactly once: by a page of their own, or by an umbrella that was paged."""
    told = {each.key.rsplit("/", 1)[1] for each in world.there.incidents}
    for each in real(world):
        assert (each.id in told) != (each.storm in told), each
    assert len(told) == len(world.there.incidents)


def test_forty_at_once_are_five_pages_and_one_for_the_rest():
    world = crowd()
    break_all(world)
    world.send()
    assert len(world.there.open()) == 5
    world.run(5)
    (umbrella,) = umbrellas(world)
    assert len(world.there.open()) == 6
    assert umbrella.cause == "35 monitors down, worst first: m05, m06, m07, m08, m09 and 30 more"
    assert umbrella.children == tuple(names()[5:])
    page = world.rows(incident=umbrella.id)[0]
    assert page.notice["children"] == names()[5:]
    assert page.notice["monitor"]["name"] == f"Storm #{umbrella.number}"
    member = world.incident("m30")
    assert [(row.state, row.reason) for row in world.rows(incident=member.id)] == [
        (CANCELLED, f"part of storm #{umbrella.number}")
    ]
    settled(world)


def test_it_ends_with_the_last_of_its_members_and_closes_there():
    world = crowd()
    break_all(world)
    world.run(5)
    mend(world, names()[:-1])
    world.run(5)
    assert umbrellas(world)[0].is_open
    mend(world, names()[-1:])
    world.run(5)
    assert not umbrellas(world)[0].is_open
    assert not world.there.open()
    assert len(world.there.incidents) == 6
    assert all(each.resolved_at for each in real(world))
    settled(world)
    assert not world.state.incidents
    assert not world.pending()


def test_no_more_than_the_threshold_page_one_by_one_a_moment_later():
    world = crowd(20)
    break_all(world)
    world.send()
    assert len(world.there.open()) == 5
    world.run(4)
    assert len(world.there.open()) == 20
    assert not umbrellas(world)


def test_zero_turns_it_off():
    world = crowd(threshold=0)
    break_all(world)
    world.send()
    assert len(world.there.open()) == MANY
    assert not umbrellas(world)


def test_failures_that_come_slowly_are_no_storm():
    world = crowd()
    for name in names():
        world.check(name, down="refused")
        world.run(4)
    assert len(world.there.open()) == MANY
    assert not umbrellas(world)


def test_it_is_told_how_it_grows_where_that_can_be_told():
    world = crowd(known=(channel("pd"), channel("texts", "sms")), channels=("pd", "texts"))
    break_all(world, names()[:30])
    world.run(5)
    break_all(world, names()[30:])
    world.run(40)
    (umbrella,) = umbrellas(world)
    assert world.lane("pd", umbrella.id) == [(T, DELIVERED), (U, DELIVERED)]
    assert world.rows("pd", umbrella.id)[1].notice["incident"]["cause"].startswith("35 monitors down")
    assert world.lane("texts", umbrella.id) == [(T, DELIVERED)]
    mend(world, names()[10:])
    world.run(60)
    assert umbrellas(world)[0].cause == "5 of 35 monitors down, worst first: m05, m06, m07, m08, m09"


def test_the_worst_comes_first_in_it_and_it_is_as_bad_as_that():
    severities = {name: {"severity": Severity.WARNING} for name in names()} | {"m39": {"severity": Severity.ERROR}}
    monitors = [monitor(name, failures=1, **severities[name]) for name in names()]
    world = World(*monitors, agent={"storm_threshold": 20})
    break_all(world)
    world.run(5)
    (umbrella,) = umbrellas(world)
    assert umbrella.severity is Severity.ERROR
    assert umbrella.children[0] == "m39"


def test_who_acknowledges_the_umbrella_has_all_of_them():
    world = crowd()
    break_all(world)
    world.run(5)
    (umbrella,) = umbrellas(world)
    world.do(ev.Acknowledge(umbrella.id, "ann", "cli"))
    world.send()
    assert {each.acknowledged_by for each in real(world) if each.storm} == {"ann"}
    assert {each.acknowledged_by for each in real(world) if not each.storm} == {None}
    assert world.lane("pd", umbrella.id) == [(T, DELIVERED), (A, DELIVERED)]


def test_who_takes_the_umbrella_at_the_other_side_has_all_of_them_too():
    """The other side's word is taken over as it is, without a command of ours."""
    world = crowd()
    break_all(world)
    world.run(5)
    (umbrella,) = umbrellas(world)
    taken = replace(
        umbrella,
        status=IncidentStatus.ACKNOWLEDGED,
        acknowledged_at=world.now,
        acknowledged_by="Ben",
        acknowledged_via="pagerduty",
    )
    world.state.absorb([Save(taken)])
    world.run(1)
    assert {each.acknowledged_by for each in real(world) if each.storm} == {"Ben"}


def test_when_all_members_are_acknowledged_so_is_the_umbrella():
    world = crowd()
    break_all(world)
    world.run(5)
    for each in [each for each in real(world) if each.storm]:
        world.do(ev.Acknowledge(each.id, "bob", "api"))
    world.run(2)
    (umbrella,) = umbrellas(world)
    assert (umbrella.status, umbrella.acknowledged_by) == (IncidentStatus.ACKNOWLEDGED, "bob")
    assert (A, DELIVERED) in world.lane("pd", umbrella.id)


def test_who_resolves_the_umbrella_resolves_all_and_what_goes_on_failing_comes_back():
    world = crowd()
    break_all(world)
    world.run(5)
    world.do(ev.Resolve(umbrellas(world)[0].id, "ann", "cli"))
    world.run(1)
    assert len(world.there.open()) == 5
    world.run(601)
    assert len(umbrellas(world)) == 2
    world.run(5)
    assert all(world.incident(name) is not None for name in names())
    # The second storm begins with five pages of its own.
    assert len(world.there.open()) == 11
    settled(world)


def test_a_burst_long_after_is_another_storm_and_pages_again():
    world = crowd(70)
    break_all(world, names(70)[:30])
    world.run(700)
    break_all(world, names(70)[30:])
    world.run(5)
    assert len(umbrellas(world)) == 2
    assert len(world.there.open()) == 12
    settled(world)


@pytest.mark.parametrize("after", [0, 1, 2, 4, 8])
def test_a_restart_at_any_moment_loses_nothing_and_doubles_nothing(after):
    world = crowd()
    break_all(world, names()[:30])
    world.run(after)
    world.restart()
    break_all(world)
    world.run(10)
    assert len(umbrellas(world)) == 1
    settled(world)
    mend(world, names())
    world.run(5)
    world.restart()
    world.run(5)
    assert not world.there.open()


def test_it_waits_for_its_channel_like_any_other_page():
    world = crowd()
    world.answers = lambda delivery, record: NOT_NOW
    break_all(world)
    world.run(30)
    assert not world.there.incidents
    world.answers = world.arrive
    world.run(60)
    assert world.there.of(f"statusapp/{world.state.install}/{umbrellas(world)[0].id}")
    settled(world)


def test_over_before_it_could_be_sent_leaves_nothing_behind():
    world = crowd()
    world.answers = lambda delivery, record: LOST_ANSWER
    break_all(world)
    world.run(20)
    mend(world, names())
    world.answers = world.arrive
    world.run(400)
    assert not world.there.open()
    assert not world.pending()


def test_a_broken_channel_that_is_mended_hears_of_the_storm():
    world = crowd()
    world.answers = lambda delivery, record: WRONG_KEY
    break_all(world)
    world.run(10)
    world.answers = world.arrive
    world.do(ev.SecretChanged("pd", {"key": 2}, "ann"))
    world.run(10)
    (umbrella,) = umbrellas(world)
    assert (T, DELIVERED) in world.lane("pd", umbrella.id)
    settled(world)


def test_new_settings_do_not_page_its_members_one_by_one():
    world = crowd()
    break_all(world)
    world.run(5)
    world.apply()
    world.run(5)
    assert len(world.there.open()) == 6


def test_later_steps_of_its_members_are_its_own():
    tier = Tier("x", (Step(channel="pd"), Step(channel="texts", when=When.UNACKNOWLEDGED, after_s=300)))
    monitors = [monitor(name, failures=1, tier="x") for name in names()]
    known = (channel("pd"), channel("texts", "sms"))
    world = World(*monitors, channels=known, tiers=[tier], agent={"storm_threshold": 20})
    break_all(world)
    world.run(10)
    (umbrella,) = umbrellas(world)
    assert world.lane("texts", umbrella.id) == [(T, PENDING)]
    world.do(ev.Acknowledge(umbrella.id, "ann", "cli"))
    world.run(400)
    assert world.lane("texts", umbrella.id) == [(T, CANCELLED)]
    # The five that paged by themselves are nobody's yet.
    assert len([row for row in world.rows("texts") if row.state is DELIVERED]) == 5


def test_it_escalates_as_its_members_would():
    tier = Tier("x", (Step(channel="pd"),), escalation=Escalation((Level(900, everybody=True),)))
    monitors = [monitor(name, failures=1, tier="x") for name in names()]
    known = (channel("pd"), channel("texts", "sms"))
    world = World(*monitors, channels=known, tiers=[tier], agent={"storm_threshold": 20})
    break_all(world)
    world.run(920)
    (umbrella,) = umbrellas(world)
    assert umbrella.level == 2
    assert world.lane("texts", umbrella.id) == [(T, DELIVERED)]
    assert len(world.rows("texts")) == 6
    assert world.now - umbrella.opened_at >= timedelta(seconds=900)


def test_a_storm_while_everything_is_muted_waits_with_its_members():
    world = crowd()
    world.do(ev.MuteFor("", timedelta(hours=1), "ann"))
    break_all(world)
    world.run(60)
    assert not world.there.incidents
    world.do(ev.Unmute("", "ann"))
    world.run(5)
    assert len(world.there.open()) == 6
    settled(world)


def test_a_storm_with_one_that_is_not_muted_pages():
    world = crowd(21)
    for name in names(20):
        world.do(ev.MuteFor(name, timedelta(hours=1), "ann"))
    break_all(world)
    world.run(10)
    assert [each.key.rsplit("/", 1)[1] for each in world.there.open()] == [umbrellas(world)[0].id]


def test_a_storm_that_came_and_went_in_silence_is_told_in_a_few_lines():
    world = crowd()
    world.do(ev.MuteFor("", timedelta(minutes=5), "ann"))
    break_all(world)
    world.run(60)
    mend(world, names())
    world.run(400)
    assert not world.there.incidents
    told = [row.notice["details"]["lines"] for row in world.rows() if row.notice.get("details", {}).get("lines")]
    digest = [lines for lines in told if lines[1:]]  # beginning and end of the mute are announced, a line each
    assert len(digest) == 1
    assert len(digest[0]) == 6
    assert digest[0][-1].startswith("storm #22 lasted from 08:00:00 UTC for 1 min")


def test_a_member_that_is_taken_back_opens_the_umbrella_again():
    tier = Tier("x", (Step(channel="pd"),), escalation=Escalation((Level(900, ("texts",)),)))
    monitors = [monitor(name, failures=1, tier="x") for name in names()]
    known = (channel("pd"), channel("texts", "sms"))
    world = World(*monitors, channels=known, tiers=[tier], agent={"storm_threshold": 20})
    break_all(world)
    world.run(5)
    (umbrella,) = umbrellas(world)
    world.do(ev.Acknowledge(umbrella.id, "ann", "cli"))
    world.run(1000)
    assert world.lane("texts", umbrella.id) == []
    world.do(ev.TakeBack(world.incident("m30").id, "ann", "cli"))
    world.run(5)
    assert umbrellas(world)[0].status is IncidentStatus.OPEN
    assert world.incident("m31").status is IncidentStatus.ACKNOWLEDGED
    world.run(900)
    assert world.lane("texts", umbrella.id) == [(T, DELIVERED)]


def test_a_snoozed_storm_wakes_as_one():
    world = crowd()
    break_all(world)
    world.run(5)
    (umbrella,) = umbrellas(world)
    world.do(ev.Snooze(umbrella.id, world.now + timedelta(minutes=10), "ann", "cli"))
    world.run(500)
    assert {each.status for each in real(world) if each.storm} == {IncidentStatus.ACKNOWLEDGED}
    world.run(120)
    assert {each.status for each in (*umbrellas(world), *real(world))} == {IncidentStatus.OPEN}
    assert (U, DELIVERED) in world.lane("pd", umbrella.id)
    assert len(world.there.open()) == 6


def test_mass_recovery_with_half_of_it_down_again_leaves_nothing_open():
    """X3."""
    world = crowd()
    break_all(world)
    world.run(10)
    mend(world, names())
    break_all(world, names()[::2])
    world.run(10)
    settled(world)
    assert {each.monitor for each in real(world) if each.is_open} == set(names()[::2])
    mend(world, names())
    world.run(200)
    assert not world.there.open()
    assert not world.pending()
    settled(world)


def test_where_the_umbrella_is_refused_each_pages_by_itself():
    world = crowd()
    world.answers = lambda delivery, record: (
        POISON if delivery.notice["purpose"] == "storm" else world.arrive(delivery, record)
    )
    break_all(world)
    world.run(10)
    assert len(world.there.open()) == MANY
    assert {each.key.rsplit("/", 1)[1] for each in world.there.open()} == {each.id for each in real(world)}
    mend(world, names())
    world.run(5)
    assert not world.there.open()
    assert not umbrellas(world)[0].is_open
