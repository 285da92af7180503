"""Any gateway by its described request: nothing breaks out of a template, and its own word says what was taken."""

import contextlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from statusapp_agent.channels.sms import SmsChannel
from statusapp_agent.core.model import Again, Delivered, Refused
from statusapp_agent.demo.loopback_server import LoopbackServer
from statusapp_agent.outbound import make_client
from statusapp_agent.sms.gateway_template import at_home, filled_body, filled_url, gateway_body, gateway_url
from statusapp_agent.sms.settings import SmsSettings
from tests.support.texting import ANA, START, Texting

VALUES = {"to": ANA, "text": 'a "quoted" \\ <&> $text ü', "from": "", "token": "t0ken-t0ken", "tag": "t"}


class Box:
    """A GSM box with an HTTP API."""

    def __init__(self):
        self.seen = []
        self.answers = []
        self.inbox = []

    async def send(self, request: Request) -> Response:
        self.seen.append((request.method, dict(request.query_params), dict(request.headers), await request.body()))
        return self.answers.pop(0) if self.answers else JSONResponse({"status": "ok"})

    async def received(self, request: Request) -> Response:
        self.seen.append((request.method, {}, dict(request.headers), b""))
        return JSONResponse({"data": {"messages": self.inbox}})


@contextlib.asynccontextmanager
async def texting(**changed):
    box = Box()
    routes = [Route("/send", box.send, methods=["GET", "POST"]), Route("/inbox", box.received)]
    server = LoopbackServer(Starlette(routes=routes))
    url = f"http://127.0.0.1:{await server.start()}"
    plain = {
        "provider": "http",
        "url": f"{url}/send",
        "headers": {"Authorization": "Bearer $token"},
        "body": '{"to": "$to", "message": "$text"}',
        "auth_token": {"env": "T"},
        "to": [ANA],
        "inbox_url": f"{url}/inbox",
    }
    try:
        async with make_client(proxies={}) as http:
            written = {name: value for name, value in (plain | changed).items() if value is not None}
            if isinstance(written.get("url"), str):
                written["url"] = written["url"].replace("$BOX", url)
            yield Texting(SmsSettings.model_validate(written), http, token="t0ken-t0ken"), box
    finally:
        await server.stop()


async def test_a_json_request_is_filled_in():
    async with texting() as (text, box):
        outcome = await text.turn()
        assert isinstance(outcome, Delivered)
        assert not outcome.confirmed
        method, _, headers, body = box.seen[0]
        assert (method, headers["authorization"], headers["content-type"]) == (
            "POST",
            "Bearer t0ken-t0ken",
            "application/json",
        )
        assert json.loads(body)["to"] == ANA
        assert "nas-web DOWN #7" in json.loads(body)["message"]


async def test_a_get_with_everything_in_the_url():
    async with texting(url="$BOX/send?to=$to&text=$text&key=$token", body=None, headers=None) as (text, box):
        await text.turn()
        method, query, _, _ = box.seen[0]
        assert (method, query["to"], query["key"]) == ("GET", ANA, "t0ken-t0ken")
        assert "nas-web DOWN #7" in query["text"]


async def test_success_is_what_the_settings_say_it_is():
    async with texting(success='"status": *"ok"') as (text, box):
        box.answers = [JSONResponse({"status": "error", "why": "no signal", "key": "t0ken-t0ken"})]
        outcome = await text.turn()
        assert isinstance(outcome, Refused)
        assert not outcome.channel_broken
        assert "no signal" in outcome.reason
        assert "t0ken" not in outcome.reason
        assert isinstance(await text.turn(), Delivered)


@pytest.mark.parametrize(("status", "broken"), [(401, True), (404, True), (400, False)])
async def test_a_refusal_is_final(status, broken):
    async with texting() as (text, box):
        box.answers = [Response(b"nope", status)]
        outcome = await text.turn()
        assert isinstance(outcome, Refused)
        assert outcome.channel_broken is broken
        assert "nope" in outcome.reason


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_trouble_is_tried_again(status):
    async with texting() as (text, box):
        box.answers = [Response(b"", status)]
        assert isinstance(await text.turn(), Again)
        assert isinstance(await text.turn(1), Delivered)


async def test_received_texts_are_found_wherever_they_are_in_the_answer():
    async with texting() as (text, box):
        box.inbox = [
            {"id": 7, "sender": ANA[1:], "text": "ack 7", "received_at": "2026-11-24"},
            {"id": 8, "sender": "+15559990000", "text": "ack 7"},
        ]
        found = await SmsChannel().listen(text.settings, text.tools(), START)
        assert [(each.by, each.text) for each in found] == [("…0000", "ack 7")]
        again = await SmsChannel().listen(text.settings, text.tools(), START)
        assert [each.id for each in again] == [each.id for each in found]


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ({"received_at": "2026-11-24T13:05:00+01:00"}, datetime(2026, 11, 24, 12, 5, tzinfo=UTC)),
        ({"timestamp": 1795521900}, datetime(2026, 11, 24, 12, 5, tzinfo=UTC)),
        ({"timestamp": "1795521900123"}, datetime(2026, 11, 24, 12, 5, tzinfo=UTC)),
        ({"date": "2026-11-24 12:05:00"}, None),
        ({"date": "24.11.2026"}, None),
        ({"timestamp": 1000000000}, None),
        ({"date": "2027-11-24T12:05:00Z"}, None),
        ({}, None),
    ],
)
async def test_the_time_of_a_received_text_is_read_where_it_is_sure(said, at):
    async with texting() as (text, box):
        box.inbox = [{"id": "1", "from": ANA, "text": "ack 7", **said}]
        [found] = await SmsChannel().listen(text.settings, text.tools(), START)
        assert found.at == at


@given(st.text(max_size=200))
def test_no_text_breaks_out_of_its_template(text):
    values = VALUES | {"text": text}
    body, kind = filled_body('{"to": "$to", "message": "$text"}', values)
    assert kind == "application/json"
    assert json.loads(body) == {"to": ANA, "message": text}
    url = filled_url("http://127.0.0.1/send?text=$text&to=$to", VALUES)
    assert url.count("&") == 1


def test_xml_and_forms_are_escaped_as_they_need():
    assert filled_body("<sms to='$to'>$text</sms>", VALUES)[0].count("<") == 2
    body, kind = filled_body("to=$to&text=$text", VALUES)
    assert (body.count("&"), kind) == (1, "application/x-www-form-urlencoded")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://sms.example.org/send", "own network"),
        ("https://$to.example.org/", "whole URL"),
        ("https://user:pw@host/", "user name"),
        ("https://host/?text=$txt", r"there is no \$txt"),
        ("https://host/?a=$", "stands before a name"),
        ("ftp://host/", "whole URL"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_with_a_sentence(url, why):
    with pytest.raises(ValueError, match=why):
        gateway_url(url)


def test_json_that_is_none_is_refused():
    with pytest.raises(ValueError, match="quotes"):
        gateway_body('{"to": $text-}')


@pytest.mark.parametrize(
    ("host", "home"),
    [
        ("192.168.1.20", True),
        ("nas.lan", True),
        ("nas", True),
        ("[fd00::1]", True),
        ("8.8.8.8", False),
        ("a.org", False),
    ],
)
def test_what_is_at_home_is_told_by_its_looks(host, home):
    assert at_home(host) is home
