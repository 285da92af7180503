"""The webhook channel before a real web server: what it posts, how it signs, and what it makes of answers."""

import base64
import contextlib
import hashlib
import hmac
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from statusapp_agent.channels.webhook import WebhookChannel, WebhookSettings
from statusapp_agent.core.model import Again, Delivered, Refused
from statusapp_agent.webhook_document import body, places, values
from tests.support.channel_tools import channel_tools
from tests.support.notices import change, notice
from tests.support.web_target import WebTarget

URL = {"url": {"env": "WEBHOOK_URL"}}
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()


@contextlib.asynccontextmanager
async def webhook(*, path="/hook/very-secret-key", timeout_s=5.0, fields=None, **changed):
    async with WebTarget() as target:
        secrets = {"url": f"{target.url}{path}", **(fields or {})}
        async with channel_tools(timeout_s, **secrets) as tools:
            settings = WebhookSettings(**URL, **changed)

            async def tell(told, **more):
                with_tag = replace(tools, **{"tag": "same", **more})
                return await WebhookChannel().deliver(told, settings, with_tag)

            yield target, tell


async def test_the_whole_document_is_posted():
    async with webhook() as (target, tell):
        assert await tell(notice()) == Delivered("taken by 127.0.0.1 (200)")
        asked = target.asked[0]
        assert (asked.method, asked.path) == ("POST", "/hook/very-secret-key")
        assert asked.headers["content-type"] == "application/json"
        posted = asked.json
        assert posted["type"] == "statusapp.trigger"
        assert posted["timestamp"] == "2026-11-24T12:01:30+00:00"
        data = posted["data"]
        assert (data["headline"], data["status"], data["number"]) == ("DOWN: nas-web", "open", 7)
        assert data["incident"]["id"] == "8a1e"
        assert data["monitor"]["name"] == "nas-web"
        assert data["dedup_key"] == "statusapp/0f3c/8a1e"
        await tell(change())
        assert target.asked[1].json["data"]["headline"] == "Change: new disk in the nas"


async def test_a_message_is_signed_and_has_one_id_in_all_its_tries():
    async with webhook(fields={"secret": SECRET}, secret={"env": "S"}) as (target, tell):
        target.answers = [(503, b"", {})]
        assert isinstance(await tell(notice()), Again)
        await tell(notice())
        first, second = target.asked
        assert first.headers["webhook-id"] == second.headers["webhook-id"] == "msg_same"
        for asked in (first, second):
            signed = f"msg_same.{asked.headers['webhook-timestamp']}.".encode() + asked.body
            digest = hmac.new(b"0123456789abcdef01234567", signed, hashlib.sha256).digest()
            assert asked.headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"


async def test_a_template_decides_what_is_posted_and_types_stay():
    template = (
        '{"text": "${headline}: $cause costs $$5", "n": "${number}", "test": "$test", "none": "${resolved_at}",'
        ' "tags": ["$severity"], "${monitor}": {"fixed": 3}}'
    )
    more = {"X-Source": "statusapp"}
    fields = {"authorization": "Bearer t0p-secret"}
    async with webhook(template=template, headers=more, fields=fields, authorization={"env": "A"}) as (target, tell):
        await tell(notice())
        asked = target.asked[0]
        assert asked.json == {
            "text": "DOWN: nas-web: nas.lan refused the connection; nothing listens there costs $5",
            "n": 7,
            "test": False,
            "none": None,
            "tags": ["critical"],
            "nas-web": {"fixed": 3},
        }
        assert asked.headers["x-source"] == "statusapp"
        assert asked.headers["authorization"] == "Bearer t0p-secret"
        assert "webhook-signature" not in asked.headers


@pytest.mark.parametrize(
    ("template", "part"),
    [
        ('{"a": ${number}}', "not JSON"),
        ('{"a": "${nmber}"}', 'names "nmber"'),
        ('{"a": "5 $ each"}', r"write \$\$"),
        ('{"a": "${monitor.__class__}"}', r"write \$\$"),
        ("[" * 9000, "not JSON"),
    ],
)
def test_a_template_that_cannot_be_filled_is_refused_when_saved(template, part):
    with pytest.raises(ValueError, match=part):
        WebhookSettings(**URL, template=template)


