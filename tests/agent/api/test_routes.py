"""Every noun, over the real socket."""

from urllib.parse import quote

import pytest

from statusapp_agent.core.events import SettingsChanged
from statusapp_agent.core.model import Again, Monitor, Refused
from statusapp_shared import protocol as p
from tests.support.agent_on_socket import CANARY_SECRET, OnSocket

ODD = "odd näme?#%41"


def of(*parts: str) -> str:
    return "/v1/" + "/".join(quote(part, safe="") for part in parts)


async def problem(response, status: int, code: str) -> p.Problem:
    assert response.status_code == status, response.text
    assert response.headers["statusapp-api"] == "1"
    found = p.Problem.model_validate_json(response.content)
    assert found.code == code, found
    return found


async def test_the_agent_and_everything_at_a_glance(agent: OnSocket, client):
    view = p.AgentView.model_validate_json((await client.get("/v1/agent")).content)
    assert view.healthy
    assert (view.version, view.monitors, view.mode, view.socket) == ("9.9.9", 3, "user", str(agent.socket))
    assert view.database_bytes > 0
    assert view.resident_bytes > 1_000_000
    assert view.canary == "off"
    await agent.checked("nas", "connection refused")
    status = p.StatusView.model_validate_json((await client.get("/v1/status")).content)
    assert [monitor.name for monitor in status.monitors] == ["nas", "backup", ODD]
    assert status.counts == {"down": 1, "pending": 2}
    assert status.sentence.startswith("1 of 3 monitors is down: nas.")
    assert [incident.monitor for incident in status.incidents] == ["nas"]


async def test_names_hold_any_character(client):
    response = await client.get(of("monitors", ODD))
    assert p.MonitorView.model_validate_json(response.content).name == ODD
    assert (await client.post(of("monitors", ODD, "pause"))).json()["state"] == "paused"
    assert (await client.get(of("monitors", ODD, "route"))).json()["monitor"] == ODD


async def test_an_escaped_slash_belongs_to_the_name(agent: OnSocket, client):
    names = ("a", "a/results", "line\nbreak/")
    monitors = {name: Monitor(name, "probe", None) for name in names}
    await agent.engine.ask(SettingsChanged(monitors, {}, {}, (), {}, "ann"))
    for name in names:
        assert (await client.get(of("monitors", name))).json()["name"] == name
    assert (await client.get("/v1/monitors/a/results")).json() == {"items": []}
    await problem(await client.get("/v1/monitors/a/b/c"), 404, "not_found")


async def test_a_check_now_counts(agent: OnSocket, client):
    agent.probe.down["nas.lan"] = "connection refused"
    view = p.CheckNowView.model_validate_json((await client.post(of("monitors", "nas", "check"))).content)
    assert view.result.status == "down"
    assert view.result.phases_ms == {"connect": 10.0}
    assert view.monitor.state == "down"
    assert view.monitor.incident_number == 1
    assert view.monitor.last_result is not None
    agent.probe.down.clear()
    view = p.CheckNowView.model_validate_json((await client.post(of("monitors", "nas", "check"))).content)
    assert view.monitor.state == "up"
    assert view.monitor.recent_latency_ms == [12.5, 12.5]


async def test_results_come_from_the_history_newest_first(agent: OnSocket, client):
    await agent.checked("nas")
    await agent.checked("nas", "connection refused")
    await agent.engine.flush()
    found = p.Items[p.ResultView].model_validate_json((await client.get(of("monitors", "nas", "results"))).content)
    assert [item.status for item in found.items] == ["down", "up"]
    assert found.items[0].message == "connection refused"
    assert len((await client.get(of("monitors", "nas", "results") + "?limit=1")).json()["items"]) == 1
    await problem(await client.get(of("monitors", "nas", "results") + "?limit=0"), 422, "invalid")


async def test_pause_and_resume(agent: OnSocket, client):
    await agent.checked("nas", "refused")
    paused = (await client.post(of("monitors", "nas", "pause"))).json()
    assert (paused["state"], paused["incident_id"], paused["next_check_at"]) == ("paused", None, None)
    resumed = (await client.post(of("monitors", "nas", "resume"))).json()
    assert resumed["state"] == "pending"
    assert resumed["next_check_at"] is not None


async def test_route_and_why(agent: OnSocket, client):
    view = p.RouteView.model_validate_json((await client.get(of("monitors", "nas", "route"))).content)
    assert view.sentence == "If nas fails now: sink at once."
    await agent.checked("nas", "refused")
    why = p.WhyView.model_validate_json((await client.get(of("monitors", "nas", "why"))).content)
    assert why.subject == "nas"
    assert any(step.question.startswith("Was sink told") for step in why.steps)
    why = p.WhyView.model_validate_json((await client.get("/v1/incidents/1/why")).content)
    assert why.subject == "#1 nas"


