"""What a resolve does to a lane, row by row; acknowledgements; what is let go."""

import pytest

from statusapp_agent.core import events as ev
from statusapp_agent.core.model import Action, Again, Delivered, DeliveryState, Step, Tier, When
from statusapp_agent.core.state import Evict, Wake
from tests.support.model_pagerduty import in_order
from tests.support.world import LOST_ANSWER, NOT_NOW, POISON, World, channel, monitor

T, A, R, U = Action.TRIGGER, Action.ACKNOWLEDGE, Action.RESOLVE, Action.UPDATE
PENDING, DELIVERED, REFUSED, CANCELLED = DeliveryState


def down(**kwargs):
    world = World(**kwargs)
    world.fail()
    return world


def ack(world, by="ann"):
    world.do(ev.Acknowledge(world.incident().id, by, "desktop"))


def key(world):
    return world.rows()[0].notice["dedup_key"]


def test_a_trigger_that_never_left_is_cancelled_and_no_resolve_is_made():
    world = down()
    world.recover()
    assert world.lane() == [(T, CANCELLED)]
    assert world.rows()[0].reason.startswith("over before it could be sent")
    assert world.got(Evict)
    assert not world.state.incidents
    world.run(300)
    assert not world.there.journal


def test_a_trigger_that_was_tried_without_leaving_is_cancelled_too():
    world = down()
    world.send(NOT_NOW)
    world.recover()
    world.run(300)
    assert world.lane(incident=world.opened()[0].id) == [(T, CANCELLED)]
    assert not world.there.journal


def test_a_resolve_waits_behind_a_trigger_that_is_being_sent():
    world = down()
    delivery, record = world.begin(world.due()[0].id)
    world.recover()
    assert world.lane() == [(T, PENDING), (R, PENDING)]
    assert not world.due()
    world.end(delivery.id, world.arrive(delivery, record))
    world.run(300)
    assert world.lane() == [(T, DELIVERED), (R, DELIVERED)]
    assert world.there.actions(key(world)) == ["trigger", "resolve"]


def test_a_trigger_that_failed_cleanly_while_it_was_over_takes_its_resolve_along():
    world = down()
    number = world.due()[0].id
    world.begin(number)
    world.recover()
    world.end(number, NOT_NOW)
    assert world.lane() == [(T, CANCELLED), (R, CANCELLED)]
    assert not world.state.incidents


@pytest.mark.parametrize("arrived", [True, False])
def test_a_trigger_whose_answer_was_lost_while_it_was_over_is_resolved_twice(arrived):
    world = down()
    delivery, record = world.begin(world.due()[0].id)
    world.recover()
    if arrived:
        world.arrive(delivery, record)
    world.end(delivery.id, LOST_ANSWER)
    world.run(300)
    assert world.lane(incident=world.opened()[0].id) == [(T, CANCELLED), (R, CANCELLED), (R, DELIVERED), (R, DELIVERED)]
    assert not world.there.open()


def test_a_trigger_that_may_have_arrived_is_cancelled_and_resolved_twice_two_minutes_apart():
    world = down()
    world.send(lambda delivery, record: world.arrive(delivery, record, outcome=LOST_ANSWER))
    world.recover()
    world.run(300)
    assert world.lane(incident=world.opened()[0].id) == [(T, CANCELLED), (R, DELIVERED), (R, DELIVERED)]
    first, second = (d.delivered_at for d in world.rows(incident=world.opened()[0].id)[1:])
    assert 119 <= (second - first).total_seconds() <= 125
    assert not world.there.open()


def test_the_second_resolve_closes_a_late_duplicate_of_the_trigger():
    world = down()
    world.send(LOST_ANSWER)
    late, record = world.deliveries_ever[1], world.state.channels["pd"]
    world.recover()
    world.run(60)
    world.arrive(late, record)
    assert len(world.there.open()) == 1
    world.run(120)
    assert not world.there.open()


def test_an_accepted_trigger_is_resolved_once():
    world = down()
    world.send()
    world.recover()
    world.run(300)
    assert world.lane() == [(T, DELIVERED), (R, DELIVERED)]


