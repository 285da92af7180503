"""PagerDuty: what is sent for a notice, what an answer means, and whole stories before the strict stand-in."""

import asyncio
import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from statusapp_agent.channels.pagerduty import PagerDutyChannel, PagerDutySettings, clean
from statusapp_agent.channels.pagerduty_details import in_words_s
from statusapp_agent.channels.pagerduty_event import encoded, short_key, source, web_url
from statusapp_agent.core.model import Again, Delivered, Refused
from statusapp_agent.demo.faults import Drip, Garbage, Late, ResetAfter, ResetBefore, Script, Status
from statusapp_agent.demo.pagerduty_model import PagerDutyModel
from statusapp_agent.demo.pagerduty_service import PagerDutyService
from tests.support.channel_tools import channel_tools
from tests.support.notices import change, notice

KEY = "e93facc04764012d7bfb002500d5d1a6"
R_KEY = "R028DIE06SNKNO6V5ACSLRV7Y0TUVG7T"
KIND = PagerDutyChannel()
NOW = datetime(2026, 11, 24, 12, 2, tzinfo=UTC)


def channel(**changed):
    return PagerDutySettings.model_validate({"integration_key": {"env": "PD_KEY"}, **changed})


def sent(told, key=KEY, **changed):
    """Return the body for a notice, judged by the strict model on the way."""
    call = KIND.request(told, channel(**changed), {"integration_key": key})
    body = json.loads(call.content)
    reply = PagerDutyModel().take(call.url.removeprefix("https://events.pagerduty.com"), call.content, NOW)
    assert reply.status == 202, reply
    return body


async def deliver(service, told, timeout_s=5.0, key=KEY):
    async with channel_tools(timeout_s, integration_key=key) as tools:
        return await KIND.deliver(told, channel(events_url=service.url), tools)


def test_a_trigger_says_it_all():
    body = sent(notice())
    assert {name: body[name] for name in ("routing_key", "event_action", "dedup_key", "client", "client_url")} == {
        "routing_key": KEY,
        "event_action": "trigger",
        "dedup_key": "statusapp/0f3c/8a1e",
        "client": "StatusApp",
        "client_url": "http://nas.lan:8787/incidents/8a1e",
    }
    payload = body["payload"]
    assert payload["summary"] == "[DOWN] nas-web: nas.lan refused the connection; nothing listens there"
    assert (payload["source"], payload["severity"]) == ("nas.lan", "critical")
    assert (payload["component"], payload["group"], payload["class"]) == ("http", "storage", "connect_refused")
    assert payload["timestamp"] == "2026-11-24T12:00:20+00:00", "the moment of detection, not of sending"
    assert [link["text"] for link in body["links"]] == [
        "Incident #7 in StatusApp",
        "Runbook",
        "What is watched",
        "Change: new disk",
    ]


def test_the_seven_details_are_there():
    told = sent(notice())["payload"]["custom_details"]
    assert (told["name"], told["url"], told["status"]) == ("nas-web", "https://nas.lan/", "down")
    assert told["response_time"] == {
        "last_ms": 12.5,
        "p50_ms": 80.0,
        "p95_ms": 140.0,
        "samples": 120,
        "threshold_ms": 2000.0,
        "phases_ms": {"dns": 1.0, "connect": 3.0},
    }
    assert told["outage"] == {
        "down_since": "2026-11-24T12:00:00+00:00",
        "confirmed_at": "2026-11-24T12:00:20+00:00",
        "confirmed_after": "3 failures in 20.0 s",
        "duration": "1 min 30 s",
        "duration_s": 90.0,
    }
    assert told["region"] == "home-berlin"
    assert told["links"]["app"] == "statusapp://incident/8a1e"
    assert told["links"]["incident"] == "http://nas.lan:8787/incidents/8a1e"
    assert told["error"] == {
        "message": "nas.lan refused the connection; nothing listens there",
        "class": "connect_refused",
        "http_status": 503,
        "certificate_expires_at": "2027-01-01T00:00:00+00:00",
        "facts": {"sent": 3},
    }
    assert [result["message"] for result in told["recent_results"]] == [f"result {number}" for number in range(2, 7)]
    assert (told["dependents"], told["runbook"], told["tags"]) == (
        ["photos"],
        "https://wiki.lan/nas",
        ["storage", "home"],
    )
    assert told["recent_changes"][0]["summary"] == "new disk"
    assert "children" not in told, "what is not known is not told"


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
def test_what_follows_is_three_keys_and_nothing_else(action):
    assert sent(notice(action)) == {
        "routing_key": KEY,
        "event_action": action,
        "dedup_key": "statusapp/0f3c/8a1e",
    }


