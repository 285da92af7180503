"""The SMS channel against the strict stand-in for Twilio, on a real socket, try by try; names follow the catalogue."""

import contextlib
import re
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from statusapp_agent.channels.sms import SmsChannel
from statusapp_agent.core.model import Accepted, Again, Delivered, NotNeeded, Person, Refused
from statusapp_agent.demo.faults import Always, Chance, Garbage, Hang, ResetAfter, ResetBefore, Script, Status
from statusapp_agent.demo.twilio_model import MAGIC_SENDER, TOKEN, TwilioModel
from statusapp_agent.demo.twilio_service import TOO_MANY, StatusAfter, TwilioService
from statusapp_agent.outbound import make_client
from tests.support.notices import notice
from tests.support.texting import ANA, BOB, START, Texting, twilio_settings

BROKEN = Status(500, b'{"code":20500,"message":"Internal server error","more_info":"","status":500}')
BUSY = Status(503, b'{"code":20503,"message":"Service Unavailable","more_info":"","status":503}')


@contextlib.asynccontextmanager
async def texting(
    *lives: Any, plan: Any = None, model: TwilioModel | None = None, **changed: Any
) -> AsyncIterator[Any]:
    """One message to Ana, and the stand-in; ``lives`` is what her text goes through."""
    model = model or TwilioModel()
    played: list[Texting] = []
    async with TwilioService(model, plan, now=lambda: played[0].now) as twilio, make_client(proxies={}) as http:
        if lives:
            model.lives[ANA] = list(lives)
        told = {name: changed.pop(name) for name in ("told", "token", "people", "timeout_s") if name in changed}
        played.append(Texting(twilio_settings(twilio.url, **changed), http, **told))
        yield played[0], twilio


async def test_sm01_delivered_only_when_twilio_says_delivered_and_then_nothing_is_asked():
    async with texting("sending", "sent", "delivered") as (text, twilio):
        outcome = await text.to_its_end()
        assert isinstance(outcome, Delivered)
        assert outcome.confirmed
        assert outcome.detail == "delivered to …0000"
        assert [type(each) for each in text.outcomes] == [Accepted, Accepted, Accepted, Delivered]
        assert [each.method for each in twilio.journal] == ["POST", "GET", "GET", "GET"]
        gaps = [round((b.at - a.at).total_seconds()) for a, b in zip(twilio.journal, twilio.journal[1:], strict=False)]
        assert gaps == [5, 10, 15]


async def test_sm02_sent_for_ever_is_sent_delivery_unknown_and_the_asking_ends():
    async with texting("sent") as (text, twilio):
        outcome = await text.to_its_end()
        assert isinstance(outcome, Delivered)
        assert not outcome.confirmed
        assert outcome.detail == "sent to …0000, delivery unknown"
        assert (text.now - START).total_seconds() == pytest.approx(300, abs=5)
        asked = [each.at for each in twilio.journal]
        assert max((b - a).total_seconds() for a, b in zip(asked, asked[1:], strict=False)) < 120


async def test_what_twilio_has_not_passed_on_is_asked_for_until_its_validity_is_over():
    async with texting("queued") as (text, _):
        outcome = await text.to_its_end()
        assert not outcome.confirmed
        assert (text.now - START).total_seconds() > 600


async def test_a_test_does_not_wait_five_minutes_for_a_silent_carrier():
    async with texting("sent", told=notice("test", purpose="test")) as (text, _):
        outcome = await text.to_its_end()
        assert outcome.detail.endswith("delivery unknown")
        assert (text.now - START).total_seconds() == 30


@pytest.mark.parametrize(
    ("code", "said", "broken"),
    [
        (30034, "A2P 10DLC", True),
        (30007, "filtered", False),
        (30005, "nobody has this number", True),
        (31999, "31999", False),
    ],
)
async def test_sm03_undelivered_is_a_refusal_with_what_to_do(code, said, broken):
    async with texting("sent", ("undelivered", code)) as (text, twilio):
        outcome = await text.to_its_end()
        assert isinstance(outcome, Refused)
        assert said in outcome.reason
        assert outcome.channel_broken is broken
        assert len(twilio.model.sent()) == 1


async def test_sm03_an_unreachable_phone_is_tried_once_more_later_and_nobody_waits_for_it():
    async with texting(("undelivered", 30003)) as (text, twilio):
        await text.turn()
        again = await text.turn(5)
        assert isinstance(again, Again)
        assert again.doubtful
        assert again.after_s == 60
        assert "no signal" in again.reason
        twilio.model.lives[ANA] = ["delivered"]
        assert isinstance(await text.turn(again.after_s), Accepted)
        assert isinstance(await text.turn(5), Delivered)
        assert len(twilio.model.sent()) == 2


