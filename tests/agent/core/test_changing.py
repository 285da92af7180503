"""New settings while incidents are open: what was opened is closed where it was opened, and the rest follows."""

import pytest

from statusapp_agent.core import events as ev
from statusapp_agent.core.model import Action, Delivered, DeliveryState
from statusapp_agent.core.state import Drop, ForgetSecrets, Reschedule
from tests.support.world import LOST_ANSWER, NOT_NOW, START, WRONG_KEY, World, channel, monitor

T, A, R, CHANGE = Action.TRIGGER, Action.ACKNOWLEDGE, Action.RESOLVE, Action.CHANGE
PENDING, DELIVERED, REFUSED, CANCELLED = DeliveryState
KEY1, KEY2 = {"integration_key": 1}, {"integration_key": 2}


def down(**kwargs):
    world = World(**kwargs)
    world.fail()
    return world


def with_secret(*, failing=True, **kwargs):
    world = World(**kwargs)
    world.apply(renewed={"pd": KEY1})
    if failing:
        world.fail()
    return world


def open_there(world):
    return [each.account for each in world.there.open()]


def test_applying_the_same_twice_changes_nothing():
    world = down()
    world.send()
    before = dict(world.saved)
    world.apply()
    assert world.saved == before
    assert not world.got(Reschedule)
    assert not world.pending()


def test_a_deleted_monitor_closes_its_incident_where_it_was_told():
    world = down()
    world.send()
    world.apply(monitors=[monitor("router")])
    assert Drop("watch", "nas") in world.effects
    world.send()
    assert not world.there.open()
    assert not world.state.incidents
    assert list(world.state.watches) == ["router"]


def test_a_deleted_monitor_does_not_page_any_more():
    world = down()
    world.apply(monitors=[monitor("router")])
    world.run(100)
    assert not world.there.journal
    world.check("nas", down="refused")
    assert "nas" not in world.state.sights


def test_a_renamed_monitor_closes_the_old_incident_and_opens_its_own():
    world = down()
    world.send()
    world.apply(monitors=[monitor("store", settings="https://nas.lan")])
    world.fail("store")
    world.send()
    assert [each.key for each in world.there.open()] == [world.rows()[-1].notice["dedup_key"]]
    assert world.rows()[-1].notice["monitor"]["name"] == "store"


def test_a_changed_target_forgets_the_streak_but_keeps_the_outage():
    world = World(monitor("nas"))
    world.fail(times=2)
    world.apply(monitors=[monitor("nas", settings="https://other.lan")])
    world.check(down="refused", after=10)
    assert not world.opened()
    world.fail(times=2)
    assert len(world.opened()) == 1
    world.apply(monitors=[monitor("nas", settings="https://third.lan")])
    assert world.incident() is not None


def test_a_changed_interval_keeps_the_streak():
    world = World()
    world.fail(times=2)
    world.apply(monitors=[monitor("nas", interval_s=30.0)])
    world.check(down="refused", after=10)
    assert len(world.opened()) == 1


def test_a_moved_incident_is_closed_on_the_old_channel_and_told_to_the_new():
    two = [channel("pd"), channel("pd2", settings="key-2")]
    world = down(channels=two)
    world.send()
    world.apply(monitors=[monitor("nas", channels=("pd2",))])
    world.send()
    assert world.lane("pd") == [(T, DELIVERED), (R, DELIVERED)]
    assert world.lane("pd2") == [(T, DELIVERED)]
    assert open_there(world) == [("key-2", ())]
    world.recover()
    world.send()
    assert not world.there.open()
    assert world.lane("pd") == [(T, DELIVERED), (R, DELIVERED)]


def test_what_was_closed_there_is_not_closed_again_by_further_changes():
    two = [channel("pd"), channel("pd2", settings="key-2")]
    world = down(channels=two)
    world.send()
    for interval in (20.0, 30.0, 40.0):
        world.apply(monitors=[monitor("nas", channels=("pd2",), interval_s=interval)])
        world.send()
    assert world.lane("pd") == [(T, DELIVERED), (R, DELIVERED)]
    assert world.lane("pd2") == [(T, DELIVERED)]


