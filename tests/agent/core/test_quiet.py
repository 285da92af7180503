"""Mutes and quiet hours: incidents open, pages wait, and nothing is lost or said twice."""

from datetime import timedelta

import pytest

from statusapp_agent.core import events as ev
from statusapp_agent.core.incident import NotAllowedError
from statusapp_agent.core.model import (
    Action,
    DeliveryState,
    IncidentStatus,
    QuietHours,
    Severity,
    Step,
    Tier,
    When,
)
from statusapp_agent.core.state import Audit
from statusapp_agent.core.why import why_monitor
from statusapp_agent.views.agent import oldest_waiting
from statusapp_agent.views.quiet import mutes_view, silences
from tests.support.world import LOST_ANSWER, NOT_NOW, World, channel, monitor

T, A, R, U, C = Action.TRIGGER, Action.ACKNOWLEDGE, Action.RESOLVE, Action.UPDATE, Action.CHANGE
PENDING, DELIVERED, REFUSED, CANCELLED = DeliveryState
HOUR = timedelta(hours=1)
# The worlds begin at 08:00 UTC; these hours are on then, and end at 12:00.
NIGHT = QuietHours(7 * 60, 12 * 60)


def muted(*monitors, **more):
    world = World(*monitors, **more)
    world.do(ev.MuteFor("", HOUR, "ann", "new switch"))
    world.send()
    return world


def tiered(quiet=NIGHT, **more):
    steps = more.pop("steps", (Step(channel="pd"),))
    known = more.pop("known", (channel("pd"),))
    return World(monitor("nas", tier="x", **more), channels=known, tiers=[Tier("x", steps, quiet=quiet)])


def lane(world, name="pd", incident=0):
    return world.lane(name, world.opened()[incident].id)


def lines(world, name="pd"):
    return [row.notice["summary"] for row in world.rows(name) if row.action is C]


# Mutes


def test_a_mute_holds_the_page_back_and_sends_it_when_it_ends():
    world = muted()
    world.fail()
    world.run(60)
    assert world.incident() is not None
    assert lane(world) == [(T, PENDING)]
    assert world.rows(incident=world.incident().id)[0].reason == "muted by ann until 09:00:00 UTC"
    assert world.told("held") == ["pd: waits: muted by ann until 09:00:00 UTC"]
    world.run(3600)
    assert lane(world) == [(T, DELIVERED)]
    assert len(world.there.open()) == 1
    assert not world.state.mutes


def test_unmuting_sends_it_at_once():
    world = muted()
    world.fail()
    world.send()
    world.do(ev.Unmute("", "bob"))
    world.send()
    assert lane(world) == [(T, DELIVERED)]


def test_it_is_audited_and_told_without_paging_anybody():
    world = World()
    world.do(ev.MuteFor("", HOUR, "ann", "new switch"))
    assert world.got(Audit) == [Audit("ann", "mute", "everything", "until 2026-03-02T09:00:00+00:00")]
    world.send()
    assert lines(world) == [
        (
            "Everything is muted until 09:00:00 UTC by ann (new switch), for 1 h: "
            "incidents open, and their pages wait until then"
        )
    ]
    assert not world.there.incidents
    world.do(ev.Unmute("", "bob"))
    assert world.got(Audit)[0].deed == "unmute"
    world.send()
    assert lines(world)[1] == "Everything is not muted any more: bob ended it"


def test_it_is_told_on_another_channel_than_those_that_it_silences():
    known = (channel("pd"), channel("other"))
    world = World(monitor("nas", channels=("pd",)), monitor("router", channels=("pd", "other")), channels=known)
    world.do(ev.MuteFor("nas", HOUR, "ann"))
    assert [len(lines(world, name)) for name in ("pd", "other")] == [0, 1]
    world.do(ev.MuteFor("", HOUR, "ann"))
    assert [len(lines(world, name)) for name in ("pd", "other")] == [1, 2]


def test_a_mute_of_one_monitor_leaves_the_others_alone():
    world = World(monitor("nas"), monitor("router"))
    world.do(ev.MuteFor("nas", HOUR, "ann"))
    world.fail("nas")
    world.fail("router")
    world.send()
    assert lane(world) == [(T, PENDING)]
    assert lane(world, incident=1) == [(T, DELIVERED)]


def test_what_was_told_before_is_closed_all_the_same():
    world = World()
    world.fail()
    world.send()
    world.do(ev.MuteFor("", HOUR, "ann"))
    world.recover()
    world.run(5)
    assert lane(world) == [(T, DELIVERED), (R, DELIVERED)]


def test_what_may_have_arrived_goes_on_being_tried():
    world = World()
    world.fail()
    world.send(LOST_ANSWER)
    world.do(ev.MuteFor("", HOUR, "ann"))
    world.run(10)
    assert lane(world) == [(T, DELIVERED)]