async def test_sm03_a_phone_that_stays_unreachable_is_given_up():
    async with texting(("undelivered", 30003)) as (text, twilio):
        outcome = await text.to_its_end()
        assert isinstance(outcome, Refused)
        assert not outcome.channel_broken
        assert len(twilio.model.sent()) == 2


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("+15005550001", 21211),
        ("+15005550002", 21612),
        ("+15005550003", 21408),
        ("+15005550004", 21610),
        ("+15005550009", 21614),
    ],
)
async def test_sm05_sm12_magic_numbers_are_refused_at_once_with_a_sentence(to, code):
    async with texting(to=[to]) as (text, twilio):
        outcome = await text.turn()
        assert isinstance(outcome, Refused)
        assert outcome.channel_broken
        assert f"code {code}" in outcome.reason
        assert to not in outcome.reason
        assert len(twilio.journal) == 1


@pytest.mark.parametrize(
    ("sender", "said"),
    [("+15005550001", "21212"), ("+15005550007", "21606"), ("+15559990000", "21606")],
)
async def test_sm05_sm12_magic_senders_are_refused_at_once(sender, said):
    async with texting(**{"from": sender}) as (text, _):
        outcome = await text.turn()
        assert isinstance(outcome, Refused)
        assert outcome.channel_broken
        assert said in outcome.reason


async def test_sm12_a_full_queue_is_waited_for():
    async with texting(**{"from": "+15005550008"}) as (text, _):
        assert isinstance(await text.turn(), Again)


async def test_sm05_a_trial_account_says_whom_it_may_text():
    async with texting(model=TwilioModel(verified=frozenset())) as (text, _):
        assert "trial account" in (await text.turn()).reason


async def test_sm05_wrong_credentials_break_the_channel_and_are_not_repeated():
    async with texting(token="f" * 32) as (text, _):
        outcome = await text.turn()
        assert isinstance(outcome, Refused)
        assert outcome.channel_broken
        assert "credentials" in outcome.reason
        assert "f" * 32 not in outcome.reason


@pytest.mark.parametrize("fault", [BROKEN, BUSY, TOO_MANY], ids=["500", "503", "429"])
async def test_sm06_trouble_is_tried_again_for_ten_minutes_and_then_given_up_visibly(fault):
    async with texting(plan=Always(fault)) as (text, twilio):
        first = await text.turn()
        assert isinstance(first, Again)
        assert first.hold_channel is (fault is TOO_MANY)
        assert isinstance(await text.turn(599), Again)
        outcome = await text.turn(2)
        assert isinstance(outcome, Refused)
        assert outcome.reason.startswith("…0000: given up after 10 min")
        assert not outcome.channel_broken
        assert twilio.model.sent() == []


async def test_sm06_a_network_that_is_away_is_no_reason_to_give_up():
    async with texting(plan=Always(ResetBefore()), api_url="http://127.0.0.1:9") as (text, _):
        assert isinstance(await text.turn(), Again)
        assert isinstance(await text.turn(3_600), Again)


@pytest.mark.parametrize(
    "fault", [StatusAfter(500, BROKEN.body), ResetAfter(), Garbage(taken=True)], ids=lambda fault: type(fault).__name__
)
async def test_m1_what_was_taken_without_an_answer_is_found_by_its_tag(fault):
    async with texting("delivered", plan=Script(fault)) as (text, twilio):
        first = await text.turn()
        assert isinstance(first, Again)
        assert first.maybe_sent
        outcome = await text.to_its_end()
        assert isinstance(outcome, Delivered)
        assert len(twilio.model.sent()) == 1
        assert text.tag in twilio.model.sent()[0].body


async def test_m1_what_hung_is_found_by_its_tag():
    async with texting("delivered", plan=Script(Hang(taken=True)), timeout_s=0.5) as (text, twilio):
        assert (await text.turn()).maybe_sent
        assert isinstance(await text.to_its_end(), Delivered)
        assert len(twilio.model.sent()) == 1


async def test_m1_what_was_not_taken_is_sent_then():
    async with texting("delivered", plan=Script(BROKEN)) as (text, twilio):
        assert (await text.turn()).maybe_sent
        assert isinstance(await text.to_its_end(), Delivered)
        assert len(twilio.model.sent()) == 1


async def test_m1_another_message_to_the_same_phone_is_not_taken_for_ours():
    async with texting("delivered", plan=Script(None, BROKEN)) as (text, twilio):
        other = Texting(text.settings, text.http, tag="0f3c6")
        other.now = text.now
        await other.turn()
        await text.turn()
        await text.to_its_end()
        assert [("0f3c6" in each.body, "0f3c7" in each.body) for each in twilio.model.sent()] == [
            (True, False),
            (False, True),
        ]


