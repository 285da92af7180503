"""When the next try is due, and who goes first."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from statusapp_agent.core.model import Action, Again, Delivery, Incident, IncidentStatus, Severity
from statusapp_agent.core.retry import LONGEST_HOLD_S, due_at, heads, hold_s, in_order, retry_delay_s
from tests.support.world import NOT_NOW, START, World

SECOND = timedelta(seconds=1)


def delivery(number=1, attempts=1, **changes):
    return Delivery(number, "pd", Action.TRIGGER, {}, START, attempts=attempts, **changes)


def test_ten_tries_fit_into_the_first_minute():
    for number in range(1, 60):
        age, tries = 0.0, 1
        while age < 60:
            age += retry_delay_s(delivery(number, tries), age, NOT_NOW)
            tries += 1
        assert 9 <= tries <= 14


@pytest.mark.parametrize("age", [0, 60, 299, 300, 1000, 1500, 36_000, 864_000, -7200])
@pytest.mark.parametrize("attempts", [0, 1, 5, 500])
def test_no_two_tries_are_more_than_a_minute_apart(age, attempts):
    for number in range(200):
        assert 0.5 <= retry_delay_s(delivery(number, attempts), age, NOT_NOW) <= 60


def test_what_time_rarely_mends_is_tried_slowly_from_the_start():
    assert 48 <= retry_delay_s(delivery(), 0, Again("expired certificate", slow=True)) <= 72


@pytest.mark.parametrize(("asked", "least", "most"), [(120, 120, 120), (0, 0.5, 2), (-1, 0.5, 2), (1e9, 900, 900)])
def test_what_the_other_side_asks_for_is_kept_to_within_reason(asked, least, most):
    assert least <= retry_delay_s(delivery(), 0, Again("503", after_s=asked)) <= most


def test_deliveries_do_not_march_in_step():
    assert len({retry_delay_s(delivery(number), 0, NOT_NOW) for number in range(50)}) > 40


@pytest.mark.parametrize(("asked", "kept"), [(45, 45), (-1, 1), (0, 1), (1e9, LONGEST_HOLD_S)])
def test_a_hold_lasts_as_long_as_asked_and_at_most_15_minutes(asked, kept):
    assert hold_s(Again("429", after_s=asked), 3, 1) == kept


def test_a_hold_without_a_time_begins_with_half_a_minute_and_grows():
    for number in range(50):
        waits = [hold_s(Again("429"), times, number) for times in range(9)]
        assert waits[0] >= 30
        assert all(later > earlier for earlier, later in pairwise(waits[:5]))
        assert max(waits) <= LONGEST_HOLD_S


def test_when_a_delivery_is_due():
    assert due_at(delivery(), START) == START
    both = delivery(not_before=START + 5 * SECOND, next_attempt_at=START + 3 * SECOND)
    assert due_at(both, START) == START + 5 * SECOND


def test_only_the_first_of_each_lane_may_be_tried():
    rows = [
        delivery(4, incident="a"),
        delivery(2, incident="a"),
        delivery(3, incident="b"),
        replace(delivery(5, incident="a"), channel="mail"),
        delivery(6),
        delivery(7),
    ]
    assert [each.id for each in heads(rows)] == [2, 3, 5, 6, 7]


def _incident(name, severity=Severity.CRITICAL, status=IncidentStatus.OPEN):
    return Incident(name, 1, name, severity, "x", START, START, status)


def test_pages_of_open_incidents_go_first_then_the_worst_then_the_oldest():
    incidents = {name: _incident(name) for name in "abc"} | {"over": _incident("over", status=IncidentStatus.RESOLVED)}
    rows = [
        replace(delivery(1, incident="over"), action=Action.RESOLVE),
        delivery(2, incident="over"),
        delivery(3, incident="a", severity=Severity.WARNING),
        delivery(5, incident="c"),
        delivery(4, incident="b"),
        delivery(6),
    ]
    assert [each.id for each in in_order(rows, incidents, failing=False)] == [4, 5, 3, 1, 2, 6]


def test_while_a_channel_fails_what_was_tried_least_goes_first():
    incidents = {name: _incident(name) for name in "ab"}
    rows = [delivery(1, attempts=7, incident="a"), delivery(2, attempts=0, incident="b", severity=Severity.INFO)]
    assert [each.id for each in in_order(rows, incidents, failing=True)] == [2, 1]
    assert [each.id for each in in_order(rows, incidents, failing=False)] == [1, 2]


def test_a_page_leaves_within_a_minute_of_the_moment_the_road_is_open_again():
    world = World()
    world.fail()
    world.run(3 * 3600, NOT_NOW)
    back = world.now
    world.run(61)
    assert (world.rows()[0].delivered_at - back).total_seconds() <= 60
