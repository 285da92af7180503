"""What the settings of an SMS channel must say, and what is said of those that do not."""

import pytest
from pydantic import ValidationError

from statusapp_agent.channels.sms import SmsChannel
from statusapp_agent.core.model import Budget
from statusapp_agent.sms.settings import SmsSettings
from tests.support.texting import twilio_settings

URL = "https://api.twilio.com"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"account_sid": None}, 'needs the key "account_sid"'),
        ({"auth_token": None}, 'needs the key "auth_token"'),
        ({"from": None}, 'either "from" or "messaging_service_sid"'),
        ({"messaging_service_sid": "MG" + "0" * 32}, 'either "from" or "messaging_service_sid"'),
        ({"to": []}, "1 to 50 phone numbers"),
        ({"to": ["0170998"]}, "with its country"),
        ({"to": "primary"}, "oncall:"),
        ({"to": "oncall:"}, "oncall:"),
        ({"api_url": "http://api.twilio.com"}, "only for this machine"),
        ({"monthly_limit": 0}, "greater than or equal to 1"),
        ({"segments": 11}, "less than or equal to 10"),
        ({"url": "https://host/"}, '"url" has no meaning'),
        ({"provider": "vonage"}, 'needs the key "api_key"'),
        ({"provider": "pigeon"}, "twilio"),
        ({"token": "x"}, "token"),
    ],
)
def test_what_is_wrong_is_said(changed, why):
    with pytest.raises(ValidationError) as refused:
        twilio_settings(URL, **changed)
    assert why in str(refused.value)


def test_numbers_and_rotations_are_both_whom_to_text():
    assert twilio_settings(URL, to=["+1 555 123-0000"]).to == ("+15551230000",)
    settings = twilio_settings(URL, to="oncall:primary")
    assert (settings.to, settings.rotation) == ("oncall:primary", "primary")


def test_what_is_written_comes_back_as_it_was_written():
    settings = twilio_settings(URL)
    plain = settings.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert plain["from"] == "+15005550006"
    assert SmsSettings.model_validate(plain) == settings


def test_the_budget_is_that_of_the_settings():
    assert SmsChannel().budget(twilio_settings(URL, monthly_limit=50, hourly_limit=7)) == Budget(50, 7, 6)
    two = twilio_settings(URL, to=["+15551230000", "+15551230001"], segments=2)
    assert SmsChannel().budget(two) == Budget(100, 20, 24)


@pytest.mark.parametrize(
    ("changed", "field", "error"),
    [
        ({"account_sid": "SK" + "0" * 32}, "account_sid", True),
        ({"account_sid": "AC123"}, "account_sid", True),
        ({"api_key_sid": "AC" + "0" * 32}, "api_key_sid", True),
        ({"from": "StatusApp"}, "replies", False),
        ({"from": "StatusApp", "replies": False}, None, False),
        ({}, None, False),
    ],
)
def test_what_the_look_of_settings_tells(changed, field, error):
    found = SmsChannel().inspect(twilio_settings(URL, **changed))
    assert [(each.field, each.error) for each in found] == ([] if field is None else [(field, error)])


@pytest.mark.parametrize(
    ("token", "error"), [("AC" + "0" * 32, True), ("short", False), ("0f" * 16, None), ("  " + "0f" * 16 + "\n", None)]
)
def test_what_the_look_of_a_token_tells(token, error):
    found = SmsChannel().inspect_secret("auth_token", token, twilio_settings(URL))
    assert [each.error for each in found] == ([] if error is None else [error])
    assert all(token.strip() not in each.text for each in found)
