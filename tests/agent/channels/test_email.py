"""The mail channel before a real mail server on loopback; names follow the catalogue of cases."""

import asyncio
import contextlib
import ssl
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from statusapp_agent.channels.email import EmailChannel, EmailSettings
from statusapp_agent.core.model import Action, Again, Delivered, NotNeeded, Person, Refused
from statusapp_agent.mail.letter import Envelope, letter
from tests.support.certificates import Authority
from tests.support.channel_tools import channel_tools
from tests.support.mail_server import DROP, HANG, MailServer
from tests.support.notices import notice
from tests.support.programs import free_port

ROOT = "<inc-8a1e.0@example.org>"
PLAIN = {"host": "127.0.0.1", "security": "none", "from": "StatusApp <statusapp@example.org>", "to": ["a@example.org"]}
PASSWORD = "correct horse battery"
OVER = {"status": "resolved", "resolved_at": "2026-11-24T12:10:00+00:00", "resolved_by": "statusapp"}


class Sender:
    """A channel as the courier uses it."""

    def __init__(self, server, tools, settings):
        self.server, self.tools, self.settings = server, tools, settings
        self.channel, self.opening, self.tags = EmailChannel(), {}, 0

    async def tell(self, told, **tools):
        self.tags += 1
        outcome = await self.channel.deliver(
            told, self.settings, replace(self.tools, **{"tag": f"t{self.tags}", "opening": self.opening, **tools})
        )
        if isinstance(outcome, Delivered) and told["action"] in ("trigger", "test"):
            self.opening = outcome.receipt
        return outcome


@contextlib.asynccontextmanager
async def sender(server=None, *, timeout_s=5.0, secret=PASSWORD, **changed):
    async with server or MailServer() as mail, channel_tools(timeout_s, password=secret) as tools:
        yield Sender(mail, tools, EmailSettings(**{**PLAIN, "port": mail.port, **changed}))


def over(**more):
    return notice("resolve", reason="2 good checks", incident={**notice()["incident"], **OVER}, **more)


async def test_ml01_all_mails_of_an_incident_are_one_thread_with_one_subject():
    async with sender() as now:
        told = [
            notice(),
            notice("acknowledge", by="ann", via="desktop"),
            notice("update", reason="escalated to level 2"),
            over(),
        ]
        for each in told:
            assert isinstance(await now.tell(each), Delivered)
        mails = [mail for _, mail in now.server.mails]
        ids = [mail["Message-ID"] for mail in mails]
        assert ids[0] == ROOT
        assert len(set(ids)) == 4
        assert [mail["In-Reply-To"] for mail in mails] == [None, ROOT, ROOT, ROOT]
        assert [mail["References"] for mail in mails] == [None, ROOT, ROOT, ROOT]
        assert [mail["Subject"] for mail in mails] == ["[StatusApp] nas-web #7"] + ["Re: [StatusApp] nas-web #7"] * 3
        assert "escalated to level 2" in mails[2].get_body(("plain",)).get_content().lower()


async def test_a_page_once_more_is_another_mail_of_the_same_thread():
    async with sender() as now:
        await now.tell(notice())
        await now.tell(notice())
        second = now.server.mails[1][1]
        assert second["Message-ID"] != ROOT
        assert second["References"] == ROOT


async def test_ml02_a_later_mail_refers_to_the_root_even_if_that_was_lost():
    async with sender() as now:
        now.server.data.append("554 no")
        assert isinstance(await now.tell(notice()), Refused)
        await now.tell(over())
        assert now.server.mails[0][1]["References"] == ROOT


@pytest.mark.parametrize("answer", ["451 4.7.1 greylisted, try again later", "421 closing", HANG, DROP])
async def test_ml04_what_may_pass_is_tried_again_under_the_same_id(answer):
    async with sender(timeout_s=1.0) as now:
        now.server.data.append(answer)
        first = await now.tell(notice("update", reason="x"), tag="same")
        assert isinstance(first, Again)
        assert first.maybe_sent == (answer in (HANG, DROP))
        second = await now.tell(notice("update", reason="x"), tag="same", so_far=first.receipt)
        assert isinstance(second, Delivered)
        assert {mail["Message-ID"] for _, mail in now.server.mails} == {"<inc-8a1e.same@example.org>"}
        assert len(set(now.server.raw)) == 1  # to the last byte


