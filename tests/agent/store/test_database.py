"""Opening databases: what is not ours, broken, newer or strange is refused or set aside, never overwritten."""

import os
import sqlite3

import pytest
from sqlite_utils import Database, Migrations

from statusapp_agent.store.database import (
    DamagedError,
    StoreError,
    connect,
    copy_to,
    open_migrated,
    prepare_folder,
    set_aside,
    transaction,
)
from statusapp_agent.store.schema import state_migrations


def _open(path):
    return open_migrated(path, state_migrations, durable=True, backups=path.parent / "backups")


def test_files_are_for_this_user_alone(tmp_path):
    connection = _open(tmp_path / "state.db")
    with transaction(connection):
        connection.execute("INSERT INTO meta VALUES ('a', 'b')")
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir() if path.is_file()}
    connection.close()
    assert set(modes.values()) == {0o600}


def test_what_is_committed_survives_a_power_cut_by_setting(tmp_path):
    connection = _open(tmp_path / "state.db")
    assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert connection.execute("PRAGMA trusted_schema").fetchone()[0] == 0
    connection.close()


def test_a_transaction_that_breaks_leaves_nothing(tmp_path):
    connection = _open(tmp_path / "state.db")

    def write_and_break():
        with transaction(connection):
            connection.execute("INSERT INTO meta VALUES ('a', 'b')")
            raise ValueError("broken in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        write_and_break()
    assert connection.execute("SELECT count(*) FROM meta").fetchone()[0] == 0
    connection.close()


def test_opening_twice_migrates_once(tmp_path):
    _open(tmp_path / "state.db").close()
    _open(tmp_path / "state.db").close()
    assert not (tmp_path / "backups").exists()


def test_a_newer_database_is_refused_untouched(tmp_path):
    path = tmp_path / "state.db"
    connection = _open(path)
    newer = Migrations("statusapp.state")
    newer(name="from_the_future")(lambda db: db.table("future").create({"id": int}))
    newer.apply(Database(connection, execute_plugins=False))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="newer StatusApp"):
        _open(path)
    assert path.read_bytes() == before


def test_a_copy_is_made_before_a_migration(tmp_path):
    path = tmp_path / "state.db"
    connection = _open(path)
    connection.execute("INSERT INTO meta VALUES ('install', 'before')")
    connection.close()
    longer = Migrations("statusapp.state")
    for known in state_migrations.pending(Database(memory=True)):
        longer(name=known.name)(lambda db: None)
    longer(name="second")(lambda db: db.table("more").create({"id": int}))
    open_migrated(path, longer, durable=True, backups=tmp_path / "backups").close()
    copy = connect(tmp_path / "backups" / "state-before-second.db", durable=False, read_only=True)
    assert copy.execute("SELECT value FROM meta").fetchone()[0] == "before"
    assert copy.execute("SELECT count(*) FROM sqlite_master WHERE name = 'more'").fetchone()[0] == 0
    copy.close()


def test_rubbish_is_damage_and_can_be_set_aside(tmp_path):
    path = tmp_path / "state.db"
    path.write_bytes(b"this is not a database" * 500)
    with pytest.raises(DamagedError, match="damaged"):
        _open(path)
    kept = set_aside(path, "20261124-030000")
    assert kept.read_bytes().startswith(b"this is not")
    assert not path.exists()


def test_a_flipped_page_is_found_at_the_start(tmp_path):
    path = tmp_path / "state.db"
    connection = _open(path)
    for number in range(500):
        connection.execute("INSERT INTO meta VALUES (?, ?)", (f"key {number}", "x" * 200))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 4096] = os.urandom(4096)
    path.write_bytes(content)
    with pytest.raises(DamagedError):
        _open(path)


def test_somebody_elses_database_is_refused(tmp_path):
    path = tmp_path / "state.db"
    other = sqlite3.connect(path)
    other.execute("PRAGMA application_id = 12345")
    other.execute("CREATE TABLE theirs (id)")
    other.close()
    with pytest.raises(StoreError, match="another program"):
        _open(path)


def test_links_and_pipes_are_refused(tmp_path):
    (tmp_path / "real.db").touch()
    (tmp_path / "state.db").symlink_to(tmp_path / "real.db")
    with pytest.raises(StoreError, match="not a plain file"):
        _open(tmp_path / "state.db")
    os.mkfifo(tmp_path / "pipe.db")
    with pytest.raises(StoreError, match="not a plain file"):
        _open(tmp_path / "pipe.db")


def test_a_linked_data_folder_is_refused(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(StoreError, match="is a link"):
        prepare_folder(tmp_path / "link")
    prepare_folder(tmp_path / "new")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_a_copy_takes_its_place_only_when_it_is_whole(tmp_path):
    connection = _open(tmp_path / "state.db")
    target = tmp_path / "backups" / "state-1.db"
    copy_to(connection, target)
    assert target.exists()
    assert not target.with_suffix(".partial").exists()
    connection.close()
