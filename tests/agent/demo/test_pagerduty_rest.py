"""The stand-in's REST API: strict about requests, faithful about incidents, timers and people."""

from datetime import timedelta

import httpx
import pytest

from statusapp_agent.demo.pagerduty_account import MaintenanceWindow
from tests.support.pagerduty_scene import START, TOKEN, TestClock, account_of, service, trigger

HEADERS = {
    "Authorization": f"Token token={TOKEN}",
    "Accept": "application/vnd.pagerduty+json;version=2",
    "Content-Type": "application/json",
}


@pytest.fixture
async def scene():
    clock = TestClock()
    async with service(clock) as there:
        async with httpx.AsyncClient(base_url=there.url, headers=HEADERS, trust_env=False) as http:
            yield there, clock, http


async def test_an_event_is_an_incident_with_its_story(scene) -> None:
    there, clock, http = scene
    trigger(there, "k1", clock.now())
    found = (await http.get("/incidents?incident_key=k1&date_range=all")).json()
    assert [each["incident_key"] for each in found["incidents"]] == ["k1"]
    one = found["incidents"][0]
    assert one["status"] == "triggered"
    assert one["assignments"][0]["assignee"]["summary"] == "Ana Lindt"
    log = (await http.get(f"/incidents/{one['id']}/log_entries")).json()["log_entries"]
    assert {each["type"] for each in log} == {"trigger_log_entry", "assign_log_entry", "notify_log_entry"}
    assert found["total"] is None


async def test_it_escalates_is_exhausted_and_closes_itself_by_its_timers(scene) -> None:
    there, clock, http = scene
    trigger(there, "k1", clock.now())
    clock.on(16 * 60)
    one = (await http.get("/incidents")).json()["incidents"][0]
    assert one["assignments"][0]["assignee"]["summary"] == "Ben Ode"
    clock.on(16 * 60)
    log = (await http.get(f"/incidents/{one['id']}/log_entries?limit=100")).json()["log_entries"]
    assert log[0]["type"] == "exhaust_escalation_path_log_entry"
    clock.on(4 * 3600)
    one = (await http.get(f"/incidents/{one['id']}")).json()["incident"]
    assert one["status"] == "resolved"
    assert one["acknowledgements"] == []


async def test_an_acknowledgement_times_out_and_the_next_level_is_paged(scene) -> None:
    there, clock, _ = scene
    trigger(there, "k1", clock.now())
    there.rest.incidents.catch_up(clock.now())
    there.rest.by_hand("Q000001", "acknowledge", "PANA001")
    clock.on(1801)
    there.rest.incidents.catch_up(clock.now())
    kinds = [each.type.removesuffix("_log_entry") for each in there.rest.incidents.by_id["Q000001"].log]
    assert kinds[-4:] == ["acknowledge", "unacknowledge", "escalate", "notify"]


@pytest.mark.parametrize("why", ["disabled", "maintenance", "nobody on call", "suppressed"])
async def test_a_page_that_is_dropped_is_answered_with_202_and_makes_nothing(scene, why: str) -> None:
    there, clock, http = scene
    account = account_of(there)
    if why == "maintenance":
        window = MaintenanceWindow("PW1", ["PSERVIC"], START, START + timedelta(hours=1))
        account.maintenance["PW1"] = window
    elif why == "nobody on call":
        account.schedules["PSCHED1"].users = []
        account.policies["PPOLICY"].levels.pop()
    else:
        setattr(account.services["PSERVIC"], why, True)
    assert trigger(there, "k1", clock.now()).status == 202
    assert (await http.get("/incidents?date_range=all")).json()["incidents"] == []


async def test_merged_incidents_go_on_in_the_target_until_their_last_alert_ends(scene) -> None:
    there, clock, http = scene
    trigger(there, "k1", clock.now())
    trigger(there, "k2", clock.on(1))
    body = {"source_incidents": [{"id": "Q000001", "type": "incident_reference"}]}
    answer = await http.put("/incidents/Q000002/merge", json=body, headers={"From": "ana@example.org"})
    assert answer.status_code == 200
    source = (await http.get("/incidents/Q000001")).json()["incident"]
    assert source["resolve_reason"]["incident"]["id"] == "Q000002"
    by_key = (await http.get("/incidents?incident_key=k1&date_range=all")).json()["incidents"]
    assert {each["id"] for each in by_key} == {"Q000001", "Q000002"}
    trigger(there, "k2", clock.on(1), "resolve")
    assert (await http.get("/incidents/Q000002")).json()["incident"]["status"] == "triggered"
    trigger(there, "k1", clock.on(1), "resolve")
    assert (await http.get("/incidents/Q000002")).json()["incident"]["status"] == "resolved"