def test_an_update_is_a_trigger_with_the_same_key_and_time():
    first, second = sent(notice()), sent(notice("update", at="2026-11-24T13:00:20+00:00"))
    assert second["event_action"] == "trigger"
    assert second["dedup_key"] == first["dedup_key"]
    assert second["payload"]["timestamp"] == first["payload"]["timestamp"]
    assert second["payload"]["custom_details"]["outage"]["duration"] == "1 h"


def test_tests_and_drills_say_so():
    test = sent(notice("test", purpose="test"))["payload"]
    assert test["summary"].startswith("[TEST] nas-web: ")
    assert test["severity"] == "info"
    drill = sent(notice(purpose="drill"))["payload"]
    assert drill["summary"].startswith("[DRILL] [DOWN] nas-web: ")
    assert drill["severity"] == "critical"


def test_the_same_notice_is_the_same_bytes():
    def body():
        return KIND.request(notice(), channel(), {"integration_key": KEY}).content

    assert body() == body()


def test_the_least_notice_is_still_a_valid_event():
    body = sent({"action": "trigger", "dedup_key": "k"})
    assert body["payload"]["severity"] == "critical", "what is not known to be harmless is not"
    assert body["payload"]["source"] == "statusapp"
    assert sent(notice(monitor=None, check=None, recent=None))["payload"]["source"] == "home-berlin"
    assert sent(notice(severity="CATASTROPHIC"))["payload"]["severity"] == "critical"


def test_a_notice_without_a_key_is_never_sent():
    for action in ("trigger", "resolve", "acknowledge"):
        outcome = KIND.request(notice(action, dedup_key=None), channel(), {"integration_key": KEY})
        assert isinstance(outcome, Refused)
    outcome = KIND.request(notice(), channel(), {})
    assert outcome.channel_broken
    assert "Integration Key" in outcome.reason


LONG = {"cause": "👨‍👩‍👧‍👦 家庭監視 é " * 300}


def test_a_long_summary_is_cut_between_characters_and_kept_whole_in_the_details():
    payload = sent(notice(incident={**notice()["incident"], **LONG}))["payload"]
    assert len(payload["summary"]) <= 1024
    assert payload["summary"].endswith("…")
    assert payload["custom_details"]["summary_in_full"].count("家庭監視") == 300


