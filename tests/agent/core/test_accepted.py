"""What the other side took and says later: neither delivered nor failed, asked for, and never sent again."""

from datetime import timedelta

import pytest

from statusapp_agent.core import events as ev
from statusapp_agent.core.doctor import Facts, doctor
from statusapp_agent.core.model import (
    Accepted,
    Action,
    Again,
    Delivered,
    DeliveryState,
    NotNeeded,
    Refused,
    Step,
    Tier,
    When,
)
from statusapp_agent.core.told import told
from tests.support.world import World, channel, monitor

TAKEN = Accepted("taken by Twilio (queued)", {"id": "SM1"}, 5.0)


def world(*, when=When.UNDELIVERED, after_s=600.0):
    """A monitor that texts at once, and pages another channel on a condition later."""
    steps = (Step(channel="sms"), Step(channel="pd", when=when, after_s=after_s))
    made = World(monitor("nas", tier="t"), channels=(channel("sms", "sms"), channel("pd")), tiers=(Tier("t", steps),))
    made.fail()
    return made


def try_text(made, outcome):
    """Give the text its turn and end it so; return its row."""
    [row] = made.rows("sms")
    begun = made.begin(row.id)
    assert begun is not None
    made.end(row.id, outcome)
    return made.rows("sms")[0]


def test_it_stays_pending_with_what_to_ask_by_and_is_asked_when_asked_for():
    made = world()
    row = try_text(made, TAKEN)
    assert (row.state, row.accepted_at, row.receipt, row.attempts) == (
        DeliveryState.PENDING,
        made.now,
        {"id": "SM1"},
        1,
    )
    assert made.due() == []
    made.later(5)
    assert [due.id for due in made.due()] == [row.id]
    assert "taken by Twilio" in made.told("accepted")[0]


def test_a_channel_that_breaks_meanwhile_does_not_turn_what_has_left_into_what_was_not_sent():
    made = World(monitor("nas", channels=("sms",)), monitor("pi", channels=("sms",)), channels=(channel("sms", "sms"),))
    made.fail("nas")
    made.send(TAKEN)
    made.fail("pi")
    first, second = made.rows("sms")
    made.begin(second.id)
    made.end(second.id, Refused("wrong token", channel_broken=True))
    made.later(30)
    assert made.begin(first.id) is not None
    made.end(first.id, Delivered("delivered"))
    assert made.rows("sms")[0].state is DeliveryState.DELIVERED


def test_asking_is_no_further_try_and_keeps_the_first_moment():
    made = world()
    first = try_text(made, TAKEN)
    made.later(5)
    row = try_text(made, Accepted("taken by Twilio (sent)", {"id": "SM1"}, 10.0))
    assert (row.attempts, row.accepted_at, row.last_attempt_at) == (1, first.accepted_at, first.last_attempt_at)
    assert row.reason == "taken by Twilio (sent)"
    assert len(made.told("accepted")) == 1


def test_it_is_delivered_when_the_other_side_says_so():
    made = world()
    try_text(made, TAKEN)
    made.later(5)
    row = try_text(made, Delivered("delivered", {"id": "SM1"}))
    assert (row.state, row.unconfirmed, row.delivered_at) == (DeliveryState.DELIVERED, False, made.now)


def test_a_channel_that_took_it_works_and_one_that_fails_to_say_does_not_become_another():
    made = world()
    try_text(made, Again("no connection"))
    assert made.state.channels["sms"].failing_since is not None
    made.later(60)
    try_text(made, TAKEN)
    assert made.state.channels["sms"].failing_since is None


def test_what_was_only_taken_reaches_nobody_for_the_steps_that_wait_for_that():
    made = world(after_s=30.0)
    try_text(made, TAKEN)
    made.later(31)
    [pd] = made.rows("pd")
    assert made.begin(pd.id) is not None


def test_sm02_what_nobody_will_ever_hear_of_reaches_nobody_either():
    made = world(after_s=30.0)
    row = try_text(made, Delivered("sent, delivery unknown", confirmed=False))
    assert (row.state, row.unconfirmed) == (DeliveryState.DELIVERED, True)
    assert told(row, made.now).ok is None
    made.later(31)
    [pd] = made.rows("pd")
    assert made.begin(pd.id) is not None


def test_m3_one_that_did_not_arrive_makes_the_next_channel_fire_at_once():
    made = world(after_s=600.0)
    try_text(made, TAKEN)
    made.later(60)
    row = try_text(made, Refused("filtered by the carrier"))
    assert row.state is DeliveryState.REFUSED
    assert [due.channel for due in made.due()] == ["pd"]