async def test_what_happened_is_seen_only_after_the_lag(scene) -> None:
    there, clock, http = scene
    there.rest.incidents.lag = timedelta(seconds=25)
    trigger(there, "k1", clock.now())
    clock.on(24)
    assert (await http.get("/incidents")).json()["incidents"] == []
    clock.on(1)
    assert len((await http.get("/incidents")).json()["incidents"]) == 1


async def test_pages_end_at_ten_thousand_and_a_month_is_the_usual_window(scene) -> None:
    there, clock, http = scene
    for number in range(3):
        trigger(there, f"k{number}", clock.on(1))
    first = (await http.get("/incidents?limit=2")).json()
    assert (len(first["incidents"]), first["more"]) == (2, True)
    assert (await http.get("/incidents?limit=100&offset=9901")).status_code == 400
    clock.on(40 * 86_400)
    assert (await http.get("/incidents")).json()["incidents"] == []
    assert len((await http.get("/incidents?date_range=all")).json()["incidents"]) == 3


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Authorization": "Bearer x"}, 401, 2006),
        ({"Authorization": "Token token=wrong"}, 401, 2006),
        ({"Accept": "application/json"}, 406, 2001),
    ],
)
async def test_wrong_headers_are_refused(scene, headers, status, code) -> None:
    answer = await scene[2].get("/incidents", headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


async def test_a_write_needs_a_writer_that_exists_and_a_key_that_may_write(scene) -> None:
    there, clock, http = scene
    trigger(there, "k1", clock.now())
    note = {"note": {"content": "looking"}}
    path = "/incidents/Q000001/notes"
    assert (await http.post(path, json=note)).json()["error"]["code"] == 2001
    unknown = await http.post(path, json=note, headers={"From": "who@example.org"})
    assert unknown.json()["error"]["code"] == 1008
    assert (await http.post(path, json=note, headers={"From": "ana@example.org"})).status_code == 200
    account_of(there).tokens[TOKEN].writes = False
    answer = await http.post(path, json=note, headers={"From": "ana@example.org"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, 2010)
    assert len(there.rest.incidents.by_id["Q000001"].notes) == 1


@pytest.mark.parametrize("query", ["statuses=triggered", "bogus=1", "statuses[]=bogus", "limit=abc", "limit=101"])
async def test_a_query_that_the_api_does_not_know_is_refused(scene, query: str) -> None:
    assert (await scene[2].get(f"/incidents?{query}")).status_code == 400


async def test_too_many_requests_are_told_with_headers(scene) -> None:
    there, _, http = scene
    there.rest.rate.limit = 2
    assert (await http.get("/abilities")).headers["ratelimit-remaining"] == "1"
    await http.get("/abilities")
    answer = await http.get("/abilities")
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, 2020)
    assert answer.headers["ratelimit-reset"] == "60"


async def test_who_is_on_call_has_the_gaps_of_the_schedule(scene) -> None:
    there, _, http = scene
    account_of(there).schedules["PSCHED1"].gaps.append((START + timedelta(hours=2), START + timedelta(hours=4)))
    until = (START + timedelta(hours=6)).isoformat().replace("+00:00", "Z")
    query = {"since": "2026-03-02T08:00:00Z", "until": until, "escalation_policy_ids[]": "PPOLICY"}
    found = (await http.get("/oncalls", params=query)).json()["oncalls"]
    first = [(each["start"], each["end"]) for each in found if each["escalation_level"] == 1]
    assert first == [
        ("2026-03-02T08:00:00Z", "2026-03-02T10:00:00Z"),
        ("2026-03-02T12:00:00Z", "2026-03-02T14:00:00Z"),
    ]
    assert {each["user"]["summary"] for each in found if each["escalation_level"] == 2} == {"Ben Ode"}
