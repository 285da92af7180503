"""Hours and days: made once, of whole hours, right beside a plain recount, and left when their results go."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statusapp_agent.core.model import CheckStatus, Result
from statusapp_agent.store.rollups import prune, read_rolled, roll_up
from statusapp_agent.store.samples import SampleStore, watched_since

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def store(tmp_path):
    opened = SampleStore(tmp_path / "samples.db")
    yield opened
    opened.close()


def result(minutes, latency_s=0.1, status=CheckStatus.UP):
    return Result(status, START + timedelta(minutes=minutes), latency_s)


def test_an_hour_that_is_not_over_is_not_made(store):
    store.append([("nas", result(1))], START)
    assert roll_up(store.connection, START + HOUR) == 0  # results may still come
    assert roll_up(store.connection, START + HOUR + timedelta(minutes=6)) == 1
    assert roll_up(store.connection, START + HOUR + timedelta(minutes=7)) == 0
    assert len(read_rolled(store.path, "hour", START, START + HOUR)) == 1


def test_a_time_without_results_leaves_a_gap(store):
    store.append([("nas", result(1)), ("nas", result(181))], START)
    roll_up(store.connection, START + 5 * HOUR)
    assert [each.at for each in read_rolled(store.path, "hour", START, START + DAY)] == [START, START + 3 * HOUR]


def test_what_was_down_and_never_answered_has_no_latency(store):
    store.append([("nas", result(1, None, CheckStatus.DOWN))], START)
    roll_up(store.connection, START + 2 * HOUR)
    (hour,) = read_rolled(store.path, "hour", START, START + HOUR)
    assert (hour.down, hour.mean_s, hour.p50_s, hour.p90_s, hour.max_s) == (1, None, None, None, None)


def test_hours_stay_when_results_go_and_go_by_themselves(store):
    store.append([("nas", result(1))], START)
    roll_up(store.connection, START + 2 * HOUR)
    assert store.prune(START + HOUR) == 1
    assert roll_up(store.connection, START + 3 * HOUR) == 0
    assert len(read_rolled(store.path, "hour", START, START + DAY)) == 1
    assert prune(store.connection, "hour", START + HOUR) == 1


def test_a_range_ends_before_its_end_and_names_its_monitors(store):
    store.append([("nas", result(1)), ("router", result(2)), ("nas", result(61))], START)
    roll_up(store.connection, START + 3 * HOUR)
    assert [each.monitor for each in read_rolled(store.path, "hour", START, START + HOUR)] == ["nas", "router"]
    assert read_rolled(store.path, "hour", START, START + DAY, ["router", "gone"])[0].monitor == "router"


def test_since_when_a_monitor_is_watched(store):
    store.append([("nas", result(5)), ("nas", result(6))], START)
    assert watched_since(store.path) == {"nas": START + timedelta(minutes=5)}


def test_a_day_is_made_of_the_results_of_its_hours(store):
    store.append([("nas", result(minutes)) for minutes in range(0, 3 * 1440, 30)], START)
    made = roll_up(store.connection, START + 3 * DAY + timedelta(minutes=6))
    days = read_rolled(store.path, "day", START - DAY, START + 3 * DAY)
    assert [each.up for each in days] == [32, 48, 48]  # from 08:00 on
    assert made == 72 + 3


rows = st.lists(
    st.tuples(
        st.integers(0, 119),
        st.sampled_from(CheckStatus),
        st.none() | st.integers(1, 5_000_000),
        st.sampled_from(["nas", "router"]),
    ),
    max_size=40,
)


@settings(max_examples=30, deadline=None)
@given(rows)
def test_it_agrees_with_a_plain_recount(tmp_path_factory, rows):
    store = SampleStore(tmp_path_factory.mktemp("samples") / "samples.db")
    batch = [(name, result(minutes, us and us / 1e6, status)) for minutes, status, us, name in rows]
    store.append(batch, START)
    roll_up(store.connection, START + 3 * HOUR)
    found = {(each.monitor, each.at): each for each in read_rolled(store.path, "hour", START, START + DAY)}
    store.close()
    for name in ("nas", "router"):
        for hour in (0, 1):
            of_it = [row for row in rows if row[3] == name and row[0] // 60 == hour]
            seen = found.pop((name, START + hour * HOUR), None)
            if not of_it:
                assert seen is None
                continue
            assert (seen.up, seen.degraded, seen.down, seen.unknown) == tuple(
                sum(row[1] is status for row in of_it) for status in CheckStatus
            )
            took = sorted(row[2] for row in of_it if row[2] is not None)
            expected = [next(v for v in took if sum(w <= v for w in took) >= q * len(took)) for q in (0.5, 0.9) if took]
            assert [round(s * 1e6) for s in (seen.p50_s, seen.p90_s) if s is not None] == expected
    assert not found


def test_a_file_of_before_is_taken_over(tmp_path):
    path = tmp_path / "samples.db"
    SampleStore(path).close()
    with sqlite3.connect(path) as old:
        for table in ("hour", "day", "rolled"):
            old.execute(f"DROP TABLE {table}")
        old.execute("ALTER TABLE monitor DROP COLUMN first_at_ms")
        old.execute("DELETE FROM _sqlite_migrations WHERE name = 'roll_ups'")
        old.execute("INSERT INTO monitor(name) VALUES ('nas')")
    store = SampleStore(path)
    store.append([("nas", result(1))], START)
    assert roll_up(store.connection, START + 2 * HOUR) == 1
    assert watched_since(path) == {}
    store.close()