async def test_unknown_names_are_404_with_the_nearest_name(client):
    found = await problem(await client.get(of("monitors", "nass")), 404, "no_monitor")
    assert "'nas'" in found.error
    for method, path in (
        ("DELETE", of("monitors", "x")),
        ("POST", of("monitors", "x", "check")),
        ("POST", of("monitors", "x", "pause")),
        ("POST", of("monitors", "x", "resume")),
        ("GET", of("monitors", "x", "results")),
        ("GET", of("monitors", "x", "route")),
        ("GET", of("monitors", "x", "why")),
        ("POST", of("heartbeats", "x")),
    ):
        await problem(await client.request(method, path), 404, "no_monitor")
    for method, path in (
        ("GET", of("channels", "x")),
        ("DELETE", of("channels", "x")),
        ("POST", of("channels", "x", "test")),
    ):
        await problem(await client.request(method, path), 404, "no_channel")
    for path in ("/v1/incidents/99", "/v1/incidents/zz%20zz", "/v1/incidents/99/why"):
        await problem(await client.get(path), 404, "no_incident")
    await problem(await client.post("/v1/changes", json={"summary": "x", "monitor": "y"}), 404, "no_monitor")
    await problem(await client.get("/v1/doctor?subject=x"), 404, "no_subject")
    await problem(await client.get("/v2/agent"), 404, "not_found")
    await problem(await client.get("/v1/agent/"), 404, "not_found")
    await problem(await client.delete("/v1/agent"), 405, "method")


async def test_an_incident_from_page_to_end(agent: OnSocket, client):
    await agent.checked("nas", "connection refused")
    await agent.until(lambda: not agent.restless())
    listed = p.Items[p.IncidentView].model_validate_json((await client.get("/v1/incidents?open=true")).content)
    incident = listed.items[0]
    assert (incident.number, incident.status, incident.deliveries) == (1, "open", [])
    taken = p.IncidentView.model_validate_json((await client.post("/v1/incidents/1/acknowledge")).content)
    assert taken.status == "acknowledged"
    assert taken.acknowledged_by == "root" or taken.acknowledged_by
    assert taken.acknowledged_via == "api"
    body = {"text": "it was the switch", "by": "Ben", "via": "desktop"}
    noted = p.IncidentView.model_validate_json(
        (await client.post(of("incidents", incident.id[:8], "notes"), json=body)).content
    )
    assert ("note", "it was the switch", "Ben") in [(line.kind, line.text, line.by) for line in noted.timeline]
    snoozed = (await client.post("/v1/incidents/%231/snooze", json={"seconds": 3600, "by": "Ben"})).json()
    assert snoozed["snoozed_until"] is not None
    await agent.until(lambda: not agent.restless())
    over = p.IncidentView.model_validate_json(
        (await client.post(of("incidents", incident.id, "resolve"), json={"by": "Ben"})).content
    )
    assert (over.status, over.resolved_by) == ("resolved", "Ben")
    await agent.until(lambda: not agent.restless())
    await problem(await client.post("/v1/incidents/1/acknowledge", json={}), 409, "not_allowed")
    whole = p.IncidentView.model_validate_json((await client.get("/v1/incidents/1")).content)
    assert [delivery.action for delivery in whole.deliveries] == ["trigger", "acknowledge", "update", "resolve"]
    assert (await client.get("/v1/incidents?open=true")).json() == {"items": []}
    assert len((await client.get("/v1/incidents?monitor=nas&since=2020-01-01T00:00:00Z")).json()["items"]) == 1
    assert (await client.get("/v1/incidents?since=2999-01-01T00:00:00Z")).json() == {"items": []}


async def test_what_the_disk_did_not_take_is_still_shown(agent: OnSocket, client):
    agent.engine.writer.state.connection.execute("PRAGMA query_only = ON")
    await agent.checked("nas", "connection refused")
    view = p.AgentView.model_validate_json((await client.get("/v1/agent")).content)
    assert not view.healthy
    assert "cannot be written" in view.problems[0]
    assert (await client.get("/v1/incidents/1")).json()["monitor"] == "nas"
    assert [item["number"] for item in (await client.get("/v1/incidents?open=1")).json()["items"]] == [1]
    taken = (await client.post("/v1/incidents/1/acknowledge", json={"by": "Ben"})).json()
    assert taken["acknowledged_by"] == "Ben"
    agent.engine.writer.state.connection.execute("PRAGMA query_only = OFF")
    await agent.engine.flush()
    assert (await client.get("/v1/agent")).json()["healthy"]


