"""A delivery's turn and its end: tries, holds, broken channels that are mended, and tests that leave nothing open."""

from datetime import timedelta

import pytest

from statusapp_agent.core import events as ev
from statusapp_agent.core.incident import NotAllowedError
from statusapp_agent.core.model import Action, Again, Delivered, DeliveryState, Purpose, Step, Tier, When
from statusapp_agent.core.state import Send
from tests.support.world import (
    LOST_ANSWER,
    NOT_NOW,
    POISON,
    TOO_OFTEN,
    WRONG_KEY,
    World,
    channel,
    monitor,
)

T, A, R, TEST, CHANGE = Action.TRIGGER, Action.ACKNOWLEDGE, Action.RESOLVE, Action.TEST, Action.CHANGE
PENDING, DELIVERED, REFUSED, CANCELLED = DeliveryState


def down(*names, **kwargs):
    names = names or ("nas",)
    world = World(*(monitor(name) for name in names), **kwargs)
    for name in names:
        world.fail(name)
    return world


def test_a_try_is_written_down_before_it_is_sent():
    world = down()
    effects = world.do(ev.Attempting(1))
    kinds = [type(each).__name__ for each in effects]
    assert kinds.index("Save") < kinds.index("Send")
    sent = next(each for each in effects if isinstance(each, Send)).delivery
    assert (sent.attempts, sent.sending, sent.last_attempt_at) == (1, True, world.now)
    assert world.saved["delivery", 1] == sent


def test_a_second_turn_for_what_is_being_sent_does_nothing():
    world = down()
    world.begin(1)
    assert world.do(ev.Attempting(1)) == []
    assert world.do(ev.Attempting(99)) == []


def test_an_end_that_nobody_waits_for_changes_nothing():
    world = down()
    assert world.end(1, Delivered()) == []
    assert world.lane() == [(T, PENDING)]


def test_a_lost_answer_is_remembered_through_all_later_tries():
    world = down()
    world.send(LOST_ANSWER)
    world.run(3, NOT_NOW)
    row = world.rows()[0]
    assert row.maybe_sent
    assert row.attempts >= 2
    assert row.reason == "connection refused"


def test_every_try_says_the_same():
    world = down()
    before = world.rows()[0].notice
    world.run(60, NOT_NOW)
    world.send()
    assert world.rows()[0].notice is before


def test_what_waits_is_told_in_the_story_when_its_reason_changes():
    world = down()
    world.run(30, NOT_NOW)
    world.run(30, Again("503"))
    assert len(world.told("delayed")) == 2


def test_a_hold_is_noted_grows_and_ends_with_an_answer():
    world = down()
    held = []
    for _ in range(4):
        world.send(TOO_OFTEN)
        record = world.state.channels["pd"]
        assert not world.due()
        held.append((record.held_until - world.now).total_seconds())
        world.now = record.held_until
    assert held[0] >= 30
    assert held == sorted(held)
    world.send()
    record = world.state.channels["pd"]
    assert (record.held_until, record.held_count, record.failing_since) == (None, 0, None)


def test_what_the_other_side_asks_for_holds_the_whole_channel():
    world = down("nas", "router")
    world.send(Again("429", after_s=45, hold_channel=True))
    assert len(world.tried) == 1
    world.run(44)
    assert len(world.tried) == 1
    world.run(2)
    assert len(world.tried) == 3


def test_answers_to_tries_that_were_on_their_way_together_are_one_hold():
    world = down("a", "b", "c", "d")
    numbers = [each.id for each in world.due()]
    for number in numbers:
        world.begin(number)
    for number in numbers:
        world.end(number, TOO_OFTEN)
    record = world.state.channels["pd"]
    assert record.held_count == 1
    assert (record.held_until - world.now).total_seconds() <= 36


def test_a_channel_that_answers_again_is_asked_for_the_rest_at_once():
    world = down("a", "b")
    world.run(600, NOT_NOW)
    world.later(60)
    first = world.due()[0]
    world.begin(first.id)
    world.end(first.id, Delivered())
    world.send()
    assert {state for _, state in world.lane()} == {DELIVERED}
    assert len({row.delivered_at for row in world.rows()}) == 1


def test_a_poisonous_message_hinders_no_other():
    world = down("a", "b")
    world.send(lambda delivery, record: POISON if delivery.id == 1 else Delivered())
    assert world.lane() == [(T, REFUSED), (T, DELIVERED)]
    assert world.state.channels["pd"].broken is None
    assert world.told("refused") == ["pd: trigger refused: 400: this message"]


# A broken channel, mended


def broken(*names):
    world = down(*names)
    world.send(WRONG_KEY)
    return world


def test_a_broken_channel_is_not_flooded():
    world = broken("a", "b", "c")
    assert len(world.tried) == 1
    assert world.lane() == [(T, REFUSED)] * 3
    assert world.state.channels["pd"].broken == "400: invalid routing key"
    assert "not sent, the channel is broken" in world.rows()[2].reason


