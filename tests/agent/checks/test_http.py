import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from statusapp_agent.checks.http import HttpCheck, HttpSettings
from statusapp_agent.core.model import CheckStatus, Result, Scope
from tests.support.certificates import Authority
from tests.support.check_tools import check_tools
from tests.support.servers import answer, answering, closed_port, forever, server_context, serving

SECRETS = {"TOKEN": "t0ken-canary", "PASSWORD": "passw0rd-canary"}


async def check(url: str, timeout_s: float = 5.0, authority: str | None = None, **settings: Any) -> Result:
    tools = check_tools(timeout_s, secrets=SECRETS, authority=authority)
    return await HttpCheck().run(HttpSettings(url=url, **settings), tools)


async def test_a_good_answer():
    async with answering(answer()) as server:
        result = await check(server.url("/health?full=1"))
    assert result.status is CheckStatus.UP
    assert result.message.startswith("answered 200 in ")
    assert result.error is None
    assert result.scope is Scope.HOST
    assert result.latency_s is not None
    assert result.latency_s > 0
    assert result.facts == {"address": "127.0.0.1", "http_status": 200}
    head = server.heads[0].decode()
    assert head.startswith("GET /health?full=1 HTTP/1.1\r\n")
    assert f"Host: {server.address}\r\n" in head
    assert "Accept-Encoding: identity\r\n" in head
    assert "Connection: close\r\n" in head


async def test_a_check_can_run_again_and_again():
    kind, tools = HttpCheck(), check_tools()
    async with answering(answer()) as server:
        settings = HttpSettings(url=server.url())
        for _ in range(3):
            assert (await kind.run(settings, tools)).status is CheckStatus.UP
    assert server.connections == 3


async def test_over_ipv6():
    async with answering(answer(), host="::1") as server:
        result = await check(server.url())
    assert (result.status, result.facts["address"]) == (CheckStatus.UP, "::1")


@pytest.mark.parametrize(
    ("status", "expected", "up"),
    [
        ("204 No Content", ["2xx"], True),
        ("503 Whatever", ["2xx"], False),
        ("404 Not Found", [404], True),
        ("404 Not Found", ["200", "4xx"], True),
        ("302 Found", ["2xx"], False),
        ("302 Found", ["3XX"], True),
        ("599 Odd", [200, 201], False),
    ],
)
async def test_the_status_decides(status: str, expected: list[Any], up: bool):
    async with answering(answer(b"", status)) as server:
        result = await check(server.url(), expect_status=expected, follow_redirects=False)
    assert (result.status is CheckStatus.UP) is up
    assert result.error == (None if up else "http_status")


async def test_a_wrong_status_is_told_in_our_own_words_with_a_safe_snippet():
    async with answering(answer(b"<b>\x1b[31m down \x00" + b"x" * 9000, "503 \xe9vil reason")) as server:
        result = await check(server.url(), expect_status=[200, "3xx"])
    assert result.message == "answered 503 Service Unavailable, expected 200 or 3xx"
    assert result.facts["snippet"].startswith("<b>\\x1b[31m down \\x00xxx")
    assert len(result.facts["snippet"]) <= 512


