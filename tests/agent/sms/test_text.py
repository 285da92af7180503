"""What a text says, and what it never leaves out."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statusapp_agent.core.answering import code_of
from statusapp_agent.sms.gsm7 import is_gsm7, segments, transliterate, units
from statusapp_agent.sms.text import compose
from tests.support.notices import notice


def named(name, cause="refused", number=42, **more):
    told = notice(**more)
    return {
        **told,
        "monitor": {**told["monitor"], "name": name},
        "incident": {**told["incident"], "cause": cause, "number": number},
    }


def test_an_ordinary_page_reads_well():
    assert compose(notice(), "0f3c7", answerable=True) == (
        "nas-web DOWN #7: nas.lan refused the connection; nothing listens there. Reply ACK 7. 12:00 UTC (0f3c7)"
    )


def test_times_are_those_of_the_reader():
    assert ". 13:00 CET (" in compose(notice(), "t", zone=ZoneInfo("Europe/Berlin"))


def test_nobody_is_asked_to_reply_where_nobody_listens():
    assert "Reply" not in compose(notice(), "t")
    assert "Reply" not in compose(notice("resolve"), "t", answerable=True)


@pytest.mark.parametrize(
    ("action", "word"),
    [("trigger", "DOWN"), ("update", "STILL DOWN"), ("resolve", "UP"), ("acknowledge", "ACK"), ("test", "TEST")],
)
def test_each_action_has_its_word(action, word):
    assert f"nas-web {word} #7" in compose(notice(action), "t")


def test_the_last_one_before_a_pause_says_so():
    text = compose(notice(paused_until="2026-11-24T13:05:00+00:00"), "t", answerable=True)
    assert "No more texts until 13:05 UTC" in text


def test_sm08_four_hundred_characters_with_emoji_and_curly_quotes_become_one_message():
    left, right = "\N{LEFT DOUBLE QUOTATION MARK}", "\N{RIGHT DOUBLE QUOTATION MARK}"
    cause = f"\N{FIRE} It\N{RIGHT SINGLE QUOTATION MARK}s {left}down{right}. " * 25
    text = compose(named("nas-web", cause), "0f3c7", answerable=True)
    assert is_gsm7(text)
    assert segments(text) == 1
    assert "nas-web DOWN #42" in text
    assert "Reply ACK 42" in text


def test_several_messages_hold_more_and_never_more_than_1600():
    assert segments(compose(named("nas", "word " * 900), "t", parts=3)) == 3
    assert units(compose(named("nas", "word " * 900), "t", parts=10)) <= 1600


@given(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=100),
    st.text(max_size=600),
    st.integers(min_value=1, max_value=10**9),
    st.sampled_from(["trigger", "update", "resolve", "acknowledge", "test"]),
    st.booleans(),
)
def test_sm08_the_code_the_state_and_the_monitor_are_always_there(name, cause, number, action, answerable):
    text = compose(named(name, cause, number, action=action), "0f3c1f", answerable=answerable)
    assert is_gsm7(text)
    assert segments(text) == 1
    word = {"trigger": "DOWN", "update": "STILL DOWN", "resolve": "UP", "acknowledge": "ACK", "test": "TEST"}[action]
    assert f" {word} #{number}" in text
    assert text.endswith("(0f3c1f)")
    spelled = transliterate(name) or "StatusApp"
    head = text[: text.index(f" {word} #{number}")]
    assert head == spelled or (head[:2] == spelled[:2] and head[-2:] == spelled[-2:])


def test_a_notice_that_lacks_almost_everything_is_told_all_the_same():
    assert compose({"action": "trigger"}, "t") == "StatusApp DOWN (t)"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("ACK 42", 42),
        ("ack #42", 42),
        ("  Ack42 ", 42),
        ("OK 42", 42),
        ("ok, 42 thanks", 42),
        ("acknowledged 42!", 42),
        ("ACK", None),
        ("ACK 42abc", None),
        ("42", None),
        ("not ok 42", None),
        ("RESOLVE 42", None),
        ("STOP", None),
        ("ACK 99999999999999999999", None),
        ("", None),
    ],
)
def test_an_answer_names_an_incident_or_it_is_none(said, code):
    assert code_of(said) == code