@pytest.mark.parametrize("padding", range(12))
def test_a_family_is_never_torn_apart(padding):
    cause = "x" * padding + "👨‍👩‍👧‍👦" * 400
    summary = sent(notice(incident={"cause": cause}))["payload"]["summary"]
    told = summary.removesuffix("…").partition(": ")[2].lstrip("x")
    assert told == "👨‍👩‍👧‍👦" * (len(told) // 7)


def test_control_and_reordering_characters_stay_out_of_the_summary():
    cause = "a\r\nb\x1b[31mc\u202edesrever\u2028d\ud83dz"
    assert sent(notice(incident={"cause": cause}))["payload"]["summary"] == "[DOWN] nas-web: a b [31mcdesrever d\ufffdz"


@pytest.mark.parametrize("size", [400_000, 2_000_000])
@pytest.mark.parametrize("character", ["x", "é", "\N{GRINNING FACE}", '"'])
def test_two_megabytes_of_output_fit_after_all(size, character):
    told = notice(check={**notice()["check"], "message": character * size})
    call = KIND.request(told, channel(), {"integration_key": KEY})
    assert len(call.content) <= 512_000
    body = json.loads(call.content)
    details = body["payload"]["custom_details"]
    if size > 500_000 or character != "x":
        assert "truncated" in details
        assert "truncated" in details["error"]["message"]
    assert (details["name"], details["runbook"]) == ("nas-web", "https://wiki.lan/nas")
    assert (body["dedup_key"], len(body["links"])) == ("statusapp/0f3c/8a1e", 4)
    assert PagerDutyModel().take("/v2/enqueue", call.content, NOW).status == 202


def test_a_hundred_thousand_small_things_fit_as_well():
    facts = {f"fact {number}" * 20: {"a": ["b" * 100] * 900} for number in range(900)}
    told = notice(check={"facts": facts, "error": "e" * 10_000}, children=["c" * 50] * 100_000)
    call = KIND.request(told, channel(), {"integration_key": KEY})
    assert len(call.content) <= 512_000
    assert "truncated" in json.loads(call.content)["payload"]["custom_details"]
    assert PagerDutyModel().take("/v2/enqueue", call.content, NOW).status == 202


def test_details_are_json_whatever_they_were():
    facts = {
        "nan": float("nan"),
        "infinite": float("-inf"),
        "at": NOW,
        "half": "\ud83d",
        "pair": "\ud83d\ude00",
        "bytes": b"\xff",
        "set": {1},
        3: object(),
        "huge": 10**6_000,
    }
    told = sent(notice(check={"facts": facts}))["payload"]["custom_details"]["error"]["facts"]
    assert told["nan"] == "nan"
    assert told["at"] == "2026-11-24T12:02:00+00:00"
    assert (told["half"], told["pair"], told["bytes"]) == ("\ufffd", "\N{GRINNING FACE}", "\ufffd")
    assert (told["set"], told["3"]) == ([1], "(object)")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters()) | st.integers(), inner),
    max_leaves=15,
)


@given(
    st.dictionaries(st.sampled_from([*notice(), "images", "told"]), anything, max_size=6),
    st.dictionaries(st.sampled_from(sorted(notice()["incident"])), anything, max_size=4),
    st.dictionaries(st.sampled_from(sorted(notice()["monitor"])), anything, max_size=4),
)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=300)
def test_no_notice_makes_an_event_that_is_refused(top, incident, monitor):
    told = notice(**{"incident": incident, "monitor": monitor, **top})
    call = KIND.request({**told, "action": "trigger", "dedup_key": "k"}, channel(), {"integration_key": KEY})
    reply = PagerDutyModel().take("/v2/enqueue", call.content, NOW)
    assert reply.status == 202, reply.body


def test_a_long_key_is_shortened_the_same_way_each_time():
    key = "statusapp/" + "x" * 290
    opened, closed = sent(notice(dedup_key=key)), sent(notice("resolve", dedup_key=key))
    assert opened["dedup_key"] == closed["dedup_key"]
    assert len(opened["dedup_key"]) == 255
    assert short_key(key + "a") != short_key(key + "b")
    assert short_key("k" * 255) == "k" * 255


@pytest.mark.parametrize(
    ("monitor", "expected"),
    [
        ({"url": "https://user:pw@nas.lan:8443/x"}, "nas.lan"),
        ({"target": "nas.lan:22"}, "nas.lan"),
        ({"target": "192.168.1.1"}, "192.168.1.1"),
        ({"target": "[fd00::1]:22"}, "fd00::1"),
        ({"target": "fd00::1"}, "fd00::1"),
        ({"target": "", "name": "backup"}, "backup"),
        ({"target": "https://[broken", "name": "backup"}, "backup"),
        ({}, "home-berlin"),
    ],
)
def test_the_source_is_the_host_that_is_watched(monitor, expected):
    assert source({"monitor": monitor, "region": "home-berlin"}) == expected


def test_links_are_absolute_and_images_are_https():
    images = [{"src": "https://x.example/a.png", "alt": "a"}, {"src": "http://x.example/b.png"}, {"src": "c.png"}, "d"]
    monitor = {"name": "n", "url": "nas.lan/x", "runbook": "javascript:alert(1)"}
    body = sent(notice(monitor=monitor, incident={"url": "/incidents/3"}, changes=[{"link": "ftp://x"}], images=images))
    assert "links" not in body
    assert "client_url" not in body
    assert body["images"] == [{"src": "https://x.example/a.png", "alt": "a"}]
    for bad in ("http://", "https://[::1", "https://a b", "https://x/\n", "//x", None, 5, "https://" + "x" * 3_000):
        assert web_url(bad) is None


