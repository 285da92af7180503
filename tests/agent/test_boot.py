"""A start with a state that is damaged somewhere: it lives, and what it took is a good one."""

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from statusapp_agent.boot import Places, open_state
from statusapp_agent.core.state import Change, Documents, Save
from statusapp_agent.store.database import copy_to

NOW = datetime(2026, 11, 28, 8, 0, tzinfo=UTC)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A state with settings and a good copy of it."""
    made = Places(tmp_path)
    store, _ = open_state(made, NOW)
    store.set_meta(install="5f0f7c5e")
    monitors = {("monitors", f"web-{number}"): {"name": f"web-{number}", "note": "x" * 900} for number in range(40)}
    store.commit([(NOW, Save(Documents(monitors))), (NOW, Save(Change(NOW, "first", None, None, "ann")))])
    copy_to(store.connection, made.backups / "state-20261128-034000.db")
    store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return made


@pytest.mark.parametrize("seed", range(200))
def test_flipped_bytes_anywhere_are_found_or_harmless(places: Places, seed: int) -> None:
    """Fault D5."""
    content = bytearray(places.state.read_bytes())
    chosen = random.Random(seed)
    page = chosen.randrange(len(content) // 4096) * 4096
    for _ in range(40):
        content[page + chosen.randrange(4096)] ^= 1 << chosen.randrange(8)
    places.state.write_bytes(content)
    store, told = open_state(places, NOW)
    remembered = store.remembered()
    names = {name for noun, name in remembered.documents if noun == "monitors"}
    if told is not None:
        assert "damaged" in told
        assert names == {f"web-{number}" for number in range(40)}
        assert len(list(places.data_dir.glob("state.db.damaged-*"))) >= 1
    assert store.connection.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok"
    store.close()


@pytest.mark.parametrize("part", [0, 100, 4096, 5000, 8192])
def test_a_state_cut_short_is_found(places: Places, part: int) -> None:
    """Fault D6."""
    places.state.write_bytes(places.state.read_bytes()[:part])
    store, told = open_state(places, NOW)
    if part:  # an empty file is what an agent that never ran has
        assert told is not None
        assert len(store.remembered().documents) == 40
    store.close()


def test_a_row_that_cannot_be_read_is_damage(places: Places) -> None:
    store, _ = open_state(places, NOW)
    store.connection.execute("UPDATE document SET body = 'not json' WHERE name = 'web-7'")
    store.close()
    store, told = open_state(places, NOW)
    assert told is not None
    assert "state-20261128-034000.db took its place" in told
    assert len(store.remembered().documents) == 40
    store.close()
