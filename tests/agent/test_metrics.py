"""Prometheus' text: what is known, nothing that is not, over a real socket."""

import asyncio
import socket
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from statusapp_agent.core.health import Health, HealthState
from statusapp_agent.core.model import Channel, CheckStatus, Incident, Monitor, Purpose, Result, Severity
from statusapp_agent.core.state import ChannelRecord, Save, State, Watch
from statusapp_agent.metrics import exposition
from statusapp_agent.metrics_listener import MetricsListener

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def state_of(*watches):
    state = State(install="5f0f7c5e-3c0f-4a54-9a53-0c5f6b8e0d11", version="1")
    state.absorb([Save(watch) for watch in watches])
    return state


def watch(name, health, **more):
    return Watch(Monitor(name, "http", None, target="https://secret.lan/token"), Health(health), **more)


def samples(state):
    text = exposition(state, NOW, NOW - timedelta(seconds=90), "1.2.3")
    assert "secret.lan" not in text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_monitors_and_what_is_not_known_of_them():
    state = state_of(
        watch('odd "näme"\n', HealthState.UP),
        watch("slow", HealthState.DEGRADED),
        watch("nas", HealthState.DOWN),
        watch("new", HealthState.PENDING),
        watch("dark", HealthState.UP, blind="asleep"),
    )
    state.sights["nas"].take_in(Result(CheckStatus.DOWN, NOW, 0.25, "refused"))
    found = samples(state)
    up = {key[1]: value for key, value in found.items() if key[0] == "statusapp_monitor_up"}
    assert up == {'odd "näme"\n': 1, "slow": 1, "nas": 0}
    assert found["statusapp_monitor_degraded", "slow"] == 1
    assert found["statusapp_monitor_blind", "dark"] == 1
    assert found["statusapp_monitor_latency_seconds", "nas"] == 0.25
    assert found["statusapp_monitor_last_check_timestamp_seconds", "nas"] == NOW.timestamp()
    assert found["statusapp_agent_uptime_seconds_total",] == 90
    assert found["statusapp_agent_info", "1.2.3"] == 1


def test_incidents_and_channels():
    state = state_of(watch("nas", HealthState.DOWN))
    incident = Incident("i1", 1, "nas", Severity.CRITICAL, "refused", NOW, NOW)
    drill = Incident("i2", 2, "nas", Severity.CRITICAL, "refused", NOW, NOW, purpose=Purpose.DRILL)
    record = ChannelRecord("pd", Channel("pd", "pagerduty", None), broken="wrong key")
    state.absorb([Save(incident), Save(drill), Save(record)])
    found = samples(state)
    assert found["statusapp_incidents_open", "open"] == 1
    assert found["statusapp_channel_broken", "pd"] == 1


@pytest.fixture
async def listener():
    made = MetricsListener(lambda: "statusapp_agent_info 1\n")
    yield made
    await made.follow(None)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


async def test_it_answers_one_question_and_moves_with_the_settings(listener):
    first, second = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
    await listener.follow(first)
    async with httpx.AsyncClient(trust_env=False) as client:
        told = await client.get(f"http://{first}/metrics")
        assert (told.status_code, told.text) == (200, "statusapp_agent_info 1\n")
        assert told.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert (await client.get(f"http://{first}/other")).status_code == 404
        assert (await client.post(f"http://{first}/metrics", content=b"x")).status_code == 405
        await listener.follow(second)
        assert (await client.get(f"http://{second}/metrics?x=1")).status_code == 200
        with pytest.raises(httpx.ConnectError):
            await client.get(f"http://{first}/metrics")


async def test_nonsense_and_a_taken_port_cost_nothing(listener):
    address = f"127.0.0.1:{free_port()}"
    await listener.follow(address)
    reader, writer = await asyncio.open_connection(*address.split(":"))
    writer.write(b"x" * 20_000)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    writer.close()
    taken = MetricsListener(lambda: "")
    await taken.follow(address)
    assert "cannot be listened at" in (taken.fault or "")
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"http://{address}/metrics")).status_code == 200
