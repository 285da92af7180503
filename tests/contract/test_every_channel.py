"""What every kind of channel promises, proven on each one that is found and that a test can aim at a server."""

import asyncio
import json
import re
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from statusapp_agent import channels
from statusapp_agent.core.model import Accepted, Action, Again, Delivered, Refused
from statusapp_agent.demo.loopback_server import LoopbackServer, gone
from statusapp_agent.kinds import ChannelKind, ChannelTools, discover
from statusapp_agent.outbound import make_client
from tests.support.channel_samples import SECRET, aimed, least, origins, properties, secrets
from tests.support.notices import notice
from tests.support.servers import closed_port

KINDS = discover(channels, ChannelKind)
TIMEOUT_S = 0.6
MARGIN_S = 1.0

every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
every_kind_by_http = pytest.mark.parametrize(
    "kind", [kind for kind in KINDS.values() if origins(kind)], ids=lambda kind: kind.name
)


async def deliver(kind, url, told=None):
    settings = kind.Settings.model_validate(aimed(kind, url))
    async with make_client(proxies={}) as http:
        tools = ChannelTools(http, lambda: datetime.now(UTC), TIMEOUT_S, secrets(kind), tag="0f3c1")
        return await kind.deliver(told or notice(), settings, tools)


async def answered(kind, status, body=b"", *, hang=False):
    """Deliver to a server that answers everything the same; return the outcome and how long it took."""

    async def answer(request: Request) -> Response:
        if hang:
            await gone(request)
        return Response(body, status)

    routes = [Route("/{path:path}", answer, methods=["GET", "POST", "PUT", "PATCH"])]
    server = LoopbackServer(Starlette(routes=routes))
    port = await server.start()
    began = asyncio.get_running_loop().time()
    try:
        return await deliver(kind, f"http://127.0.0.1:{port}"), asyncio.get_running_loop().time() - began
    finally:
        await server.stop()


def assert_is_told_well(outcome):
    text = outcome.detail if isinstance(outcome, Delivered | Accepted) else outcome.reason
    assert text.strip() == text != ""
    assert text.isprintable(), repr(text)
    assert not re.search(r"Traceback|Errno|Exception|Error\(|<class|\bNone\b|0x[0-9a-f]{6}", text), text
    assert SECRET not in repr(outcome)


@every_kind
def test_it_says_what_it_is_and_what_it_tells(kind):
    assert kind.title
    assert kind.description.endswith(".")
    assert Action.TRIGGER in kind.actions
    assert Action.TEST in kind.actions
    assert 1 <= kind.max_per_minute <= 10_000
    assert bool(kind.replies_via) is kind.listens


@every_kind
def test_every_field_of_its_form_is_explained(kind):
    for name, form in properties(kind).items():
        assert form.get("title"), name
        assert form.get("description", "").endswith("."), name
        assert "default" in form or form.get("examples"), name


@every_kind
def test_unknown_keys_are_refused_and_no_error_repeats_a_value(kind):
    with pytest.raises(ValidationError) as refused:
        kind.Settings.model_validate({**least(kind), "no_such_key": SECRET})
    assert SECRET not in str(refused.value)


@every_kind
def test_what_is_written_is_read_back_the_same(kind):
    settings = kind.Settings.model_validate(least(kind))
    plain = json.loads(settings.model_dump_json(by_alias=True, exclude_none=True))
    assert kind.Settings.model_validate(plain) == settings


@every_kind
def test_judging_settings_and_secrets_raises_nothing_and_repeats_no_secret(kind):
    settings = kind.Settings.model_validate(least(kind))
    found = list(kind.inspect(settings))
    for name in secrets(kind):
        for value in (SECRET, "", "x"):
            found += kind.inspect_secret(name, value, settings)
    assert all(finding.text and SECRET not in finding.text for finding in found)
    assert {finding.field for finding in found} <= set(properties(kind))


@every_kind_by_http
def test_an_origin_in_clear_is_for_this_machine_alone(kind):
    for name in origins(kind):
        with pytest.raises(ValidationError, match="https"):
            kind.Settings.model_validate(least(kind) | {name: "http://service.example.org"})


@every_kind_by_http
async def test_a_refused_connection_is_another_try_and_nothing_was_sent(kind):
    outcome = await deliver(kind, f"http://127.0.0.1:{closed_port()}")
    assert isinstance(outcome, Again)
    assert not outcome.maybe_sent
    assert_is_told_well(outcome)


@every_kind_by_http
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_trouble_of_the_other_side_is_another_try(kind, status):
    outcome, _ = await answered(kind, status)
    assert isinstance(outcome, Again)
    assert outcome.hold_channel is (status == 429)
    assert_is_told_well(outcome)


@every_kind_by_http
async def test_a_400_is_refused(kind):
    outcome, _ = await answered(kind, 400, f"no: {SECRET}".encode())
    assert isinstance(outcome, Refused)
    assert_is_told_well(outcome)


@every_kind_by_http
@pytest.mark.parametrize("status", [401, 403, 404])
async def test_wrong_credentials_are_never_taken_for_success(kind, status):
    outcome, _ = await answered(kind, status, f'{{"message": "{SECRET}"}}'.encode())
    assert isinstance(outcome, Refused | Again)
    assert isinstance(outcome, Again) or outcome.channel_broken
    assert_is_told_well(outcome)


@every_kind_by_http
@pytest.mark.parametrize("body", [b"", b"<html>Welcome</html>", b"null", b"[1]", b'{"a":', b"\xff\xfe\x00"])
async def test_a_200_of_somebody_else_raises_nothing(kind, body):
    outcome, _ = await answered(kind, 200, body)
    assert_is_told_well(outcome)


@every_kind_by_http
async def test_a_redirect_is_not_followed(kind):
    outcome, _ = await answered(kind, 302)
    assert isinstance(outcome, Again | Refused)
    assert_is_told_well(outcome)


@every_kind_by_http
async def test_the_time_limit_is_kept_and_what_hung_may_have_been_sent(kind):
    outcome, took_s = await answered(kind, 200, hang=True)
    assert took_s < TIMEOUT_S + MARGIN_S
    assert isinstance(outcome, Again)
    assert outcome.maybe_sent
    assert_is_told_well(outcome)
