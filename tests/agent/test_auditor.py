"""The auditor: content, it feeds the watchdog and the heartbeat; not content, it keeps one or both of them hungry."""

import asyncio
import contextlib
import os
import socket
import threading

import pytest

from statusapp_agent.auditor import BEAT_EVERY_S, LATE_S, Auditor, notify
from statusapp_agent.outbound import make_client
from statusapp_agent.store.samples import SampleStore
from statusapp_agent.store.state_store import StateStore
from statusapp_agent.store.writer import Writer
from tests.support.servers import answer, answering


class Hands:
    """A clock that is moved by hand, and what the auditor is told."""

    def __init__(self):
        from statusapp_agent.clock import Clock

        self._clock = Clock()
        self.ahead_s = 0.0
        self.problems = []
        self.late_s = 0.0
        self.idle_s = 0.0
        self.url = None

    def now(self):
        return self._clock.now()

    def monotonic(self):
        return self._clock.monotonic() + self.ahead_s


@pytest.fixture
async def writer(tmp_path):
    opened = Writer(StateStore(tmp_path / "s.db", tmp_path), SampleStore(tmp_path / "h.db"), tmp_path / "reserve")
    yield opened
    await opened.close()


@pytest.fixture
def supervisor(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        line.setblocking(False)
        yield line


@pytest.fixture
async def scene(writer, tmp_path, supervisor):
    hands = Hands()
    async with make_client(proxies={}) as http:
        auditor = Auditor(
            hands,
            writer,
            problems=lambda: hands.problems,
            late_s=lambda: hands.late_s,
            idle_s=lambda: hands.idle_s,
            heartbeat_url=lambda: hands.url,
            http=http,
            env={"NOTIFY_SOCKET": str(tmp_path / "notify")},
        )
        yield hands, auditor


def heard(supervisor):
    found = []
    with contextlib.suppress(BlockingIOError):
        while True:
            found.append(supervisor.recv(100).decode())
    return found


async def test_content_it_feeds_both_the_heartbeat_once_a_minute(scene, supervisor):
    hands, auditor = scene
    async with answering(answer()) as server:
        hands.url = server.url("/ping/secret")
        await auditor.look()
        await auditor.look()
        assert len(server.heads) == 1
        hands.ahead_s += BEAT_EVERY_S
        await auditor.look()
        assert len(server.heads) == 2
    assert heard(supervisor) == ["WATCHDOG=1"] * 3
    assert auditor.verdict.content
    assert auditor.verdict.beat_at is not None


async def test_unable_to_page_the_heartbeat_is_withheld_and_nothing_is_restarted(scene, supervisor):
    hands, auditor = scene
    hands.problems = ["pd has not taken a message for 2 min."]
    async with answering(answer()) as server:
        hands.url = server.url()
        await auditor.look()
        assert server.heads == []
    assert heard(supervisor) == ["WATCHDOG=1"]
    assert not auditor.verdict.content


@pytest.mark.parametrize("what", ["late_s", "idle_s"])
async def test_stuck_it_feeds_nobody(scene, supervisor, what):
    hands, auditor = scene
    setattr(hands, what, LATE_S + 1)
    async with answering(answer()) as server:
        hands.url = server.url()
        await auditor.look()
        assert server.heads == []
        assert heard(supervisor) == []
        assert auditor.verdict.stuck
        setattr(hands, what, 0.0)
        await auditor.look()
        assert len(server.heads) == 1
    assert heard(supervisor) == ["WATCHDOG=1"]


async def test_a_disk_that_hangs_is_a_reason_to_start_again(scene, supervisor, writer, monkeypatch):
    _, auditor = scene
    monkeypatch.setattr("statusapp_agent.auditor.WRITE_LIMIT_S", 0.05)
    hangs = threading.Event()
    hanging = asyncio.create_task(writer.on_state(hangs.wait))
    await asyncio.sleep(0)  # it has the thread now
    try:
        await auditor.look()
    finally:
        hangs.set()
        await hanging
    assert auditor.verdict.stuck == ("The database has not taken a write for 0.05 s.",)
    assert heard(supervisor) == []


async def test_a_refused_heartbeat_is_told_once_and_without_its_address(scene, caplog):
    hands, auditor = scene
    async with answering(answer(status="404 Not Found")) as server:
        hands.url = server.url("/ping/secret")
        await auditor.look()
        hands.ahead_s += BEAT_EVERY_S
        await auditor.look()
    assert auditor.verdict.beat_fault == "it answered 404"
    assert caplog.text.count("was not taken") == 1
    assert "secret" not in caplog.text


async def test_nobody_at_the_other_end_is_no_fault_of_ours(scene):
    hands, auditor = scene
    hands.url = "http://127.0.0.1:9/"
    await auditor.look()
    assert auditor.verdict.content
    assert auditor.verdict.beat_fault == "ConnectError"


def test_without_a_supervisor_nothing_is_said():
    assert not notify({}, "READY=1")
    assert not notify({"NOTIFY_SOCKET": "somewhere"}, "READY=1")
    assert not notify({"NOTIFY_SOCKET": "/none/such"}, "READY=1")


def test_the_abstract_namespace_is_spoken_to():
    name = f"statusapp-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(f"\0{name}")
        assert notify({"NOTIFY_SOCKET": f"@{name}"}, "READY=1")
        assert line.recv(100) == b"READY=1"
