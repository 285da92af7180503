"""Faults D5 to D7 on a running agent: its file is damaged, cut short, deleted; nothing that is open is forgotten."""

import os
import sqlite3
from pathlib import Path

import pytest

from statusapp_agent.demo.pagerduty_service import PagerDutyService
from tests.support.agent_process import AgentProcess, eventually
from tests.support.settings_text import ENV, channel, monitor, settings
from tests.support.targets import targets

pytestmark = pytest.mark.slow  # the agent looks after its file every ten seconds


def delete(data_dir: Path) -> None:
    (data_dir / "state.db").unlink()


def delete_all(data_dir: Path) -> None:
    for path in data_dir.glob("state.db*"):
        path.unlink()


def replace(data_dir: Path) -> None:
    other = data_dir / "other"
    sqlite3.connect(other).close()
    other.write_bytes(b"somebody else's" * 1000)
    other.replace(data_dir / "state.db")


def damage(data_dir: Path) -> None:
    """Overwrite every page but the first, in the file and in its log."""
    for name in ("state.db", "state.db-wal"):
        with (data_dir / name).open("r+b") as file:
            size = file.seek(0, os.SEEK_END)
            if size > 8192:
                file.seek(4096)
                file.write(os.urandom(size - 4096))


@pytest.mark.parametrize("fault", [delete, delete_all, replace, damage])
async def test_what_is_open_stays_open_and_is_closed_in_the_end(tmp_path: Path, fault) -> None:
    async with targets(http=1) as world, PagerDutyService() as pagerduty:
        text = settings(channel(pagerduty.url), monitor("web-0", world.by_name["web-0"].settings()))
        async with AgentProcess(tmp_path, text, ENV) as agent:
            await agent.until("web-0", "up")
            await eventually("a copy is made", lambda: list((agent.data_dir / "backups").glob("state-2*.db")))
            await world.put("web-0", up=False)
            await pagerduty.until(lambda: len(pagerduty.incidents(open_only=True)) == 1)
            fault(agent.data_dir)

            async def told() -> bool:
                return any("made anew" in each for each in (await agent.get("/agent"))["problems"])

            await eventually("it is told", told, within_s=70)
            state = agent.data_dir / "state.db"
            with sqlite3.connect(f"file:{state}?mode=ro", uri=True) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            connection.close()
            await agent.kill()
            await agent.restart()
            (incident,) = await agent.incidents()
            assert incident["status"] != "resolved"
            await world.put("web-0", up=True)
            await pagerduty.until(lambda: pagerduty.incidents(open_only=True) == [], 30)
            assert len(pagerduty.incidents()) == 1
            assert "Traceback" not in agent.err