def test_an_accepted_trigger_with_an_earlier_lost_answer_is_resolved_twice():
    world = down()
    world.send(LOST_ANSWER)
    world.run(5)
    world.recover()
    world.run(300)
    assert world.lane() == [(T, DELIVERED), (R, DELIVERED), (R, DELIVERED)]


def test_a_refused_trigger_is_not_resolved():
    world = down()
    world.send(POISON)
    world.recover()
    world.run(300)
    assert world.lane(incident=world.opened()[0].id) == [(T, REFUSED)]


def test_a_refused_trigger_is_resolved_if_an_earlier_try_may_have_arrived():
    world = down()
    world.send(lambda delivery, record: world.arrive(delivery, record, outcome=LOST_ANSWER))
    world.later(5)
    world.send(POISON)
    world.recover()
    world.run(300)
    assert world.lane(incident=world.opened()[0].id) == [(T, REFUSED), (R, DELIVERED), (R, DELIVERED)]
    assert not world.there.open()


def test_a_crash_while_it_was_being_sent_counts_as_a_lost_answer():
    world = down()
    delivery, record = world.begin(world.due()[0].id)
    world.recover()
    world.restart()
    world.run(60)
    world.arrive(delivery, record)
    world.run(200)
    assert [state for action, state in world.lane() if action is R].count(DELIVERED) == 2
    assert not world.there.open()


def test_a_channel_that_closes_nothing_by_itself():
    keeps = channel("pd", auto_resolve=False)
    world = down(channels=[keeps])
    world.send()
    world.recover()
    world.run(200)
    assert world.lane() == [(T, DELIVERED)]
    assert world.told("kept_open")
    assert len(world.there.open()) == 1
    assert not world.state.incidents


def test_a_channel_that_closes_nothing_by_itself_does_not_because_an_answer_was_lost():
    world = down(channels=[channel("pd", auto_resolve=False)])
    number = world.due()[0].id
    world.begin(number)
    world.recover()
    world.end(number, LOST_ANSWER)
    world.run(200)
    assert R not in {action for action, _ in world.lane()}


def test_a_person_closes_it_on_such_a_channel_as_well():
    world = down(channels=[channel("pd", auto_resolve=False)])
    world.send()
    world.do(ev.Resolve(world.incident().id, "ann", "cli"))
    world.send()
    assert world.lane() == [(T, DELIVERED), (R, DELIVERED)]


def test_an_acknowledgement_follows_its_trigger_and_precedes_the_resolve():
    world = down()
    ack(world)
    assert world.lane() == [(T, PENDING), (A, PENDING)]
    world.send()
    world.recover()
    world.send()
    assert world.there.actions(key(world)) == ["trigger", "acknowledge", "resolve"]
    assert in_order(world.there.actions(key(world)))


def test_an_acknowledgement_is_told_once_and_goes_with_a_superseded_trigger():
    world = down()
    ack(world)
    ack(world, by="bob")
    assert world.lane() == [(T, PENDING), (A, PENDING)]
    world.recover()
    assert world.lane() == [(T, CANCELLED), (A, CANCELLED)]


TIER = Tier(
    "x",
    (
        Step(channel="pd"),
        Step(channel="mail", when=When.UNDELIVERED, after_s=120),
        Step(channel="sms", when=When.UNACKNOWLEDGED, after_s=300),
    ),
)
THREE = [channel("pd"), channel("mail", "email"), channel("sms", "sms")]


def tiered():
    world = World(monitor("nas", tier="x"), channels=THREE, tiers=[TIER])
    world.fail()
    return world


def test_a_step_for_the_unacknowledged_fires_after_its_delay():
    world = tiered()
    world.run(299)
    assert world.lane("sms") == [(T, PENDING)]
    world.run(3)
    assert world.lane("sms") == [(T, DELIVERED)]


def test_an_acknowledgement_cancels_it_at_once():
    world = tiered()
    world.run(60)
    ack(world)
    assert world.lane("sms") == [(T, CANCELLED)]
    world.run(600)
    assert world.lane("sms") == [(T, CANCELLED)]


