"""What every kind of check promises, proven on each one that is found: a new kind is tested without a line here."""

import asyncio
import json
import re
import socket
from datetime import timedelta

import pytest
from pydantic import ValidationError

from statusapp_agent import checks
from statusapp_agent.core.model import CheckStatus, Scope
from statusapp_agent.fields import parse_duration
from statusapp_agent.kinds import CheckKind, discover
from tests.support.check_tools import check_tools
from tests.support.dns_server import DnsServer, serve_dns
from tests.support.samples import aimed, has_port, least, secret_fields, variants
from tests.support.servers import closed_port, forever, serving

KINDS = discover(checks, CheckKind)
SECRET = "c4nary-that-must-never-be-seen"
TIMEOUT_S = 0.5
MARGIN_S = 0.5  # for a busy machine; a check that ignores its limit exceeds it by much more

every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
every_kind_with_a_port = pytest.mark.parametrize(
    "kind", [kind for kind in KINDS.values() if has_port(kind)], ids=lambda kind: kind.name
)
every_kind_with_a_secret = pytest.mark.parametrize(
    "kind", [kind for kind in KINDS.values() if secret_fields(kind)], ids=lambda kind: kind.name
)

# What belongs to the common settings of a monitor; a kind may only set defaults for these.
COMMON = {"interval", "timeout", "retry_interval", "failures", "recoveries", "degraded_above", "severity"}


async def run(kind, settings, timeout_s=TIMEOUT_S):
    names = {"env": SECRET}
    tools = check_tools(timeout_s, secrets=_Everything(names))
    return await kind.run(kind.Settings.model_validate(settings), tools)


class _Everything(dict):
    """Every secret is the canary."""

    def __missing__(self, key):
        return SECRET


def assert_is_a_sentence(text):
    assert text.strip() == text != ""
    assert text.isprintable(), repr(text)
    assert not re.search(r"Traceback|Errno|Exception|Error\(|<class|\bNone\b|0x[0-9a-f]{6}", text), text
    assert len(text) < 300


def assert_is_a_result(result, before):
    assert result.started_at.utcoffset() == timedelta(0)
    assert result.started_at >= before
    assert result.scope in Scope
    assert result.latency_s is None or 0 <= result.latency_s <= TIMEOUT_S + MARGIN_S
    assert all(seconds >= 0 for seconds in result.phases.values())
    json.dumps(dict(result.facts))
    assert SECRET not in repr(result)
    if result.status is not CheckStatus.UP:
        assert_is_a_sentence(result.message)
    if result.status is CheckStatus.DOWN:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", result.error or "")


@every_kind
def test_it_says_what_it_is(kind):
    assert re.fullmatch(r"[a-z][a-z0-9_]*", kind.name)
    assert kind.title[0].isupper()
    assert kind.description.endswith(".")
    assert set(kind.defaults) <= COMMON
    assert all(parse_duration(text) > 0 for key, text in kind.defaults.items() if "interval" in key or key == "timeout")


@every_kind
def test_every_field_explains_itself(kind):
    schema = kind.Settings.model_json_schema()
    assert schema["properties"]
    assert schema["additionalProperties"] is False
    for name, form in schema["properties"].items():
        assert form.get("title", "").strip(), name
        assert form.get("description", "").endswith("."), name
        assert form.get("examples"), name
    assert json.loads(json.dumps(schema)) == schema


@every_kind
def test_the_examples_are_accepted_and_survive_being_written_and_read(kind):
    assert len(list(variants(kind))) >= len(schema_optional(kind)) / 2
    for settings in variants(kind):
        model = kind.Settings.model_validate(settings)
        written = model.model_dump(mode="json", exclude_defaults=True)
        assert kind.Settings.model_validate(json.loads(json.dumps(written))) == model


def schema_optional(kind):
    schema = kind.Settings.model_json_schema()
    return set(schema["properties"]) - set(schema.get("required", ()))


@every_kind
def test_unknown_keys_and_missing_ones_are_refused_by_name(kind):
    with pytest.raises(ValidationError, match=r"hots[\s\S]*not permitted"):
        kind.Settings.model_validate({**least(kind), "hots": "nas.lan"})
    for field in least(kind):
        with pytest.raises(ValidationError, match=rf"{field}[\s\S]*required"):
            kind.Settings.model_validate({key: value for key, value in least(kind).items() if key != field})
    assert least(kind), "a check without any required setting checks nothing in particular"


