"""A budget for the month and a cap for storms: the first critical page always goes, the pause is announced once."""

from datetime import timedelta

from statusapp_agent.core import events as ev
from statusapp_agent.core.budget import current, spend
from statusapp_agent.core.model import Action, Again, Budget, Delivered, DeliveryState, Severity, Spent, Usage
from tests.support.world import START, World, channel, monitor

SENT = Delivered("sent", spent=1)
MONTH, HOUR, MINE = 8, 6, 4
BOTH = frozenset({Action.TRIGGER, Action.RESOLVE, Action.TEST})


def world(*names, severity=Severity.CRITICAL, budget=None):
    """Monitors that text and nothing else, on a channel with a budget."""
    budget = budget or Budget(MONTH, HOUR, MINE)
    made = World(
        *(monitor(name, channels=("sms",), severity=severity, flap_after=0) for name in names or ("nas",)),
        channels=(channel("sms", "sms", budget=budget),),
    )
    made.state.actions = {**made.state.actions, "sms": BOTH}
    return made


def outage(made, name="nas", every=10.0):
    """Let a monitor fail and recover, with all texts that may leave leaving."""
    made.fail(name, every=every)
    made.send(SENT)
    made.recover(name, every=every)
    made.send(SENT)


def texts(made):
    return [row for row in made.rows("sms") if row.state is DeliveryState.DELIVERED]


def test_sm10_fifty_changes_an_hour_cost_what_one_monitor_may_and_no_more():
    made = world()
    for _ in range(25):
        outage(made)
    assert len(texts(made)) == MINE + 1
    assert len(made.told("paused")) == 1
    held = [row for row in made.rows("sms") if row.state is DeliveryState.REFUSED]
    assert held
    assert all("held back until" in row.reason for row in held)


def test_the_page_that_begins_the_pause_says_until_when():
    made = world()
    for _ in range(5):
        outage(made)
    announced = [row for row in made.rows("sms") if "paused_until" in row.notice]
    assert len(announced) == 1
    assert announced[0].state is DeliveryState.DELIVERED
    assert announced[0].notice["paused_until"] > made.rows("sms")[0].notice["at"]


def test_the_first_critical_page_of_another_monitor_passes_the_cap():
    made = world("a", "b", "c", "d")
    for name in ("a", "b", "c"):
        outage(made, name)
    assert len(texts(made)) == HOUR
    made.fail("d")
    made.send(SENT)
    assert made.rows("sms")[-1].state is DeliveryState.DELIVERED
    assert "paused_until" not in made.rows("sms")[-1].notice


def test_what_is_not_critical_does_not_pass():
    made = world("a", "b", "c", "d", severity=Severity.WARNING)
    for name in ("a", "b", "c"):
        outage(made, name)
    made.fail("d")
    made.send(SENT)
    assert "paused_until" in made.rows("sms")[-1].notice
    made.recover("d")
    made.fail("d")
    made.send(SENT)
    assert made.rows("sms")[-1].state is DeliveryState.REFUSED


def test_over_the_months_budget_the_first_critical_page_of_an_hour_goes():
    made = world("a", "b", budget=Budget(2, 100, 100))
    outage(made, "a")
    assert len(texts(made)) == 2
    outage(made, "b")
    outage(made, "b")
    assert made.rows("sms")[-1].state is DeliveryState.REFUSED
    assert "of this month are used up" in made.rows("sms")[-1].reason
    made.later(3700)
    made.fail("a")
    made.send(SENT)
    assert made.rows("sms")[-1].state is DeliveryState.DELIVERED


def test_there_is_room_again_after_an_hour_and_in_a_new_month():
    usage = spend(Usage(), START, "nas", 3)
    assert (usage.sent, len(usage.recent)) == (3, 1)
    later = current(usage, START + timedelta(hours=1))
    assert (later.sent, later.recent) == (3, ())
    assert current(usage, START + timedelta(days=31)).sent == 0


def test_a_clock_that_was_set_back_forgets_nothing():
    usage = spend(Usage(), START, "nas", 1)
    assert current(usage, START - timedelta(minutes=5)).recent == (Spent(START, "nas", 1),)


def test_a_restart_and_new_settings_are_no_new_purse():
    made = world()
    for _ in range(3):
        outage(made)
    made.restart()
    made.state.actions = {**made.state.actions, "sms": BOTH}
    assert made.state.channels["sms"].usage.sent == MINE + 1
    made.apply(channels=[channel("sms", "sms", settings="key-2", budget=Budget(MONTH, HOUR, MINE))])
    assert made.state.channels["sms"].usage.sent == MINE + 1
    outage(made)
    assert len(texts(made)) == MINE + 1


def test_what_is_leaving_counts_before_its_end_is_known():
    made = world("a", "b", "c", "d", severity=Severity.WARNING, budget=Budget(2, 100, 100))
    for name in ("a", "b", "c"):
        made.fail(name)
    begun = [made.begin(row.id) for row in made.due()]
    assert [each is not None for each in begun] == [True, True, True]
    assert ["paused_until" in row.notice for row in made.rows("sms")] == [False, False, True]
    made.fail("d")
    assert [made.begin(row.id) for row in made.due()] == [None]


def test_a_test_is_sent_whatever_the_budget_says_and_costs_what_it_costs():
    made = world(budget=Budget(1, 1, 1))
    outage(made)
    made.do(ev.TestChannel("sms", "test-1", quiet=False, by="ana"))
    made.send(SENT)
    assert made.state.channels["sms"].test_ok
    assert made.state.channels["sms"].usage.sent > 1


def test_a_second_try_is_not_judged_again():
    made = world("a", "b", severity=Severity.WARNING, budget=Budget(1, 1, 1))
    made.fail("a")
    made.send(Again("no connection"))
    made.fail("b")
    made.send(SENT)
    made.run(120, SENT)
    assert [row.state for row in made.rows("sms")] == [DeliveryState.DELIVERED] * 2


def test_a_channel_without_a_budget_is_not_counted_for():
    made = World(monitor("nas", channels=("sms",), flap_after=0), channels=(channel("sms", "sms"),))
    for _ in range(20):
        outage(made)
    assert len(texts(made)) == 20
