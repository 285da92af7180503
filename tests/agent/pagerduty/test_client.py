"""The client of the REST API: every fault one sentence and a kind, lists whole, nothing waits for ever."""

import pytest

from statusapp_agent.demo.faults import Garbage, Hang, ResetAfter, ResetBefore, Script, Status
from statusapp_agent.outbound import make_client
from statusapp_agent.pagerduty.client import Credential, RestClient, RestError, Trouble
from statusapp_agent.pagerduty.shapes import RestIncident, RestLogEntry, read, read_all
from tests.support.pagerduty_scene import TOKEN, TestClock, account_of, service, trigger


@pytest.fixture
async def scene():
    clock = TestClock()
    http = make_client(proxies={})
    async with service(clock) as there:
        yield there, clock, RestClient(http, Credential(there.url, TOKEN, "ana@example.org"), timeout_s=0.5)
    await http.aclose()


async def trouble(asking) -> RestError:
    with pytest.raises(RestError) as caught:
        await asking
    assert TOKEN not in str(caught.value)
    return caught.value


async def test_rs14_a_list_is_read_page_by_page(scene) -> None:
    there, clock, client = scene
    trigger(there, "k1", clock.now())
    there.rest.incidents.catch_up(clock.now())
    for number in range(120):
        there.rest.by_hand("Q000001", "note", "PANA001", text=f"note {number}")
    found = await client.pages("/incidents/Q000001/log_entries", "log_entries", [("include[]", "channels")])
    assert len(found) == 123
    offsets = [dict(each.query)["offset"] for each in there.rest.journal]
    assert offsets == ["0", "100"]
    assert all(each.status == 200 for each in there.rest.journal)


async def test_rs14_a_list_ends_at_ten_thousand(scene) -> None:
    there, clock, client = scene
    for number in range(250):
        trigger(there, f"k{number}", clock.now())
    there.rest.incidents.catch_up(clock.now())
    assert len(await client.pages("/incidents", "incidents", most=200)) == 200
    there.rest.plan = Script(*[Status(200, b'{"incidents":[{"id":"P"}],"more":true}')] * 101)
    assert len(await client.pages("/incidents", "incidents")) == 100
    assert max(int(dict(each.query)["offset"]) for each in there.rest.journal) == 9_900


@pytest.mark.parametrize(
    ("fault", "kind", "lasting"),
    [
        (Status(401, b'{"error":{"message":"Unauthorized","code":2006}}'), Trouble.TOKEN, True),
        (Status(403, b'{"error":{"message":"Access Denied","code":2010}}'), Trouble.PERMISSION, True),
        (Status(402, b'{"error":{"message":"Payment required","code":2014}}'), Trouble.PLAN, True),
        (Status(404, b""), Trouble.MISSING, False),
        (Status(429, b""), Trouble.SLOW_DOWN, False),
        (Status(502, b"<html>"), Trouble.UNREACHABLE, False),
        (Status(302, b"", {"Location": "http://elsewhere/"}), Trouble.UNREACHABLE, False),
        (Status(400, b'{"error":{"message":"No","code":2001,"errors":["a","b"]}}'), Trouble.REFUSED, False),
        (Garbage(), Trouble.UNREACHABLE, False),
        (ResetBefore(), Trouble.UNREACHABLE, False),
        (Hang(), Trouble.UNREACHABLE, False),
    ],
)
async def test_rs16_every_fault_has_its_kind_and_a_sentence(scene, fault, kind: Trouble, lasting: bool) -> None:
    there, _, client = scene
    there.rest.plan = Script(fault)
    found = await trouble(client.get("/abilities"))
    assert (found.trouble, found.lasting) == (kind, lasting)
    assert str(found)
    assert (await client.get("/abilities"))["abilities"]


async def test_rs16_401_suggests_the_other_region(scene) -> None:
    there, _, client = scene
    account_of(there).tokens.clear()
    assert 'region = "eu"' in str(await trouble(client.get("/abilities")))


async def test_a_429_says_for_how_long_and_few_left_is_a_reason_to_rest(scene) -> None:
    there, clock, client = scene
    there.rest.rate.limit = 61
    await client.get("/abilities")
    assert client.rest_s == 60.0
    there.rest.rate.limit = 1
    clock.on(20)
    assert (await trouble(client.get("/abilities"))).after_s == 40.0


async def test_rs19_an_unknown_sender_is_said_in_words(scene) -> None:
    there, clock, client = scene
    trigger(there, "k1", clock.now())
    account_of(there).users["PANA001"].email = "ana@elsewhere.example"
    found = await trouble(client.write("POST", "/incidents/Q000001/notes", {"note": {"content": "x"}}))
    assert "unknown user e-mail" in str(found)
    assert found.code == 1008


async def test_a_write_whose_answer_is_lost_may_have_been_done(scene) -> None:
    there, clock, client = scene
    trigger(there, "k1", clock.now())
    there.rest.plan = Script(ResetAfter())
    found = await trouble(client.write("POST", "/incidents/Q000001/notes", {"note": {"content": "x"}}))
    assert found.maybe_done
    assert len(there.rest.incidents.by_id["Q000001"].notes) == 1


def test_anything_may_be_null_or_odd() -> None:
    nulls = dict.fromkeys(RestIncident.model_fields)
    assert read(RestIncident, nulls).status is None
    odd = {"id": 7, "status": ["x"], "created_at": "soon", "acknowledgements": "none", "service": 3, "new": {}}
    assert read(RestIncident, odd).id == "7"
    assert read(RestIncident, None).assignments == []
    entries = read_all(RestLogEntry, [None, {}, {"type": "acknowledgement_log_entry"}, {"type": "brand_new_log_entry"}])
    assert [each.kind for each in entries] == ["", "acknowledge", "brand_new"]