@pytest.mark.parametrize("sent", [True, False])
def test_a_channel_that_is_taken_away_and_given_back_is_told_again(sent):
    two = [channel("pd"), channel("pd2", settings="key-2")]
    world = down(channels=two)
    if sent:
        world.send()
    world.apply(monitors=[monitor("nas", channels=("pd2",))])
    world.apply(monitors=[monitor("nas", channels=("pd", "pd2"))])
    world.send()
    assert sorted(open_there(world)) == [("key-1", ()), ("key-2", ())]
    world.apply(monitors=[monitor("nas", channels=("pd2", "pd"))])
    assert not world.pending()
    world.recover()
    world.run(200)
    assert not world.there.open()


def test_taken_away_given_back_and_over_before_it_could_be_sent_closes_the_first_page():
    two = [channel("pd"), channel("pd2", settings="key-2")]
    world = down(channels=two)
    world.send()
    world.apply(monitors=[monitor("nas", channels=("pd2",))])
    world.apply(monitors=[monitor("nas", channels=("pd", "pd2"))])
    world.recover()
    world.run(200)
    assert not world.there.open()


def test_who_has_it_in_hand_is_said_on_a_channel_that_hears_of_it_later():
    world = down(channels=[channel("pd"), channel("pd2", settings="key-2")])
    world.send()
    world.do(ev.Acknowledge(world.incident().id, "ann", "cli"))
    world.apply(monitors=[monitor("nas", channels=("pd", "pd2"))])
    world.send()
    assert [each.status for each in world.there.open()] == ["acknowledged"] * 2


def test_a_channel_that_hears_no_more_of_it_is_not_told_who_has_it_in_hand():
    both = [channel("pd"), channel("slack", "slack")]
    world = World(monitor("nas", channels=("pd", "slack")), channels=both)
    world.fail()
    world.send()
    world.apply(monitors=[monitor("nas")])
    world.do(ev.Snooze(world.incident().id, START.replace(hour=9), "ann", "cli"))
    world.now = START.replace(hour=9)
    world.tick(0)
    world.send()
    assert world.lane("slack") == [(T, DELIVERED), (R, DELIVERED)]


def test_a_removed_channel_lives_on_until_what_it_opened_is_closed():
    world = with_secret(channels=[channel("pd"), channel("pd2", settings="key-2")])
    world.send()
    world.apply(channels=[channel("pd2", settings="key-2")])
    assert world.state.channels["pd~1"].retired
    assert "pd" not in world.state.channels
    assert not world.got(ForgetSecrets)
    begun = world.begin(world.due()[0].id)
    assert begun[1].secret_versions == KEY1
    world.arrive(*begun)
    effects = world.end(begun[0].id, Delivered())
    assert not world.there.open()
    assert world.state.incidents
    assert not [each for each in effects if isinstance(each, ForgetSecrets)]
    world.recover()
    assert ForgetSecrets("pd", KEY1) in world.effects
    assert list(world.state.channels) == ["pd2"]


def test_a_removed_channel_with_nothing_open_goes_at_once():
    world = with_secret(failing=False)
    world.apply(channels=[channel("mail", "email")])
    assert ForgetSecrets("pd", KEY1) in world.effects
    assert list(world.state.channels) == ["mail"]


def test_a_removed_channel_that_told_nothing_yet_tells_nothing():
    world = down()
    world.apply(channels=[channel("mail", "email")])
    world.run(200)
    assert not world.there.journal
    assert not world.pending()


def test_several_incidents_that_end_with_their_channel_leave_no_trace_of_it():
    world = World(monitor("a"), monitor("b"))
    world.fail("a")
    world.fail("b")
    world.apply(monitors=[monitor("c")], channels=[channel("mail", "email")])
    assert list(world.state.channels) == ["mail"]
    assert not world.state.incidents


def test_what_belongs_to_no_incident_goes_with_its_channel():
    world = World()
    world.do(ev.ChangeHappened("new kernel", None, None, "ann"))
    world.apply(channels=[channel("mail", "email")])
    assert not world.pending()
    assert not world.state.deliveries
    world.restart()
    assert not world.pending()


def test_a_renamed_channel_is_a_new_one():
    world = with_secret()
    world.send()
    world.apply(channels=[channel("pager")], monitors=[monitor("nas", channels=("pager",))], renewed={"pager": KEY2})
    world.send()
    assert open_there(world) == [("key-1", (("integration_key", 2),))]
    world.recover()
    world.run(10)
    assert not world.there.open()
    assert list(world.state.channels) == ["pager"]


