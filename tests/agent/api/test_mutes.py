"""Mutes and acknowledgements taken back, over the real socket."""

import sqlite3

from statusapp_shared.protocol import Problem
from statusapp_shared.quiet import MutesView
from tests.support.agent_on_socket import OnSocket, listening


async def test_a_mute_from_its_beginning_to_its_end(agent: OnSocket, client):
    made = MutesView.model_validate_json((await client.post("/v1/mutes", json={"monitor": "nas"})).content)
    (item,) = made.items
    assert (item.monitor, item.waiting) == ("nas", 0)
    assert (item.until - item.since).total_seconds() == 3600
    await agent.checked("nas", "connection refused")
    await agent.until(lambda: any(each.held for each in agent.engine.state.deliveries.values()))
    seen = MutesView.model_validate_json((await client.get("/v1/mutes")).content)
    assert seen.items[0].waiting == 1
    status = (await client.get("/v1/status")).json()
    assert status["agent"]["healthy"]
    assert any("nas is muted until" in each for each in status["agent"]["problems"])
    sentence = (await client.get("/v1/monitors/nas/route")).json()["sentence"]
    assert "But pages wait now: muted by" in sentence
    why = (await client.get("/v1/monitors/nas/why")).json()["steps"]
    assert any(step["question"].startswith("Is it muted") and step["ok"] is False for step in why)
    ended = MutesView.model_validate_json((await client.delete("/v1/mutes", params={"monitor": "nas"})).content)
    assert ended.items == []
    await agent.until(lambda: not any(each.held for each in agent.engine.state.deliveries.values()))
    rows = sqlite3.connect(agent.engine.writer.state.path).execute("SELECT deed, subject FROM audit ORDER BY id")
    assert [row for row in rows.fetchall() if "mute" in row[0]] == [("mute", "nas"), ("unmute", "nas")]


async def test_what_cannot_be_muted(client):
    for body, status in (
        ({"seconds": 0}, 422),
        ({"seconds": 7 * 86_400 + 1}, 422),
        ({"seconds": "long"}, 422),
        ({"monitor": "nass"}, 404),
    ):
        answer = await client.post("/v1/mutes", json=body)
        assert answer.status_code == status, answer.text
        assert Problem.model_validate_json(answer.content).error
    answer = await client.delete("/v1/mutes")
    assert answer.status_code == 409
    assert "othing is muted" in answer.json()["error"]


async def test_an_acknowledgement_is_taken_back(agent: OnSocket, client):
    await agent.checked("nas", "connection refused")
    await client.post("/v1/incidents/1/acknowledge", json={"by": "ann"})
    taken = (await client.post("/v1/incidents/1/unacknowledge", json={"by": "ann"})).json()
    assert (taken["status"], taken["acknowledged_by"]) == ("open", "ann")
    assert "acknowledgement taken back by ann via api" in [line["text"] for line in taken["timeline"]]
    assert (await client.post("/v1/incidents/1/unacknowledge")).status_code == 409


async def test_an_incident_tells_its_level_and_its_storm(agent: OnSocket, client):
    await agent.checked("nas", "connection refused")
    found = (await client.get("/v1/incidents/1")).json()
    assert (found["level"], found["storm"], found["nobody_answered_at"]) == (1, None, None)


async def test_whoever_listens_hears_of_it_at_once(agent: OnSocket, client):
    async with agent.client() as other, listening(other) as events:
        await events.until("snapshot")
        await client.post("/v1/mutes", json={"seconds": 60})
        told = await events.until("agent")
        assert any("Everything is muted until" in each for each in told["problems"])
        await client.delete("/v1/mutes")
        told = await events.until("agent")
        assert not any("muted" in each for each in told["problems"])
