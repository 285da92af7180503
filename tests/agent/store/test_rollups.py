"""Packed hours: nothing is lost, doubled or changed, whatever comes late and whoever reads meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statusapp_agent.core.model import CheckStatus, Result
from statusapp_agent.store.blocks import Row, pack_block, unpack_block
from statusapp_agent.store.database import connect
from statusapp_agent.store.record import watched_since
from statusapp_agent.store.samples import SampleStore, read_samples

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    opened = SampleStore(tmp_path / "samples.db")
    yield opened
    opened.close()


def result(minutes, status=CheckStatus.UP, latency_s=0.02, **more):
    return Result(status, NOON + timedelta(minutes=minutes), latency_s, **more)


def pack_all(store, now):
    while store.pack(now):
        pass


rows = st.lists(
    st.builds(
        Row,
        st.integers(0, 3_599_999),
        st.integers(0, 3),
        st.none() | st.integers(0, 300_000_000),
        st.none() | st.text(max_size=20),
        st.none() | st.text(min_size=1, max_size=40),
    ),
    max_size=130,
)


@settings(max_examples=60, deadline=None)
@given(rows)
def test_a_block_gives_back_what_was_packed(some):
    some = sorted(some, key=lambda row: row.at_ms)
    assert unpack_block(pack_block(some, 0), 0) == some


def test_a_block_of_a_newer_version_is_refused():
    with pytest.raises(ValueError, match="newer StatusApp"):
        unpack_block(b"\x09abc", 0)


def test_reading_is_the_same_before_and_after_packing(store):
    given_ = [
        ("nas", result(minute, CheckStatus.DOWN if minute % 7 == 0 else CheckStatus.UP, message=f"no {minute}"))
        for minute in range(0, 300, 3)
    ] + [("router", result(minute)) for minute in range(0, 300, 5)]
    store.append(given_, NOON)
    questions = [(NOON, 1000), (NOON + timedelta(minutes=100), 1000), (NOON, 7), (NOON + timedelta(minutes=290), 50)]
    before = [read_samples(store.path, "nas", since, limit) for since, limit in questions]
    pack_all(store, NOON + timedelta(hours=4, minutes=9))
    left = store.connection.execute("SELECT count(*) FROM result").fetchone()[0]
    assert 0 < left < len(given_)
    assert [read_samples(store.path, "nas", since, limit) for since, limit in questions] == before
    assert len(before[0]) == 100


def test_an_hour_waits_for_checks_that_end_late(store):
    store.append([("nas", result(1))], NOON)
    assert not store.pack(NOON + timedelta(minutes=69))
    assert store.pack(NOON + timedelta(minutes=70))


def test_what_comes_late_to_a_packed_hour_joins_it(store):
    store.append([("nas", result(10)), ("nas", result(50))], NOON)
    pack_all(store, NOON + timedelta(hours=2))
    store.append([("nas", result(30, CheckStatus.DOWN, message="late"))], NOON)
    seen = [sample.message for sample in read_samples(store.path, "nas", NOON, 10)]
    assert seen == ["", "late", ""]
    pack_all(store, NOON + timedelta(hours=2))
    assert [sample.message for sample in read_samples(store.path, "nas", NOON, 10)] == ["", "late", ""]
    (sums,) = store.connection.execute("SELECT up, down FROM hour").fetchall()
    assert tuple(sums) == (2, 1)


def test_sums_by_hour_and_day_add_up(store):
    store.append(
        [("nas", result(minute, latency_s=minute / 1000)) for minute in range(1, 181)]
        + [("nas", result(60 * 13, CheckStatus.UNKNOWN, None))],
        NOON,
    )
    pack_all(store, NOON + timedelta(days=2))
    hours = store.connection.execute("SELECT * FROM hour ORDER BY at_ms").fetchall()
    assert [row["up"] for row in hours] == [59, 60, 60, 1, 0]
    assert (hours[0]["p50_us"], hours[0]["p95_us"], hours[0]["slowest_us"]) == (30_000, 57_000, 59_000)
    days = store.connection.execute("SELECT * FROM day ORDER BY at_ms").fetchall()
    assert [(row["up"], row["unknown"], row["timed"]) for row in days] == [(180, 0, 180), (0, 1, 0)]
    assert days[0]["latency_us"] == sum(minute * 1000 for minute in range(1, 181))
    assert days[1]["p50_us"] is None


def test_old_results_go_and_their_sums_stay(store):
    store.append([("nas", result(minute)) for minute in range(0, 600, 10)], NOON)
    pack_all(store, NOON + timedelta(hours=8))
    store.prune(NOON + timedelta(hours=9, minutes=30))
    kept = read_samples(store.path, "nas", NOON, 1000)
    assert kept[0].at == NOON + timedelta(hours=9, minutes=30)
    assert store.connection.execute("SELECT count(*) FROM hour").fetchone()[0] == 7
    assert watched_since(store.path) == {"nas": NOON}


def test_a_history_of_the_first_version_opens_and_knows_since_when(tmp_path):
    path = tmp_path / "samples.db"
    store = SampleStore(path)
    store.append([("nas", result(0)), ("nas", result(1))], NOON)
    for statement in (
        *("DROP TABLE block", "DROP TABLE hour", "DROP TABLE day", "ALTER TABLE monitor DROP COLUMN first_ms"),
        "DELETE FROM _sqlite_migrations WHERE name = 'second_history'",
    ):
        store.connection.execute(statement)
    store.close()
    again = SampleStore(path)
    again.close()
    assert watched_since(path) == {"nas": NOON}
    assert len(read_samples(path, "nas", NOON, 10)) == 2


def test_a_reader_in_the_middle_meets_each_result_once(store, tmp_path):
    store.append([("nas", result(minute)) for minute in range(120)], NOON)
    reader = connect(store.path, durable=False, read_only=True)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM result").fetchone()[0] == 120
    pack_all(store, NOON + timedelta(hours=3))
    assert reader.execute("SELECT count(*) FROM result").fetchone()[0] == 120
    reader.close()
    assert len(read_samples(store.path, "nas", NOON, 1000)) == 120