async def test_a_head_or_post_is_sent_as_asked():
    async with answering(answer()) as server:
        await check(server.url(), method="POST", body="grüße", headers={"X-Probe": "1", "User-Agent": "me"})
    head, _, body = server.heads[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST / HTTP/1.1\r\n")
    assert b"X-Probe: 1" in head
    assert b"User-Agent: me" in head
    assert body == "grüße".encode()


async def test_words():
    async with answering(answer(b"all OK here")) as server:
        assert (await check(server.url(), keyword="OK", keyword_absent="Error")).status is CheckStatus.UP
        missing = await check(server.url(), keyword="fine")
        forbidden = await check(server.url(), keyword_absent="OK")
    assert (missing.error, missing.message) == ("keyword", "the word 'fine' is not in the answer")
    assert forbidden.message == "the word 'OK' is in the answer"
    assert missing.facts["snippet"] == "all OK here"


async def test_words_in_another_charset_and_in_a_large_body():
    body = b"x" * 200_000 + "Müller".encode("latin-1")
    async with answering(answer(body, Content_Type="text/html; charset=ISO-8859-1")) as server:
        assert (await check(server.url(), keyword="Müller")).status is CheckStatus.UP


async def test_json():
    body = json.dumps({"status": "degraded", "disks": [{"free": 3}]}).encode()
    async with answering(answer(body)) as server:
        assert (await check(server.url(), json_path="$.disks[0].free", json_equals=3)).status is CheckStatus.UP
        assert (await check(server.url(), json_path="$.disks")).status is CheckStatus.UP
        wrong = await check(server.url(), json_path="$.status", json_equals="ok")
    assert (wrong.error, wrong.message) == ("json_path", '$.status is "degraded", expected "ok"')


async def test_credentials_are_sent_and_not_kept():
    async with answering(answer(b"no", "401 Unauthorized")) as server:
        bearer = await check(server.url(), bearer_token={"env": "TOKEN"})
        basic = await check(server.url(), username="me", password={"env": "PASSWORD"})
    assert b"Authorization: Bearer t0ken-canary\r\n" in server.heads[0]
    assert b"Authorization: Basic bWU6cGFzc3cwcmQtY2FuYXJ5\r\n" in server.heads[1]
    assert "canary" not in repr(bearer) + repr(basic)


async def test_a_rotated_secret_is_used_at_once():
    secrets = {"TOKEN": "old"}
    kind, tools = HttpCheck(), check_tools(secrets=secrets)
    async with answering(answer()) as server:
        settings = HttpSettings(url=server.url(), bearer_token={"env": "TOKEN"})
        await kind.run(settings, tools)
        secrets["TOKEN"] = "new"
        await kind.run(settings, tools)
    assert [b"Bearer old" in server.heads[0], b"Bearer new" in server.heads[1]] == [True, True]


async def test_a_redirect_is_followed():
    async with answering(answer(b"", "302 Found", Location="/there"), answer()) as server:
        result = await check(server.url(), bearer_token={"env": "TOKEN"})
    assert result.status is CheckStatus.UP
    assert result.facts["redirected_to"] == server.url("/there")
    assert b"Bearer" in server.heads[1]


async def test_another_origin_gets_no_credentials():
    async with answering(answer()) as other, answering(answer(b"", "302 Found", Location=other.url())) as server:
        result = await check(server.url(), bearer_token={"env": "TOKEN"}, headers={"X-Api-Key": "canary"})
    assert result.status is CheckStatus.UP
    assert b"canary" in server.heads[0]
    assert b"canary" not in other.heads[0]


async def test_nothing_answers():
    result = await check(f"http://127.0.0.1:{closed_port()}/")
    assert (result.status, result.error) == (CheckStatus.DOWN, "connect_refused")
    assert "refused the connection" in result.message


async def test_no_answer_in_time_says_so_with_its_phases():
    async with serving(forever) as server:
        result = await check(server.url(), timeout_s=0.3)
    assert (result.status, result.error, result.message) == (CheckStatus.DOWN, "timeout", "no answer within 0.3 s")
    assert "connect" in result.phases
    assert 0.2 < result.phases["first_byte"] < 0.3


async def test_the_runners_own_limit_never_comes_first():
    async with serving(forever) as server, asyncio.timeout(0.3):
        result = await check(server.url(), timeout_s=0.3)
    assert result.error == "timeout"


async def test_over_tls(tmp_path: Path):
    authority = Authority(tmp_path)
    pair = authority.server("127.0.0.1", "localhost")
    async with answering(answer(), tls=server_context(str(pair.path))) as server:
        result = await check(server.url(scheme="https"), authority=str(authority.bundle))
        by_name = await check(f"https://localhost:{server.port}/", authority=str(authority.bundle))
    assert result.status is CheckStatus.UP
    assert by_name.status is CheckStatus.UP
    assert result.facts["certificate_expires_at"] == pair.ends.isoformat()
    assert result.facts["certificate_days_left"] in {89, 90}
    assert {"connect", "tls", "first_byte", "transfer"} == set(result.phases)


async def test_a_certificate_that_ends_soon_degrades(tmp_path: Path):
    authority = Authority(tmp_path)
    pair = authority.server("127.0.0.1")
    tools = replace(check_tools(authority=str(authority.bundle)), now=lambda: pair.ends - timedelta(days=5, hours=1))
    async with answering(answer(), tls=server_context(str(pair.path))) as server:
        settings = HttpSettings(url=server.url(scheme="https"))
        result = await HttpCheck().run(settings, tools)
        patient = HttpSettings(url=server.url(scheme="https"), warn_before="2d")
        still_fine = await HttpCheck().run(patient, tools)
    assert result.status is CheckStatus.DEGRADED
    assert "expires in 5 days" in result.message
    assert result.error == "certificate_expires_soon"
    assert still_fine.status is CheckStatus.UP


async def test_an_untrusted_certificate_is_down_unless_told_otherwise(tmp_path: Path):
    authority = Authority(tmp_path)
    pair = authority.server("127.0.0.1", self_signed=True)
    async with answering(answer(), tls=server_context(str(pair.path))) as server:
        judged = await check(server.url(scheme="https"), bearer_token={"env": "TOKEN"})
        assert server.heads == []
        blind = await check(server.url(scheme="https"), verify_tls=False)
    assert (judged.status, judged.error) == (CheckStatus.DOWN, "tls_untrusted")
    assert blind.status is CheckStatus.UP
    assert blind.facts["certificate_expires_at"] == pair.ends.isoformat()


async def test_a_client_certificate_is_shown(tmp_path: Path):
    authority = Authority(tmp_path)
    context = server_context(str(authority.server("127.0.0.1").path))
    context.load_verify_locations(authority.bundle)
    context.verify_mode = 2  # ssl.CERT_REQUIRED
    client = str(authority.server("client").path)
    async with answering(answer(), tls=context) as server:
        url = server.url(scheme="https")
        shown = await check(url, authority=str(authority.bundle), client_certificate=client)
        hidden = await check(url, authority=str(authority.bundle))
    assert shown.status is CheckStatus.UP
    assert hidden.status is CheckStatus.DOWN


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"url": "ftp://nas.lan/"}, "begins with http"),
        ({"url": "http:///x"}, "names a host"),
        ({"url": "http://nas.lan:99999/"}, "names a host"),
        ({"url": "http://[::1"}, "not a URL"),
        ({"url": "http://me:secret@nas.lan/"}, "username and password"),
        ({"expect_status": ["abc"]}, "write a status"),
        ({"expect_status": [True]}, "write a status"),
        ({"expect_status": [99]}, "write a status"),
        ({"expect_status": []}, "at least 1"),
        ({"headers": {"Content-Length": "5"}}, "set by the check"),
        ({"headers": {"authorization": "Basic x"}}, "bearer_token"),
        ({"headers": {"X": "a\r\nb"}}, "cannot be sent"),
        ({"headers": {"X Y": "a"}}, "cannot be the name"),
        ({"username": "me"}, "belong together"),
        ({"json_equals": 1}, "needs json_path"),
        ({"json_path": "$["}, "not a JSON path"),
        ({"client_key": "/x"}, "needs client_certificate"),
        ({"bearer_token": "plain"}, "plain text"),
        ({"unknown": 1}, "Extra inputs"),
    ],
)
def test_bad_settings_are_refused_with_a_sentence(settings: dict[str, Any], sentence: str):
    with pytest.raises(ValidationError, match=sentence) as caught:
        HttpSettings(**{"url": "http://nas.lan/", **settings})
    assert "plain" not in str(caught.value) or sentence == "plain text"


def test_the_form_explains_every_field():
    for name, field in HttpSettings.model_fields.items():
        assert field.title, name
        assert field.description, name
        assert field.examples, name
    assert HttpSettings.model_json_schema()["properties"]["password"]


def test_what_people_call_it():
    settings = HttpSettings(url="https://nas.lan/")
    assert HttpCheck().target(settings) == HttpCheck().url(settings) == "https://nas.lan/"
