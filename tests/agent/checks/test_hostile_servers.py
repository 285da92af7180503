"""Servers that mean harm, one for each way: the check ends in time, says why, and hurts nobody else (H1-H8)."""

import asyncio
import gzip
import resource
import socket
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from statusapp_agent.checks.http import HttpCheck, HttpSettings
from statusapp_agent.core.model import CheckStatus, Result
from statusapp_agent.wire.resolve import Endpoint
from tests.support.certificates import Authority
from tests.support.check_tools import check_tools
from tests.support.servers import answer, answering, server_context, serving

OK_HEAD = b"HTTP/1.1 200 OK\r\n"
MIB = 1 << 20


async def check(url: str, timeout_s: float = 5.0, **settings: Any) -> Result:
    return await HttpCheck().run(HttpSettings(url=url, **settings), check_tools(timeout_s))


def saying(first: bytes, again: bytes = b"", pause_s: float = 0.0) -> Callable[..., Any]:
    """Say ``first`` and then ``again`` for ever."""

    async def behaviour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(first)
        while again:
            writer.write(again)
            await writer.drain()
            await asyncio.sleep(pause_s)
        await writer.drain()

    return behaviour


def bomb(size: int, encoding: str) -> bytes:
    packer = zlib.compressobj(9, wbits=31 if encoding == "gzip" else 15)
    chunk = b"\0" * MIB
    return b"".join(packer.compress(chunk) for _ in range(size // MIB)) + packer.flush()


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_h1_a_bomb_is_inflated_to_the_limit_and_no_further(encoding: str):
    wire = answer(bomb(400 * MIB, encoding), Content_Encoding=encoding)
    async with answering(wire) as server:
        tracemalloc.start()
        try:
            result = await check(server.url(), keyword="x")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert result.message == "the word 'x' is not in the first 1 MiB of the answer"
    assert peak < 10 * MIB


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip"])
async def test_h1_what_cannot_be_bounded_is_refused(encoding: str):
    async with answering(answer(gzip.compress(b"x" * 1000), Content_Encoding=encoding)) as server:
        result = await check(server.url())
    assert (result.status, result.error) == (CheckStatus.DOWN, "http_encoding")
    assert encoding in result.message


async def test_h1_an_empty_stream_without_end():
    # Stored blocks of no bytes: compressed data goes on for ever and holds nothing.
    head = OK_HEAD + b"Content-Encoding: deflate\r\n\r\n" + zlib.compress(b"")[:2]
    async with serving(saying(head, b"\x00\x00\x00\xff\xff" * 8000)) as server:
        result = await check(server.url())
    assert result.message.endswith("stopped reading after 1 MiB")


@pytest.mark.parametrize(
    ("head", "again"),
    [
        (OK_HEAD + b"\r\n", b"x" * 65_536),
        (OK_HEAD + b"Content-Length: 99999999999\r\n\r\n", b"x" * 65_536),
        (OK_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65_536 + b"\r\n"),
    ],
)
async def test_h2_a_body_without_end_is_left_alone_after_a_while(head: bytes, again: bytes):
    async with serving(saying(head, again)) as server:
        begun = monotonic()
        result = await check(server.url())
    assert result.status is CheckStatus.UP
    assert result.message.endswith("stopped reading after 1 MiB")
    assert monotonic() - begun < 3


async def test_h2_crumbs_without_end_are_left_alone_sooner():
    head = OK_HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    async with serving(saying(head, b"1\r\nx\r\n" * 10_000)) as server:
        result = await check(server.url(), keyword="y")
    assert (result.status, result.error) == (CheckStatus.DOWN, "keyword")
    assert result.message == "the word 'y' is not in the first 4162 chunks of the answer"


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (b"H", b"T"),
        (OK_HEAD, b"X"),
        (OK_HEAD + b"Content-Length: 900\r\n\r\n", b"x"),
        (OK_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    ],
)
async def test_h3_drop_by_drop_ends_at_the_time_limit(first: bytes, again: bytes):
    async with serving(saying(first, again, pause_s=0.02)) as server:
        begun = monotonic()
        result = await check(server.url(), timeout_s=0.4)
    assert (result.status, result.error) == (CheckStatus.DOWN, "timeout")
    assert monotonic() - begun < 1
    assert result.message == "the answer began but was not complete within 0.4 s"
    assert {"connect", "first_byte", "transfer"} == set(result.phases)


async def test_h4_fifty_floods_do_not_delay_the_check_beside_them():
    flood = saying(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n" * 500)
    async with serving(flood) as hostile, answering(answer()) as good:
        kind, tools = HttpCheck(), check_tools()
        settings = HttpSettings(url=hostile.url())
        floods = [asyncio.create_task(kind.run(settings, tools)) for _ in range(50)]
        beside = await check(good.url())
        results = await asyncio.gather(*floods)
    assert {(result.status, result.error) for result in results} == {(CheckStatus.DOWN, "http_limit")}
    assert "interim answers" in results[0].message
    assert beside.status is CheckStatus.UP
    assert beside.latency_s is not None
    assert beside.latency_s < 1.0


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (OK_HEAD + b"X: ", b"x" * 65_536),
        (OK_HEAD, b"a:b\r\n" * 10_000),
        (b"HTTP/1.1 200 ", b"O" * 65_536),
        (b"", b"x" * 65_536),
    ],
)
async def test_h5_a_head_without_end(first: bytes, again: bytes):
    async with serving(saying(first, again)) as server:
        begun = monotonic()
        result = await check(server.url())
    assert result.status is CheckStatus.DOWN
    assert result.error in {"http_limit", "http_protocol"}
    assert monotonic() - begun < 1