@every_kind
def test_settings_never_change_and_name_a_target(kind):
    settings = kind.Settings.model_validate(least(kind))
    with pytest.raises(ValidationError):
        setattr(settings, next(iter(least(kind))), "else")
    assert_is_a_sentence(kind.target(settings))
    url = kind.url(settings)
    assert url is None or "://" in url


@every_kind_with_a_secret
async def test_a_secret_is_never_seen(kind):
    for field in secret_fields(kind):
        with pytest.raises(ValidationError) as refusal:
            kind.Settings.model_validate({**least(kind), field: SECRET})
        assert SECRET not in str(refusal.value)
    async with serving(forever) as server:
        for settings in variants(kind):
            chosen = aimed(kind, settings, server.host, closed_port())
            model = kind.Settings.model_validate(chosen)
            assert SECRET not in repr(model) + kind.target(model) + str(kind.url(model))
            assert SECRET not in repr(await run(kind, chosen))


@every_kind
async def test_a_target_that_takes_the_connection_and_says_nothing_costs_no_more_than_the_time_limit(kind):
    loop, before = asyncio.get_running_loop(), check_tools().now()
    async with serving(forever) as server, silent_datagrams(server.port):
        began = loop.time()
        chosen = [aimed(kind, settings, server.host, server.port) for settings in variants(kind)]
        results = await asyncio.gather(*(run(kind, settings) for settings in chosen))
        assert loop.time() - began < TIMEOUT_S + MARGIN_S
    for result in results:
        assert_is_a_result(result, before)


@every_kind_with_a_port
async def test_a_port_where_nothing_listens_is_down(kind):
    before = check_tools().now()
    result = await run(kind, aimed(kind, least(kind), "127.0.0.1", closed_port()))
    assert result.status is CheckStatus.DOWN
    assert_is_a_result(result, before)


@every_kind_with_a_port
async def test_a_target_that_hangs_up_at_once_is_told_without_raising(kind):
    async def hang_up(reader, writer):
        writer.transport.abort()

    before = check_tools().now()
    async with serving(hang_up) as server:
        chosen = [aimed(kind, settings, server.host, server.port) for settings in variants(kind)]
        for result in await asyncio.gather(*(run(kind, settings) for settings in chosen)):
            assert_is_a_result(result, before)


@every_kind_with_a_port
async def test_a_target_that_talks_nonsense_is_told_without_raising(kind):
    async def nonsense(reader, writer):
        writer.write(bytes(range(256)) * 64)
        await writer.drain()

    before = check_tools().now()
    async with serving(nonsense) as server:
        chosen = [aimed(kind, settings, server.host, server.port) for settings in variants(kind)]
        for result in await asyncio.gather(*(run(kind, settings) for settings in chosen)):
            assert_is_a_result(result, before)


@every_kind
async def test_a_name_that_nobody_knows_is_down(kind, monkeypatch):
    # The system's resolver would ask the network; what it answers in the end is put in its place.
    real = socket.getaddrinfo

    def no_such_name(host, *rest, **more):
        if host is None or re.fullmatch(r"[0-9.]+|.*:.*", host):
            return real(host, *rest, **more)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    before = check_tools().now()
    async with serve_dns(DnsServer()) as names:
        settings = least(kind)
        if "server" in kind.Settings.model_fields:
            settings |= {"server": names.address, "name": "x.invalid"}
        else:
            settings = aimed(kind, settings, "x.invalid", 80)
        result = await run(kind, settings)
    assert_is_a_result(result, before)
    assert (result.status is CheckStatus.DOWN) == ({"host", "url", "server"} & set(kind.Settings.model_fields) != set())


@every_kind
async def test_being_cancelled_leaves_nothing_behind(kind):
    async with serving(forever) as server, silent_datagrams(server.port):
        known = asyncio.all_tasks()
        task = asyncio.create_task(run(kind, aimed(kind, least(kind), server.host, server.port), 30.0))
        await asyncio.wait([task], timeout=0.05)
        task.cancel()
        await asyncio.wait([task])
        left = [each for each in asyncio.all_tasks() - known - {task} if "statusapp_agent" in repr(each.get_coro())]
    assert left == []


class silent_datagrams:  # noqa: N801 (used like a function)
    """A UDP socket on the same port that takes everything and answers nothing."""

    def __init__(self, port):
        self._port = port

    async def __aenter__(self):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", self._port))

    async def __aexit__(self, *_):
        self._socket.close()
