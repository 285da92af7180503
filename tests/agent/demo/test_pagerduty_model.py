"""The stand-in's model: strict where PagerDuty is, silent where PagerDuty is silent."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statusapp_agent.demo.pagerduty_model import PagerDutyModel

KEY = "e93facc04764012d7bfb002500d5d1a6"
OTHER_KEY = "NN2EZIJQPVVQF3KIKN2MDMSUV7E6GLFN"
R_KEY = "R028DIE06SNKNO6V5ACSLRV7Y0TUVG7T"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def trigger(dedup_key="a", **changed):
    payload = {"summary": "[DOWN] nas", "source": "nas.lan", "severity": "critical"}
    payload |= changed.pop("payload", {})
    event = {"routing_key": KEY, "event_action": "trigger", "dedup_key": dedup_key, "payload": payload, **changed}
    return {name: value for name, value in event.items() if value is not None}


def follow(action, dedup_key="a", key=KEY):
    return {"routing_key": key, "event_action": action, "dedup_key": dedup_key}


def take(model, event, at_s=0.0, path="/v2/enqueue"):
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    return model.take(path, body, NOW + timedelta(seconds=at_s))


def errors(reply):
    assert reply.status == 400, reply
    return " | ".join(reply.body["errors"])


def test_a_trigger_is_accepted_and_makes_one_incident():
    model = PagerDutyModel()
    reply = take(model, trigger("statusapp/x/1"))
    assert (reply.status, reply.body["status"], reply.body["dedup_key"]) == (202, "success", "statusapp/x/1")
    [alert] = model.incidents()
    assert (alert.number, alert.status, alert.payload["source"]) == (1, "triggered", "nas.lan")


def test_a_second_trigger_with_the_same_key_joins_the_open_incident():
    model = PagerDutyModel()
    take(model, trigger())
    take(model, trigger(payload={"summary": "[DOWN] nas, still"}), 5)
    [alert] = model.incidents()
    assert [entry.action for entry in alert.log] == ["trigger", "trigger"]
    assert alert.payload["summary"] == "[DOWN] nas, still"


def test_a_trigger_after_its_resolve_is_a_new_incident():
    model = PagerDutyModel()
    for event in (trigger(), follow("resolve"), trigger()):
        take(model, event)
    assert [alert.status for alert in model.incidents()] == ["resolved", "triggered"]
    assert [alert.number for alert in model.incidents(open_only=True)] == [2]


def test_acknowledge_keeps_the_incident_open_and_a_further_trigger_does_not_undo_it():
    model = PagerDutyModel()
    for event in (trigger(), follow("acknowledge"), trigger()):
        take(model, event)
    assert [alert.status for alert in model.incidents(open_only=True)] == ["acknowledged"]


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
def test_what_follows_nothing_is_dropped_and_answered_with_202_all_the_same(action):
    model = PagerDutyModel()
    take(model, trigger())
    take(model, follow("resolve"))
    before = model.incidents()
    assert take(model, follow(action)).status == 202
    assert take(model, follow(action, "never-seen")).status == 202
    assert model.incidents() == before


def test_a_resolve_with_another_routing_key_resolves_nothing():
    model = PagerDutyModel()
    take(model, trigger())
    assert take(model, follow("resolve", key=OTHER_KEY)).status == 202
    assert len(model.incidents(open_only=True)) == 1


def test_a_trigger_without_a_key_of_its_own_makes_an_incident_each_time():
    model = PagerDutyModel()
    keys = {take(model, trigger(None)).body["dedup_key"] for _ in range(3)}
    assert len(keys) == 3
    assert len(model.incidents(open_only=True)) == 3


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"routing_key": KEY[:-1]}, "Length of 'routing_key' is incorrect (should be 32 characters)"),
        ({"routing_key": KEY[:-1] + "-"}, "'routing_key' cannot contain non-alphanumeric characters."),
        ({"routing_key": None}, "'routing_key' is missing or blank"),
        ({"routing_key": 5}, "'routing_key' is missing or blank"),
        ({"event_action": None}, "'event_action' is missing or blank"),
        ({"event_action": "Trigger"}, "'event_action' is invalid"),
        ({"dedup_key": "k" * 256}, "'dedup_key' is too long"),
        ({"dedup_key": 7}, "'dedup_key' is invalid"),
        ({"payload": {"summary": ""}}, "'payload.summary' is missing or blank"),
        ({"payload": {"summary": "s" * 1025}}, "'summary' is too long"),
        ({"payload": {"source": None}}, "'payload.source' is missing or blank"),
        ({"payload": {"severity": None}}, "'payload.severity' is missing or blank"),
        ({"payload": {"severity": "Critical"}}, "'payload.severity' is invalid"),
        ({"payload": {"severity": "fatal"}}, "'payload.severity' is invalid"),
        ({"payload": {"timestamp": "yesterday"}}, "'payload.timestamp' is invalid"),
        ({"payload": {"timestamp": "2026-11-24T12:00:00"}}, "'payload.timestamp' is invalid"),
        ({"payload": {"custom_details": ["a"]}}, "'payload.custom_details' is invalid"),
        ({"payload": {"custom_details": "a"}}, "'payload.custom_details' is invalid"),
        ({"payload": {"group": 1}}, "'payload.group' is invalid"),
        ({"payload": {"colour": "red"}}, "'payload.colour' is not a field"),
        ({"details": {}}, "'details' is not a field"),
        ({"client": 3}, "'client' is invalid"),
        ({"links": {}}, "'links' is invalid"),
        ({"links": [{"text": "no address"}]}, "'links[0].href' is missing or invalid"),
        ({"links": [{"href": "/incidents/1"}]}, "'links[0].href' is missing or invalid"),
        ({"images": [{"src": "http://plain.example/x.png"}]}, "'images[0].src' is missing or invalid"),
    ],
)
def test_each_fault_is_refused_with_its_own_words(changed, said):
    model = PagerDutyModel()
    assert said in errors(take(model, trigger(**{"dedup_key": "a", **changed})))
    assert model.incidents() == []


def test_the_limits_themselves_are_allowed():
    model = PagerDutyModel()
    event = trigger("k" * 255, payload={"summary": "é" * 1024, "timestamp": "2026-11-24T12:00:00+0000"})
    assert take(model, event).status == 202


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
def test_what_follows_needs_the_key_but_no_payload(action):
    model = PagerDutyModel()
    assert take(model, follow(action)).status == 202
    assert "'dedup_key' is missing" in errors(take(model, {"routing_key": KEY, "event_action": action}))


def test_a_trigger_without_a_payload_is_refused():
    event = trigger()
    del event["payload"]
    assert "'payload' is missing" in errors(take(PagerDutyModel(), event))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"\xff\xfe{}",
        b'{"routing_key": NaN}',
        b'{"a": Infinity}',
        b'{"a": "\\ud83d"}',
        b"[" * 200_000,
    ],
)
def test_what_is_not_a_json_object_is_not_recognized(body):
    reply = take(PagerDutyModel(), body)
    assert (reply.status, reply.body["errors"]) == (400, ["JSON parse error"])


def test_a_body_may_have_512000_bytes_and_not_one_more():
    def sized(size):
        event = trigger(payload={"custom_details": {"log": ""}})
        padding = size - len(json.dumps(event).encode())
        event["payload"]["custom_details"]["log"] = "x" * padding
        return json.dumps(event).encode()

    assert take(PagerDutyModel(), sized(512_000)).status == 202
    assert "too large" in errors(take(PagerDutyModel(), sized(512_001)))


def test_the_rate_is_counted_by_key_in_a_sliding_minute():
    model = PagerDutyModel(retry_after_s=45)
    replies = [take(model, trigger(str(n)), n * 0.1).status for n in range(121)]
    assert replies == [202] * 120 + [429]
    assert len(model.incidents()) == 120, "what is throttled is not taken in"
    assert take(model, trigger("x"), 59.9).headers == {"Retry-After": "45"}
    assert take(model, {**trigger("x"), "routing_key": OTHER_KEY}, 59.9).status == 202, "another key has its own rate"
    assert take(model, trigger("x"), 60.0).status == 202, "the first request is a minute old"
    assert take(model, trigger("y"), 60.0).status == 429


def test_a_429_names_no_time_unless_told_to():
    model = PagerDutyModel(limit=1)
    take(model, trigger())
    assert take(model, trigger()).headers == {}


def test_only_known_keys_are_taken_if_they_are_named():
    model = PagerDutyModel(frozenset({KEY}))
    assert take(model, trigger()).status == 202
    assert errors(take(model, {**trigger(), "routing_key": OTHER_KEY})) == "Invalid routing key"


def test_a_disabled_service_accepts_everything_and_makes_nothing():
    model = PagerDutyModel()
    model.disabled.add(KEY)
    assert take(model, trigger()).status == 202
    assert model.incidents() == []


def test_a_person_may_acknowledge_and_resolve_there():
    model = PagerDutyModel()
    take(model, trigger())
    assert model.by_hand(1, "acknowledge", "Ana", NOW)
    assert model.by_hand(1, "resolve", "Ana", NOW)
    assert not model.by_hand(1, "resolve", "Ana", NOW)
    assert [(entry.action, entry.by) for entry in model.incidents()[0].log][1:] == [
        ("acknowledge", "Ana"),
        ("resolve", "Ana"),
    ]


def test_change_events_are_kept_apart_and_page_nobody():
    model = PagerDutyModel()
    event = {"routing_key": KEY, "payload": {"summary": "new router", "timestamp": NOW.isoformat()}}
    reply = take(model, event, path="/v2/change/enqueue")
    assert (reply.status, "dedup_key" in reply.body) == (202, False)
    assert [change.payload["summary"] for change in model.changes] == ["new router"]
    assert model.incidents() == []


def test_change_events_have_rules_of_their_own():
    def change(**changed):
        event = {"routing_key": KEY, "payload": {"summary": "x"}, **changed}
        return errors(take(PagerDutyModel(), event, path="/v2/change/enqueue"))

    assert "orchestration" in change(routing_key=R_KEY)
    assert "'dedup_key' is not a field" in change(dedup_key="a")
    assert "'payload.severity' is not a field" in change(payload={"summary": "x", "severity": "info"})
    assert "'summary' is too long" in change(payload={"summary": "x" * 1025})


def test_another_path_is_not_found():
    assert take(PagerDutyModel(), trigger(), path="/v2/enqueu").status == 404


@given(
    st.lists(
        st.tuples(st.sampled_from(["trigger", "acknowledge", "resolve"]), st.sampled_from("ab")),
        max_size=30,
    )
)
def test_a_key_has_at_most_one_open_incident_whatever_arrives(events):
    model = PagerDutyModel()
    for action, key in events:
        assert take(model, trigger(key) if action == "trigger" else follow(action, key)).status == 202
        open_keys = [alert.dedup_key for alert in model.incidents(open_only=True)]
        assert len(open_keys) == len(set(open_keys))
        if action == "resolve":
            assert key not in open_keys
        elif action == "trigger":
            assert key in open_keys