def test_what_failed_before_it_waits_too():
    world = World()
    world.fail()
    world.send(NOT_NOW)
    world.do(ev.MuteFor("", HOUR, "ann"))
    world.run(10)
    assert lane(world) == [(T, PENDING)]
    world.run(3600)
    assert lane(world) == [(T, DELIVERED)]


def test_news_are_not_kept_for_later():
    world = World()
    world.fail()
    world.send()
    world.do(ev.Snooze(world.incident().id, world.now + timedelta(minutes=10), "ann", "cli"))
    world.do(ev.MuteFor("", HOUR, "ann"))
    world.run(700)
    assert lane(world) == [(T, DELIVERED), (A, DELIVERED), (U, CANCELLED)]
    world.do(ev.Acknowledge(world.incident().id, "bob", "cli"))
    world.send()
    assert lane(world)[-1] == (A, DELIVERED)


def test_what_is_over_by_then_is_one_line_and_no_page():
    world = muted(monitor("nas"), monitor("router"))
    for name in ("nas", "router"):
        world.fail(name)
        world.send()
        world.recover(name)
    world.run(60)
    assert len(lines(world)) == 1
    world.run(3700)
    assert not world.there.incidents
    told = lines(world)
    assert len(told) == 3
    assert told[2].startswith("2 things that paged nobody: nas was down from 08:00:20 UTC for 20 s")
    digest = world.rows()[-1].notice["details"]["lines"]
    assert len(digest) == 2
    assert all("muted by ann until" in line for line in digest)
    world.run(3600)
    assert len(lines(world)) == 3


def test_unmuting_tells_the_lines_too():
    world = muted()
    world.fail()
    world.send()
    world.recover()
    world.do(ev.Unmute("", "bob"))
    world.run(70)
    assert lines(world)[-1].startswith("nas was down")


def test_acknowledging_what_is_muted_says_so_when_it_ends():
    world = muted()
    world.fail()
    world.send()
    world.do(ev.Acknowledge(world.incident().id, "ann", "cli"))
    world.run(3700)
    assert lane(world) == [(T, DELIVERED), (A, DELIVERED)]


def test_it_survives_a_restart():
    world = muted()
    world.fail()
    world.send()
    world.restart()
    world.run(1800)
    assert lane(world) == [(T, PENDING)]
    world.restart()
    world.run(1900)
    assert lane(world) == [(T, DELIVERED)]


def test_the_lines_survive_a_restart():
    world = muted()
    world.fail()
    world.send()
    world.recover()
    world.restart()
    world.run(3700)
    assert lines(world)[-1].startswith("nas was down")


def test_longer_mutes_replace_shorter_ones_and_the_other_way_round():
    world = muted()
    world.fail()
    world.send()
    world.do(ev.MuteFor("", 2 * HOUR, "ann"))
    world.run(3700)
    assert lane(world) == [(T, PENDING)]
    world.do(ev.MuteFor("", timedelta(minutes=1), "ann"))
    world.run(61)
    assert lane(world) == [(T, DELIVERED)]


@pytest.mark.parametrize("length", [timedelta(0), timedelta(days=7, seconds=1), timedelta(seconds=-1)])
def test_silence_without_an_end_is_refused(length):
    world = World()
    with pytest.raises(NotAllowedError, match="at most 7 days"):
        world.do(ev.MuteFor("", length, "ann"))
    assert not world.state.mutes


def test_what_does_not_exist_cannot_be_muted_nor_what_is_not_muted_be_unmuted():
    world = World()
    with pytest.raises(NotAllowedError, match="nearest name is 'nas'"):
        world.do(ev.MuteFor("nass", HOUR, "ann"))
    with pytest.raises(NotAllowedError, match="Nothing is muted"):
        world.do(ev.Unmute("", "ann"))
    world.do(ev.MuteFor("", HOUR, "ann"))
    with pytest.raises(NotAllowedError, match="nas is not muted by itself"):
        world.do(ev.Unmute("nas", "ann"))


def test_the_mute_of_a_monitor_that_is_deleted_goes_with_it():
    world = World()
    world.do(ev.MuteFor("nas", HOUR, "ann"))
    world.apply(monitors=[])
    assert not world.state.mutes
    assert ("mute", "nas") not in world.saved


def test_tests_of_channels_are_not_muted():
    world = muted()
    world.do(ev.TestChannel("pd", "f" * 32, False, "ann"))
    world.send()
    assert (Action.TEST, DELIVERED) in world.lane()