async def test_ml04_no_server_is_waited_for():
    async with sender() as now:
        closed = at_port(free_port())
        outcome = await now.channel.deliver(notice(), closed, replace(now.tools, tag="t"))
        assert isinstance(outcome, Again)
        assert not outcome.maybe_sent
        assert "refused the connection" in outcome.reason


def at_port(port):
    return EmailSettings(**{**PLAIN, "port": port})


async def test_nobody_gets_it_twice_and_partial_refusals_are_told():
    to = ["a@example.org", "b@example.org", "c@example.org"]
    async with sender(to=to) as now:
        now.server.rcpt = {"b@example.org": "450 mailbox busy", "c@example.org": "550 no such user"}
        first = await now.tell(notice(), tag="same")
        assert isinstance(first, Again)
        assert "450 mailbox busy" in first.reason
        assert first.receipt["sent"] == ["a@example.org"]
        now.server.rcpt = {"c@example.org": "550 no such user"}
        second = await now.tell(notice(), tag="same", so_far=first.receipt)
        assert isinstance(second, Delivered)
        assert (
            second.detail
            == "taken by 127.0.0.1 (without encryption) for 2 of 3, refused for c@example.org: 550 no such user"
        )
        assert [rcpt for rcpt, _ in now.server.mails] == [["a@example.org"], ["b@example.org"]]
        assert [mail["To"] for _, mail in now.server.mails] == [", ".join(to)] * 2


async def test_who_got_it_was_told_even_if_the_rest_never_will_be():
    async with sender(to=["a@example.org", "b@example.org"]) as now:
        now.server.rcpt = {"b@example.org": "450 mailbox busy"}
        first = await now.tell(notice(), tag="same")
        now.server.rcpt, now.server.data = {}, ["554 looks like spam"]
        second = await now.tell(notice(), tag="same", so_far=first.receipt)
        assert isinstance(second, Delivered)
        assert second.detail.endswith("for 1 of 2; for the others 127.0.0.1 refuses the mail: 554 looks like spam")


async def test_all_recipients_refused_is_a_refusal():
    async with sender() as now:
        now.server.rcpt = {"a@example.org": "550 no such user"}
        outcome = await now.tell(notice())
        assert isinstance(outcome, Refused)
        assert outcome.channel_broken
        assert "a@example.org: 550 no such user" in outcome.reason


async def test_a_refused_mail_does_not_break_the_channel_but_a_refused_sender_does():
    async with sender() as now:
        now.server.data.append("554 looks like spam")
        assert await now.tell(notice()) == Refused("127.0.0.1 refuses the mail: 554 looks like spam")
        now.server.sender_answer = "550 not your address"
        assert (await now.tell(notice())).channel_broken


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


def server_context(authority, *names, **more):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.server(*(names or ("127.0.0.1",)), **more).path)
    return context


LOGIN = {"username": "status", "password": {"env": "SMTP_PASSWORD"}}


async def test_ml06_a_wrong_password_stops_at_once_and_is_not_shown(authority):
    server = MailServer(users={"status": "other"}, tls=server_context(authority))
    async with sender(server, security="starttls", ca_file=str(authority.bundle), **LOGIN) as now:
        outcome = await now.tell(notice())
        assert isinstance(outcome, Refused)
        assert outcome.channel_broken
        assert "535" in outcome.reason
        assert PASSWORD not in outcome.reason
        assert now.server.connections == 1
        assert len(now.server.logins) <= 2  # the methods that the server offers, once each


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_ml07_mail_goes_over_tls_with_an_own_authority(authority, security):
    context = server_context(authority)
    tls = {"tls": context} if security == "starttls" else {"implicit_tls": context, "plain_auth": True}
    server = MailServer(users={"status": PASSWORD}, auth_required=security == "starttls", **tls)
    async with sender(server, security=security, ca_file=str(authority.bundle), **LOGIN) as now:
        outcome = await now.tell(notice())
        assert isinstance(outcome, Delivered), outcome.reason
        words = "STARTTLS" if security == "starttls" else "TLS"
        assert outcome.detail == f"taken by 127.0.0.1 ({words}, signed in) for a@example.org"
        assert now.server.logins == [("status", PASSWORD)]


