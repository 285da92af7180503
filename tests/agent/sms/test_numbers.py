"""Phone numbers: how they must be written, and that they are not shown."""

import pytest

from statusapp_agent.sms.numbers import e164, key, masked, same, sender


def test_separators_are_taken_out():
    assert e164(" +1 (555) 123-0000 ") == "+15551230000"


@pytest.mark.parametrize(
    "text", ["49170998", "0049123456", "+0123456789", "+4917", "+4917099812345678", "+49170abc998", ""]
)
def test_what_is_no_number_is_refused_without_repeating_it(text):
    with pytest.raises(ValueError, match="country") as refused:
        e164(text)
    assert not text or text not in str(refused.value)


@pytest.mark.parametrize("text", ["+15551230000", "12345", "StatusApp"])
def test_a_sender_is_a_number_a_short_code_or_a_name(text):
    assert sender(text) == text


def test_a_sender_of_twelve_letters_is_refused():
    with pytest.raises(ValueError, match="at most 11 letters"):
        sender("TwelveLetter")


def test_a_number_is_shown_by_its_last_digits_and_kept_by_a_key():
    assert masked("+15551230000") == "…0000"
    assert "1230000" not in key("+15551230000")
    assert key("+15551230000") != key("+15551230001")


def test_numbers_are_the_same_however_they_are_written():
    assert same("+15551230000", "15551230000")
    assert same("0015551230000", "+1 555 123 0000")
    assert not same("+15551230000", "+15551230001")
    assert not same("", "+15551230001")
