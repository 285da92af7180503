"""Backup and restore with a real agent and the real command line."""

import asyncio
import sqlite3
import stat
from pathlib import Path

import httpx

from statusapp_agent.demo.pagerduty_service import PagerDutyService
from statusapp_agent.store.copies import read_copy
from tests.support.agent_process import PROGRAM, AgentProcess, environment, eventually
from tests.support.settings_text import ENV, KEY, channel, monitor, settings
from tests.support.targets import Targets, targets


async def command(agent: AgentProcess, *words: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *PROGRAM,
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(STATUSAPP_SOCKET=str(agent.socket)),
        cwd=agent.folder,
    )
    out, err = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode is not None
    # Lines break where the terminal ends; what is said does not depend on that.
    return process.returncode, " ".join(out.decode().split()), err.decode()


def two(world: Targets, pagerduty: PagerDutyService) -> str:
    where = [world.by_name[f"web-{number}"].settings() for number in range(2)]
    return settings(channel(pagerduty.url), monitor("web-0", where[0]), monitor("web-1", where[1]))


async def started_anew(agent: AgentProcess, before: str) -> None:
    async def look() -> bool:
        try:
            return (await agent.get("/agent"))["started_at"] != before
        except httpx.TransportError:  # between its end and its beginning
            return False

    await eventually("the agent started anew", look)


async def test_settings_come_back_and_what_was_sent_stays(tmp_path: Path) -> None:
    """A restore of the same installation must neither forget an open incident nor page for one that is over."""
    async with targets(http=2) as world, PagerDutyService() as pagerduty:
        async with AgentProcess(tmp_path, two(world, pagerduty), ENV) as agent:
            await agent.until("web-0", "up")
            file = tmp_path / "kept.db"
            code, out, err = await command(agent, "backup", str(file))
            assert (code, err) == (0, "")
            assert "2 monitors, 1 channel and 0 incidents" in out
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert KEY.encode() not in file.read_bytes()
            # After the backup: one monitor goes, another one breaks and is paged for, a third one comes and breaks.
            await agent.api.delete("/v1/monitors/web-1")
            where = world.by_name["web-1"].settings()
            await agent.apply(
                settings(channel(pagerduty.url), monitor("new", where)), secrets={"channels/pd/integration_key": KEY}
            )
            for name in ("web-0", "web-1"):
                await world.put(name, up=False)
            await pagerduty.until(lambda: len(pagerduty.incidents(open_only=True)) == 2)
            before = (await agent.get("/agent"))["started_at"]
            code, out, err = await command(agent, "restore", str(file), "--yes")
            assert (code, err) == (0, "")
            assert "incidents stay as they are" in out
            await started_anew(agent, before)
            names = {each["name"] for each in (await agent.get("/monitors"))["items"]}
            assert names == {"web-0", "web-1"}
            assert any("restored from a backup" in each for each in (await agent.get("/agent"))["problems"])
            assert list(agent.data_dir.glob("state.db.replaced-*"))
            assert not (agent.data_dir / "restore.db").exists()
            for name in ("web-0", "web-1"):
                await world.put(name, up=True)
            # The page of the monitor that the backup does not know is closed too: nothing is left open there.
            await pagerduty.until(lambda: pagerduty.incidents(open_only=True) == [])
            triggers = [each.body["dedup_key"] for each in pagerduty.journal if each.body["event_action"] == "trigger"]
            opened = {each["dedup_key"] for each in await agent.incidents()}
            assert set(triggers) <= opened
            assert "Traceback" not in agent.err


