"""A modem's spool: whole files under names that the message decides, and what the daemon made of them."""

import os

import pytest

from statusapp_agent.channels.sms import SmsChannel
from statusapp_agent.core.model import Accepted, Again, Delivered, Refused
from statusapp_agent.outbound import make_client
from statusapp_agent.sms.settings import SmsSettings
from tests.support.notices import notice
from tests.support.texting import ANA, BOB, START, Texting


@pytest.fixture
async def http():
    async with make_client(proxies={}) as client:
        yield client


@pytest.fixture(params=["gammu", "smstools"])
def form(request):
    return request.param


@pytest.fixture
def spool(tmp_path, form):
    for name in ("outbox", "inbox", "sent", "error"):
        (tmp_path / name).mkdir()
    return tmp_path


def texting(http, spool, form, told=None, **changed):
    plain = {
        "provider": "spool",
        "folder": str(spool / "outbox"),
        "inbox_folder": str(spool / "inbox"),
        "spool_format": form,
        "to": [ANA],
    }
    return Texting(SmsSettings.model_validate(plain | changed), http, told=told or notice())


async def test_a_file_has_the_name_and_the_content_that_the_daemon_expects(http, spool, form):
    text = texting(http, spool, form)
    assert isinstance(await text.turn(), Accepted)
    [file] = (spool / "outbox").iterdir()
    content = file.read_text("ascii")
    if form == "gammu":
        assert file.name.startswith(f"OUTA20261124_120130_00_{ANA}_0f3c7x")
        assert file.suffix == ".txt"
        assert content.startswith("nas-web DOWN #7")
    else:
        head, _, body = content.partition("\n\n")
        assert head.splitlines() == ["To: 15551230000", "Alphabet: ISO"]
        assert body.startswith("nas-web DOWN #7")


async def test_every_character_set_can_read_it(http, spool, form):
    told = notice()
    told["incident"]["cause"] = "Überlauf für 5 €"
    await texting(http, spool, form, told).turn()
    [file] = (spool / "outbox").iterdir()
    assert b"Uberlauf" in file.read_bytes()


async def test_handing_it_over_twice_is_one_file(http, spool, form):
    text = texting(http, spool, form)
    await text.turn()
    once_more = texting(http, spool, form)
    once_more.maybe_sent = True
    assert isinstance(await once_more.turn(), Accepted)
    assert len(list((spool / "outbox").iterdir())) == 1
    for file in (spool / "outbox").iterdir():
        file.rename(spool / "sent" / file.name)
    cut_off = texting(http, spool, form)
    await cut_off.turn()
    assert list((spool / "outbox").iterdir()) == []


async def test_what_the_modem_has_sent_is_sent_delivery_unknown(http, spool, form):
    text = texting(http, spool, form)
    await text.turn()
    assert isinstance(await text.turn(5), Accepted)
    for file in (spool / "outbox").iterdir():
        file.rename(spool / "sent" / file.name)
    outcome = await text.turn(10)
    assert isinstance(outcome, Delivered)
    assert not outcome.confirmed


async def test_what_the_modem_could_not_send_is_refused(http, spool, form):
    text = texting(http, spool, form)
    await text.turn()
    for file in (spool / "outbox").iterdir():
        file.rename(spool / "error" / file.name)
    outcome = await text.turn(5)
    assert isinstance(outcome, Refused)
    assert "could not send" in outcome.reason


async def test_a_modem_that_is_not_there_is_said_after_a_while(http, spool, form):
    outcome = await texting(http, spool, form).to_its_end()
    assert isinstance(outcome, Delivered)
    assert not outcome.confirmed


async def test_a_missing_folder_breaks_the_channel(http, spool, form):
    outcome = await texting(http, spool, form, folder=str(spool / "none")).turn()
    assert isinstance(outcome, Refused)
    assert outcome.channel_broken
    assert "is the modem's program installed" in outcome.reason


def test_a_missing_folder_is_found_before(spool, form):
    settings = texting(None, spool, form, folder=str(spool / "none")).settings
    assert [each.field for each in SmsChannel().inspect(settings)] == ["folder"]


async def test_answers_are_read_from_the_inbox(http, spool, form):
    inbox = spool / "inbox"
    if form == "gammu":
        (inbox / f"IN20261124_120500_00_{ANA}_00.txt").write_text("ACK 7", "utf-8")
        (inbox / f"IN20261124_120600_00_{BOB}_00.txt").write_text("ACK 7", "utf-16")
        (inbox / "IN20261124_120600_00_+15559990000_00.txt").write_text("ACK 7")
        (inbox / "notes.txt").write_text("ACK 7")
    else:
        (inbox / "GSM1.a").write_bytes(b"From: 15551230000\nReceived: 26-11-24 12:05:00\nAlphabet: ISO\n\nACK 7\n")
        wide = "ACK 7".encode("utf-16-be")
        (inbox / "GSM1.b").write_bytes(b"From: 15551230001\nAlphabet: UCS2\n\n" + wide)
        (inbox / "GSM1.c").write_bytes(b"From: 15559990000\n\nACK 7\n")
    for file in inbox.iterdir():
        os.utime(file, (START.timestamp() + 60, START.timestamp() + 60))
    text = texting(http, spool, form, to=[ANA, BOB])
    found = await SmsChannel().listen(text.settings, text.tools(), START)
    assert [(each.by, each.text.strip()) for each in found] == [("…0000", "ACK 7"), ("…0001", "ACK 7")]
    later = text.now.replace(hour=23)
    assert list(await SmsChannel().listen(text.settings, text.tools(), later)) == []


async def test_an_inbox_that_is_gone_is_said(http, spool, form):
    text = texting(http, spool, form, inbox_folder=str(spool / "none"))
    assert isinstance(await SmsChannel().listen(text.settings, text.tools(), START), Again)
