"""The agent as a process: it starts, it stops, it is alone, and it gives nothing away."""

import asyncio
import base64
import hashlib
import os
import signal
import sqlite3
import stat
import time
from pathlib import Path
from urllib.parse import quote

import pytest

from statusapp_agent.demo.faults import Always, Hang, Script, Status
from statusapp_agent.demo.pagerduty_service import PagerDutyService
from tests.support.agent_process import AgentProcess, eventually
from tests.support.servers import forever, serving
from tests.support.settings_text import ENV, channel, monitor, settings
from tests.support.targets import Targets, targets
from tests.support.zygote import Zygote


def simple(world: Targets, pagerduty: PagerDutyService) -> str:
    return settings(channel(pagerduty.url), monitor("web-0", world.by_name["web-0"].settings()))


async def refused(agent: AgentProcess) -> str:
    """Start an agent that must not live; return its one sentence."""
    out, err = agent.out, agent.err
    await agent.launch()
    assert await agent.wait() == 1
    assert agent.out == out
    said = agent.err[len(err) :]
    assert said.startswith("statusapp: ")
    assert said.count("\n") == 1, said
    return said


async def test_it_serves_and_stops(tmp_path: Path) -> None:
    async with AgentProcess(tmp_path) as agent:
        assert agent.out == f"ready socket={agent.socket}\n"
        assert stat.S_IMODE(agent.socket.stat().st_mode) == 0o600
        assert stat.S_IMODE(agent.data_dir.stat().st_mode) == 0o700
        assert (await agent.get("/agent"))["pid"] == agent.pid
        began = time.monotonic()
        assert await agent.stop() == 0
        assert time.monotonic() - began < 5
        assert not agent.socket.exists()
        assert "Traceback" not in agent.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_stops_in_the_middle_of_everything(tmp_path: Path, number: int) -> None:
    """A check that hangs, a page that hangs and a client that listens do not hold it up."""
    async with targets(http=1) as world, PagerDutyService(plan=Always(Hang())) as pagerduty, serving(forever) as silent:
        text = simple(world, pagerduty) + monitor("silent", f'kind = "http"\nurl = "{silent.url()}"\n', timeout="30s")
        async with AgentProcess(tmp_path, text, ENV) as agent:
            await agent.until("web-0", "up")
            await world.put("web-0", up=False)
            await pagerduty.until(lambda: pagerduty.journal != [])
            async with agent.api.stream("GET", "/v1/events") as events:
                assert events.status_code == 200
                began = time.monotonic()
                agent.signal(number)
                assert await agent.wait() == 0
            assert time.monotonic() - began < 5
            assert "Traceback" not in agent.err


async def test_a_second_agent_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    async with AgentProcess(tmp_path / "one") as first:
        inode = first.socket.stat().st_ino
        same_data = AgentProcess(tmp_path / "two")
        same_data.data_dir = first.data_dir
        said = await refused(same_data)
        assert str(first.pid) in said
        assert str(first.data_dir) in said
        same_socket = AgentProcess(tmp_path / "two")
        same_socket.socket = first.socket
        said = await refused(same_socket)
        assert str(first.pid) in said
        assert str(first.socket) in said
        assert first.socket.stat().st_ino == inode
        assert (await first.get("/agent"))["pid"] == first.pid
        for each in (same_data, same_socket):
            await each.api.aclose()


async def test_of_fifty_that_start_at_once_one_lives(tmp_path: Path) -> None:
    async with Zygote(tmp_path) as zygote:
        where = tmp_path / "data", tmp_path / "agent.sock"
        born = [await zygote.fork(*where) for _ in range(50)]
        ready = await asyncio.gather(*(each.ready(60) for each in born))
        assert sum(ready) == 1
        inode = where[1].stat().st_ino
        codes = [await each.wait() for each, lives in zip(born, ready, strict=True) if not lives]
        assert codes == [1] * 49
        assert where[1].stat().st_ino == inode
        living = born[ready.index(True)]
        assert await living.stop() == 0
        assert not where[1].exists()


async def test_a_socket_left_behind_is_replaced(tmp_path: Path) -> None:
    async with AgentProcess(tmp_path) as agent:
        await agent.kill()
        assert agent.socket.exists()
        await agent.restart()
        assert (await agent.get("/agent"))["pid"] == agent.pid


@pytest.mark.parametrize("what", ["folder", "file", "link"])
async def test_what_is_not_a_socket_of_ours_is_left_alone(tmp_path: Path, what: str) -> None:
    agent = AgentProcess(tmp_path)
    other = tmp_path / "other"
    other.write_text("precious")
    if what == "folder":
        agent.socket.mkdir()
    elif what == "file":
        agent.socket.write_text("precious")
    else:
        agent.socket.symlink_to(other)
    assert str(agent.socket) in await refused(agent)
    assert other.read_text() == "precious"
    assert agent.socket.is_dir() if what == "folder" else agent.socket.read_text() == "precious"
    await agent.api.aclose()


async def test_a_newer_state_is_refused_and_left_alone(tmp_path: Path) -> None:
    async with AgentProcess(tmp_path) as agent:
        assert await agent.stop() == 0
        state = agent.data_dir / "state.db"
        with sqlite3.connect(state) as connection:
            connection.execute(
                "INSERT INTO _sqlite_migrations(migration_set, name, applied_at)VALUES('statusapp.state', 'new', '')"
            )
        connection.close()
        before = hashlib.sha256(state.read_bytes()).hexdigest()
        said = await refused(agent)
        assert "newer StatusApp" in said
        assert hashlib.sha256(state.read_bytes()).hexdigest() == before