def test_after_a_new_secret_what_was_delivered_is_closed_over_the_old_one():
    world = with_secret()
    world.send()
    world.do(ev.SecretChanged("pd", KEY2, "ann"))
    assert world.lane("pd~1") == [(T, DELIVERED)]
    assert not world.pending()
    world.recover()
    begun = world.begin(world.due()[0].id)
    assert (begun[1].name, begun[1].secret_versions) == ("pd~1", KEY1)
    world.arrive(*begun)
    world.end(begun[0].id, Delivered())
    assert ForgetSecrets("pd", KEY1) in world.effects
    assert not world.there.open()
    assert world.state.channels["pd"].secret_versions == KEY2


def test_after_a_new_secret_what_was_not_sent_goes_over_the_new_one():
    world = with_secret()
    world.send(NOT_NOW)
    world.do(ev.SecretChanged("pd", KEY2, "ann"))
    assert ForgetSecrets("pd", KEY1) in world.effects
    world.run(5)
    assert open_there(world) == [("key-1", (("integration_key", 2),))]


def test_after_a_new_secret_what_may_have_arrived_goes_on_over_the_old_one():
    world = with_secret()
    world.send(LOST_ANSWER)
    world.do(ev.SecretChanged("pd", KEY2, "ann"))
    assert not world.got(ForgetSecrets)
    world.run(5)
    assert open_there(world) == [("key-1", (("integration_key", 1),))]


def test_what_is_being_sent_ends_with_the_old_secret_and_does_not_break_the_new_one():
    world = with_secret()
    number = world.due()[0].id
    world.begin(number)
    world.do(ev.SecretChanged("pd", KEY2, "ann"))
    world.end(number, WRONG_KEY)
    assert world.state.channels["pd"].broken is None
    world.send()
    assert open_there(world) == [("key-1", (("integration_key", 2),))]


def test_a_change_event_that_is_being_sent_does_not_break_the_new_secret_either():
    world = with_secret(failing=False)
    world.do(ev.ChangeHappened("new kernel", None, None, "ann"))
    number = world.due()[0].id
    world.begin(number)
    world.do(ev.SecretChanged("pd", KEY2, "ann"))
    world.end(number, WRONG_KEY)
    assert world.state.channels["pd"].broken is None
    assert not world.pending()


def test_a_new_address_without_a_new_secret_keeps_the_secret():
    world = with_secret(failing=False)
    world.apply(channels=[channel("pd", settings="other-address")])
    assert not world.got(ForgetSecrets)
    assert world.state.channels["pd"].secret_versions == KEY1
    assert list(world.state.channels) == ["pd"]


def test_only_the_secrets_that_nobody_uses_any_more_are_forgotten():
    world = World()
    world.apply(renewed={"pd": {"integration_key": 1, "api_key": 1}})
    world.do(ev.SecretChanged("pd", {"integration_key": 1, "api_key": 2}, "ann"))
    assert world.got(ForgetSecrets) == [ForgetSecrets("pd", {"api_key": 1})]


def test_two_new_secrets_in_a_row_keep_both_old_ones_apart():
    world = with_secret()
    world.send()
    world.do(ev.SecretChanged("pd", KEY2, "ann"))
    world.monitors["router"] = monitor("router")
    world.apply()
    world.fail("router")
    world.send()
    world.do(ev.SecretChanged("pd", {"integration_key": 3}, "ann"))
    assert {name for name, record in world.state.channels.items() if record.retired} == {"pd~1", "pd~2"}
    assert len(world.there.open()) == 2
    world.recover("nas")
    world.recover("router")
    world.run(10)
    assert not world.there.open()
    assert list(world.state.channels) == ["pd"]


def test_limits_and_resolving_change_in_place():
    world = down()
    world.send()
    world.apply(channels=[channel("pd", auto_resolve=False, max_per_minute=5)])
    assert list(world.state.channels) == ["pd"]
    assert world.state.channels["pd"].channel.max_per_minute == 5


def test_a_new_monitor_is_there_and_a_heartbeat_waits_from_now():
    world = World()
    world.apply(monitors=[monitor("nas"), monitor("backup", kind="heartbeat")])
    assert world.watch("backup").beat.watching_since == START
    assert world.watch("nas").beat is None


def test_secrets_of_a_channel_that_is_not_there_change_nothing():
    assert World().do(ev.SecretChanged("gone", KEY2, "ann")) == []