def test_sm03_one_that_is_tried_once_more_keeps_nobody_waiting():
    made = world(after_s=600.0)
    try_text(made, TAKEN)
    made.later(60)
    row = try_text(made, Again("the phone is off", 60.0, receipt={"id": ""}, doubtful=True))
    assert (row.state, row.doubtful, row.accepted_at) == (DeliveryState.PENDING, True, None)
    assert made.state.channels["sms"].failing_since is None  # the channel itself works
    assert [due.channel for due in made.due()] == ["pd"]
    made.later(61)
    again = try_text(made, TAKEN)
    assert again.attempts == 2


def test_an_acknowledgement_ends_the_asking():
    made = world()
    try_text(made, TAKEN)
    made.do(ev.Acknowledge(made.incident().id, "ana", "SMS"))
    [row] = made.rows("sms")
    assert (row.state, row.unconfirmed) == (DeliveryState.DELIVERED, True)
    assert "acknowledged by ana" in row.reason


def test_a_recovery_ends_the_asking_and_an_answer_that_comes_late_changes_nothing():
    made = world()
    made.state.actions = {**made.state.actions, "sms": frozenset({Action.TRIGGER, Action.RESOLVE})}
    try_text(made, TAKEN)
    made.later(5)
    [row] = made.rows("sms")
    assert made.begin(row.id) is not None
    made.recover()
    assert made.lane("sms") == [
        (Action.TRIGGER, DeliveryState.DELIVERED),
        (Action.RESOLVE, DeliveryState.PENDING),
    ]
    made.end(row.id, Refused("too late"))
    assert made.rows("sms")[0].state is DeliveryState.DELIVERED


@pytest.mark.parametrize("asking", [False, True])
def test_a_restart_goes_on_asking_and_sends_nothing_again(asking):
    made = world()
    try_text(made, TAKEN)
    made.later(5)
    if asking:
        assert made.begin(made.rows("sms")[0].id) is not None
    made.restart()
    [row] = made.rows("sms")
    assert (row.accepted_at is not None, row.sending, row.maybe_sent, row.receipt) == (
        True,
        False,
        False,
        {"id": "SM1"},
    )
    assert row.id in [due.id for due in made.due()]


def test_a_clock_that_is_set_moves_the_asking_along():
    made = world()
    try_text(made, TAKEN)
    made.later(3600)
    made.do(ev.ClockStepped(3600))
    assert made.due() == []
    made.later(5)
    assert [due.channel for due in made.due()] == ["sms"]


@pytest.mark.parametrize(("keeps_open", "resolves"), [(True, 2), (False, 1)])
def test_a_late_duplicate_is_closed_where_it_would_stay_open_and_nobody_is_texted_the_end_twice(keeps_open, resolves):
    made = World(channels=(channel("pd", keeps_open=keeps_open),))
    made.fail()
    made.send(Again("cut off", maybe_sent=True))
    made.later(10)
    made.send(TAKEN)
    assert made.rows()[0].maybe_sent
    made.recover()
    assert [action for action, _ in made.lane()].count(Action.RESOLVE) == resolves


def test_a_channel_closed_twice_while_an_answer_is_lost_is_closed_again_later():
    made = World(monitor("nas"), channels=(channel("pd"), channel("pd2", settings="key-2")))
    made.fail()
    [row] = made.rows()
    made.begin(row.id)
    moved = [monitor("nas", channels=("pd2",))]
    made.apply(monitors=moved)
    made.end(row.id, Again("connection reset", maybe_sent=True))
    made.apply(monitors=moved)
    assert [action for action, _ in made.lane()].count(Action.RESOLVE) == 2


def test_what_is_not_needed_is_left_out_with_its_reason():
    made = world()
    row = try_text(made, NotNeeded("nobody has to be told"))
    assert (row.state, row.reason) == (DeliveryState.CANCELLED, "nobody has to be told")


def test_what_has_left_is_no_message_that_waits():
    made = world()
    try_text(made, TAKEN)
    made.later(120)
    points = {point.point: point for point in doctor(made.state, Facts(), made.now, "nas").findings}
    assert points["Messages"].verdict == "pass"


def test_the_words_for_what_is_asked_for():
    made = world()
    row = try_text(made, TAKEN)
    link = told(row, made.now + timedelta(seconds=1))
    assert link.ok is None
    assert "whether it arrives is asked for" in link.text
