"""Clients that ask for too much, too slowly, or in no language at all: they are told so, and nobody else suffers."""

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from statusapp_agent.api.connection import MOST_CONNECTIONS, Patience
from statusapp_agent.api.limits import DEEPEST, MOST_BYTES, check_depth
from statusapp_agent.api.problems import ProblemError
from statusapp_shared import protocol as p
from tests.support.agent_on_socket import OnSocket, agent_on_socket

HEAD = "Host: x\r\nContent-Type: application/json\r\n"


@pytest.fixture
async def hasty(tmp_path: Path):
    """An agent whose patience is short."""
    async with agent_on_socket(tmp_path, patience=Patience(read_s=0.2, write_s=0.2)) as running:
        yield running


async def talk(agent: OnSocket, *parts: bytes, whole: bool = True) -> bytes:
    """Send bytes, and return all that comes back until the agent closes."""
    reader, writer = await asyncio.open_unix_connection(str(agent.socket))
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(10):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


def refusal(answer: bytes) -> tuple[int, p.Problem]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"statusapp-api: 1" in head.lower()
    return int(head.split()[1]), p.Problem.model_validate_json(body)


async def serves(agent: OnSocket) -> bool:
    async with agent.client() as client:
        return (await client.get("/v1/agent")).status_code == 200


async def test_a_body_too_large_is_refused_by_its_announcement(agent: OnSocket):
    answer = await talk(agent, f"POST /v1/settings HTTP/1.1\r\n{HEAD}Content-Length: {MOST_BYTES + 1}\r\n\r\n".encode())
    status, found = refusal(answer)
    assert (status, found.code) == (413, "too_large")


async def test_a_body_too_large_is_refused_as_it_grows(agent: OnSocket):
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    answer = await talk(
        agent, f"POST /v1/settings HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode(), *[chunk] * 17
    )
    status, found = refusal(answer)
    assert (status, found.code) == (413, "too_large")
    assert await serves(agent)


async def test_the_largest_settings_that_are_promised_fit(agent: OnSocket, client):
    text = "#" * (MOST_BYTES - 200)
    assert (await client.post("/v1/settings", json={"text": text})).status_code == 200


@pytest.mark.parametrize("bracket", ["[", '{"a":'])
async def test_json_ten_thousand_deep_is_refused(client, bracket):
    response = await client.post(
        "/v1/incidents/1/notes", content=bracket * 10_000, headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 400
    assert p.Problem.model_validate_json(response.content).code == "too_deep"


def test_depth_is_counted_outside_of_texts_only():
    check_depth(json.dumps({"text": "[" * 10_000 + '\\"{' * 1000}).encode())
    check_depth(b"[]" * 1000)
    check_depth(b"[" * DEEPEST + b"]" * DEEPEST)
    with pytest.raises(ProblemError):
        check_depth(b"[" * (DEEPEST + 1))
    with pytest.raises(ProblemError):
        check_depth(b'"never ended? no: ended" ' + b"[" * (DEEPEST + 1))
    with pytest.raises(ProblemError):
        check_depth(b"[]" * 100_000)


async def test_only_json_is_read(client):
    response = await client.post("/v1/heartbeats/backup", content=b"status=ok", headers={"Content-Type": "text/plain"})
    assert (response.status_code, response.json()["code"]) == (415, "media_type")
    response = await client.post("/v1/heartbeats/backup", content=b'{"status": "ok"}')
    assert response.status_code == 200
    response = await client.post("/v1/incidents/1/snooze", content='{"seconds": ' + "9" * 5000 + "}")
    assert response.status_code in (400, 422)
    assert "9999" not in response.text
    response = await client.post("/v1/incidents/1/snooze", content='{"seconds": NaN}')
    assert response.status_code == 422
    response = await client.post("/v1/heartbeats/backup", content=b'{"message": "\\ud800"}')
    assert response.status_code == 422


@pytest.mark.parametrize("version", ["2", "0", "x", "10.1"])
async def test_another_version_is_a_sentence(client, version):
    response = await client.get("/v1/agent", headers={"StatusApp-API": version})
    found = p.Problem.model_validate_json(response.content)
    assert (response.status_code, found.code) == (400, "api_version")
    assert response.headers["statusapp-api"] == "1"


@pytest.mark.parametrize("version", ["1", "1.7"])
async def test_our_version_is_welcome(client, version):
    assert (await client.get("/v1/agent", headers={"StatusApp-API": version})).status_code == 200


@pytest.mark.parametrize(
    "said",
    [
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET /v1/agent HTTP/1.1\r\n\r\n",
        b"GET /v1/agent HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
        b"GET /v1/agent HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 70_000,
        b"POST /v1/changes HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nzz\r\n",
    ],
)
async def test_what_is_no_http_is_refused_as_json(agent: OnSocket, said):
    status, found = refusal(await talk(agent, said))
    assert (status, found.code) == (400, "bad_request")
    assert await serves(agent)


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (b"GET /v1/agent HT",),
        (b"GET /v1/agent HTTP/1.1\r\nHost: x\r\n",),
        (b"POST /v1/changes HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",),
        (b"GET /v1/agent HTTP/1.1\r\nHost: x\r\n\r\nGET /v1/ag",),
        (
            b"GET /v1/agent HTTP/1.1\r\nHost: x\r\n\r\n",
            b"POST /v1/changes HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n",
        ),
    ],
)
async def test_half_a_request_ends_at_the_deadline(hasty: OnSocket, parts):
    began = asyncio.get_running_loop().time()
    await talk(hasty, *parts)
    assert asyncio.get_running_loop().time() - began < 5
    assert await serves(hasty)