async def test_m1_while_nobody_lets_us_look_nothing_is_sent_for_two_minutes_and_then_it_is():
    async with texting("delivered", plan=Script(BROKEN)) as (text, twilio):
        await text.turn()
        twilio.asking = Always(BUSY)
        assert isinstance(await text.turn(60), Again)
        assert twilio.model.sent() == []
        assert isinstance(await text.turn(70), Accepted)
        assert len(twilio.model.sent()) == 1


async def test_m1_the_second_text_to_a_phone_that_was_off_is_not_found_in_the_first():
    async with texting(("undelivered", 30003), plan=Script(None, BROKEN)) as (text, twilio):
        await text.turn()
        again = await text.turn(5)
        twilio.model.lives[ANA] = ["delivered"]
        assert (await text.turn(again.after_s)).maybe_sent
        assert isinstance(await text.to_its_end(), Delivered)
        assert len(twilio.model.sent()) == 2


async def test_that_asking_fails_says_nothing_of_the_text():
    async with texting("delivered") as (text, twilio):
        await text.turn()
        twilio.asking = Script(Status(401, b'{"code":20003,"message":"Authenticate"}'), Status(404, b"{}"), BUSY)
        for after_s in (5, 10, 15):
            assert isinstance(await text.turn(after_s), Accepted)
        assert isinstance(await text.turn(60), Delivered)
        assert len(twilio.model.sent()) == 1


async def test_several_phones_are_texted_once_each_whatever_happens_to_one():
    async with texting("delivered", to=[ANA, BOB], plan=Script(None, BUSY)) as (text, twilio):
        twilio.model.lives[BOB] = ["delivered"]
        first = await text.turn()
        assert isinstance(first, Again)
        assert len(twilio.model.sent()) == 1
        outcome = await text.to_its_end()
        assert outcome.detail == "delivered to …0000 and …0001" or outcome.detail == "delivered to …0001 and …0000"
        assert sorted(each.to for each in twilio.model.sent()) == [ANA, BOB]


async def test_one_of_two_refused_is_a_delivery_that_says_so():
    async with texting("delivered", to=[ANA, "+15005550009"]) as (text, _):
        outcome = await text.to_its_end()
        assert isinstance(outcome, Delivered)
        assert "delivered to …0000; …0009: this number is no mobile phone" in outcome.detail


async def test_whoever_is_on_call_is_texted_by_name_in_their_own_time():
    ana = Person("Ana", phone=ANA, timezone="Europe/Berlin")
    async with texting("delivered", to="oncall:primary", people=(ana, Person("Carl"))) as (text, twilio):
        outcome = await text.to_its_end()
        assert outcome.detail == "delivered to Ana"
        assert "13:00 CET" in twilio.model.sent()[0].body


async def test_nobody_on_call_is_refused_and_does_not_break_the_channel():
    async with texting(to="oncall:primary") as (text, twilio):
        outcome = await text.turn()
        assert isinstance(outcome, Refused)
        assert not outcome.channel_broken
        assert twilio.journal == []


async def test_a_wrong_number_of_somebody_on_call_does_not_silence_whoever_is_next():
    async with texting(to="oncall:primary", people=(Person("Ana", phone="+15005550001"),)) as (text, _):
        outcome = await text.turn()
        assert isinstance(outcome, Refused)
        assert not outcome.channel_broken


async def test_a_change_of_shift_does_not_text_the_first_again():
    async with texting("sent", to="oncall:primary", people=(Person("Ana", phone=ANA),), plan=Script(None, BUSY)) as (
        text,
        twilio,
    ):
        await text.turn()
        text.people = (Person("Bob", phone=BOB),)
        await text.turn(5)
        assert sorted(each.to for each in twilio.model.sent()) == [ANA]
        assert isinstance(await text.turn(5), Accepted)
        assert sorted(each.to for each in twilio.model.sent()) == [ANA, BOB]


async def test_sm09_the_request_is_a_form_with_a_validity_and_nothing_more():
    async with texting("delivered") as (text, twilio):
        await text.turn()
        [sent] = twilio.journal
        assert sent.content_type == "application/x-www-form-urlencoded"
        assert sent.form == {
            "To": ANA,
            "From": MAGIC_SENDER,
            "Body": (
                "nas-web DOWN #7: nas.lan refused the connection; nothing listens there. Reply ACK 7. 12:00 UTC (0f3c7)"
            ),
            "ValidityPeriod": "600",
        }


