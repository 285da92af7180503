"""The engine: write, act, tell, whatever breaks."""

import sqlite3

import pytest

from statusapp_agent.core.events import Acknowledge, Attempted, Note, Pause
from statusapp_agent.core.incident import NotAllowedError
from statusapp_agent.core.model import Delivered, IncidentStatus
from statusapp_agent.store.history import incidents, story
from tests.support.small_agent import monitor, small_agent


async def _open_incident(agent):
    agent.check.down = True
    await agent.until(lambda: any(i.is_open for i in agent.engine.state.incidents.values()))
    return next(iter(agent.engine.state.incidents.values()))


async def test_an_outage_is_written_before_it_is_told(tmp_path):
    async with small_agent(tmp_path) as agent:
        await agent.settle(monitor())
        seen_on_disk = []
        real_send = agent.courier.send

        def send(delivery, record):
            connection = sqlite3.connect(tmp_path / "state.db")
            row = connection.execute("SELECT state, body FROM delivery WHERE id = ?", (delivery.id,)).fetchone()
            connection.close()
            seen_on_disk.append((row[0], '"attempts":1' in row[1], '"sending":true' in row[1]))
            real_send(delivery, record)

        agent.courier.send = send
        await _open_incident(agent)
        await agent.until(lambda: len(agent.channel.told) >= 1)
        assert seen_on_disk == [("pending", True, True)]


async def test_the_whole_road_there_and_back(tmp_path):
    async with small_agent(tmp_path) as agent:
        await agent.settle(monitor())
        incident = await _open_incident(agent)
        await agent.until(lambda: len(agent.channel.told) == 1)
        await agent.engine.ask(Acknowledge(incident.id, "Ana", "cli"))
        await agent.until(lambda: len(agent.channel.told) == 2)
        agent.check.down = False
        await agent.until(lambda: len(agent.channel.told) == 3 and not agent.engine.state.incidents)
        assert [told["action"] for told in agent.channel.told] == ["trigger", "acknowledge", "resolve"]
        assert len({told["dedup_key"] for told in agent.channel.told}) == 1
        await agent.engine.flush()
    (stored,) = incidents(tmp_path / "state.db")
    assert stored.status is IncidentStatus.RESOLVED
    told = story(tmp_path / "state.db", stored.id)
    assert told is not None
    assert told.timeline[0].kind == "opened"
    assert {"told", "acknowledged", "resolved"} <= {line.kind for line in told.timeline}
    assert [delivery.state.value for delivery in told.deliveries] == ["delivered"] * 3


async def test_a_refused_command_says_why_and_changes_nothing(tmp_path):
    async with small_agent(tmp_path) as agent:
        await agent.settle(monitor())
        with pytest.raises(NotAllowedError, match="no monitor 'nobody'"):
            await agent.engine.ask(Pause("nobody", "Ana"))
        with pytest.raises(NotAllowedError, match="over"):
            await agent.engine.ask(Acknowledge("unknown", "Ana", "cli"))


async def test_a_broken_check_stops_nobody_else(tmp_path, caplog):
    async with small_agent(tmp_path) as agent:
        await agent.settle(monitor("a"), monitor("b"))
        agent.check.breaks = True
        runs = agent.check.runs
        await agent.until(lambda: agent.check.runs >= runs + 6)
        assert not agent.engine.state.incidents
        assert "a fault of StatusApp" in (agent.engine.state.watches["a"].blind or "")
        agent.check.breaks = False
        await agent.until(lambda: agent.engine.state.watches["a"].blind is None)
    assert any("broke" in record.message for record in caplog.records)


async def test_an_event_that_cannot_be_decided_is_logged_and_passed_over(tmp_path, caplog):
    async with small_agent(tmp_path) as agent:
        await agent.settle(monitor())
        agent.engine.put("not an event")  # matches nothing
        agent.engine.put(Attempted(999, Delivered()))  # about nothing
        await agent.engine.ask(Note("x", "still alive", "Ana", "cli"))


async def test_pages_leave_while_the_disk_refuses_writes(tmp_path, caplog):
    async with small_agent(tmp_path) as agent:
        await agent.settle(monitor())
        store = agent.engine.writer.state
        real_commit = store.commit

        def refuse(batch):
            raise sqlite3.OperationalError("database or disk is full")

        store.commit = refuse
        await _open_incident(agent)
        await agent.until(lambda: len(agent.channel.told) == 1)
        assert "disk is full" in (agent.engine.writer.fault or "")
        assert agent.engine.writer.unwritten > 0
        store.commit = real_commit
        await agent.engine.flush()
        assert agent.engine.writer.fault is None
    (stored,) = incidents(tmp_path / "state.db")
    assert stored.is_open


async def test_a_hanging_check_is_cut_off_and_delays_nobody(tmp_path):
    async with small_agent(tmp_path) as agent:
        agent.check.hangs = True
        await agent.settle(monitor("slow", timeout_s=0.2, channels=()))
        await agent.until(lambda: agent.engine.state.watches["slow"].health.failures >= 2)
        last = agent.engine.state.sights["slow"].last
        assert last is not None
        assert last.error == "timeout"


async def test_listeners_hear_of_what_was_written(tmp_path):
    async with small_agent(tmp_path) as agent:
        heard = []
        agent.engine.listeners.add(lambda effects: heard.extend(type(e).__name__ for e in effects))
        await agent.settle(monitor())
        await agent.until(lambda: "Saw" in heard)
        assert "Save" in heard