def test_a_clock_that_is_set_ends_it_by_the_time_of_day():
    world = muted()
    world.fail()
    world.send()
    world.later(3700)
    world.do(ev.ClockStepped(3700.0))
    world.run(2)
    assert lane(world) == [(T, DELIVERED)]


def test_pages_that_are_held_back_do_not_make_the_agent_ill():
    world = muted()
    world.fail()
    world.send()
    world.run(600)
    assert oldest_waiting(world.state, world.now) is None


# Quiet hours


def test_quiet_hours_hold_pages_back_until_their_end():
    world = tiered()
    world.fail()
    world.run(60)
    assert world.rows()[0].reason == "quiet hours of tier x until 12:00"
    world.run(4 * 3600)
    assert lane(world) == [(T, DELIVERED)]
    assert world.rows()[0].delivered_at.hour == 12


def test_what_came_and_went_in_quiet_hours_is_told_in_one_message_at_their_end():
    world = tiered()
    for _ in range(3):
        world.fail()
        world.send()
        world.recover()
        world.run(60)
    assert not lines(world)
    world.run(4 * 3600)
    (told,) = lines(world)
    assert told.startswith("3 things that paged nobody")
    assert not world.there.incidents


def test_what_is_bad_enough_pages_all_the_same():
    quiet = QuietHours(7 * 60, 12 * 60, except_severity=Severity.CRITICAL)
    loud = tiered(quiet)
    loud.fail()
    loud.send()
    assert lane(loud) == [(T, DELIVERED)]
    held = tiered(quiet, severity=Severity.ERROR)
    held.fail()
    held.send()
    assert lane(held) == [(T, PENDING)]


def test_steps_with_a_delay_keep_it_after_the_end():
    steps = (Step(channel="pd"), Step(channel="texts", when=When.UNDELIVERED, after_s=120))
    world = tiered(steps=steps, known=(channel("pd"), channel("texts", "sms")))
    world.fail()
    world.run(5 * 3600)
    assert lane(world) == [(T, DELIVERED)]
    assert lane(world, "texts") == [(T, CANCELLED)]


def test_channels_of_its_own_have_no_quiet_hours():
    world = tiered(channels=("pd",))
    world.fail()
    world.send()
    assert lane(world) == [(T, DELIVERED)]


def test_changing_the_hours_counts_at_once():
    world = tiered()
    world.fail()
    world.send()
    world.apply(tiers=[Tier("x", (Step(channel="pd"),))])
    world.send()
    assert lane(world) == [(T, DELIVERED)]


# What is over before it could be sent, without any silence


def test_an_outage_that_ends_while_the_network_is_gone_is_told_once_when_it_is_back():
    world = World()
    world.answers = lambda delivery, record: NOT_NOW
    world.fail()
    world.run(30)
    world.recover()
    world.run(600)
    assert not world.there.incidents
    world.answers = world.arrive
    world.run(120)
    (told,) = lines(world)
    assert told.startswith("nas was down from 08:00:20 UTC for ")
    assert told.endswith("no page could be sent in time")
    assert not world.there.incidents
    world.run(600)
    assert len(lines(world)) == 1
    assert not world.state.digest


def test_where_nobody_can_be_told_so_the_audit_log_knows():
    world = World(monitor("nas", channels=("texts",)), channels=(channel("texts", "sms"),))
    world.answers = lambda delivery, record: NOT_NOW
    world.fail()
    world.send()
    world.recover()
    seen = []
    for _ in range(70):
        world.tick()
        seen += world.got(Audit)
    assert [(each.by, each.deed) for each in seen] == [("statusapp", "digest")]
    assert not world.state.digest


# In words


def test_why_tells_what_holds_pages_back():
    world = muted()
    world.fail()
    world.send()
    steps = {step.question: step for step in why_monitor(world.state, "nas", world.now).steps}
    asked = steps["Is it muted, or are the hours quiet?"]
    assert asked.ok is False
    assert "muted by ann until 09:00:00 UTC" in asked.answer
    assert steps["Was pd told?"].answer == "Not yet: it waits: muted by ann until 09:00:00 UTC."


def test_status_says_what_is_silent_and_what_waits():
    world = muted()
    world.fail()
    world.send()
    assert silences(world.state, world.now) == [
        (
            "Everything is muted until 09:00:00 UTC by ann (new switch): incidents open, and their pages wait; "
            "1 page waits. `statusapp unmute` ends it."
        )
    ]
    view = mutes_view(world.state, world.now)
    assert [(item.monitor, item.waiting, item.by) for item in view.items] == [(None, 1, "ann")]
    quiet = tiered()
    quiet.fail()
    quiet.send()
    assert silences(quiet.state, quiet.now) == ["1 page waits because of quiet hours of tier x until 12:00."]
    assert world.incident().status is IncidentStatus.OPEN
