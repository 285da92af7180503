"""Durations as people write them, and secrets by reference."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError

from statusapp_agent.fields import Duration, SecretField, SecretRef, format_duration, parse_duration

DAY_S = 86_400


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    wait: Duration = 30.0
    token: SecretField | None = None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5),
        ("30s", 30),
        ("5m", 300),
        ("2h", 7200),
        ("7d", 7 * DAY_S),
        ("1h30m", 5400),
        (" 1h 30m ", 5400),
        ("1.5h", 5400),
        ("0s", 0),
        ("1m1m", 120),
        (timedelta(minutes=2), 120),
    ],
)
def test_what_people_write(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "30", "s", "-5s", "5 minutes", "5M", "1e3s", ".5s", "5.s", "5sx", "x5s", "9" * 400 + "d", 30, None, True, []],
)
def test_anything_else_is_refused_with_an_example_of_what_to_write(text):
    with pytest.raises(ValueError, match='such as "500ms", "30s"'):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (90.0, "90s"),
        (60.0, "1m"),
        (7200.0, "2h"),
        (172_800.0, "2d"),
        (0.5, "500ms"),
        (1.5, "1.5s"),
        (0.0, "0ms"),
        (1e-05, "0.01ms"),
        (1_234_567.5, "1234567.5s"),
        (0.1 + 0.2, "0.30000000000000004s"),
    ],
)
def test_the_shortest_exact_text(seconds, text):
    assert format_duration(seconds) == text


@given(st.floats(0, 1e12))
def test_every_duration_survives_being_written_and_read(seconds):
    assert parse_duration(format_duration(seconds)) == seconds


@given(st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from(["ms", "s", "m", "h", "d"])), min_size=1, max_size=4))
def test_what_is_read_stays_what_it_is(parts):
    seconds = parse_duration("".join(f"{number}{unit}" for number, unit in parts))
    assert parse_duration(format_duration(seconds)) == seconds


@given(st.text(max_size=20))
def test_no_text_makes_it_fail_in_another_way(text):
    try:
        outcome = parse_duration(text)
    except ValueError as refusal:
        outcome = str(refusal)
    assert "write a duration as text with its unit" in outcome if isinstance(outcome, str) else outcome >= 0


def test_a_form_reads_text_and_writes_it_again():
    form = Form.model_validate({"wait": "90s"})
    assert form.wait == 90.0
    assert form.model_dump(mode="json") == {"wait": "90s", "token": None}
    assert Form.model_validate(form.model_dump()) == form  # from memory, where it is seconds
    for bad in (90, True, "90"):
        with pytest.raises(ValidationError, match="with its unit"):
            Form.model_validate({"wait": bad})


def test_a_form_shows_what_to_write_and_what_to_hide():
    properties = Form.model_json_schema()["properties"]
    assert properties["wait"]["type"] == "string"
    assert properties["wait"]["format"] == "statusapp-duration"
    assert "statusapp-secret" in str(properties["token"])
    assert "writeOnly" in str(properties["token"])


@pytest.mark.parametrize("place", [{"env": "A"}, {"file": "/a"}, {"keyring": "a"}, {"vault": True}])
def test_a_secret_is_in_one_place(place):
    assert SecretRef.model_validate(place).model_dump(exclude_none=True) == place


@pytest.mark.parametrize("places", [{}, {"env": "A", "file": "/a"}, {"vault": False}, {"path": "/a"}])
def test_a_secret_in_no_place_or_in_two_is_refused(places):
    with pytest.raises(ValidationError, match=r"exactly one place|vault|path"):
        SecretRef.model_validate(places)


def test_a_secret_given_in_plain_text_is_refused_without_repeating_it():
    with pytest.raises(ValidationError) as refusal:
        Form.model_validate({"token": "hunter2-very-secret"})
    told = [error["msg"] for error in refusal.value.errors(include_input=False, include_context=False)]
    assert told == ["Value error, a secret cannot be given as plain text here"]