async def test_a_messaging_service_takes_the_place_of_a_sender():
    service = "MG" + "0" * 32
    model = TwilioModel(services=[service])
    async with texting("delivered", model=model, messaging_service_sid=service, **{"from": None}) as (text, twilio):
        outcome = await text.turn()
        assert "(accepted)" in outcome.detail
        assert "From" not in twilio.journal[0].form
        assert isinstance(await text.turn(5), Delivered)


async def test_receipts_hold_neither_numbers_nor_tokens():
    async with texting("sent", to=[ANA, BOB]) as (text, _):
        await text.turn()
        kept = repr(text.so_far)
        for secret in (ANA, BOB, ANA[1:], TOKEN):
            assert secret not in kept


async def test_what_twilio_quotes_of_us_is_hidden_in_what_is_kept_and_told():
    quoting = Status(400, f'{{"code":29999,"message":"{BOB} and {TOKEN} are odd"}}'.encode())
    async with texting("delivered", to=[ANA, BOB], plan=Script(quoting, quoting)) as (text, _):
        outcome = await text.turn()
        assert isinstance(outcome, Refused)
        assert "are odd" in outcome.reason
        assert BOB not in outcome.reason
        assert TOKEN not in outcome.reason
    async with texting("delivered", to=[ANA, BOB], plan=Script(None, quoting)) as (text, _):
        await text.turn()
        assert BOB not in repr(text.so_far)
        outcome = await text.to_its_end()
        assert "are odd" in outcome.detail
        assert BOB not in outcome.detail
        assert TOKEN not in outcome.detail


@pytest.mark.parametrize(
    ("told", "to", "needed"),
    [
        (notice("resolve", purpose="test"), [ANA], False),
        (notice("resolve"), [ANA], True),
        (notice("acknowledge", via="cli"), [ANA], False),
        (notice("acknowledge", via="SMS"), [ANA], True),
        (notice("acknowledge", via="cli"), [ANA, BOB], True),
        (notice("update"), [ANA], True),
    ],
)
async def test_nobody_is_texted_what_nobody_needs(told, to, needed):
    async with texting("delivered", told=told, to=to) as (text, twilio):
        outcome = await text.turn()
        assert isinstance(outcome, NotNeeded) is not needed
        assert bool(twilio.model.sent()) is needed


async def test_replies_are_those_of_the_people_whom_it_texts_oldest_first():
    async with texting("delivered", to=[ANA, BOB]) as (text, twilio):
        await text.turn()
        for sender, said in ((ANA, "ACK 7"), ("+15559990000", "ACK 7"), (BOB, "hello")):
            await twilio.answer(sender, said)
        found = await SmsChannel().listen(text.settings, text.tools(), START)
        assert [(each.by, each.text) for each in found] == [("…0000", "ACK 7"), ("…0001", "hello")]
        assert len({each.id for each in found}) == 2


async def test_old_replies_are_not_read_again():
    async with texting("delivered") as (text, twilio):
        twilio.model.answer(ANA, "ACK 7", START.replace(hour=3))
        assert list(await SmsChannel().listen(text.settings, text.tools(), START)) == []


async def test_a_list_that_cannot_be_read_is_said():
    async with texting() as (text, twilio):
        twilio.asking = Script(Status(401, b'{"code":20003,"message":"Authenticate"}'), BUSY, Garbage())
        for _ in range(3):
            assert isinstance(await SmsChannel().listen(text.settings, text.tools(), START), Again)


@pytest.mark.slow
async def test_m1_of_three_hundred_texts_on_a_bad_day_none_is_lost_and_none_comes_twice():
    faults = (
        BROKEN,
        StatusAfter(500, BROKEN.body),
        ResetBefore(),
        ResetAfter(),
        Garbage(taken=True),
        Garbage(taken=False),
    )
    async with texting("delivered", plan=Chance(0.4, 7, faults)) as (text, twilio):
        twilio.asking = Chance(0.2, 8, (BROKEN, BUSY, ResetBefore()))
        for number in range(300):
            one = Texting(text.settings, text.http, tag=f"0f3c{number:04x}x")
            text.now = one.now = text.now + timedelta(seconds=1)
            while not isinstance(one.outcomes[-1] if one.outcomes else None, Delivered | Refused):
                last = one.outcomes[-1] if one.outcomes else None
                text.now += timedelta(seconds=max(1.0, (last.after_s or 1.0) if last else 0.0))
                one.now = text.now
                await one.turn()
        counted = Counter(re.search(r"0f3c[0-9a-f]{4}x", each.body)[0] for each in twilio.model.sent())
        assert len(counted) == 300
        assert set(counted.values()) == {1}