def test_a_broken_channel_sends_the_page_elsewhere():
    tier = Tier("x", (Step(channel="pd"), Step(channel="mail", when=When.UNDELIVERED, after_s=120)))
    world = World(monitor("nas", tier="x"), channels=[channel("pd"), channel("mail", "email")], tiers=[tier])
    world.fail()
    world.send(lambda delivery, record: WRONG_KEY if record.name == "pd" else Delivered())
    assert world.lane("mail") == [(T, DELIVERED)]


def begin_test(world, name="pd", quiet=False):
    world.do(ev.TestChannel(name, f"{len(world.ever):032x}", quiet, "ann"))


def test_a_test_that_succeeds_pages_every_open_incident_again_exactly_once():
    world = broken("a", "b")
    begin_test(world)
    world.send()
    assert world.state.channels["pd"].broken is None
    pages = [row for row in world.rows() if row.action is T]
    assert [row.state for row in pages] == [REFUSED, REFUSED, DELIVERED, DELIVERED]
    begin_test(world)
    world.run(300)
    assert sum(row.action is T for row in world.rows()) == 4
    assert len(world.there.open()) == 2


def test_a_test_that_fails_pages_nobody():
    world = broken("a")
    begin_test(world)
    world.send(WRONG_KEY)
    assert [row.action for row in world.rows()] == [T, TEST]
    assert world.state.channels["pd"].broken


def test_a_quiet_test_mends_as_well():
    world = broken("a")
    begin_test(world, quiet=True)
    world.send()
    assert len(world.there.open()) == 1


def test_a_new_secret_pages_every_open_incident_again_exactly_once():
    world = broken("a", "b")
    world.do(ev.SecretChanged("pd", {"integration_key": 2}, "ann"))
    world.run(200)
    assert len(world.there.open()) == 2
    world.do(ev.SecretChanged("pd", {"integration_key": 3}, "ann"))
    world.run(200)
    assert len(world.there.incidents) == 2


def test_what_is_over_is_not_paged_again():
    world = broken("a")
    world.recover("a")
    world.do(ev.SecretChanged("pd", {"integration_key": 2}, "ann"))
    world.run(200)
    assert not world.there.journal


def test_who_has_it_in_hand_is_said_when_it_is_paged_again():
    world = broken("a")
    world.do(ev.Acknowledge(world.incident("a").id, "ann", "cli"))
    world.do(ev.SecretChanged("pd", {"integration_key": 2}, "ann"))
    world.send()
    assert [each.status for each in world.there.incidents] == ["acknowledged"]


def test_a_mended_channel_is_left_alone_by_monitors_that_do_not_notify_it_any_more():
    world = World(channels=[channel("pd"), channel("pd2", settings="key-2")])
    world.fail()
    world.send(WRONG_KEY)
    world.apply(monitors=[monitor("nas", channels=("pd2",))])
    world.do(ev.SecretChanged("pd", {"integration_key": 2}, "ann"))
    world.send()
    assert [each.account[0] for each in world.there.open()] == ["key-2"]
    world.apply(monitors=[monitor("nas", channels=("pd", "pd2"))], renewed={"pd": {"integration_key": 3}})
    world.send()
    assert len(world.there.open()) == 2


def test_a_page_with_a_lost_answer_that_was_refused_then_is_paged_over_the_new_secret_and_closed_on_both():
    world = down()
    world.send(lambda delivery, record: world.arrive(delivery, record, outcome=LOST_ANSWER))
    world.later(5)
    world.send(WRONG_KEY)
    world.do(ev.SecretChanged("pd", {"integration_key": 2}, "ann"))
    world.send()
    assert len(world.there.open()) == 2
    world.recover()
    world.run(300)
    assert not world.there.open()


def test_a_page_that_is_refused_after_its_channel_was_replaced_goes_over_the_new_one():
    world = down()
    world.send(LOST_ANSWER)
    world.do(ev.SecretChanged("pd", {"integration_key": 2}, "ann"))
    world.later(5)
    world.send(lambda delivery, record: WRONG_KEY if record.retired else world.arrive(delivery, record))
    assert [each.account[1] for each in world.there.open()] == [(("integration_key", 2),)]


def test_a_paged_again_incident_that_ends_first_still_closes_what_an_earlier_try_may_have_opened():
    world = down()
    world.send(lambda delivery, record: world.arrive(delivery, record, outcome=LOST_ANSWER))
    world.later(5)
    world.send(WRONG_KEY)
    begin_test(world)
    test = next(each for each in world.due() if each.action is TEST)
    world.begin(test.id)
    world.end(test.id, Delivered())
    assert {row.action for row in world.pending()} == {R, T}
    world.recover()
    world.run(300)
    assert not world.there.open()


def test_a_resolve_waits_for_a_broken_channel_to_be_mended():
    world = down("a", "b")
    world.send(lambda delivery, record: world.arrive(delivery, record) if delivery.id == 1 else WRONG_KEY)
    assert len(world.there.open()) == 1
    world.recover("a")
    world.run(7300, WRONG_KEY)
    assert len(world.tried) == 2
    begin_test(world)
    world.run(200)
    assert [each.key for each in world.there.open()] == [world.rows()[1].notice["dedup_key"]]


