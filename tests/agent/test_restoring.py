"""A restore that takes another installation's state: killed at any moment it leaves the old or the new, both whole."""

import os
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from statusapp_agent.boot import Places
from statusapp_agent.restoring import stage_from, take_over
from statusapp_agent.store.database import copy_to
from statusapp_agent.store.state_store import StateStore

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 28, 8, tzinfo=UTC)

WRITTEN = """
import os, signal, sys
from pathlib import Path
from statusapp_agent.store.state_store import StateStore
store = StateStore(Path(sys.argv[1]), Path(sys.argv[1]).parent / "backups")
store.set_meta(install=sys.argv[2], mark=sys.argv[2])
os.kill(os.getpid(), signal.SIGKILL)
"""

KILLED_AT = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from statusapp_agent import restoring
from statusapp_agent.boot import Places
from statusapp_agent.store.state_store import StateStore  # loaded before counting begins

places, left = Places(Path(sys.argv[1])), int(sys.argv[2])

def count(event, _):
    global left
    if event.partition(".")[0] in ("open", "os", "sqlite3", "shutil"):
        left -= 1
        if left == -1:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(count)
restoring.take_over(places, datetime(2026, 11, 28, 8, tzinfo=UTC))
left = 10**9
"""


def run(script: str, *words: str) -> int:
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])}
    command = [sys.executable, "-c", script, *words]
    ended = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode in (0, -signal.SIGKILL), ended.stderr
    return ended.returncode


def made(folder: Path, mark: str) -> Path:
    """A state whose last words are still in its log, as a killed agent leaves it."""
    folder.mkdir()
    assert run(WRITTEN, str(folder / "state.db"), mark) == -signal.SIGKILL
    assert (folder / "state.db-wal").stat().st_size > 0
    return folder


def mark_of(state: Path) -> str | None:
    store = StateStore(state, state.parent / "backups")
    try:
        return store.remembered().meta.get("mark")
    finally:
        store.close()


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    store = StateStore(made(tmp_path / "new", "new") / "state.db", tmp_path / "new" / "backups")
    copy_to(store.connection, tmp_path / "backup.db")
    store.close()
    return tmp_path / "backup.db"


@pytest.mark.slow
def test_a_kill_at_any_moment_of_a_takeover_loses_nothing(tmp_path: Path, backup: Path) -> None:
    """Killed at each call to the system in turn; the next start ends with the new, and the old is kept whole."""
    old = made(tmp_path / "old", "old")
    stage_from(Places(old), backup)
    at = 0
    while True:
        folder = tmp_path / "killed"
        shutil.copytree(old, folder)
        code = run(KILLED_AT, str(folder), str(at))
        take_over(Places(folder), NOW.replace(hour=9))
        assert mark_of(folder / "state.db") == "new"
        kept = [path for path in folder.glob("state.db.replaced-*") if not path.name.endswith(("-wal", "-shm"))]
        assert [mark_of(path) for path in kept] == ["old"], f"killed at call {at}"
        shutil.rmtree(folder)
        if code == 0:
            break
        at += 1
    assert at > 5