async def test_a_channel_is_tested_by_the_real_road(agent: OnSocket, client):
    started = await client.post("/v1/channels/sink/test")
    assert started.status_code == 202
    test = p.TestStarted.model_validate_json(started.content)
    await agent.until(lambda: not agent.restless())
    whole = p.IncidentView.model_validate_json((await client.get(of("incidents", test.incident_id))).content)
    assert (whole.purpose, whole.status) == ("test", "resolved")
    assert whole.pagerduty is None
    assert [delivery.action for delivery in whole.deliveries] == ["test", "resolve"]
    assert (await client.get("/v1/incidents")).json() == {"items": []}
    assert len((await client.get("/v1/incidents?purpose=test")).json()["items"]) == 1
    channel = p.ChannelView.model_validate_json((await client.get("/v1/channels/sink")).content)
    assert (channel.status, channel.test_ok, channel.monitors) == ("ok", True, ["nas"])
    quiet = await client.post("/v1/channels/sink/test", json={"quiet": True})
    assert quiet.json()["quiet"] is True
    await agent.until(lambda: not agent.restless())
    assert [action for action, _, _ in agent.sink.told] == ["test", "resolve", "change"]


async def test_a_channel_shows_what_is_wrong_with_it(agent: OnSocket, client):
    assert (await client.get("/v1/channels/sink")).json()["status"] == "untested"
    agent.sink.answer = lambda: Again("503")
    await client.post("/v1/channels/sink/test")
    await agent.until(lambda: agent.engine.state.channels["sink"].failing_since is not None)
    delayed = (await client.get("/v1/channels/sink")).json()
    assert (delayed["status"], delayed["waiting"]) == ("delayed", 1)
    agent.sink.answer = lambda: Refused("401: wrong key", channel_broken=True)
    await client.post("/v1/channels/sink/test")
    await agent.until(lambda: agent.engine.state.channels["sink"].broken is not None)
    assert (await client.get("/v1/channels/sink")).json()["reason"] == "401: wrong key"
    view = p.AgentView.model_validate_json((await client.get("/v1/agent")).content)
    assert view.problems == ["sink cannot send: 401: wrong key."]


async def test_secrets_go_in_and_never_out(agent: OnSocket, client):
    before = p.ChannelView.model_validate_json((await client.get("/v1/channels/sink")).content)
    assert before.settings == {"address": "somewhere"}
    assert before.secrets["key"].is_set
    assert before.secrets["key"].set_at is not None
    assert not before.secrets["password"].is_set
    changed = await client.put("/v1/channels/sink/secrets/password", json={"value": f"{CANARY_SECRET}-2"})
    view = p.ChannelView.model_validate_json(changed.content)
    assert view.secrets["password"].is_set
    await client.put("/v1/channels/sink/secrets/key", json={"value": f"{CANARY_SECRET}-3"})
    await client.post("/v1/channels/sink/test")
    await agent.until(lambda: len(agent.sink.told) >= 1 and not agent.restless())
    assert agent.sink.told[-1][2] == f"{CANARY_SECRET}-3"
    refused = await problem(
        await client.put("/v1/channels/sink/secrets/key", json={"value": f"{CANARY_SECRET} 4"}), 422, "secret"
    )
    assert refused.error == "a key has no blanks"
    await problem(await client.put("/v1/channels/sink/secrets/nothing", json={"value": "x"}), 404, "no_secret")
    for path in ("agent", "status", "channels", "channels/sink", "settings", "kinds", "doctor", "openapi.json"):
        response = await client.get(f"/v1/{path}")
        assert response.status_code == 200, response.text
        assert CANARY_SECRET not in response.text, path


@pytest.mark.parametrize(
    "body",
    [
        {"value": ""},
        {"value": [CANARY_SECRET]},
        {"valeu": CANARY_SECRET},
        {CANARY_SECRET: "x"},
        [CANARY_SECRET],
        CANARY_SECRET,
        {"value": CANARY_SECRET * 10_000},
    ],
)
async def test_a_refused_secret_is_not_echoed(client, body):
    response = await client.put("/v1/channels/sink/secrets/key", json=body)
    await problem(response, 422, "invalid")
    assert CANARY_SECRET not in response.text


async def test_half_json_is_not_echoed_either(client):
    response = await client.put(
        "/v1/channels/sink/secrets/key",
        content=f'{{"value": "{CANARY_SECRET}',
        headers={"Content-Type": "application/json"},
    )
    found = await problem(response, 422, "invalid")
    assert "is not JSON" in found.error
    assert CANARY_SECRET not in response.text


