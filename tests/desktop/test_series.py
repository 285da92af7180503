"""The series behind the charts: pure, so they are tried with every kind of range."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statusapp_desktop.series import Item, busiest, by_monitor, grain_of, heat, item_of, spread, steps, summary, trend

BERLIN = ZoneInfo("Europe/Berlin")
T0 = datetime(2026, 10, 19, tzinfo=UTC)


def item(minutes: float = 0.0, ack: float | None = None, mend: float | None = None, monitor: str = "nas") -> Item:
    return Item(f"{minutes}", monitor, T0 + timedelta(minutes=minutes), ack, mend, None)


items = st.lists(
    st.builds(item, st.integers(0, 60_000), st.none() | st.floats(0, 1e6), st.none() | st.floats(0, 1e6)), max_size=60
)


@given(items, st.sampled_from(["day", "week"]))
def test_every_incident_of_the_range_is_in_one_bucket(found: list[Item], grain: str):
    until = T0 + timedelta(days=20)
    buckets = trend(found, T0, until, grain, BERLIN)
    told = [each for bucket in buckets for each in bucket.incidents]
    assert sorted(told) == sorted(each.id for each in found if each.opened_at < until)
    gaps = {later.starts - sooner.starts for sooner, later in zip(buckets, buckets[1:], strict=False)}
    assert gaps <= {timedelta(days=1 if grain == "day" else 7)}


def test_weeks_begin_on_monday_in_the_zone_even_when_the_clock_changes():
    late_sunday = Item("x", "nas", datetime(2026, 10, 25, 22, 30, tzinfo=UTC), 60.0, None, None)
    still_sunday = Item("y", "nas", datetime(2026, 10, 25, 23, 30, tzinfo=UTC), None, 30.0, None)
    buckets = trend([late_sunday, still_sunday], T0, T0 + timedelta(days=14), "week", BERLIN)
    assert [bucket.starts for bucket in buckets][:2] == [date(2026, 10, 19), date(2026, 10, 26)]
    # 23:30 in Berlin is winter's Sunday; an hour later it is Monday.
    assert buckets[0].incidents == ("x",)
    assert buckets[1].incidents == ("y",)
    assert buckets[0].resolve is None
    assert buckets[1].ack is None


def test_percentiles_are_nearest_rank_and_nothing_is_none():
    told = summary([None, 10.0, 20.0, 30.0, 40.0])
    assert told is not None
    assert (told.mean, told.p50, told.p90, told.count) == (25.0, 20.0, 40.0, 4)
    assert summary([None]) is None


@given(items)
def test_the_spread_counts_everyone_once(found: list[Item]):
    told = spread(found)
    assert sum(told.counts) + told.never == len(found)
    assert len(told.counts) <= 13


def test_never_acknowledged_is_no_class_of_its_own():
    told = spread([item(ack=0.0), item(ack=59.0), item()])
    assert told.never == 1
    assert sum(told.counts) == 2


@given(items)
def test_the_heat_map_counts_everyone_once(found: list[Item]):
    table = heat(found, BERLIN)
    assert sum(map(sum, table)) == len(found)
    top = busiest(table)
    assert (top is None) == (not found)
    if top is not None:
        assert table[top[0]][top[1]] == top[2] == max(max(row) for row in table)


def test_monitors_with_most_first_then_by_name():
    found = [item(monitor="b"), item(monitor="A"), item(monitor="c"), item(monitor="c")]
    assert by_monitor(found) == [("c", 2), ("A", 1), ("b", 1)]


@given(st.floats(0.001, 1e7))
def test_ticks_are_few_round_and_reach_the_top(most: float):
    ticks = steps(most)
    assert 3 <= len(ticks) <= 6
    assert ticks[0] == 0
    assert ticks[-1] >= most * (1 - 1e-9)


@pytest.mark.parametrize(("days", "grain"), [(7, "day"), (15, "day"), (28, "week"), (366, "week")])
def test_the_grain_follows_the_range(days: int, grain: str):
    assert grain_of(T0, T0 + timedelta(days=days)) == grain


def test_an_answer_of_the_agent_is_read():
    answer = {
        "id": "a",
        "monitor": "nas",
        "opened_at": "2026-10-19T00:00:00Z",
        "acknowledged_at": "2026-10-19T00:01:00Z",
        "acknowledged_by": "Ana",
        "resolved_at": None,
    }
    assert item_of(answer) == Item("a", "nas", T0, 60.0, None, "Ana")
