"""Levels, repetitions, the end that nobody answered; acknowledgements that stop all this, and what sets it going."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statusapp_agent.core import events as ev
from statusapp_agent.core.escalation import STANDARD, in_words
from statusapp_agent.core.incident import NotAllowedError
from statusapp_agent.core.model import (
    Action,
    DeliveryState,
    Escalation,
    IncidentStatus,
    Level,
    Mute,
    Step,
    Tier,
    When,
)
from statusapp_agent.core.routing import route, route_in_words
from statusapp_agent.core.why import why_monitor
from tests.support.world import NOT_NOW, POISON, START, World, channel, monitor

T, A, R, U = Action.TRIGGER, Action.ACKNOWLEDGE, Action.RESOLVE, Action.UPDATE
PENDING, DELIVERED, REFUSED, CANCELLED = DeliveryState
MINUTE = 60
CHANNELS = (channel("pd"), channel("mail", "email"), channel("texts", "sms"), channel("boss", "sms"))


def house(escalation=STANDARD, steps=None, **more):
    steps = steps or (Step(channel="pd"), Step(channel="mail"))
    world = World(monitor("nas", tier="x"), channels=CHANNELS, tiers=[Tier("x", steps, escalation=escalation)], **more)
    world.fail()
    return world


def told(world, action=T):
    """Return the channels that were told so, with the minutes after the opening."""
    opened_at = world.opened()[0].opened_at
    rows = [row for row in world.deliveries_ever.values() if row.action is action and row.delivered_at is not None]
    return [(row.channel, round((row.delivered_at - opened_at).total_seconds() / 60)) for row in rows]


def test_the_standard_policy_tells_the_route_again_after_15_minutes_and_everybody_after_30():
    world = house()
    world.run(31 * MINUTE)
    assert told(world) == [
        *(("pd", 0), ("mail", 0), ("mail", 15), ("boss", 30), ("mail", 30), ("texts", 30)),
    ]
    # PagerDuty escalates by itself: it gets the news, and no second page.
    assert told(world, U) == [("pd", 15), ("pd", 30)]
    assert len(world.there.incidents) == 1
    assert world.told("escalated") == [
        "level 2 after 15 min: nobody has acknowledged; told: pd and mail",
        "level 3 after 30 min: nobody has acknowledged; told: boss, mail, pd and texts",
    ]
    assert world.incident().level == 3


@pytest.mark.parametrize("at", [1, 14, 16, 29, 31])
def test_an_acknowledgement_stops_it_wherever_it_stands(at):
    world = house()
    world.run(at * MINUTE)
    before = told(world)
    world.do(ev.Acknowledge(world.incident().id, "ann", "cli"))
    world.run(120 * MINUTE)
    assert told(world) == before
    assert not world.told("nobody_answered")
    assert ("pd", at) in told(world, A)
    assert ("mail", at) in told(world, A)


def test_its_end_says_so_and_tries_everything_that_works():
    world = house(Escalation((Level(5 * MINUTE),), repeat=2, every_s=10 * MINUTE))
    world.run(24 * MINUTE)
    assert world.incident().nobody_answered_at is None
    assert [at for name, at in told(world) if name == "mail"] == [0, 5, 15]
    world.run(12 * MINUTE)
    assert world.incident().nobody_answered_at - world.incident().opened_at == timedelta(minutes=35)
    assert world.told("nobody_answered") == [
        "nobody answered in 35 min, and the escalation is at its end; told as a last resort: boss, mail, pd and texts"
    ]
    assert {name for name, at in told(world) if at == 35} == {"boss", "mail", "texts"}
    count = len(world.deliveries_ever)
    world.run(300 * MINUTE)
    assert len(world.deliveries_ever) == count


def test_a_channel_that_is_broken_is_no_last_resort():
    world = house(Escalation((), repeat=1, every_s=MINUTE))
    record = world.state.channels["boss"]
    world.state.channels["boss"] = replace(record, broken="wrong key")
    world.run(3 * MINUTE)
    assert "boss" not in {name for name, _ in told(world)}
    assert ("texts", 2) in told(world)


def test_a_level_of_channels_of_its_own():
    world = house(Escalation((Level(15 * MINUTE, ("texts",)), Level(30 * MINUTE, ("boss", "gone")))))
    world.run(31 * MINUTE)
    assert told(world) == [("pd", 0), ("mail", 0), ("texts", 15), ("boss", 30)]


def test_a_level_does_not_wait_for_a_step_that_would_come_later():
    steps = (Step(channel="pd"), Step(channel="texts", when=When.UNACKNOWLEDGED, after_s=60 * MINUTE))
    world = house(Escalation((Level(10 * MINUTE),)), steps)
    world.run(11 * MINUTE)
    assert told(world) == [("pd", 0), ("texts", 10)]


def test_a_page_that_is_still_on_its_way_is_not_doubled():
    world = house()
    world.answers = lambda delivery, record: NOT_NOW
    world.run(16 * MINUTE)
    assert [row.action for row in world.rows("mail")] == [T]


@pytest.mark.parametrize("at", [1, 14.9, 20, 31])
def test_its_clock_survives_a_restart(at):
    world = house()
    world.run(at * MINUTE)
    world.restart()
    world.run((46 - at) * MINUTE)
    assert [minutes for name, minutes in told(world) if name == "mail"] == [0, 15, 30, 45]
    assert world.incident().nobody_answered_at is not None


def test_a_clock_that_is_set_moves_it_along():
    world = house()
    world.run(MINUTE)
    world.later(7200)
    world.do(ev.ClockStepped(7200.0))
    world.run(10 * MINUTE)
    assert len(told(world)) == 2
    world.run(5 * MINUTE)
    assert world.incident().level == 2


def test_when_a_snooze_ends_the_ladder_begins_again():
    world = house()
    world.run(20 * MINUTE)
    world.do(ev.Snooze(world.incident().id, world.now + timedelta(minutes=60), "ann", "cli"))
    world.run(74 * MINUTE)
    assert [at for name, at in told(world) if name == "mail"] == [0, 15]
    world.run(2 * MINUTE)
    assert [at for name, at in told(world) if name == "mail"] == [0, 15, 95]
    assert world.incident().level == 2


def test_an_acknowledgement_that_is_taken_back_sets_it_going_again():
    steps = (Step(channel="pd"), Step(channel="texts", when=When.UNACKNOWLEDGED, after_s=5 * MINUTE))
    world = house(steps=steps)
    world.run(MINUTE)
    world.do(ev.Acknowledge(world.incident().id, "ann", "cli"))
    world.run(30 * MINUTE)
    assert ("texts", 5) not in told(world)
    world.do(ev.TakeBack(world.incident().id, "ann", "cli"))
    assert world.incident().status is IncidentStatus.OPEN
    world.run(4 * MINUTE)
    assert "texts" not in {name for name, _ in told(world)}
    world.run(2 * MINUTE)
    assert ("texts", 36) in told(world)
    world.run(10 * MINUTE)
    assert world.incident().level == 2
    assert world.told("reopened") == ["acknowledgement taken back by ann via cli"]


def test_what_nobody_has_in_hand_cannot_be_taken_back():
    world = house()
    with pytest.raises(Exception, match="not acknowledged"):
        world.do(ev.TakeBack(world.incident().id, "ann", "cli"))


def test_taking_it_again_after_a_snooze_is_told_again():
    world = house()
    world.run(MINUTE)
    world.do(ev.Snooze(world.incident().id, world.now + timedelta(minutes=5), "ann", "cli"))
    world.run(6 * MINUTE)
    world.do(ev.Acknowledge(world.incident().id, "bob", "cli"))
    world.run(MINUTE)
    assert [name for name, _ in told(world, A)].count("pd") == 2
    assert world.incident().acknowledged_by == "ann"


def test_an_acknowledgement_between_a_repetition_and_its_turn_is_told_everywhere():
    world = house()
    world.run(15 * MINUTE - 1)
    world.tick(1)
    assert world.lane("mail")[-1] == (T, PENDING)
    world.do(ev.Acknowledge(world.incident().id, "ann", "cli"))
    world.send()
    assert world.lane("mail") == [(T, DELIVERED), (T, CANCELLED), (A, DELIVERED)]


def test_recovery_ends_it():
    world = house()
    world.run(16 * MINUTE)
    world.recover()
    world.run(60 * MINUTE)
    assert not world.there.open()
    assert not world.pending()
    assert not world.state.incidents


def test_while_pages_are_held_back_its_clock_waits():
    world = house()
    world.do(ev.MuteFor("", timedelta(hours=2), "ann"))
    world.run(100 * MINUTE)
    assert told(world) == []
    assert world.incident().level == 1
    world.run(34 * MINUTE)
    assert world.incident().level == 1
    world.run(2 * MINUTE)
    assert world.incident().level == 2
    assert Mute("", START, "ann", START) not in world.state.mutes.values()


# The built-in tiers


@pytest.mark.parametrize(("acknowledged_after_s", "texts"), [(180, []), (301, [("texts", 5)]), (None, [("texts", 5)])])
def test_tier_1_texts_only_when_nobody_has_it_after_five_minutes(acknowledged_after_s, texts):
    """XC-01."""
    known = (channel("pd"), channel("ops", "slack"), channel("texts", "sms"))
    world = World(monitor("nas", tier="1"), channels=known)
    world.fail()
    for second in range(900):
        world.run(1)
        if second == acknowledged_after_s:
            world.do(ev.Acknowledge(world.incident().id, "ann", "pagerduty"))
    assert told(world) == [("pd", 0), ("ops", 0), *texts]


# Failover


def test_failover_goes_over_the_next_channel_after_two_minutes():
    steps = (Step(channel="pd"), Step(channel="texts", when=When.UNDELIVERED))
    world = house(None, steps)
    world.run(130, lambda delivery, record: NOT_NOW if record.name == "pd" else world.arrive(delivery, record))
    assert told(world) == [("texts", 2)]


def test_failover_stays_silent_when_the_first_was_reached():
    steps = (Step(channel="pd"), Step(channel="texts", when=When.UNDELIVERED))
    world = house(None, steps)
    world.run(300)
    assert world.lane("texts") == [(T, CANCELLED)]
    assert world.rows("texts")[0].reason == "not needed: pd was reached"


def test_failover_is_at_once_when_the_first_refused():
    steps = (Step(channel="pd"), Step(channel="texts", when=When.UNDELIVERED))
    world = house(None, steps)
    world.send(lambda delivery, record: POISON if record.name == "pd" else world.arrive(delivery, record))
    assert told(world) == [("texts", 0)]


def test_failover_in_words():
    steps = (Step(channel="pd"), Step(channel="texts", when=When.UNDELIVERED))
    found = route(monitor("nas", tier="x"), {each.name: each for each in CHANNELS}, {"x": Tier("x", steps)})
    assert route_in_words("nas", found) == (
        "If nas fails now: pd at once; texts after 2 min if nothing before it was delivered."
    )


# In words


def test_a_policy_in_words():
    assert in_words(STANDARD) == (
        "Unless somebody acknowledges: the same again after 15 min; every channel after 30 min; "
        "at the end every channel that works, once more"
    )


def test_why_tells_how_far_it_is():
    world = house()
    world.run(MINUTE)
    steps = {step.question: step.answer for step in why_monitor(world.state, "nas", world.now).steps}
    assert steps["Has it escalated?"] == "Not yet, the next is due at 08:15:20 UTC."
    world.run(50 * MINUTE)
    steps = {step.question: step.answer for step in why_monitor(world.state, "nas", world.now).steps}
    assert (
        steps["Has it escalated?"]
        == "Yes, to its end: nobody had answered at 08:45:20 UTC, and every channel was tried."
    )


# Whatever people do

DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["acknowledge", "take back", "snooze", "mute", "unmute", "restart", "nothing"]),
        st.integers(0, 40),
    ),
    max_size=15,
)


def _deed(world, deed):
    incident = world.incident().id
    commands = {
        "acknowledge": ev.Acknowledge(incident, "ann", "cli"),
        "take back": ev.TakeBack(incident, "ann", "cli"),
        "snooze": ev.Snooze(incident, world.now + timedelta(minutes=7), "ann", "cli"),
        "mute": ev.MuteFor("", timedelta(minutes=11), "ann"),
        "unmute": ev.Unmute("", "ann"),
    }
    if deed == "restart":
        world.restart()
    elif deed in commands:
        with suppress(NotAllowedError):
            world.do(commands[deed])


@settings(max_examples=150, derandomize=True, deadline=None, database=None)
@given(DEEDS)
def test_nobody_is_called_while_somebody_has_it_and_everybody_when_nobody_has(deeds):
    world = house(Escalation((Level(5 * MINUTE), Level(10 * MINUTE, everybody=True)), repeat=1, every_s=5 * MINUTE))
    world.send()
    for deed, minutes in [*deeds, ("unmute", 0), ("take back", 0), ("nothing", 60)]:
        _deed(world, deed)
        for _ in range(2 * minutes):
            had, before = world.incident().status, len(told(world))
            world.tick(30)
            world.send()
            loud = len(told(world)) > before
            silent = had is world.incident().status is IncidentStatus.ACKNOWLEDGED and not world.told("held")
            assert not (loud and silent)
            assert world.incident().level <= 4
    assert world.incident().status is IncidentStatus.OPEN
    assert world.incident().nobody_answered_at is not None
    assert {name for name, _ in told(world)} == {each.name for each in CHANNELS}
