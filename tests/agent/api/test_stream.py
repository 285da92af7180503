"""The event stream: a snapshot, then every change, without a gap."""

import asyncio
import json
from pathlib import Path

import pytest

from statusapp_agent.api.present import Present
from statusapp_agent.api.stream import MOST_WAITING_BYTES, Hub, Listener
from statusapp_agent.core.model import Refused
from statusapp_shared import protocol as p
from tests.support.agent_on_socket import SETTINGS, Events, OnSocket, agent_on_socket, listening


@pytest.fixture
async def quiet(tmp_path: Path):
    """An agent without a server."""
    async with agent_on_socket(tmp_path, serving=False) as running:
        yield running


def read(events) -> Events:
    """Read a stream straight from the hub."""

    async def lines():
        async for part in events:
            for line in part.decode().split("\n")[:-1]:
                yield line

    return Events(lines())


async def test_a_snapshot_comes_first(agent: OnSocket, client):
    await agent.checked("nas", "refused")
    async with listening(client) as events:
        number, kind, data = await events.next()
    assert (number, kind) == (1, "snapshot")
    p.Event.model_validate({"number": number, "kind": kind, "data": data})
    status = p.StatusView.model_validate(data)
    assert [incident.monitor for incident in status.incidents] == ["nas"]
    channels = [p.ChannelView.model_validate(channel) for channel in data["channels"]]
    assert [channel.name for channel in channels] == ["sink"]
    assert channels[0].secrets["key"].is_set


async def test_then_every_change_in_order_and_without_a_gap(agent: OnSocket, client):
    numbers, seen = [], []
    async with listening(client) as events:
        numbers.append((await events.next())[0])
        await agent.checked("nas", "connection refused")
        await agent.until(lambda: not agent.restless())
        await agent.checked("nas")
        await agent.until(lambda: not agent.restless())
        while True:
            number, kind, data = await events.next()
            numbers.append(number)
            seen.append((kind, data))
            if kind == "delivery" and (data["action"], data["state"]) == ("resolve", "delivered"):
                break
    assert numbers == list(range(1, len(numbers) + 1))
    states = [data["state"] for kind, data in seen if kind == "monitor"]
    assert states[0] == "down"
    assert states[-1] == "up"
    statuses = [data["status"] for kind, data in seen if kind == "incident"]
    assert "open" in statuses
    assert statuses[-1] == "resolved"
    channel = [data for kind, data in seen if kind == "channel"]
    assert channel
    for kind, data in seen:
        {"monitor": p.MonitorView, "incident": p.IncidentView, "delivery": p.DeliveryView, "channel": p.ChannelView}[
            kind
        ].model_validate(data)


async def test_what_goes_is_told(agent: OnSocket, client):
    async with listening(client) as events:
        await events.next()
        await client.delete("/v1/monitors/nas")
        assert (await events.until("monitor_gone")) == {"name": "nas"}
        await client.delete("/v1/channels/sink")
        assert (await events.until("channel_gone")) == {"name": "sink"}


async def test_what_comes_is_told_with_its_secrets(agent: OnSocket, client):
    async with listening(client) as events:
        await events.next()
        more = SETTINGS + '\n[[channels]]\nname = "second"\nkind = "sink"\naddress = "b"\nkey = "abc"\n'
        await agent.apply(more)
        while True:
            channel = p.ChannelView.model_validate(await events.until("channel"))
            if channel.name == "second" and channel.secrets:
                break
        assert channel.secrets["key"].is_set


async def test_a_new_connection_begins_anew(agent: OnSocket, client):
    async with listening(client) as events:
        await events.next()
    await agent.checked("nas", "refused")
    async with listening(client) as events:
        number, kind, data = await events.next()
        assert (number, kind) == (1, "snapshot")
        assert data["counts"]["down"] == 1


async def test_nobody_listening_costs_nothing(agent: OnSocket, client):
    assert not agent.engine.listeners
    async with listening(client) as events:
        await events.next()
        assert len(agent.engine.listeners) == 1
        async with agent.client() as other, listening(other) as too:
            await too.next()
            assert len(agent.engine.listeners) == 1
            await agent.checked("nas", "refused")
            assert (await events.until("monitor"))["state"] == "down"
            assert (await too.until("monitor"))["state"] == "down"
    async with asyncio.timeout(10):
        while agent.engine.listeners:
            await client.get("/v1/agent")


async def test_the_agent_and_signs_of_life_come_by_themselves(quiet: OnSocket):
    hub = Hub(Present(quiet.services), agent_every_s=0.03, keepalive_every_s=0.02)
    listener = Listener()
    events = read(hub.listen(listener))
    await events.next()
    agent = p.AgentView.model_validate(await events.until("agent"))
    assert agent.healthy
    await events.until("agent")
    assert ": keepalive" in events.comments
    listener.end()
    with pytest.raises(EOFError):
        await events.until("nothing")
    assert not quiet.engine.listeners


async def test_one_who_lets_too_much_gather_is_cut_off_and_nobody_else(quiet: OnSocket):
    hub = Hub(Present(quiet.services))
    cut: list[bool] = []
    slow, brisk = Listener(lambda: cut.append(True)), Listener()
    slow_stream, brisk_stream = hub.listen(slow), hub.listen(brisk)
    await anext(slow_stream)
    await anext(brisk_stream)
    events = read(brisk_stream)
    numbers = []
    quiet.sink.answer = lambda: Refused("x" * 50_000)
    while not cut:
        await quiet.checked("nas", "y" * 50_000)
        await quiet.checked("nas")
        while brisk.waiting:
            numbers.append((await events.next())[0])
    assert slow.waiting_bytes > MOST_WAITING_BYTES
    assert numbers == list(range(2, len(numbers) + 2))
    assert not brisk.over
    await brisk_stream.aclose()
    await slow_stream.aclose()
    assert not quiet.engine.listeners


async def test_nothing_is_told_twice_or_lost_around_the_snapshot(quiet: OnSocket):
    hub = Hub(Present(quiet.services))
    first = hub.listen(Listener())
    await anext(first)
    # The engine has decided and not yet told: a second client's snapshot has it, its stream must not have it again.
    await quiet.checked("nas", "refused")
    second_listener = Listener()
    second = hub.listen(second_listener)
    snapshot = json.loads((await anext(second)).decode().split("data: ")[1])
    assert snapshot["data"]["counts"]["down"] == 1
    await quiet.until(lambda: not quiet.restless())
    told = [kind for kind, _ in second_listener.waiting]
    assert "delivery" in told
    assert "monitor" not in told
    await first.aclose()
    await second.aclose()


async def test_a_closed_hub_ends_new_streams_after_the_snapshot(quiet: OnSocket):
    hub = Hub(Present(quiet.services))
    hub.close()
    parts = [part async for part in hub.listen(Listener())]
    assert len(parts) == 1
    assert parts[0].startswith(b"id: 1\nevent: snapshot\n")


async def test_a_client_that_goes_is_forgotten(agent: OnSocket, client):
    reader, writer = await asyncio.open_unix_connection(str(agent.socket))
    writer.write(b"GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
    await reader.readuntil(b"snapshot")
    assert agent.engine.listeners
    writer.close()
    async with asyncio.timeout(10):
        while agent.engine.listeners:
            await client.get("/v1/agent")