def test_a_change_is_a_change_event():
    body = sent(change())
    assert body == {
        "routing_key": KEY,
        "payload": {
            "summary": "new disk in the nas",
            "source": "nas-web",
            "timestamp": "2026-11-24T12:00:00+00:00",
            "custom_details": {"monitor": "nas-web", "region": "home-berlin", "by": "ana"},
        },
        "links": [{"href": "https://wiki.lan/changes/3", "text": "What changed"}],
    }
    long = sent(change(summary="long " * 400, link="not a link", details=None))
    assert len(long["payload"]["summary"]) <= 1024
    assert "links" not in long
    assert len(encoded(long)) <= 512_000


def test_a_change_is_refused_for_an_orchestration_key_and_a_page_is_not():
    outcome = KIND.request(change(), channel(), {"integration_key": R_KEY})
    assert isinstance(outcome, Refused)
    assert "cannot be sent to an Event Orchestration key" in outcome.reason
    assert not outcome.channel_broken
    assert sent(notice(), key=R_KEY)["routing_key"] == R_KEY


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "https://events.pagerduty.com/v2/enqueue"),
        ({"region": "eu"}, "https://events.eu.pagerduty.com/v2/enqueue"),
        ({"events_url": "http://127.0.0.1:8080/"}, "http://127.0.0.1:8080/v2/enqueue"),
        ({"events_url": "https://relay.example/pd"}, "https://relay.example/pd/v2/enqueue"),
        ({"events_url": "https://events.pagerduty.com/v2/enqueue"}, "https://events.pagerduty.com/v2/enqueue"),
    ],
)
def test_where_events_go(changed, expected):
    assert KIND.request(notice(), channel(**changed), {"integration_key": f" {KEY}\n"}).url == expected


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"events_url": "http://events.pagerduty.com"}, "only for this machine"),
        ({"events_url": "http://127.0.0.1.example"}, "only for this machine"),
        ({"events_url": "ftp://127.0.0.1"}, "URL of a server"),
        ({"events_url": "https://u:p@x.example"}, "no user name or password"),
        ({"events_url": "https://x.example/?a=b"}, "before any"),
        ({"events_url": "https://x.example:99999"}, "not a URL"),
        ({"events_url": "https://a b.example"}, "no spaces"),
        ({"region": "US"}, "'us' or 'eu'"),
        ({"from_email": "me"}, "from_email"),
        ({"integration_key": KEY}, "plain text"),
        ({"routing_key": KEY}, "routing_key"),
    ],
)
def test_settings_that_cannot_work_are_refused(changed, said):
    with pytest.raises(ValidationError) as problem:
        channel(**changed)
    assert said in str(problem.value)


def test_origins_have_their_regions():
    assert channel(region="eu").api_origin == "https://api.eu.pagerduty.com"
    assert channel(api_url="http://localhost:1").api_origin == "http://localhost:1"


@pytest.mark.parametrize(
    ("pasted", "said", "error"),
    [
        ("y_NbAkKc66ryYTWUXYEu", "REST API key", True),
        ("u+abcdefghijklmnopqr", "REST API key", True),
        ("u+abcdefghijklmn", "REST API key", True),
        (KEY[:31], "this has 31", True),
        (KEY + "a", "this has 33", True),
        (KEY[:31] + "-", "only letters and digits", True),
        ("", "this has 0", True),
        (R_KEY, "Event Orchestration", False),
    ],
)
def test_a_pasted_key_is_judged_by_its_look(pasted, said, error):
    findings = KIND.inspect_secret("integration_key", pasted, channel())
    assert [(finding.field, finding.error) for finding in findings] == [("integration_key", error)]
    assert said in findings[0].text
    assert not pasted or pasted not in findings[0].text


def test_a_good_key_gives_no_finding_however_it_was_copied():
    for pasted in (KEY, f"  {KEY}\r\n", KEY[:16] + "\n" + KEY[16:], f"\ufeff{KEY}\u200b", KEY.upper()):
        assert KIND.inspect_secret("integration_key", pasted, channel()) == []
        assert clean(pasted).lower() == KEY