async def test_ml07_without_starttls_nothing_is_sent(authority):
    server = MailServer(users={"status": PASSWORD}, plain_auth=True)
    async with sender(server, security="starttls", **LOGIN) as now:
        outcome = await now.tell(notice())
        assert isinstance(outcome, Again)
        assert outcome.slow
        assert "no encryption (STARTTLS), so nothing was sent" in outcome.reason
        assert now.server.logins == []
        assert now.server.mails == []


@pytest.mark.parametrize("case", ["unknown authority", "other name"])
@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_ml07_a_certificate_that_is_not_right_gets_no_password(authority, case, security, tmp_path):
    context = server_context(authority, *(["other.test"] if case == "other name" else []))
    other = Authority(tmp_path, "Another")
    trusted = other if case == "unknown authority" else authority
    tls = {"tls": context} if security == "starttls" else {"implicit_tls": context, "plain_auth": True}
    async with sender(
        MailServer(users={"status": PASSWORD}, **tls), security=security, ca_file=str(trusted.bundle), **LOGIN
    ) as now:
        outcome = await now.tell(notice())
        assert isinstance(outcome, Again)
        assert outcome.slow
        assert "certificate" in outcome.reason
        assert now.server.logins == []
        assert now.server.mails == []


def test_ml07_a_password_in_clear_must_be_asked_for():
    with pytest.raises(ValueError, match="allow_plain_login"):
        EmailSettings(**PLAIN, **LOGIN)
    allowed = EmailSettings(**{**PLAIN, "host": "mail.lan"}, **LOGIN, allow_plain_login=True)
    assert "the password as well" in EmailChannel().inspect(allowed)[0].text


async def test_ml09_automatic_mail_says_so_and_is_text_and_html():
    async with sender(reply_to="ann@example.org") as now:
        name = {**notice()["monitor"], "name": "Übersicht"}
        await now.tell(notice(monitor=name))
        recipients, mail = now.server.mails[0]
        assert recipients == ["a@example.org"]
        assert mail["To"] == "a@example.org"
        assert mail["Cc"] is mail["Bcc"] is None
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["X-Auto-Response-Suppress"] == "All"
        assert mail["List-Id"] == "StatusApp alerts <alerts.example.org>"
        assert mail["Importance"] == "high"
        assert mail["Reply-To"] == "ann@example.org"
        assert parsedate_to_datetime(mail["Date"]).tzinfo is not None
        assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
        raw = now.server.raw[0]
        assert b"Subject: [StatusApp] =?utf-8?" in raw
        assert raw.isascii()
        assert max(len(each) for each in raw.splitlines()) <= 998
        assert mail["Subject"] == "[StatusApp] Übersicht #7"


def test_a_mail_holds_what_an_archive_needs():
    story = [{"at": "2026-11-24T12:04:00+00:00", "text": "note by ann: it is the <b>cable</b>"}]
    told = [{"channel": "pd", "state": "delivered", "at": "2026-11-24T12:03:00+00:00"}]
    made = made_of(notice(story=story, told=told, latencies_ms=[80.0] * 50 + [2500.0] * 3))
    text, html = (made.get_body((kind,)).get_content() for kind in ("plain", "html"))
    for part in (text, html):
        for word in ("nas.lan refused the connection", "pd: delivered", "2026-11-24 12:03:00", "https://wiki.lan/nas"):
            assert word in part
    assert "note by ann: it is the <b>cable</b>" in text
    assert "it is the &lt;b&gt;cable&lt;/b&gt;" in html
    assert "the tallest is 2.5 s" in html
    assert html.count('class="slow"') == 3
    assert "▁" in text
    assert "http://" not in html.replace("http://nas.lan:8787", "")  # nothing is fetched
    assert "<script" not in html


def made_of(told, tag="t1", *, is_root=True):
    envelope = Envelope("statusapp@example.org", ("a@example.org",), "example.org")
    return letter(told, envelope, tag, is_root=is_root, now=datetime(2026, 11, 24, tzinfo=UTC))


def test_s16_line_breaks_in_names_make_no_headers():
    evil = "nas\r\nBcc: evil@example.org\r\n\r\n<script>alert(1)</script>"
    made = made_of(notice(monitor={**notice()["monitor"], "name": evil}, region=evil, reason=evil))
    assert made["Bcc"] is None
    assert "\n" not in made["Subject"]
    assert "<script>" not in made.get_body(("html",)).get_content()