async def test_dripping_does_not_stretch_the_deadline(hasty: OnSocket):
    reader, writer = await asyncio.open_unix_connection(str(hasty.socket))
    ended = asyncio.create_task(reader.read())
    sent = 0
    try:
        async with asyncio.timeout(5):
            while not ended.done():
                writer.write(b"x")
                sent += 1
                await asyncio.wait([ended], timeout=0.02)
    finally:
        writer.close()
    assert sent > 1


async def test_a_connection_at_rest_is_kept_for_the_next_request(hasty: OnSocket):
    async with hasty.client() as client:
        assert (await client.get("/v1/agent")).status_code == 200
        pool = client._transport._pool
        before = pool.connections[0]
        await asyncio.sleep(0.4)  # longer than a request may take: rest is no request
        assert (await client.get("/v1/agent")).status_code == 200
        assert pool.connections == [before]


async def test_who_does_not_read_is_dropped(hasty: OnSocket):
    _reader, writer = await asyncio.open_unix_connection(str(hasty.socket), limit=1024)
    writer.transport.pause_reading()  # questions with long answers, and not one answer read
    dropped = False
    async with asyncio.timeout(10):
        while not dropped:
            dropped = await _asks_in_vain(writer)
    writer.close()
    assert await serves(hasty)


async def _asks_in_vain(writer: asyncio.StreamWriter) -> bool:
    try:
        writer.write(b"GET /v1/kinds HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
        await writer.drain()
        await asyncio.sleep(0.02)
    except ConnectionError:
        return True
    return False


async def test_one_connection_too_many_is_told_so(agent: OnSocket):
    async with AsyncExitStack() as stack:
        writers = []
        for _ in range(MOST_CONNECTIONS):
            _, writer = await asyncio.open_unix_connection(str(agent.socket))
            stack.callback(writer.close)
            writers.append(writer)
        answer = await talk(agent, b"GET /v1/agent HTTP/1.1\r\nHost: x\r\n\r\n")
        status, found = refusal(answer)
        assert (status, found.code) == (503, "busy")
        for writer in writers:
            writer.close()
            await writer.wait_closed()
        async with asyncio.timeout(10):
            while not await serves(agent):
                pass


async def test_a_flood_of_connections_is_cut_off(agent: OnSocket):
    async with AsyncExitStack() as stack:
        readers = []
        for _ in range(4 * MOST_CONNECTIONS):
            reader, writer = await asyncio.open_unix_connection(str(agent.socket))
            stack.callback(writer.close)
            readers.append(reader)
        async with asyncio.timeout(10):
            assert await readers[-1].read() == b""
    async with asyncio.timeout(10):
        while not await serves(agent):
            pass


async def test_a_bug_is_a_sentence_and_no_traceback(agent: OnSocket, client, caplog):
    agent.services.settling = None
    response = await client.get("/v1/settings")
    found = p.Problem.model_validate_json(response.content)
    assert (response.status_code, found.code) == (500, "internal")
    assert "Traceback" not in response.text
    assert "NoneType" not in response.text
    assert any("GET /v1/settings failed" in record.message for record in caplog.records)
    assert await serves(agent)
