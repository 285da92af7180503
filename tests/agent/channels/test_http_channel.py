"""The road that all HTTP channels share: what an answer means, and what it means that none came."""

import asyncio
import json
import logging
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from statusapp_agent.channels.http_channel import HttpChannelKind, by_status, read_json, retry_after_s
from statusapp_agent.core.model import Action, Again, Delivered, Refused
from statusapp_agent.http_exchange import BODY_BYTES, HttpCall
from statusapp_agent.kinds import ChannelTools, KindSettings
from statusapp_agent.outbound import make_client
from tests.support.certificates import DAY, Authority
from tests.support.channel_tools import channel_tools
from tests.support.servers import answer, answering, closed_port, forever, server_context, serving

SECRET = "s3cret/with+signs&more"


class Plain(HttpChannelKind[KindSettings]):
    """The smallest kind of channel: posts the notice somewhere with a token."""

    title: ClassVar[str] = "Plainly"
    description: ClassVar[str] = "For tests."
    Settings: ClassVar[type[KindSettings]] = KindSettings
    actions: ClassVar[frozenset[Action]] = frozenset(Action)

    def __init__(self, url):
        self.url = url

    def request(self, notice, settings, fields):
        if notice.get("action") == "change":
            return Refused("Plainly knows no changes, whatever " + fields.get("token", ""))
        headers = {"Authorization": f"Bearer {fields['token']}"} if "token" in fields else {}
        return HttpCall("POST", self.url, headers, json=dict(notice))

    def outcome(self, status, headers, body):
        said = read_json(body)
        if status == 200 and isinstance(said, dict):
            return Delivered("taken", {"said": said})
        if status == 418:
            return Refused("teapot says " + body.decode("utf-8", "replace"))
        return by_status(status, headers, self.title)


async def deliver(url, timeout_s=5.0, notice=None, **named):
    async with channel_tools(timeout_s, **named) as tools:
        return await Plain(url).deliver(notice or {"text": "hello"}, KindSettings(), tools)


async def test_one_request_with_what_the_kind_asked_for():
    async with answering(answer(b'{"id": 5}')) as server:
        assert await deliver(server.url("/hook"), token=SECRET) == Delivered("taken", {"said": {"id": 5}})
    [head] = server.heads
    lines, body = head.split(b"\r\n\r\n")
    assert lines.startswith(b"POST /hook HTTP/1.1\r\n")
    assert f"Bearer {SECRET}".encode() in lines
    assert b"User-Agent: StatusApp/" in lines
    assert json.loads(body) == {"text": "hello"}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("204 No Content", Delivered),
        ("302 Found", Again),
        ("400 Bad Request", Refused),
        ("401 Unauthorized", Refused),
        ("407 Proxy Authentication Required", Again),
        ("408 Request Timeout", Again),
        ("422 Unprocessable Content", Refused),
        ("425 Too Early", Again),
        ("429 Too Many Requests", Again),
        ("500 Internal Server Error", Again),
        ("599 Whatever", Again),
    ],
)
async def test_what_a_status_means(status, expected):
    async with answering(answer(b"<html>", status, Location="https://elsewhere.example/")) as server:
        outcome = await deliver(server.url())
    assert isinstance(outcome, expected), outcome
    if not isinstance(outcome, Delivered):
        assert status[:3] in outcome.reason
        assert "Plainly" in outcome.reason or "proxy" in outcome.reason


def test_the_table_knows_what_may_have_arrived_and_whose_fault_it_is():
    assert by_status(503, {}, "X").maybe_sent
    assert not by_status(429, {}, "X").maybe_sent
    assert by_status(429, {}, "X").hold_channel
    assert not by_status(503, {}, "X").hold_channel
    assert by_status(503, {"retry-after": "7"}, "X").after_s == 7
    assert by_status(407, {}, "X").slow
    assert by_status(404, {}, "X").channel_broken
    assert not by_status(413, {}, "X").channel_broken


NOW = "Tue, 24 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("45", 45.0),
        (" 45 ", 45.0),
        ("0", 0.0),
        ("900", 900.0),
        ("901", 900.0),
        ("1000000000", 900.0),
        ("9" * 5_000, 900.0),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("٣", None),
        ("Tue, 24 Nov 2026 12:00:45 GMT", 45.0),
        ("Tue, 24 Nov 2026 13:00:45 +0100", 45.0),
        ("Wed, 25 Nov 2026 12:00:45 GMT", 900.0),
        ("Tue, 24 Nov 2026 11:00:45 GMT", None),
        ("Tue, 99 Nov 2026 11:00:45 GMT", None),
    ],
)
def test_retry_after_is_kept_to_within_reason(said, expected):
    assert retry_after_s({"retry-after": said, "date": NOW}) == expected


