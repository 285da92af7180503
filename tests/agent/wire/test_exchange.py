import asyncio
import gzip
import zlib
from datetime import UTC, datetime

import httpx
import pytest

from statusapp_agent.wire.certificates import ssl_context
from statusapp_agent.wire.exchange import BODY_BYTES, Exchange
from statusapp_agent.wire.faults import WireFault
from statusapp_agent.wire.trace import Trace
from tests.support.servers import answer, answering, closed_port, serving


def exchange(**options: int) -> tuple[Exchange, Trace]:
    trace = Trace(datetime.now(UTC), "127.0.0.1")
    return Exchange(trace, lambda: ssl_context(True, None, None), **options), trace


async def ask(url: str, method: str = "GET", **options: int) -> httpx.Response:
    carrier, _ = exchange(**options)
    return await carrier.handle_async_request(httpx.Request(method, url, headers={"Connection": "close"}))


async def fault_of(*answers: bytes, method: str = "GET") -> WireFault:
    async with answering(*answers) as server:
        with pytest.raises(WireFault) as caught:
            await ask(server.url(), method)
    return caught.value


async def test_it_is_a_transport_for_httpx():
    async with answering(answer(b"hello", X_Seen="yes")) as server:
        carrier, trace = exchange()
        async with httpx.AsyncClient(transport=carrier) as client:
            response = await client.post(server.url("/a?b=c"), content=b"ping")
    assert (response.status_code, response.text, response.headers["x-seen"]) == (200, "hello", "yes")
    assert server.heads[0].startswith(b"POST /a?b=c HTTP/1.1\r\n")
    assert server.heads[0].endswith(b"\r\n\r\nping")
    assert set(trace.phases) == {"connect", "first_byte", "transfer"}
    assert trace.latency_s >= sum(trace.phases.values()) > 0


async def test_phases_tell_where_the_time_went():
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.06)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
        await writer.drain()
        await asyncio.sleep(0.03)
        writer.write(b"cd")
        await writer.drain()

    async with serving(slow) as server:
        carrier, trace = exchange()
        await carrier.handle_async_request(httpx.Request("GET", server.url()))
    assert trace.phases["first_byte"] >= 0.05
    assert 0.02 <= trace.phases["transfer"] < trace.phases["first_byte"]
    assert trace.phases["connect"] < 0.05


@pytest.mark.parametrize(
    "wire",
    [
        answer(b"hello"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\nhello",
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer(b"hello"),
        answer(gzip.compress(b"hello", mtime=0), Content_Encoding="gzip"),
        answer(gzip.compress(b"hello", mtime=0), Content_Encoding="X-Gzip"),
        answer(zlib.compress(b"hello"), Content_Encoding="deflate"),
        answer(zlib.compress(b"hello", wbits=-15), Content_Encoding="deflate"),
        answer(b"hello", Content_Encoding="identity"),
    ],
)
async def test_bodies_come_in_many_ways(wire: bytes):
    async with answering(wire) as server:
        response = await ask(server.url())
        assert await response.aread() == b"hello"


async def test_a_body_of_exactly_the_limit_is_whole():
    async with answering(answer(b"x" * BODY_BYTES), answer(b"x" * (BODY_BYTES + 1))) as server:
        whole = await ask(server.url())
        cut = await ask(server.url())
    assert (whole.extensions["cut"], len(await whole.aread())) == (None, BODY_BYTES)
    assert (cut.extensions["cut"], len(await cut.aread())) == ("1 MiB", BODY_BYTES)


async def test_a_large_body_in_small_chunks_is_read_whole():
    chunk = b"40\r\n" + b"x" * 64 + b"\r\n"
    async with answering(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 10_000 + b"0\r\n\r\n"
    ) as server:
        response = await ask(server.url())
    assert (response.extensions["cut"], len(await response.aread())) == (None, 640_000)


async def test_only_what_is_wanted_is_kept():
    async with answering(answer(b"abc" * 1000)) as server:
        response = await ask(server.url(), keep=5)
        assert await response.aread() == b"abcab"


async def test_an_answer_to_head_has_no_body():
    async with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\nContent-Encoding: br\r\n\r\n") as server:
        assert await (await ask(server.url(), "HEAD")).aread() == b""


@pytest.mark.parametrize(
    ("wire", "error"),
    [
        (b"", "closed"),
        (b"HTTP/1.1 200 O", "closed"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "closed"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "closed"),
        (b"<html>hello</html>\r\n\r\n", "http_protocol"),
        (b"\x16\x03\x01\x00\xa5", "http_protocol"),
        (b"SSH-2.0-OpenSSH_9.7\r\n\r\n", "http_protocol"),
        (b"HTTP/1.1 abc OK\r\n\r\n", "http_protocol"),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "http_protocol"),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "http_protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello", "http_protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", "http_protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "http_protocol"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello", "http_protocol"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello", "http_protocol"),
        (answer(b"xx", Content_Encoding="br"), "http_encoding"),
        (answer(b"xx", Content_Encoding="gzip"), "http_encoding"),
        (answer(b"xx", Content_Encoding="gzip, gzip"), "http_encoding"),
    ],
)
async def test_nonsense_is_a_fault_with_a_sentence(wire: bytes, error: str):
    fault = await fault_of(wire)
    assert fault.error == error
    assert fault.sentence.isprintable()
    assert not fault.ours


async def test_a_closed_port_refuses():
    with pytest.raises(WireFault) as caught:
        await ask(f"http://127.0.0.1:{closed_port()}/")
    assert caught.value.error == "connect_refused"


async def test_an_answer_before_the_whole_question_counts():
    async def hasty(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(b"", "413 Content Too Large"))
        await writer.drain()
        await asyncio.Event().wait()

    async with serving(hasty) as server:
        carrier, _ = exchange()
        request = httpx.Request("POST", server.url(), content=b"x" * 100_000)
        assert (await carrier.handle_async_request(request)).status_code == 413


async def test_a_large_question_is_sent_whole():
    async with answering(answer()) as server:
        carrier, _ = exchange()
        await carrier.handle_async_request(httpx.Request("POST", server.url(), content=b"x" * 8_000_000))
    assert len(server.heads[0]) > 8_000_000
