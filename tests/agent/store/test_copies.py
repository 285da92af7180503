"""Which copies are kept, and what makes a file one that can be restored."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statusapp_agent.store.copies import KEPT_DAYS, KEPT_NEWEST, read_copy, superseded
from statusapp_agent.store.database import StoreError, copy_to
from statusapp_agent.store.state_store import StateStore

START = datetime(2026, 11, 1, 3, 40, tzinfo=UTC)


def name(at: datetime) -> str:
    return f"state-{at:%Y%m%d-%H%M%S}.db"


def test_ten_nights_keep_seven():
    nights = [name(START + timedelta(days=day)) for day in range(10)]
    assert superseded(nights) == nights[2::-1]


def test_a_busy_hour_does_not_push_last_week_out():
    nights = [name(START + timedelta(days=day)) for day in range(7)]
    busy = [name(START + timedelta(days=6, minutes=minute)) for minute in range(1, 30)]
    gone = superseded([*nights, *busy])
    assert not set(gone) & set(nights[:6])
    assert not set(gone) & set(busy[-KEPT_NEWEST:])


@given(st.lists(st.integers(0, 40 * 86_400), unique=True))
def test_the_newest_stays_and_the_number_is_bounded(seconds):
    names = [name(START + timedelta(seconds=second)) for second in seconds]
    left = set(names) - set(superseded(names))
    assert len(left) <= KEPT_DAYS + KEPT_NEWEST
    if names:
        assert max(names) in left
        assert len(left) >= min(len(names), KEPT_NEWEST)


@pytest.fixture
def copy(tmp_path):
    store = StateStore(tmp_path / "state.db", tmp_path / "backups")
    store.set_meta(install="5f0f7c5e")
    copy_to(store.connection, tmp_path / "copy.db")
    store.close()
    return tmp_path / "copy.db"


def test_a_copy_is_read_and_left_as_it_was(copy):
    before = copy.read_bytes()
    assert read_copy(copy).install == "5f0f7c5e"
    assert copy.read_bytes() == before
    assert not list(copy.parent.glob("copy.db-*"))


def test_every_flipped_page_is_found_or_harmless(copy):
    """A copy that reads without complaint tells what the good one told."""
    content, good = copy.read_bytes(), read_copy(copy)
    refused = 0
    for at in range(0, len(content), 509):
        bad = bytearray(content)
        bad[at : at + 64] = bytes(byte ^ 0xFF for byte in bad[at : at + 64])
        copy.write_bytes(bad)
        try:
            assert read_copy(copy) == good, at
        except StoreError:
            refused += 1
    assert refused > 10


def test_every_length_cut_short_is_refused(copy):
    content = copy.read_bytes()
    for length in range(0, len(content) - 1, 997):
        copy.write_bytes(content[:length])
        with pytest.raises(StoreError):
            read_copy(copy)


@pytest.mark.parametrize(
    "what", ["TRIGGER t AFTER INSERT ON incident BEGIN DELETE FROM incident; END", "VIEW v AS SELECT 1"]
)
def test_what_would_work_inside_the_agent_is_refused(copy, what):
    """Requirement S18: an opened file is not trusted."""
    connection = sqlite3.connect(copy)
    connection.execute(f"CREATE {what}")
    connection.commit()
    connection.close()
    before = copy.read_bytes()
    with pytest.raises(StoreError, match="never writes"):
        read_copy(copy)
    assert copy.read_bytes() == before


def test_a_database_in_use_is_no_backup(copy):
    """Its last commits are in the log beside it."""
    copy.with_name("copy.db-wal").write_bytes(b"commits")
    with pytest.raises(StoreError, match="in use"):
        read_copy(copy)