def test_a_step_for_the_undelivered_is_not_needed_once_somebody_was_reached():
    world = tiered()
    world.run(130)
    assert world.lane("mail") == [(T, CANCELLED)]
    assert world.rows("mail")[0].reason == "not needed: pd was reached"


def test_what_follows_a_step_that_was_not_needed_is_not_sent_either():
    world = tiered()
    world.send()
    ack(world)
    world.run(130)
    assert world.lane("mail") == [(T, CANCELLED), (A, CANCELLED)]
    assert not [each for each in world.tried if each[1] == "mail"]


def test_a_step_for_the_undelivered_fires_after_its_delay_while_the_first_channel_fails():
    world = tiered()
    world.answers = lambda delivery, record: NOT_NOW if record.name == "pd" else Delivered()
    world.run(119)
    assert world.lane("mail") == [(T, PENDING)]
    world.run(3)
    assert world.lane("mail") == [(T, DELIVERED)]


def test_a_step_for_the_undelivered_fires_early_when_the_first_channel_refuses():
    world = tiered()
    world.answers = lambda delivery, record: POISON if record.name == "pd" else Delivered()
    world.send()
    assert world.lane("mail") == [(T, DELIVERED)]


def test_it_does_not_fire_early_while_another_page_is_still_hopeful():
    two = Tier("x", (Step(channel="pd"), Step(channel="pd2"), Step(channel="mail", when=When.UNDELIVERED, after_s=120)))
    world = World(monitor("nas", tier="x"), channels=[*THREE, channel("pd2")], tiers=[two])
    world.fail()
    world.send(lambda delivery, record: POISON if record.name == "pd" else NOT_NOW)
    assert world.lane("mail") == [(T, PENDING)]


def test_a_channel_is_never_told_what_its_kind_cannot_say():
    world = World(monitor("nas", channels=("sms",)), channels=THREE)
    world.fail()
    world.send()
    ack(world)
    world.recover()
    world.run(200)
    assert world.lane("sms") == [(T, DELIVERED)]
    assert not world.state.incidents


def test_nothing_is_let_go_before_all_is_said():
    world = down()
    world.send()
    world.recover()
    assert world.state.incidents
    world.send(Again("503"))
    assert world.state.incidents
    world.run(10)
    assert not world.state.incidents
    assert not world.state.deliveries
    assert not world.pending()


def test_whatever_is_queued_wakes_its_courier():
    world = down()
    assert Wake("pd") in world.effects
    number = world.due()[0].id
    world.begin(number)
    world.end(number, NOT_NOW)
    assert Wake("pd") in world.effects


def test_a_reminder_after_a_snooze_goes_where_the_page_arrived():
    world = World(
        monitor("nas", channels=("pd", "slack", "mail")),
        channels=[channel("pd"), channel("slack", "slack"), channel("mail", "email")],
    )
    world.fail()
    world.send(lambda delivery, record: NOT_NOW if record.name == "mail" else Delivered())
    until = world.now.replace(hour=9, minute=0)
    world.do(ev.Snooze(world.incident().id, until, "ann", "cli"))
    world.now = until
    world.tick(0)
    assert (U, PENDING) in world.lane("slack")
    assert U not in {action for action, _ in world.lane("mail")}
    assert world.incident().status == "open"


def reminded():
    world = down()
    world.send()
    world.do(ev.Snooze(world.incident().id, world.now, "ann", "cli"))
    world.send()
    world.tick(1)
    assert world.lane()[-1] == (U, PENDING)
    return world


def test_a_reminder_that_may_have_arrived_is_followed_by_two_resolves():
    world = reminded()
    world.send(LOST_ANSWER)
    late, record = world.rows()[-1], world.state.channels["pd"]
    world.recover()
    assert world.lane()[2] == (U, CANCELLED)
    world.run(60)
    world.arrive(late, record)
    world.run(200)
    assert not world.there.open()


def test_a_reminder_that_was_being_sent_at_the_end_is_not_sent_again():
    world = reminded()
    delivery, record = world.begin(world.due()[0].id)
    world.recover()
    world.restart()
    world.run(60)
    world.arrive(delivery, record)
    world.run(200)
    assert not world.there.open()
    assert [action for _, _, action in world.tried].count(U) == 1
