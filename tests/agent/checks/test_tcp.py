import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from statusapp_agent.checks.tcp import TcpCheck, TcpSettings
from statusapp_agent.core.model import CheckStatus, Result
from tests.support.certificates import Authority
from tests.support.check_tools import check_tools
from tests.support.servers import Server, closed_port, forever, server_context, serving


async def check(server: Server, timeout_s: float = 5.0, authority: str | None = None, **settings: Any) -> Result:
    tools = check_tools(timeout_s, authority=authority)
    return await TcpCheck().run(TcpSettings(**{"host": server.host, "port": server.port, **settings}), tools)


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 nas ")
    await writer.drain()
    writer.write(b"ready\r\n")
    writer.write(b"you said " + await reader.readline())
    await writer.drain()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_a_port_that_listens(host: str):
    async with serving(forever, host=host) as server:
        result = await check(server)
    assert result.status is CheckStatus.UP
    assert result.message.startswith("connected in ")
    assert set(result.phases) == {"connect"}


async def test_a_port_that_does_not():
    result = await check(Server("127.0.0.1", closed_port()))
    assert (result.status, result.error) == (CheckStatus.DOWN, "connect_refused")


async def test_it_speaks_and_listens():
    async with serving(greet) as server:
        result = await check(server, send="hello\n", expect="ready\r\nyou said hello")
    assert result.status is CheckStatus.UP
    assert result.message.startswith("said 'ready\\r\\nyou said hello' after ")
    assert "said" not in result.facts


async def test_it_hangs_up_without_the_word():
    async with serving(greet) as server:
        result = await check(server, send="hello\n", expect="goodbye")
    assert (result.status, result.error) == (CheckStatus.DOWN, "unexpected_answer")
    assert result.message == "the connection was closed before it said 'goodbye'"
    assert result.facts["said"].startswith("220 nas ready\\r\\n")


async def test_it_does_not_say_the_word_in_time():
    async with serving(greet) as server:
        result = await check(server, timeout_s=0.3, expect="goodbye")
    assert (result.error, result.message) == ("timeout", "it did not say 'goodbye' within 0.3 s")
    assert result.facts["said"].startswith("220 nas")


async def test_a_peer_that_never_stops_is_left():
    async def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    async with serving(flood) as server:
        result = await check(server, expect="goodbye")
    assert result.message == "'goodbye' is not in the first 64 KiB of what it said"


async def test_over_tls(tmp_path: Path):
    authority = Authority(tmp_path)
    context = server_context(str(authority.server("127.0.0.1").path))
    async with serving(greet, tls=context) as server:
        trusted = await check(server, tls=True, send="x\n", expect="you said x", authority=str(authority.bundle))
        untrusted = await check(server, tls=True)
        blind = await check(server, tls=True, verify_tls=False, expect="220")
    assert trusted.status is CheckStatus.UP
    assert set(trusted.phases) == {"connect", "tls", "first_byte", "transfer"}
    assert (untrusted.status, untrusted.error) == (CheckStatus.DOWN, "tls_untrusted")
    assert blind.status is CheckStatus.UP


async def test_tls_to_a_peer_that_has_none():
    async with serving(greet) as server:
        result = await check(server, tls=True)
    assert (result.status, result.error) == (CheckStatus.DOWN, "tls_handshake")
    assert "does not speak TLS" in result.message


@pytest.mark.parametrize("host", ["", "http://x", "a b", "x/y", "a..b", "me@x", "a" * 64])
def test_what_is_no_host(host: str):
    with pytest.raises(ValidationError):
        TcpSettings(host=host, port=22)


def test_what_people_call_it():
    assert TcpCheck().target(TcpSettings(host="[::1]", port=22)) == "[::1]:22"
    assert TcpCheck().target(TcpSettings(host="nas.lan", port=22)) == "nas.lan:22"