KEYS = st.sampled_from(["id", "name", "at", "text", "number", "status", "latency_ms", "url", "channel"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@examples(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from([*notice(), "story", "told", "latencies_ms"]), ANYTHING))
def test_every_notice_makes_a_mail(parts):
    made = made_of({**notice(), **parts, "action": "trigger"})
    assert made.as_bytes().isascii()
    assert made["Message-ID"]


async def test_who_is_on_call_is_mailed_and_who_got_the_page_gets_its_end_as_well():
    calls = {"primary": [Person("Ann"), Person("Bob", email="bob@example.org"), Person("Cy", email="cy@example.org")]}
    async with sender(to="oncall:primary") as now:
        first = await now.tell(notice(), on_call=lambda rotation: calls[rotation])
        assert first.receipt["to"] == ["bob@example.org"]
        calls["primary"] = [Person("Cy", email="cy@example.org")]
        await now.tell(over(), on_call=lambda rotation: calls[rotation])
        assert now.server.mails[1][0] == ["bob@example.org", "cy@example.org"]
        nobody = await now.tell(notice(), opening={})
        assert isinstance(nobody, Again)
        assert nobody.slow
        assert "nobody who is on call" in nobody.reason


async def test_a_second_end_is_not_mailed_and_changes_are_none_of_its_business():
    async with sender() as now:
        repeated = await now.tell(over() | {"reason": "once more: a try may arrive late"})
        assert isinstance(repeated, Delivered)
        assert now.server.mails == []
        assert Action.CHANGE in EmailChannel.actions
        change = {"action": "change", "summary": "docker upgraded", "details": {}, "at": "2026-11-24T12:00:00+00:00"}
        assert isinstance(await now.tell(change), NotNeeded)
        assert now.server.mails == []


async def test_a_digest_is_a_mail_of_its_own_with_all_its_lines():
    async with sender() as now:
        digest = {
            "action": "change",
            "summary": "2 things that paged nobody: nas was down for 3 min; router was down for 1 min",
            "details": {"lines": ["nas was down for 3 min", "router was down for 1 min"]},
            "at": "2026-11-24T07:00:00+00:00",
        }
        for _ in range(2):
            assert isinstance(await now.tell(digest), Delivered)
        first, second = [mail for _, mail in now.server.mails]
        assert first["Subject"] == second["Subject"] == f"[StatusApp] {digest['summary']}"
        assert first["Message-ID"] != second["Message-ID"]
        assert first["In-Reply-To"] is None
        for form in ("plain", "html"):
            said = first.get_body((form,)).get_content()
            assert "nas was down for 3 min" in said
            assert "router was down for 1 min" in said


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        ({"to": ["nobody"]}, "write an address"),
        ({"to": []}, "at least 1"),
        ({"to": ["a@example.org\r\nBcc: x@example.org"]}, "write an address"),
        ({"from": "statusapp"}, "write an address"),
        ({"from": "A\nB <a@example.org>"}, "write an address"),
        ({"host": "mail.example.org/x"}, "mail server alone"),
        ({"username": "x"}, "belong together"),
        ({"security": "ssl"}, "starttls"),
    ],
)
def test_settings_that_cannot_be_right_are_refused(changed, part):
    with pytest.raises(ValueError, match=part):
        EmailSettings(**{**PLAIN, **changed})


def test_a_port_that_does_not_fit_is_warned_of():
    odd = EmailSettings(**{**PLAIN, "host": "mail.example.org", "security": "starttls", "port": 465})
    assert "usually used with" in EmailChannel().inspect(odd)[0].text


async def test_a_missing_authority_is_said():
    async with sender(ca_file="/nowhere/ca.pem") as now:
        outcome = await now.tell(notice())
        assert isinstance(outcome, Refused)
        assert "/nowhere/ca.pem" in outcome.reason


async def test_a_silent_server_is_not_waited_for_longer_than_allowed():
    async def silent(reader, writer):
        await reader.read()  # until the other side has enough
        writer.close()
        await writer.wait_closed()
        gone.set()

    gone = asyncio.Event()
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with channel_tools(0.5) as tools:
        outcome = await EmailChannel().deliver(notice(), at_port(port), replace(tools, tag="t"))
    await asyncio.wait_for(gone.wait(), 5)
    server.close()
    assert isinstance(outcome, Again)
    assert not outcome.maybe_sent
