"""The stand-in answers like Twilio, with its errors and its magic numbers, and misbehaves exactly as it is told to."""

import re

import httpx
import pytest

from statusapp_agent.demo.faults import ResetAfter, ResetBefore, Script, Status
from statusapp_agent.demo.twilio_model import ACCOUNT, MAGIC_SENDER, TOKEN, TwilioModel
from statusapp_agent.demo.twilio_service import StatusAfter, TwilioService

ANA = "+15551230000"
FORM = {"To": ANA, "From": MAGIC_SENDER, "Body": "hello", "ValidityPeriod": "600"}


async def ask(service, method="POST", path=".json", login=(ACCOUNT, TOKEN), **more):
    async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
        url = f"{service.url}/2010-04-01/Accounts/{ACCOUNT}/Messages{path}"
        return await http.request(method, url, auth=login, **more)


async def test_a_text_has_the_shape_of_a_message_and_lives_its_life():
    async with TwilioService() as service:
        answer = await ask(service, data=FORM)
        made = answer.json()
        assert answer.status_code == 201
        assert re.fullmatch(r"SM[0-9a-f]{32}", made["sid"])
        assert (made["status"], made["num_segments"], made["error_code"], made["price"]) == ("queued", "1", None, None)
        seen = [(await ask(service, "GET", f"/{made['sid']}.json")).json()["status"] for _ in range(3)]
        assert seen == ["sent", "delivered", "delivered"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"To": ""}, 21604),
        ({"From": ""}, 21603),
        ({"Body": ""}, 21602),
        ({"Body": "a" * 1601}, 21617),
        ({"To": "0170123"}, 21211),
        ({"To": "+15005550001"}, 21211),
        ({"To": "+15005550002"}, 21612),
        ({"To": "+15005550003"}, 21408),
        ({"To": "+15005550004"}, 21610),
        ({"To": "+15005550009"}, 21614),
        ({"From": "+15005550001"}, 21212),
        ({"From": "+15005550007"}, 21606),
        ({"From": "+15005550008"}, 21611),
        ({"From": "+15559990000"}, 21606),
        ({"ValidityPeriod": "36001"}, 20001),
        ({"Colour": "red"}, 20001),
    ],
)
async def test_sm12_what_is_wrong_has_twilios_code_and_shape(changed, code):
    async with TwilioService() as service:
        answer = await ask(service, data=FORM | changed)
        said = answer.json()
        assert (answer.status_code, said["code"], said["status"]) == (400, code, 400)
        assert said["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
        assert said["message"]
        assert service.model.sent() == []


async def test_wrong_credentials_json_and_unknown_texts_are_refused():
    async with TwilioService() as service:
        assert (await ask(service, data=FORM, login=(ACCOUNT, "x"))).json()["code"] == 20003
        assert (await ask(service, json=FORM)).status_code == 400
        assert (await ask(service, "GET", "/SM0.json")).json()["code"] == 20404


async def test_who_replied_stop_is_not_texted_until_start():
    async with TwilioService() as service:
        await service.answer(ANA, "STOP")
        assert (await ask(service, data=FORM)).json()["code"] == 21610
        await service.answer(ANA, "start")
        assert (await ask(service, data=FORM)).status_code == 201


async def test_the_list_is_newest_first_and_filtered():
    async with TwilioService() as service:
        await ask(service, data=FORM)
        await ask(service, data=FORM | {"To": "+15551230001"})
        await service.answer(ANA, "ACK 1")
        listed = (await ask(service, "GET", params={"To": ANA})).json()["messages"]
        assert [each["to"] for each in listed] == [ANA]
        inbound = (await ask(service, "GET", params={"To": MAGIC_SENDER})).json()["messages"]
        assert [(each["direction"], each["body"]) for each in inbound] == [("inbound", "ACK 1")]
        assert len((await ask(service, "GET", params={"PageSize": "2"})).json()["messages"]) == 2
        assert (await ask(service, "GET", params={"DateSent>": "2999-01-01"})).json()["messages"] == []


async def test_each_fault_takes_the_text_or_does_not():
    plan = Script(Status(500, b"{}"), StatusAfter(500, b"{}"), ResetBefore(), ResetAfter())
    async with TwilioService(plan=plan) as service:
        assert (await ask(service, data=FORM)).status_code == 500
        assert len(service.model.sent()) == 0
        assert (await ask(service, data=FORM)).status_code == 500
        assert len(service.model.sent()) == 1
        for count in (1, 2):
            with pytest.raises(httpx.TransportError):
                await ask(service, data=FORM)
            assert len(service.model.sent()) == count
        assert [each.fault for each in service.journal] == ["Status", "StatusAfter", "ResetBefore", "ResetAfter"]


async def test_another_process_can_look_and_let_somebody_answer():
    async with TwilioService(TwilioModel()) as service, httpx.AsyncClient(trust_env=False) as http:
        said = await http.post(f"{service.url}/stand-in/reply", json={"from": ANA, "text": "ACK 1"})
        assert said.status_code == 201
        shown = (await http.get(f"{service.url}/stand-in/messages")).json()["messages"]
        assert [each["body"] for each in shown] == ["ACK 1"]