async def test_a_validation_fault_names_the_key(client):
    found = await problem(await client.post("/v1/incidents/1/snooze", json={"seconds": -1}), 422, "invalid")
    assert found.faults[0].key == "seconds"
    found = await problem(await client.post("/v1/incidents/1/notes", json={"txt": "x"}), 422, "invalid")
    assert {fault.key for fault in found.faults} == {"text", "txt"}


async def test_settings_go_in_and_out(agent: OnSocket, client):
    text = (await client.get("/v1/settings")).json()["text"]
    more = text + '\n[[monitors]]\nname = "new"\nkind = "probe"\nplace = "new.lan"\n'
    planned = p.PlanView.model_validate_json(
        (await client.post("/v1/settings", json={"text": more, "dry_run": True})).content
    )
    assert [(change.verb, change.name) for change in planned.changes] == [("create", "new")]
    assert not planned.applied
    await problem(await client.get("/v1/monitors/new"), 404, "no_monitor")
    done = p.PlanView.model_validate_json((await client.post("/v1/settings", json={"text": more})).content)
    assert done.applied
    assert (await client.get("/v1/monitors/new")).status_code == 200
    wrong = await problem(
        await client.post("/v1/settings", json={"text": "[[monitors]]\nname = 1\nknid = 2\n"}), 422, "settings"
    )
    assert wrong.faults
    assert all(fault.file == "settings.toml" for fault in wrong.faults)


async def test_deleting(agent: OnSocket, client):
    await problem(await client.delete("/v1/channels/sink"), 409, "not_allowed")
    assert (await client.delete("/v1/monitors/nas")).status_code == 204
    assert (await client.delete("/v1/channels/sink")).content == b""
    await problem(await client.get("/v1/monitors/nas"), 404, "no_monitor")
    await problem(await client.get("/v1/channels/sink"), 404, "no_channel")


async def test_heartbeats(client):
    assert (await client.post("/v1/heartbeats/backup")).json()["name"] == "backup"
    body = {"status": "fail", "message": "disk full"}
    assert (await client.post("/v1/heartbeats/backup", json=body)).status_code == 200
    checked = (await client.post("/v1/monitors/backup/check")).json()
    assert checked["result"]["message"] == "disk full"
    await problem(await client.post("/v1/heartbeats/nas"), 409, "not_allowed")
    await problem(await client.post("/v1/heartbeats/backup", json={"status": "maybe"}), 422, "invalid")


async def test_changes_are_recorded_and_told(agent: OnSocket, client):
    response = await client.post("/v1/changes", json={"summary": "new cable", "monitor": "nas"})
    made = p.Items[p.DeliveryView].model_validate_json(response.content)
    assert [(item.channel, item.action, item.incident_id) for item in made.items] == [("sink", "change", None)]
    assert agent.engine.state.changes[-1].summary == "new cable"


async def test_kinds_hold_the_forms(client):
    view = p.KindsView.model_validate_json((await client.get("/v1/kinds")).content)
    assert [kind.name for kind in view.channels] == ["sink"]
    form = view.channels[0].schema_
    assert form["properties"]["key"]["format"] == "statusapp-secret"
    assert "max_per_minute" in form["properties"]


async def test_figures(agent: OnSocket, client):
    await agent.checked("nas", "refused")
    await client.post("/v1/incidents/1/acknowledge")
    await agent.checked("nas")
    for by in ("monitor", "channel", "responder", "tier", "hour"):
        view = p.AnalyticsView.model_validate_json((await client.get(f"/v1/analytics?by={by}")).content)
        assert (view.incidents, view.acknowledged, view.resolved) == (1, 1, 1)
        assert view.mtta_s is not None
    assert view.definitions["mtta"]
    await problem(await client.get("/v1/analytics?until=1950-01-01T00:00:00Z"), 422, "range")
    far = await client.get("/v1/analytics?since=0001-01-01T00:00:00%2B05:00&until=9999-12-31T23:59:59-05:00")
    assert far.json()["incidents"] == 1


async def test_the_doctor(client):
    view = p.DoctorView.model_validate_json((await client.get("/v1/doctor")).content)
    assert view.findings
    view = p.DoctorView.model_validate_json((await client.get("/v1/doctor?subject=sink")).content)
    assert view.subject == "sink"


async def test_the_database_being_away_is_a_sentence(agent: OnSocket, client):
    path = agent.engine.writer.samples.path
    path.rename(path.with_suffix(".gone"))
    found = await problem(await client.get("/v1/monitors/nas/results"), 503, "history")
    assert "history" in found.error
