"""The auditor: what it lets the service manager and the heartbeat hear, and what it keeps from them."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from statusapp_agent.auditor import Auditor, hanging
from statusapp_agent.core.model import Again
from statusapp_agent.supervisor import Supervisor
from tests.support.agent_on_socket import OnSocket, agent_on_socket
from tests.support.fake_systemd import FakeSystemd, fake_systemd
from tests.support.servers import serving


async def until(true: Callable[[], object], within_s: float = 10.0) -> None:
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110 - what is waited for is anything, and has no event of its own
            await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def audited(
    folder: Path, every_s: float = 0.05
) -> AsyncIterator[tuple[OnSocket, Auditor, FakeSystemd, list[str]]]:
    """An agent under audit, with a service manager and a heartbeat's receiver on loopback."""
    asked: list[str] = []

    async def receiver(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode().split(" ")[1])
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    with fake_systemd(folder) as listening:
        async with agent_on_socket(folder, serving=False) as agent, serving(receiver) as server:
            async with httpx.AsyncClient(trust_env=False) as http:
                supervisor = Supervisor({"NOTIFY_SOCKET": str(listening.path)})
                auditor = Auditor(agent.services, http, supervisor, every_s, heartbeat_every_s=0.05)
                state = agent.engine.state
                state.agent = {**state.agent, "heartbeat_url": server.url("/ping/k3y")}
                running = asyncio.create_task(auditor.run())
                try:
                    yield agent, auditor, listening, asked
                finally:
                    running.cancel()
                    await asyncio.gather(running, return_exceptions=True)


async def test_while_all_is_well_both_hear_of_it(tmp_path: Path) -> None:
    async with audited(tmp_path) as (_, auditor, listening, asked):
        await until(lambda: len(listening.signs()) > 3 and len(asked) > 1)
        assert auditor.verdict.content
        assert set(asked) == {"/ping/k3y"}
        assert listening.said[0][1] == "WATCHDOG=1\nSTATUS=watching 3 monitors"


async def test_a_blocked_loop_is_silent(tmp_path: Path) -> None:
    """Fault P7: nothing but the loop itself may feed the watchdog."""
    async with audited(tmp_path) as (_, _auditor, listening, _):
        await until(listening.signs)
        began = time.monotonic()
        time.sleep(1.0)  # this is the fault
        ended = time.monotonic()
        assert [at for at in listening.signs() if began + 0.2 < at < ended] == []
        await until(lambda: listening.signs()[-1] > ended)


async def test_an_engine_that_decides_nothing_is_silent(tmp_path: Path) -> None:
    async with audited(tmp_path) as (agent, auditor, listening, asked):
        await until(lambda: listening.signs() and asked)
        agent.engine.last_step_at -= 60
        stuck = await auditor.audit()
        if not stuck.hangs:  # it decided something in between
            agent.engine.last_step_at -= 60
            stuck = await auditor.audit()
        assert "Nothing was decided for" in stuck.hangs[0]
        await until(lambda: any("STATUS=Nothing was decided" in text for _, text in listening.said))


async def test_a_database_that_takes_nothing_stops_the_heartbeat_and_not_the_agent(tmp_path: Path) -> None:
    """A restart would forget what is kept in memory: the watchdog must not be the one to bring it about."""
    async with audited(tmp_path) as (agent, auditor, listening, asked):
        await until(lambda: asked)
        writer = agent.engine.writer
        await writer.on_state(writer.state.connection.execute, "PRAGMA query_only = ON")
        await until(lambda: not auditor.verdict.content)
        assert "cannot be written" in auditor.verdict.problems[0]
        count, signs = len(asked), len(listening.signs())
        await until(lambda: len(listening.signs()) > signs + 5)
        assert len(asked) <= count + 1  # one may have been on its way
        await writer.on_state(writer.state.connection.execute, "PRAGMA query_only = OFF")
        await until(lambda: auditor.verdict.content and len(asked) > count + 1)


async def test_when_no_channel_sends_the_heartbeat_ends_and_status_says_why(tmp_path: Path) -> None:
    """Invariant I10."""
    async with audited(tmp_path) as (agent, auditor, listening, asked):
        await until(lambda: asked)
        agent.sink.answer = lambda: Again("the provider is down")
        await agent.checked("nas", "connection refused")
        pending = await waiting(agent)
        state = agent.engine.state
        state.deliveries[pending] = replace(
            state.deliveries[pending], created_at=agent.services.clock.now() - timedelta(seconds=90), not_before=None
        )
        verdict = await auditor.audit()
        assert "has not taken a message" in verdict.problems[0]
        count = len(asked)
        await until(lambda: any(text.startswith("WATCHDOG=1\nSTATUS=sink has not taken") for _, text in listening.said))
        await auditor.audit()
        assert len(asked) <= count + 1


async def waiting(agent: OnSocket) -> int:
    def first() -> int | None:
        return next((number for numbers in agent.engine.state.waiting.values() for number in numbers), None)

    await until(lambda: first() is not None)
    number = first()
    assert number is not None
    return number


async def test_a_heartbeat_nobody_takes_is_told_without_its_key(tmp_path: Path) -> None:
    async with audited(tmp_path) as (agent, auditor, _, asked):
        await until(lambda: asked)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{free.getsockname()[1]}/ping/k3y"
            agent.engine.state.agent = {**agent.engine.state.agent, "heartbeat_url": url}
            await until(lambda: agent.services.notices)
        assert "127.0.0.1 was not reached" in agent.services.notices[0]
        assert "k3y" not in " ".join(agent.services.notices)
        assert auditor.verdict.content  # it could page: that is what it is asked


def test_what_hangs():
    assert hanging(1.0, 0.0) == ()
    assert len(hanging(11.0, 31.0)) == 2


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
    ],
)
def test_the_limit_of_the_watchdog(environment, expected):
    assert Supervisor(environment).watchdog_s == expected


def test_a_supervisor_that_is_gone_stops_nobody(tmp_path):
    Supervisor({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready("x")
    Supervisor({"NOTIFY_SOCKET": "@statusapp-nobody"}).stopping()
    Supervisor({}).content("x")