def test_a_resolve_that_finds_the_key_revoked_waits_too_and_is_given_up_with_the_key():
    world = down()
    world.send()
    world.recover()
    world.send(WRONG_KEY)
    assert world.lane() == [(T, DELIVERED), (R, PENDING)]
    world.do(ev.SecretChanged("pd", {"integration_key": 2}, "ann"))
    world.send(WRONG_KEY)
    assert world.rows("pd~1")[-1].state is REFUSED
    assert not world.state.incidents
    assert "pd~1" not in world.state.channels


# Tests of a channel


def over(world):
    """All tests are over, nothing of them is on its way and nothing is open at the other side."""
    return not world.state.incidents and not world.pending() and not world.there.open()


def result(world, name="pd"):
    record = world.state.channels[name]
    return record.test_ok, record.test_reason


def test_a_test_is_a_page_that_closes_itself():
    world = World()
    begin_test(world)
    incident = next(iter(world.state.incidents.values()))
    assert incident.purpose is Purpose.TEST
    world.send()
    assert world.lane() == [(TEST, DELIVERED), (R, DELIVERED)]
    assert world.there.actions(world.rows()[0].notice["dedup_key"]) == ["trigger", "resolve"]
    assert (result(world), over(world)) == ((True, "accepted"), True)


@pytest.mark.parametrize("refusal", [POISON, WRONG_KEY])
def test_a_refused_test_says_why(refusal):
    world = World()
    begin_test(world)
    world.send(refusal)
    assert world.lane() == [(TEST, REFUSED)]
    assert (result(world), over(world)) == ((False, refusal.reason), True)


@pytest.mark.parametrize(("outcome", "arrives"), [(NOT_NOW, False), (LOST_ANSWER, False), (LOST_ANSWER, True)])
@pytest.mark.parametrize("quiet", [False, True])
def test_a_test_that_nobody_answers_ends_when_it_is_stale(outcome, arrives, quiet):
    world = World()
    begin_test(world, quiet=quiet)

    def answer(delivery, record):
        if delivery.action is R:
            return world.arrive(delivery, record)
        return world.arrive(delivery, record, outcome=outcome) if arrives else outcome

    world.answers = answer
    world.run(290)
    assert result(world) == (None, None)
    world.run(400)
    ok, reason = result(world)
    assert ok is False
    assert outcome.reason in reason
    assert over(world)


@pytest.mark.parametrize("moment", ["queued", "sending", "answered", "sent"])
@pytest.mark.parametrize("arrives", [False, True])
@pytest.mark.parametrize("away_s", [1, 1000])
def test_a_restart_in_the_middle_of_a_test_leaves_nothing_open(moment, arrives, away_s):
    world = World()
    begin_test(world)
    if moment == "sent":
        world.send()
    elif moment != "queued":
        delivery, record = world.begin(1)
        if arrives:
            world.arrive(delivery, record)
        if moment == "answered":
            world.end(1, Delivered() if arrives else NOT_NOW)
    world.later(away_s)
    world.restart()
    world.run(300)
    assert over(world)
    assert result(world)[0] in (True, False)


def test_a_test_goes_through_a_broken_channel_and_past_a_page():
    world = broken("a")
    begin_test(world)
    assert [each.action for each in world.due()] == [TEST]
    world.send()
    assert result(world) == (True, "accepted")


def test_a_test_of_a_channel_that_is_replaced_meanwhile_ends_with_the_old_one():
    world = World()
    begin_test(world)
    world.begin(1)
    world.do(ev.SecretChanged("pd", {"integration_key": 2}, "ann"))
    world.end(1, WRONG_KEY)
    world.run(200)
    assert over(world)
    assert world.state.channels["pd"].broken is None
    assert list(world.state.channels) == ["pd"]


def test_a_kind_that_cannot_be_tested_quietly_says_so():
    world = World(channels=[channel("mail", "email")])
    with pytest.raises(NotAllowedError, match="cannot do a quiet test"):
        begin_test(world, "mail", quiet=True)
    with pytest.raises(NotAllowedError, match="no channel 'gone'"):
        begin_test(world, "gone")
    assert not world.state.incidents


def test_a_test_that_nobody_waits_for_any_more_can_be_closed_by_hand():
    world = World()
    begin_test(world)
    world.do(ev.Resolve(next(iter(world.state.incidents)), "ann", "cli"))
    assert over(world)


def test_turning_pages_away_wakes_the_courier_for_what_is_behind():
    world = down()
    number = world.due()[0].id
    world.begin(number)
    world.recover()
    world.restart()
    world.do(ev.Attempting(number))
    assert any(type(each).__name__ == "Wake" for each in world.effects)
    assert world.pending()[0].created_at <= world.now + timedelta(seconds=1)