@pytest.mark.parametrize("evil", ['"},{"x":"', "${region}", "{0.__class__}", "%s", "$headline", "\\", "\x00\ud800"])
def test_s15_what_comes_from_a_monitor_is_text_and_nothing_more(evil):
    told = notice(monitor={**notice()["monitor"], "name": evil})
    made = json.loads(body(told, '{"name": "is ${monitor}", "${monitor}": 1}'))
    assert made["name"] == "is " + values(told)["monitor"]
    assert len(made) == 2


@examples(max_examples=80, deadline=None)
@given(
    st.sampled_from(list(notice())),
    st.recursive(st.none() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)),
)
def test_every_notice_makes_a_document(name, value):
    told = {**notice(), name: value}
    assert json.loads(body(told, None))["data"]
    assert set(values(told)) == set(places())


@pytest.mark.parametrize(
    ("status", "outcome", "broken"),
    [(204, Delivered, None), (410, Refused, True), (404, Refused, True), (401, Refused, True), (400, Refused, False)],
)
async def test_answers_and_their_meaning(status, outcome, broken):
    async with webhook() as (target, tell):
        target.answers = [(status, b"very-secret-key <script>", {})]
        came = await tell(notice())
        assert isinstance(came, outcome)
        if broken is not None:
            assert came.channel_broken is broken
            assert "very-secret-key" not in came.reason
            assert "<script>" not in came.reason


async def test_what_may_pass_is_tried_again():
    async with webhook() as (target, tell):
        target.answers = [(429, b"", {"Retry-After": "7"}), (500, b"", {}), None]
        assert await tell(notice()) == Again("127.0.0.1 asks for fewer requests (429)", 7.0, hold_channel=True)
        assert (await tell(notice())).maybe_sent
        assert (await tell(notice())).maybe_sent


async def test_a_redirect_is_never_followed():
    async with webhook() as (target, tell):
        target.answers = [(307, b"", {"Location": "/elsewhere"})]
        came = await tell(notice())
        assert isinstance(came, Again)
        assert "redirect" in came.reason
        assert [each.path for each in target.asked] == ["/hook/very-secret-key"]


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("http://ha.lan/hook", "http://"),
        ("ftp://x/y", "https://"),
        ("https://u:p@x/y", "user name"),
        ("nonsense", "https://"),
        ("https://x:99999/", "not a URL"),
    ],
)
async def test_an_address_that_cannot_be_right_is_refused_when_saved_and_when_used(url, part):
    settings = WebhookSettings(**URL)
    assert part in WebhookChannel().inspect_secret("url", url, settings)[0].text
    async with channel_tools(1.0, url=url) as tools:
        outcome = await WebhookChannel().deliver(notice(), settings, tools)
    assert isinstance(outcome, Refused)
    assert outcome.channel_broken


def test_an_address_in_the_house_can_be_allowed():
    settings = WebhookSettings(**URL, allow_http=True)
    assert WebhookChannel().inspect_secret("url", "http://ha.lan:8123/api/webhook/x", settings) == []


@pytest.mark.parametrize(
    "headers", [{"Host": "x"}, {"a b": "c"}, {"X": "a\r\nY: b"}, {"Authorization": "x"}, {"webhook-id": "x"}]
)
def test_headers_that_are_ours_or_cannot_be_are_refused(headers):
    with pytest.raises(ValueError, match="header"):
        WebhookSettings(**URL, headers=headers)


def test_a_receiver_that_cannot_know_us_is_warned_of():
    channel = WebhookChannel()
    assert "cannot know" in channel.inspect(WebhookSettings(**URL))[0].text
    signed = WebhookSettings(**URL, secret={"env": "S"})
    assert channel.inspect(signed) == []
    assert "guessed" in channel.inspect_secret("secret", "short", signed)[0].text
