"""Webhooks v3: signatures over raw bytes, bounds on what anybody may send, events read leniently."""

import asyncio
import hashlib
import hmac
import json

import httpx
import pytest

from statusapp_agent.pagerduty.listener import MOST_BYTES, Listener
from statusapp_agent.pagerduty.signature import HEADER, Verdict, judge
from statusapp_agent.pagerduty.webhook_event import event_id, told

SECRET = "whsec-1"


def signed(body: bytes, secret: str = SECRET) -> str:
    return "v1=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def event(kind: str = "incident.acknowledged", **changes) -> dict:
    data = {
        "id": "Q1",
        "type": "incident",
        "number": 7,
        "status": "acknowledged",
        "incident_key": "k",
        "title": None,
    }
    said = {
        "id": "01EV",
        "event_type": kind,
        "resource_type": "incident",
        "occurred_at": "2026-03-02T08:00:05Z",
        "agent": {"id": "PANA", "type": "user_reference", "summary": "Ana Lindt"},
        "client": None,
        "data": data,
    }
    return {"event": {**said, **changes}}


def test_wh01_the_raw_bytes_are_what_is_signed() -> None:
    body = ' {"event" :\t{"data":{"title":"Störung \U0001f525"}}}\n'.encode()
    assert judge(signed(body), body, [SECRET]) is Verdict.GENUINE
    assert judge(signed(body), json.dumps(json.loads(body)).encode(), [SECRET]) is Verdict.FORGED


def test_wh01_any_of_several_signatures_will_do_while_a_secret_is_changed() -> None:
    body = b"{}"
    both = f"{signed(body, 'old')},{signed(body)}"
    assert judge(both, body, [SECRET]) is Verdict.GENUINE
    assert judge(both, body, ["third"]) is Verdict.FORGED


@pytest.mark.parametrize(
    ("header", "body", "verdict"),
    [
        (None, b"{}", Verdict.GARBLED),
        ("", b"{}", Verdict.GARBLED),
        ("v1=zz", b"{}", Verdict.GARBLED),
        ("v2=" + "a" * 64, b"{}", Verdict.GARBLED),
        ("v1=" + "a" * 64, b"{}", Verdict.FORGED),
        ("v1=" + "a" * 64, b"", Verdict.GARBLED),
    ],
)
def test_wh03_what_is_not_signed_well_is_refused(header, body, verdict) -> None:
    assert judge(header, body, [SECRET]) is verdict


def test_an_event_is_read_as_a_look_would_tell_it() -> None:
    found = told(json.dumps(event()).encode())
    assert found is not None
    assert (found.sighting.id, found.sighting.number, found.key) == ("Q1", 7, "k")
    assert (found.happening.kind, found.happening.by) == ("acknowledged", "Ana Lindt")


@pytest.mark.parametrize(
    "said",
    [
        {"event": {"id": "1", "event_type": "pagey.ping", "resource_type": "pagey", "data": {"message": "hi"}}},
        {"event": None},
        {},
        [],
        event(data=None),
        event(data={"type": "incident"}),
        event(resource_type="service"),
    ],
)
def test_wh05_what_says_nothing_of_an_incident_is_ignored(said) -> None:
    assert told(json.dumps(said).encode()) is None


def test_wh05_an_unknown_kind_and_nobody_as_agent_are_no_trouble() -> None:
    found = told(json.dumps(event("incident.brand_new", agent=None, client=None)).encode())
    assert found is not None
    assert found.happening is None
    nobody = told(json.dumps(event("incident.resolved", agent=None)).encode())
    assert nobody.happening.by is None


def test_a_merged_incident_is_not_read_as_fixed() -> None:
    reason = {"type": "merge_resolve_reason", "incident": {"id": "Q9"}}
    data = {**event()["event"]["data"], "status": "resolved", "resolve_reason": reason}
    assert told(json.dumps(event("incident.resolved", data=data)).encode()) is None


def test_an_event_is_known_by_its_header_or_its_id() -> None:
    assert event_id(b"{}", "hook-1") == "hook-1"
    assert event_id(json.dumps(event()).encode(), None) == "01EV"
    assert event_id(b"nonsense", None) is None


@pytest.fixture
async def listening():
    taken: list[tuple[int, bytes]] = []

    def answer(headers, body: bytes) -> int:
        verdict = judge(headers.get(HEADER), body, [SECRET])
        taken.append((int(verdict), body))
        return int(verdict)

    listener = Listener("127.0.0.1", 0, answer)
    port = await listener.start()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=10) as http:
        yield http, port, taken
    await listener.stop()


async def test_wh03_each_request_has_its_answer(listening) -> None:
    http, _, taken = listening
    body = json.dumps(event()).encode()
    assert (await http.post("/", content=body, headers={HEADER: signed(body)})).status_code == 202
    assert (await http.post("/hook", content=body, headers={HEADER: signed(body, "x")})).status_code == 403
    assert (await http.post("/", content=body)).status_code == 400
    assert (await http.post("/", content=b"", headers={HEADER: signed(b"")})).status_code == 400
    assert (await http.get("/")).status_code == 405
    assert [status for status, _ in taken] == [202, 403, 400, 400]


async def test_wh03_what_is_too_large_is_not_read_to_its_end(listening) -> None:
    http, _, taken = listening
    body = b"x" * (MOST_BYTES + 200_000)
    assert (await http.post("/", content=body, headers={HEADER: signed(body)})).status_code == 413
    with pytest.raises(httpx.HTTPError):
        await http.post("/", content=body * 8, headers={HEADER: signed(body)})
    assert taken == []


async def test_whoever_hangs_costs_nobody_else_anything(listening) -> None:
    http, port, _ = listening
    slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
    for _, writer in slow:
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\n")
    body = json.dumps(event()).encode()
    assert (await http.post("/", content=body, headers={HEADER: signed(body)})).status_code == 202
    for _, writer in slow:
        writer.close()


async def test_nonsense_is_answered_and_cut(listening) -> None:
    _, port, _ = listening
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"\x16\x03\x01nonsense\r\n\r\n")
    assert b"400" in (await asyncio.wait_for(reader.read(), 10)).split(b"\r\n")[0]
    writer.close()