def test_a_date_without_a_date_to_compare_it_with_is_nothing():
    assert retry_after_s({}) is None
    assert retry_after_s({"retry-after": NOW}) is None


@given(st.text(), st.text())
def test_any_retry_after_is_survived(said, date):
    wait_s = retry_after_s({"retry-after": said, "date": date})
    assert wait_s is None or 0 <= wait_s <= 900


async def test_a_date_in_retry_after_counts_from_our_clock_if_the_answer_has_none():
    until = (datetime.now(UTC) + timedelta(seconds=100)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    async with answering(answer(b"", "429 Too Many Requests", Retry_After=until)) as server:
        outcome = await deliver(server.url())
    assert outcome.hold_channel
    assert 90 <= outcome.after_s <= 101


async def test_a_redirect_is_not_followed():
    async with answering(answer()) as elsewhere:
        async with answering(answer(b"", "307 Temporary Redirect", Location=elsewhere.url())) as server:
            outcome = await deliver(server.url(), token=SECRET)
        assert isinstance(outcome, Again)
        assert "never followed" in outcome.reason
        assert elsewhere.connections == 0


async def test_nothing_listens_there():
    outcome = await deliver(f"http://127.0.0.1:{closed_port()}/")
    assert outcome == Again("127.0.0.1 refused the connection; nothing listens there")


async def test_no_such_name():
    outcome = await deliver("https://no-such-name.invalid/")
    assert isinstance(outcome, Again)
    assert not outcome.maybe_sent
    assert "no-such-name.invalid" in outcome.reason


async def test_a_reset_before_the_answer_may_have_been_sent():
    async def hang_up(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()

    async with serving(hang_up) as server:
        outcome = await deliver(server.url())
    assert isinstance(outcome, Again)
    assert outcome.maybe_sent
    assert "127.0.0.1" in outcome.reason


async def test_something_that_is_not_http_may_have_been_sent():
    async with answering(b"\x00\x01SSH-2.0-nonsense\r\n\r\n") as server:
        outcome = await deliver(server.url())
    assert outcome == Again("127.0.0.1 hung up, or answered something that is not HTTP", maybe_sent=True)


async def test_silence_after_the_request_ends_with_the_deadline():
    async with serving(forever) as server:
        outcome = await deliver(server.url(), timeout_s=0.1)
    assert outcome == Again("127.0.0.1 did not answer within 0.1 s", maybe_sent=True)


async def test_silence_during_the_handshake_was_never_sent():
    async with serving(forever) as server:
        outcome = await deliver(server.url(scheme="https"), timeout_s=0.1)
    assert outcome == Again("no connection to 127.0.0.1 within 0.05 s")


async def test_a_connection_that_was_given_up_is_closed_at_once():
    closed = asyncio.Event()

    async def listen(reader, writer):
        while await reader.read(1_024):
            pass
        closed.set()

    async with serving(listen) as server, channel_tools(0.1) as tools:
        await Plain(server.url(scheme="https")).deliver({}, KindSettings(), tools)
        async with asyncio.timeout(5):
            await closed.wait()


async def test_headers_that_drip_for_ever_end_with_the_deadline():
    async def drip(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-More: 1\r\n")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with serving(drip) as server:
        outcome = await deliver(server.url(), timeout_s=0.2)
    assert isinstance(outcome, Again)
    assert outcome.maybe_sent


@pytest.mark.parametrize("ending", ["hang", "abort"])
async def test_a_2xx_whose_body_never_ends_was_taken(ending):
    async def begin(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\n{")
        await writer.drain()
        if ending == "hang":
            await asyncio.Event().wait()
        writer.close()

    async with serving(begin) as server:
        outcome = await deliver(server.url(), timeout_s=0.2)
    assert outcome == Delivered("accepted by Plainly (202, the rest of the answer did not arrive)")


async def test_a_500_whose_body_never_ends_is_still_a_500():
    async def begin(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 500 Oh\r\nContent-Length: 100\r\n\r\n{")
        await writer.drain()
        await asyncio.Event().wait()

    async with serving(begin) as server:
        outcome = await deliver(server.url(), timeout_s=0.2)
    assert "500" in outcome.reason
    assert outcome.maybe_sent


async def test_no_more_than_64_kib_are_read():
    sent = 0

    async def flood(reader, writer):
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 418 Teapot\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()
            sent += 65_536

    async with serving(flood) as server:
        outcome = await deliver(server.url())
    assert isinstance(outcome, Refused)
    assert len(outcome.reason) == len("teapot says ") + BODY_BYTES
    assert sent < 32 << 20


async def test_a_compressed_body_is_not_unpacked():
    async with answering(answer(b"\x1f\x8b...", "418 Teapot", Content_Encoding="gzip")) as server:
        outcome = await deliver(server.url())
    assert outcome.reason.startswith("teapot says \x1f")


async def test_a_secret_that_is_sent_back_goes_no_further():
    async def parrot(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        body = head + b"s3cret%2Fwith%2Bsigns%26more czNjcmV0L3dpdGgrc2lnbnMmbW9yZQ=="
        writer.write(answer(body, "418 Teapot"))
        await writer.drain()

    async with serving(parrot) as server:
        outcome = await deliver(server.url(), token=SECRET)
    assert outcome.reason.count("•••") == 3
    assert "s3cret" not in outcome.reason
    assert "czNj" not in outcome.reason
    refused = await deliver("http://127.0.0.1:1/", notice={"action": "change"}, token=SECRET)
    assert refused == Refused("Plainly knows no changes, whatever •••")


@pytest.mark.parametrize("url", ["http://[::1", "http://127.0.0.1:99999/", "ftp://127.0.0.1/", "\ud800", "/path"])
async def test_an_impossible_url_is_an_outcome(url):
    assert isinstance(await deliver(url), Refused | Again)


@pytest.mark.parametrize("token", ["line\nbreak", "smile \N{GRINNING FACE}", "null\0"])
async def test_a_secret_that_no_header_can_carry_is_an_outcome(token):
    async with answering(answer()) as server:
        outcome = await deliver(server.url(), token=token)
    assert isinstance(outcome, Refused)
    assert outcome.channel_broken
    assert token not in outcome.reason
    assert server.heads == []


async def test_values_that_json_has_not_are_an_outcome():
    outcome = await deliver("http://127.0.0.1:1/", notice={"value": float("nan")})
    assert isinstance(outcome, Refused)


async def test_a_transport_without_a_trace_gets_no_benefit_of_the_doubt():
    async def broken(request):
        raise httpx.ReadError("gone", request=request)

    async def refused(request):
        raise httpx.ConnectError("nobody", request=request)

    for handler, maybe_sent in ((broken, True), (refused, False)):
        async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as http:
            tools = ChannelTools(http, lambda: datetime.now(UTC), 5.0, {})
            outcome = await Plain("https://x.example/").deliver({}, KindSettings(), tools)
        assert outcome.maybe_sent is maybe_sent


def test_a_call_shows_nothing_of_itself():
    call = HttpCall("POST", f"https://x.example/{SECRET}", {"A": SECRET}, json={"k": SECRET})
    assert SECRET not in repr(call)
    assert SECRET not in str(call)


def test_anything_may_be_read_as_json():
    assert read_json(b'{"a": 1}') == {"a": 1}
    for body in (b"", b"<html>", b"\xff\xfe", b"[" * 60_000):
        assert read_json(body) is None


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def trusting(authority):
    """Our own context, with the test's authority besides."""
    from statusapp_agent.outbound import trusted_context

    context = trusted_context()
    context.load_verify_locations(cafile=authority.bundle)
    return context


async def test_a_trusted_certificate(authority, trusting):
    tls = server_context(authority.server("127.0.0.1").path)
    async with answering(answer(b"{}"), tls=tls) as server:
        assert isinstance(await deliver(server.url(scheme="https"), context=trusting), Delivered)


@pytest.mark.parametrize("fault", ["unknown", "expired", "another host", "self-signed"])
async def test_a_bad_certificate_gets_no_byte_and_a_slow_retry(authority, trusting, fault):
    now = datetime.now(UTC)
    pair = {
        "unknown": lambda: authority.server("127.0.0.1"),
        "expired": lambda: authority.server("127.0.0.1", ends=now - DAY),
        "another host": lambda: authority.server("127.0.0.2"),
        "self-signed": lambda: authority.server("127.0.0.1", self_signed=True),
    }[fault]()
    context = None if fault == "unknown" else trusting
    async with answering(answer(b"{}"), tls=server_context(pair.path)) as server:
        outcome = await deliver(server.url(scheme="https"), context=context, token=SECRET)
        assert server.heads == []
    assert isinstance(outcome, Again)
    assert (outcome.slow, outcome.maybe_sent) == (True, False)
    assert "certificate" in outcome.reason


async def test_the_environment_cannot_weaken_the_judgement(authority, monkeypatch, tmp_path):
    keylog = tmp_path / "keys.log"
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.bundle))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    monkeypatch.setenv("SSLKEYLOGFILE", str(keylog))
    tls = server_context(authority.server("127.0.0.1").path)
    async with answering(answer(b"{}"), tls=tls) as server:
        outcome = await deliver(server.url(scheme="https"))
    assert outcome.slow
    assert not keylog.exists() or "SECRET" not in keylog.read_text()


async def test_speaking_tls_to_a_plain_server(trusting):
    async with answering(answer()) as server:
        outcome = await deliver(server.url(scheme="https"), context=trusting)
    assert isinstance(outcome, Again)
    assert not outcome.maybe_sent


async def test_a_proxy_carries_what_is_not_on_this_machine():
    async with answering(answer(b'{"by": "proxy"}')) as proxy:
        outcome = await deliver("http://pager.example/hook", proxies={"http": proxy.url()})
    assert outcome == Delivered("taken", {"said": {"by": "proxy"}})
    assert proxy.heads[0].startswith(b"POST http://pager.example/hook HTTP/1.1\r\n")


async def test_a_tunnel_that_the_proxy_refuses_names_the_proxy_without_its_password():
    async with answering(answer(b"", "403 Not You")) as proxy:
        named = f"http://user:{SECRET.replace('/', '')}@{proxy.address}"
        outcome = await deliver("https://pager.example/hook", proxies={"https": named}, token=SECRET)
    assert outcome == Again(f"the proxy http://{proxy.address} refused to connect: 403 Not You")
    assert proxy.heads[0].startswith(b"CONNECT pager.example:443 HTTP/1.1\r\n")
    assert SECRET.encode() not in proxy.heads[0]


@pytest.mark.parametrize("variable", ["https", "all"])
async def test_a_proxy_that_is_not_there_is_named(variable):
    port = closed_port()
    outcome = await deliver("https://pager.example/", proxies={variable: f"http://u:p@127.0.0.1:{port}"})
    assert outcome == Again(f"the proxy http://127.0.0.1:{port} cannot be reached")


async def test_a_proxy_that_hangs_has_been_sent_nothing():
    async with serving(forever) as proxy:
        outcome = await deliver("https://pager.example/", timeout_s=0.1, proxies={"https": proxy.url()})
    assert isinstance(outcome, Again)
    assert not outcome.maybe_sent


async def test_hosts_that_need_no_proxy_get_none():
    proxies = {"https": f"http://127.0.0.1:{closed_port()}", "no": "pager.invalid"}
    outcome = await deliver("https://pager.invalid/", proxies=proxies)
    assert "proxy" not in outcome.reason


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_this_machine_is_never_reached_by_proxy(host):
    async with answering(answer(b"{}")) as server:
        outcome = await deliver(f"http://{host}:{server.port}/", proxies={"all": f"http://127.0.0.1:{closed_port()}"})
    assert isinstance(outcome, Delivered)


@pytest.mark.parametrize("named", ["http://[::1", "gopher://old.example", "http://h:99999"])
async def test_a_broken_variable_is_told_when_it_matters(named):
    outcome = await deliver("https://pager.example/", proxies={"https": named})
    assert isinstance(outcome, Again)
    assert "prox" in outcome.reason
    assert not outcome.maybe_sent


async def test_variables_of_the_environment_are_honoured(monkeypatch):
    port = closed_port()
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
    monkeypatch.delenv("https_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with make_client() as http:
        tools = ChannelTools(http, lambda: datetime.now(UTC), 5.0, {})
        outcome = await Plain("https://pager.example/").deliver({}, KindSettings(), tools)
    assert outcome == Again(f"the proxy http://127.0.0.1:{port} cannot be reached")


async def test_the_client_keeps_no_cookies_and_says_nothing(caplog):
    async with answering(answer(b"{}", Set_Cookie="id=1; Path=/")) as server, channel_tools(token=SECRET) as tools:
        caplog.set_level(logging.DEBUG)
        for _ in range(2):
            await Plain(server.url(f"/{SECRET}")).deliver({}, KindSettings(), tools)
        assert len(tools.http.cookies) == 0
    assert b"Cookie" not in server.heads[1]
    assert not [record for record in caplog.records if SECRET in record.getMessage()]