async def test_h5_trailers_without_end():
    head = OK_HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n"
    async with serving(saying(head, b"X: y\r\n" * 1000)) as server:
        result = await check(server.url())
    assert (result.status, result.error) == (CheckStatus.DOWN, "http_protocol")


async def test_h6_redirects_in_a_circle():
    async with answering(answer(b"", "302 Found", Location="/again")) as server:
        result = await check(server.url())
    assert (result.status, result.error) == (CheckStatus.DOWN, "redirect")
    assert result.message == "more than 5 redirects one after the other"
    assert server.connections == 6


@pytest.mark.parametrize("place", ["file:///etc/passwd", "gopher://127.0.0.1/", "unix:/run/x.sock", "\x1b[31m:"])
async def test_h6_redirects_to_other_schemes(place: str):
    async with answering(answer(b"", "302 Found", Location=place)) as server:
        result = await check(server.url())
    assert result.status is CheckStatus.DOWN
    assert result.message.isprintable()
    assert server.connections == 1


def own_address() -> str | None:
    """Return an address of this machine that is not loopback; connecting a UDP socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])


@pytest.mark.skipif(own_address() in {None, "127.0.0.1"}, reason="this machine has no address beside loopback")
@pytest.mark.parametrize(
    "spelling", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "0177.0.0.1", "2130706433", "rebound.test"]
)
async def test_h6_no_redirect_leads_from_outside_to_this_host(spelling: str):
    outside = own_address()
    assert outside is not None

    async def rebinding(host: str, port: int) -> list[Endpoint]:
        # What the C library makes of odd spellings, and what a hostile name server says of its own name.
        return [(socket.AF_INET, ("127.0.0.1", port))]

    async with answering(answer(b"secret")) as inside:
        place = f"http://{spelling}:{inside.port}/"
        async with answering(answer(b"", "302 Found", Location=place), host=outside) as server:
            settings = HttpSettings(url=server.url())
            result = await HttpCheck(rebinding).run(settings, check_tools())
            assert inside.connections == 0
    assert result.status is CheckStatus.DOWN
    assert result.error in {"address_refused", "redirect"}


@pytest.mark.parametrize(
    "wire",
    [
        bytes(range(256)) * 20,
        b"\r\n\r\n\r\n",
        b"\0" * 10_000,
        b"HTTP/1.1 99999 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: \x00\r\n\r\n",
        b"ICY 200 OK\r\n\r\n",
        b"<html>HTTP/0.9</html>",
    ],
)
async def test_h7_garbage_is_down_with_a_reason(wire: bytes):
    async with answering(wire) as server:
        result = await check(server.url())
    assert result.status is CheckStatus.DOWN
    assert result.error in {"http_protocol", "closed"}
    assert result.message
    assert result.message.isprintable()


@pytest.mark.parametrize("charset", ["punycode", "idna", "zlib", "hex", "no-such-charset", "utf-16", '"', "\xff"])
async def test_h7_a_strange_charset_is_no_trouble(charset: str):
    async with answering(answer(b"hello \xff\xfe", Content_Type=f"text/html; charset={charset}")) as server:
        result = await check(server.url(), keyword_absent="Error")
    assert result.status is CheckStatus.UP


async def test_h7_a_json_abyss_is_no_trouble():
    async with answering(answer(b"[" * 900_000)) as server:
        result = await check(server.url(), json_path="$..x")
    assert (result.error, result.message) == ("json_path", "the answer is not JSON")


async def test_h8_a_certificate_chain_without_measure(tmp_path: Path):
    authority = Authority(tmp_path)
    pair = authority.server("127.0.0.1", self_signed=True)
    chain = tmp_path / "chain.pem"
    chain.write_bytes(pair.path.read_bytes() + authority.bundle.read_bytes() * 400)
    async with answering(answer(), tls=server_context(str(chain))) as server:
        result = await check(server.url(scheme="https"))
    assert result.status is CheckStatus.DOWN
    assert result.error is not None
    assert result.error.startswith("tls_")


async def test_h8_a_stalled_handshake():
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"\x16\x03\x03\x40\x00\x02")
        await asyncio.Event().wait()

    async with serving(half) as server:
        begun = monotonic()
        result = await check(server.url(scheme="https"), timeout_s=0.4)
    assert (result.status, result.error) == (CheckStatus.DOWN, "timeout")
    assert "TLS handshake" in result.message
    assert monotonic() - begun < 1


async def test_a_hang_up_by_reset():
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        opened = writer.get_extra_info("socket")
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        writer.transport.abort()

    async with serving(reset) as server:
        result = await check(server.url())
    assert (result.status, result.error) == (CheckStatus.DOWN, "reset")


async def test_no_file_handle_left_is_unknown_and_not_down():
    async with answering(answer()) as server:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with socket.socket() as probe:
            lowest = probe.fileno()
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
        try:
            result = await check(server.url())
            named = await check("http://does-not-exist.invalid/")
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (result.status, result.error) == (CheckStatus.UNKNOWN, "local_resources")
    assert named.status is CheckStatus.UNKNOWN


def open_sockets() -> int:
    """Return how many sockets this process has open."""
    return sum("socket:" in str(handle.readlink()) for handle in Path("/proc/self/fd").iterdir() if handle.is_symlink())


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="this system does not list open files")
async def test_nothing_is_left_open():
    arrived: list[asyncio.StreamWriter] = []

    async def hold(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.append(writer)
        await asyncio.Event().wait()

    async with serving(hold) as server:
        before = open_sockets()
        for path in ("/a", "/b", "/c"):
            assert (await check(server.url(path), timeout_s=0.1)).error == "timeout"
        # The server's own ends are still open; ours must not be.
        assert open_sockets() == before + len(arrived) == before + 3