def damage(path: Path) -> None:
    """Write rubbish over the second half of every page of a database, but for the header."""
    content = bytearray(path.read_bytes())
    for at in range(2048, len(content) - 2048, 4096):
        content[at : at + 2048] = os.urandom(2048)
    path.write_bytes(content)


async def test_a_damaged_state_is_set_aside_and_the_newest_good_copy_takes_its_place(tmp_path: Path) -> None:
    async with targets(http=1) as world, PagerDutyService() as pagerduty:
        async with AgentProcess(tmp_path, simple(world, pagerduty), ENV) as agent:
            await agent.until("web-0", "up")
            copies = agent.data_dir / "backups"
            await eventually("a copy is made", lambda: list(copies.glob("state-*.db")))
            assert await agent.stop() == 0
            damage(agent.data_dir / "state.db")
            bad_copy = copies / "state-29990101-000000.db"
            bad_copy.write_bytes(b"not a database" * 1000)
            await agent.restart()
            assert len(list(agent.data_dir.glob("state.db.damaged-*"))) >= 1
            await agent.until("web-0", "up")
            problems = " ".join((await agent.get("/agent"))["problems"])
            assert "damaged" in problems
            # What took its place can page: the key is still in the vault.
            await world.put("web-0", up=False)
            await pagerduty.until(lambda: len(pagerduty.incidents(open_only=True)) == 1)
            assert "Traceback" not in agent.err


async def test_without_a_good_copy_it_begins_anew_and_says_so(tmp_path: Path) -> None:
    async with AgentProcess(tmp_path) as agent:
        assert await agent.stop() == 0
        (agent.data_dir / "state.db").write_bytes(b"rubbish" * 1000)
        await agent.restart()
        problems = " ".join((await agent.get("/agent"))["problems"])
        assert "damaged" in problems
        assert "apply your settings again" in problems
        assert [path.read_bytes() for path in agent.data_dir.glob("state.db.damaged-*")] == [b"rubbish" * 1000]


async def test_a_damaged_history_costs_the_history_alone(tmp_path: Path) -> None:
    async with targets(http=1) as world, PagerDutyService() as pagerduty:
        async with AgentProcess(tmp_path, simple(world, pagerduty), ENV) as agent:
            await agent.until("web-0", "up")
            assert await agent.stop() == 0
            (agent.data_dir / "samples.db").write_bytes(b"rubbish" * 1000)
            await agent.restart()
            await agent.until("web-0", "up")


PASTED = "S3cr3tPasted00000000000000000001"
ROTATED = "R0tatedS3cret0000000000000000002"
READ_PATHS = (
    "/status",
    "/agent",
    "/monitors",
    "/monitors/web-0",
    "/monitors/web-0/why",
    "/monitors/web-0/route",
    "/channels",
    "/channels/pd",
    "/incidents",
    "/settings",
    "/kinds",
    "/doctor",
)


def forms_of(secret: str) -> list[bytes]:
    """Return the ways in which a secret might be written down."""
    raw = secret.encode()
    return [
        raw,
        raw[::-1],
        base64.b64encode(raw).rstrip(b"="),
        quote(secret).encode(),
        raw.hex().encode(),
        raw.decode().encode("utf-16-le"),
    ]


async def test_no_secret_is_written_down_anywhere(tmp_path: Path) -> None:
    """At DEBUG, with faults of every class: neither files, nor output, nor answers, nor the process list hold a key."""
    said = []
    async with targets(http=1) as world, PagerDutyService(plan=Script(Status(500))) as pagerduty:
        text = settings(channel(pagerduty.url, key=f'"{PASTED}"'), monitor("web-0", world.by_name["web-0"].settings()))
        async with AgentProcess(tmp_path, text, log_level="debug") as agent:
            agent.settings_file.unlink()  # the user's own file; he is warned to take the key out of it
            await agent.until("web-0", "up")
            await world.put("web-0", up=False)
            await pagerduty.until(lambda: len(pagerduty.incidents(open_only=True)) == 1)
            pagerduty.plan = Script(Status(400, b'{"errors":["Invalid routing key"]}'))
            answer = await agent.api.put("/v1/channels/pd/secrets/integration_key", json={"value": ROTATED})
            assert answer.status_code == 200
            said.append(answer.content)
            await world.put("web-0", up=True)
            await agent.until("web-0", "up")
            await agent.post("/channels/pd/test")
            await eventually("the rotated key is used", lambda: used(pagerduty, ROTATED))
            for path in READ_PATHS:
                answer = await agent.api.get(f"/v1{path}")
                assert answer.status_code == 200, path
                said.append(answer.content)
            for each in await agent.incidents():
                said.append(repr(each).encode())
            said.append(Path(f"/proc/{agent.pid}/cmdline").read_bytes())
            said.append(Path(f"/proc/{agent.pid}/environ").read_bytes())
            assert await agent.stop() == 0
            said += [agent.out.encode(), agent.err.encode()]
            files = [path for path in agent.data_dir.rglob("*") if path.is_file()]
            said += [path.read_bytes() for path in files]
    assert used(pagerduty, PASTED)
    assert any(path.name == "state.db" for path in files)
    held = [
        (form, text[:200]) for secret in (PASTED, ROTATED) for form in forms_of(secret) for text in said if form in text
    ]
    assert held == []


def used(pagerduty: PagerDutyService, key: str) -> bool:
    return any(isinstance(each.body, dict) and each.body["routing_key"] == key for each in pagerduty.journal)