def test_an_api_key_is_not_an_integration_key():
    [finding] = KIND.inspect_secret("api_key", KEY, channel())
    assert finding.error
    assert "looks like an integration key" in finding.text
    assert KIND.inspect_secret("api_key", "y_NbAkKc66ryYTWUXYEu", channel()) == []
    assert KIND.inspect_secret("api_key", " ", channel())[0].error
    assert KIND.inspect_secret("something_else", "x", channel()) == []


def test_settings_that_contradict_themselves_are_found():
    contradiction = channel(region="eu", events_url="https://events.pagerduty.com", api_key={"env": "K"})
    [finding] = KIND.inspect(contradiction)
    assert (finding.field, finding.error) == ("events_url", False)
    assert [finding.field for finding in KIND.inspect(channel())] == ["api_key"]
    assert KIND.inspect(channel(api_key={"env": "K"})) == []


OK = b'{"status":"success","message":"Event processed","dedup_key":"k"}'


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (202, OK, Delivered("accepted by PagerDuty (not verified)", {"dedup_key": "k"})),
        (202, b'{"status":"success"}', Delivered("accepted by PagerDuty (not verified)")),
        (202, b"", Delivered("accepted by PagerDuty (not verified)")),
        (200, OK, Delivered("accepted by PagerDuty (not verified)", {"dedup_key": "k"})),
    ],
)
def test_what_was_taken(status, body, expected):
    assert KIND.outcome(status, {}, body) == expected


@pytest.mark.parametrize(
    ("status", "body"),
    [(202, b"<html>"), (202, b"\xff"), (202, b"[]"), (202, b"null"), (200, b"{}"), (200, b""), (204, b"")],
)
def test_an_unreadable_yes_may_have_been_one(status, body):
    outcome = KIND.outcome(status, {}, body)
    assert isinstance(outcome, Again)
    assert outcome.maybe_sent


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_the_events_api_never_says_is_tried_again_slowly(status):
    outcome = KIND.outcome(status, {}, b"nothing here")
    assert isinstance(outcome, Again)
    assert (outcome.slow, outcome.maybe_sent, outcome.hold_channel) == (True, False, False)
    assert str(status) in outcome.reason


@pytest.mark.parametrize(
    ("body", "said", "broken"),
    [
        (b'{"errors":["Length of \'routing_key\' is incorrect"]}', "Length of 'routing_key' is incorrect", True),
        (b'{"errors":["Invalid routing key"]}', "Invalid routing key", True),
        (b'{"message":"Invalid routing key"}', "Invalid routing key", True),
        (b'{"errors":["\'summary\' is too long","b"]}', "'summary' is too long; b", False),
        (b'{"errors":"one text"}', "one text", False),
        (b'{"errors":[],"status":"invalid event"}', "invalid event", False),
        (b'{"errors":["\\u001b[31mred\\nline"]}', "\\x1b[31mred\\nline", False),
        (b"<html>", "no reason", False),
        (b"", "no reason", False),
        (b"[1]", "no reason", False),
        (b'{"errors":[{"a":1}]}', "{'a': 1}", False),
    ],
)
def test_a_400_is_final_and_told_in_pagerdutys_words(body, said, broken):
    outcome = KIND.outcome(400, {}, body)
    assert isinstance(outcome, Refused)
    assert said in outcome.reason
    assert outcome.channel_broken is broken
    assert ("region" in outcome.reason) is broken


def test_a_long_400_is_bounded():
    outcome = KIND.outcome(400, {}, json.dumps({"errors": ["x" * 60_000]}).encode())
    assert len(outcome.reason) < 1_200


@given(st.integers(100, 999), st.dictionaries(st.sampled_from(["retry-after", "date"]), st.text()), st.binary())
def test_any_answer_is_an_outcome(status, headers, body):
    assert isinstance(KIND.outcome(status, headers, body), Delivered | Again | Refused)


@given(anything)
def test_any_json_is_an_outcome(value):
    body = json.dumps({"errors": value, "status": value}, default=str, skipkeys=True).encode()
    for status in (202, 400):
        assert isinstance(KIND.outcome(status, {}, body), Delivered | Again | Refused)


