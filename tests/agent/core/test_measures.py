"""What else a range says: by hand where it is tricky, and availability second by second."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statusapp_agent.core.measures import Told, availability, change, is_sleep, is_work, measures
from statusapp_agent.core.model import Purpose, Scope
from tests.support.outages import START, at, dark, incident

BERLIN = ZoneInfo("Europe/Berlin")


def told(*incidents, after_s=1.0, escalated=False):
    return {each.id: Told(each.opened_at + timedelta(seconds=after_s), escalated) for each in incidents}


def test_nothing_to_count_is_no_figure():
    found = measures([], [], {})
    assert found.page_latency_s is None
    assert (found.escalated, found.reopened, found.false_alarms, found.sleep_hours, found.after_hours) == (0,) * 5


def test_a_page_that_nobody_took_in_time_is_in_no_latency():
    paged, unpaged = incident(1, over=900), incident(2, 1000, over=900)
    found = measures([paged, unpaged], [], {**told(paged, after_s=3.0), unpaged.id: Told()})
    assert found.page_latency_s is not None
    assert (found.page_latency_s.mean, found.page_latency_s.count) == (3.0, 1)


@pytest.mark.parametrize(
    ("fate", "is_one"),
    [
        ({"over": 300}, True),
        ({"over": 301}, False),
        ({"over": 60, "acked": 10}, False),  # somebody got up for it
        ({"over": 60, "resolved_via": "cli"}, False),  # by hand: it was no false alarm to that person
        ({}, False),
    ],
)
def test_a_false_alarm_goes_by_itself_before_anybody_could_act(fate, is_one):
    one = incident(1, **fate)
    assert measures([one], [], told(one)).false_alarms == int(is_one)
    assert measures([one], [], {}).false_alarms == 0  # nobody was paged


def test_drills_tests_and_merged_ones_count_nowhere():
    rows = [
        incident(1, over=60, purpose=Purpose.DRILL),
        incident(2, over=60, purpose=Purpose.TEST),
        incident(3, over=60, merged_into="i9"),
    ]
    found = measures(rows, [], told(*rows, escalated=True))
    assert (found.false_alarms, found.escalated, found.sleep_hours, found.after_hours) == (0, 0, 0, 0)
    assert found.page_latency_s is None


def test_reopened_looks_back_across_the_border_of_the_range():
    before = incident(1, -3600, over=1800)  # over half an hour before the start
    near, far, other = incident(2, 0, over=60), incident(3, 7200), incident(4, 0, monitor="router")
    assert measures([near, far, other], [before], {}).reopened == 1
    assert measures([near, far, other], [], {}).reopened == 0


def test_nights_are_local_and_by_the_arrival_of_the_page():
    late = incident(1, opened_at=datetime(2026, 7, 1, 20, 59, 59, tzinfo=UTC))  # 22:59:59 in Berlin
    early = incident(2, opened_at=datetime(2026, 7, 1, 19, 59, 59, tzinfo=UTC))  # 21:59:59; its page comes at 22:00
    rows = [late, early]
    assert measures(rows, [], told(*rows), BERLIN).sleep_hours == 2
    assert measures(rows, [], told(*rows), UTC).sleep_hours == 0
    assert measures(rows, [], told(*rows), BERLIN).after_hours == 2


@pytest.mark.parametrize(
    ("hour", "sleep", "work"),
    [(6, True, False), (7, False, False), (9, False, True), (16, False, True), (17, False, False), (22, True, False)],
)
def test_hours_begin_on_the_hour_and_end_before_it(hour, sleep, work):
    monday = datetime(2026, 3, 2, hour, 0, tzinfo=BERLIN)
    assert (is_sleep(monday), is_work(monday)) == (sleep, work)
    assert not is_work(monday + timedelta(days=5))


@pytest.mark.parametrize(
    ("now", "before", "share"),
    [(15.0, 10.0, 0.5), (5.0, 10.0, -0.5), (1.0, 0, None), (None, 1.0, None), (1.0, None, None)],
)
def test_a_change_needs_something_to_compare_with(now, before, share):
    assert change(now, before) == share


def test_a_monitor_that_was_never_seen_has_no_availability():
    found = availability({"nas": (at(0), Scope.LAN)}, [], [dark(-10, None)], at(0), at(100), at(200))
    assert found[0].share is None


def test_an_outage_that_spans_the_range_is_cut_at_its_ends():
    whole = incident(1, -500, over=10_000)
    (found,) = availability({"nas": (at(-900), Scope.LAN)}, [whole], [], at(0), at(100), at(200))
    assert (found.seen_s, found.down_s, found.share) == (100.0, 100.0, 0.0)


def test_real_seconds_over_a_change_of_the_clocks():
    since = datetime(2026, 3, 29, 0, 0, tzinfo=BERLIN)  # 23 hours long
    found = availability(
        {"nas": (since, Scope.LAN)}, [], [], since, since + timedelta(days=1), since + timedelta(days=2)
    )
    assert found[0].seen_s == 23 * 3600


short = st.integers(-30, 60)
outages = st.lists(
    st.builds(
        lambda n, opened, over, acked: incident(n, opened, detected=5, over=over, acked=acked),
        st.integers(1, 999),
        short,
        st.none() | st.integers(0, 40),
        st.none(),
    ),
    max_size=4,
)
blinds = st.lists(
    st.builds(lambda b, n, s: dark(b, None if n > 25 else b + max(0, n), s), short, short, st.sampled_from(Scope)),
    max_size=3,
)


@settings(max_examples=60, deadline=None)
@given(outages, blinds, short, st.integers(1, 60), short, st.sampled_from(Scope))
def test_availability_agrees_with_looking_at_every_second(rows, blind, first, length, watched, scope):
    since, until, now = at(first), at(first + length), at(70)
    (found,) = availability({"nas": (at(watched), scope)}, rows, blind, since, until, now)

    def is_dark(second):
        return any(
            each.began_at <= second < (each.ended_at or now) and each.scope in (Scope.HOST, scope) for each in blind
        )

    def is_down(second):
        return any(each.began_at <= second < (each.resolved_at or now) for each in rows)

    seconds = [START + timedelta(seconds=n) for n in range(first, first + length)]
    seen = [second for second in seconds if at(watched) <= second < now and not is_dark(second)]
    assert found.seen_s == len(seen)
    assert found.down_s == sum(is_down(second) for second in seen)
