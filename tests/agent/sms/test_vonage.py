"""Vonage: success comes from the body, never from the status; whether a text arrives is not known."""

import contextlib

import pytest
from starlette.responses import JSONResponse, Response

from statusapp_agent.core.model import Again, Delivered, Refused
from statusapp_agent.outbound import make_client
from statusapp_agent.sms.settings import SmsSettings
from tests.support.notices import notice
from tests.support.texting import ANA, Texting
from tests.support.vonage_server import KEY, SECRET, VonageServer


@contextlib.asynccontextmanager
async def texting(token=SECRET, told=None, **changed):
    async with VonageServer() as vonage, make_client(proxies={}) as http:
        plain = {
            "provider": "vonage",
            "api_key": KEY,
            "auth_token": {"env": "VONAGE"},
            "from": "StatusApp",
            "to": [ANA],
            "api_url": vonage.url,
        }
        settings = SmsSettings.model_validate(plain | changed)
        yield Texting(settings, http, token=token, told=told or notice()), vonage


async def test_a_text_that_is_taken_is_sent_and_its_delivery_unknown():
    async with texting() as (text, vonage):
        outcome = await text.turn()
        assert isinstance(outcome, Delivered)
        assert not outcome.confirmed
        assert (outcome.detail, outcome.spent) == ("taken by Vonage for …0000, delivery unknown", 1)
        assert vonage.taken[0]["to"] == ANA[1:]


@pytest.mark.parametrize(
    ("status", "said", "broken"),
    [
        ("2", "lacks something", True),
        ("4", "credentials", True),
        ("7", "barred", True),
        ("9", "no credit", True),
        ("15", "this sender", True),
        ("12", "longer", False),
        ("99", "Some error", False),
    ],
)
async def test_m2_a_200_that_means_no_is_refused_with_what_to_do(status, said, broken):
    async with texting() as (text, vonage):
        vonage.statuses = [status]
        outcome = await text.turn()
        assert isinstance(outcome, Refused)
        assert said in outcome.reason
        assert outcome.channel_broken is broken
        assert len(vonage.forms) == 1


@pytest.mark.parametrize(("status", "holds"), [("1", True), ("5", False), ("10", True)])
async def test_what_passes_is_tried_again(status, holds):
    async with texting() as (text, vonage):
        vonage.statuses = [status]
        outcome = await text.turn()
        assert isinstance(outcome, Again)
        assert outcome.hold_channel is holds
        assert isinstance(await text.turn(1), Delivered)
        assert len(vonage.taken) == 1


@pytest.mark.parametrize(
    "raw", [Response(b"<html>", 200), JSONResponse({"messages": []}), JSONResponse([1]), Response(b"", 503)]
)
async def test_what_vonage_does_not_say_is_no_success(raw):
    async with texting() as (text, vonage):
        vonage.raw = [raw]
        outcome = await text.turn()
        assert isinstance(outcome, Again)
        assert outcome.maybe_sent


async def test_a_long_text_with_one_part_taken_is_not_sent_again():
    told = notice()
    told["incident"]["cause"] = "word " * 100
    async with texting(segments=3, told=told) as (text, vonage):
        parts = [{"status": "0", "message-id": "1"}, {"status": "1", "error-text": "Throughput"}, {"status": "1"}]
        vonage.raw = [JSONResponse({"message-count": "3", "messages": parts})]
        outcome = await text.turn()
        assert isinstance(outcome, Delivered)
        assert outcome.spent == 1


async def test_wrong_credentials_are_not_repeated():
    async with texting(token="wr0ng-secret-here") as (text, _):
        outcome = await text.turn()
        assert isinstance(outcome, Refused)
        assert "wr0ng" not in outcome.reason