async def test_the_life_of_an_incident_at_the_stand_in():
    async with PagerDutyService() as service:
        for action in ("trigger", "update", "acknowledge", "resolve"):
            outcome = await deliver(service, notice(action))
            assert outcome == Delivered("accepted by PagerDuty (not verified)", {"dedup_key": "statusapp/0f3c/8a1e"})
        [alert] = service.incidents()
        assert [entry.action for entry in alert.log] == ["trigger", "trigger", "acknowledge", "resolve"]
        assert await deliver(service, change()) == Delivered("accepted by PagerDuty (not verified)")
        assert service.model.changes[0].payload["summary"] == "new disk in the nas"


async def test_two_monitors_and_two_agents_have_incidents_of_their_own():
    async with PagerDutyService() as service:
        for key in ("statusapp/a/1", "statusapp/a/2", "statusapp/b/1"):
            await deliver(service, notice(dedup_key=key))
        await deliver(service, notice("resolve", dedup_key="statusapp/a/1"))
        assert [alert.dedup_key for alert in service.incidents(open_only=True)] == ["statusapp/a/2", "statusapp/b/1"]


@pytest.mark.parametrize("fault", [Status(500), Status(502, b"<html>"), ResetBefore(), ResetAfter(), Garbage()])
async def test_a_try_again_after_any_fault_makes_one_incident(fault):
    async with PagerDutyService(plan=Script(fault)) as service:
        first = await deliver(service, notice())
        assert isinstance(first, Again)
        assert first.maybe_sent
        assert isinstance(await deliver(service, notice()), Delivered)
        assert len(service.incidents()) == 1
        bodies = [received.body for received in service.journal]
        assert bodies[0] == bodies[1], "the same key, the same time, the same everything"


async def test_a_dripping_202_is_accepted():
    async with PagerDutyService(plan=Script(Drip(every_s=5))) as service:
        outcome = await deliver(service, notice(), timeout_s=0.5)
    assert outcome == Delivered("accepted by PagerDuty (not verified)")


async def test_a_late_trigger_can_be_resolved_a_second_time():
    async with PagerDutyService(plan=Script(Late(2))) as service:
        assert (await deliver(service, notice())).maybe_sent
        await deliver(service, notice())
        await deliver(service, notice("resolve"))
        assert len(service.incidents(open_only=True)) == 1, "the zombie"
        await deliver(service, notice("resolve"))
        assert service.incidents(open_only=True) == []


async def test_a_rate_limit_holds_the_channel_as_long_as_it_says():
    async with PagerDutyService(PagerDutyModel(limit=1, retry_after_s=45)) as service:
        await deliver(service, notice())
        outcome = await deliver(service, notice())
    assert outcome == Again("PagerDuty asks for fewer requests (429)", 45.0, hold_channel=True)


async def test_a_key_that_is_gone_breaks_the_channel_and_stays_unsaid():
    async with PagerDutyService(PagerDutyModel(frozenset())) as service:
        outcome = await deliver(service, notice())
    assert outcome.channel_broken
    assert "Invalid routing key" in outcome.reason
    said = json.dumps({"errors": [f"routing_key {KEY} is unknown"]}).encode()
    async with PagerDutyService(plan=Script(Status(400, said))) as service:
        outcome = await deliver(service, notice(), key=f"{KEY}\n")
    assert KEY not in outcome.reason
    assert "routing_key ••• is unknown" in outcome.reason


async def test_many_at_once_are_all_taken():
    async with PagerDutyService() as service, channel_tools(10.0, integration_key=KEY) as tools:
        told = [notice(dedup_key=f"k{number}") for number in range(100)]
        to_it = channel(events_url=service.url)
        outcomes = await asyncio.gather(*(KIND.deliver(each, to_it, tools) for each in told))
    assert all(isinstance(outcome, Delivered) for outcome in outcomes)
    assert len(service.incidents(open_only=True)) == 100


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (190, "3 min 10 s"), (7_500, "2 h 5 min"), (273_600, "3 d 4 h")],
)
def test_lengths_in_words(seconds, said):
    assert in_words_s(seconds) == said