async def test_another_machine_takes_everything(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    async with targets(http=2) as world, PagerDutyService() as pagerduty:
        file = tmp_path / "kept.db"
        async with AgentProcess(tmp_path / "old", two(world, pagerduty), ENV) as old:
            await world.put("web-0", up=False)
            await pagerduty.until(lambda: len(pagerduty.incidents(open_only=True)) == 1)
            assert (await command(old, "backup", str(file)))[0] == 0
        async with AgentProcess(tmp_path / "new", env=ENV) as new:
            assert await new.stop() == 0
            code, _, err = await command(new, "restore", str(file), "--data-dir", str(new.data_dir), "--yes")
            assert (code, err) == (0, "")
            await new.restart()
            assert [each["monitor"] for each in await new.incidents()] == ["web-0"]
            await world.put("web-0", up=True)
            await pagerduty.until(lambda: pagerduty.incidents(open_only=True) == [])
            assert len(pagerduty.incidents()) == 1


async def test_what_is_not_good_changes_nothing(tmp_path: Path) -> None:
    async with AgentProcess(tmp_path) as agent:
        good = tmp_path / "good.db"
        assert (await command(agent, "backup", str(good)))[0] == 0
        before = await agent.get("/agent")
        content = good.read_bytes()
        bad = {
            "rubbish.db": b"rubbish" * 1000,
            "cut.db": content[: len(content) // 2],
            "empty.db": b"",
            "newer.db": newer(tmp_path, content),
        }
        for name, data in bad.items():
            (tmp_path / name).write_bytes(data)
            code, out, err = await command(agent, "restore", str(tmp_path / name), "--yes")
            assert code == 1, name
            assert (out, err.count("\n")) == ("", 1), err
            assert "Nothing was changed" in err or "nothing was changed" in err
            # The agent itself refuses as well, whatever client sends it.
            answer = await agent.api.post("/v1/restore", content=data)
            assert answer.status_code == 422, answer.text
            assert str(tmp_path) not in answer.json()["error"]
        answer = await agent.api.post("/v1/restore", content=content, headers={"StatusApp-Digest": "0" * 64})
        assert answer.status_code == 400
        assert (await agent.get("/agent"))["started_at"] == before["started_at"]
        assert not list(agent.data_dir.glob("restore*"))
        code, _, err = await command(agent, "restore", str(good), "--data-dir", str(agent.data_dir), "--yes")
        assert code == 1
        assert "An agent is running there" in err


def newer(folder: Path, content: bytes) -> bytes:
    path = folder / "made-newer.db"
    path.write_bytes(content)
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations(migration_set, name, applied_at) VALUES ('statusapp.state', 'later', '')"
        )
    connection.close()
    return path.read_bytes()


async def test_a_target_that_cannot_be_written_keeps_the_older_backup(tmp_path: Path) -> None:
    async with AgentProcess(tmp_path) as agent:
        code, _, err = await command(agent, "backup", str(tmp_path / "nowhere" / "kept.db"))
        assert code == 1
        assert "cannot be written" in err
        full = Path("/dev/full")
        code, _, err = await command(agent, "backup", str(full / "x"))
        assert code == 1
        assert not list(tmp_path.glob("*.partial"))


async def test_an_older_backup_is_not_replaced_unasked(tmp_path: Path) -> None:
    """A script that names the same file twice has not said that the first one may go."""
    file = tmp_path / "kept.db"
    async with AgentProcess(tmp_path) as agent:
        file.write_bytes(b"precious")
        code, _, err = await command(agent, "backup", str(file))
        assert code == 2
        assert "--yes" in err
        assert file.read_bytes() == b"precious"
        assert (await command(agent, "backup", str(file), "--yes"))[0] == 0
        assert read_copy(file).install


async def test_a_backup_without_an_agent_has_its_last_words(tmp_path: Path) -> None:
    """An agent that does not start any more must not keep its state to itself."""
    file = tmp_path / "kept.db"
    async with AgentProcess(
        tmp_path, settings(monitor("one", 'kind = "tcp"\nhost = "127.0.0.1"\nport = 9\n', channels=[]))
    ) as agent:
        code, _, err = await command(agent, "backup", str(file), "--data-dir", str(agent.data_dir))
        assert code == 1
        assert "running" in err
        await agent.kill()
        log = agent.data_dir / "state.db-wal"
        before = {path: path.read_bytes() for path in (agent.data_dir / "state.db", log)}
        assert before[log]
        code, _, err = await command(agent, "backup", str(file))
        assert code == 3
        assert "--data-dir" in err
        code, _, err = await command(agent, "backup", str(file), "--data-dir", str(agent.data_dir))
        assert code == 0, err
        assert read_copy(file).monitors == 1
        assert file.stat().st_mode & 0o777 == 0o600
        assert {path: path.read_bytes() for path in before} == before
        await agent.restart()
