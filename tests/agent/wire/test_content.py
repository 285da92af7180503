import json

import pytest

from statusapp_agent.wire.content import compile_path, equals, judge_json, judge_words, text_of

DOCUMENT = json.dumps({"status": "ok", "disks": [{"free": 3, "ok": True}, {"free": 0.5, "ok": False}], "none": None})


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$.status", "ok"),
        ("$.disks[0].free", 3),
        ("$.disks[0].free", "3"),
        ("$.disks[*].ok", False),
        ("$.disks[0].ok", "true"),
        ("$.none", "null"),
        ("$.disks", None),
        ("$.none", None),
    ],
)
def test_a_value_that_is_there(path: str, expected: object):
    assert judge_json(DOCUMENT, path, expected, cut=None) is None


@pytest.mark.parametrize(
    ("text", "path", "expected", "sentence"),
    [
        (DOCUMENT, "$.status", "bad", '$.status is "ok", expected "bad"'),
        (DOCUMENT, "$.missing", None, "nothing is at $.missing in the answer"),
        (DOCUMENT, "$.disks[0].ok", 1, "$.disks[0].ok is true, expected 1"),
        ("<html>", "$.status", "ok", "the answer is not JSON"),
        ("[" * 100_000, "$.status", "ok", "the answer is not JSON"),
        ("9" * 5000, "$", "ok", "the answer is not JSON"),
    ],
)
def test_a_value_that_is_not(text: str, path: str, expected: object, sentence: str):
    fault = judge_json(text, path, expected, cut=None)
    assert fault is not None
    assert fault.sentence == sentence
    assert fault.error == "json_path"


def test_half_a_document_is_not_looked_into():
    fault = judge_json(DOCUMENT, "$.status", "ok", cut="1 MiB")
    assert fault is not None
    assert "1 MiB" in fault.sentence


def test_one_is_not_true():
    assert not equals(1, expected=True)
    assert not equals(value=True, expected=1)
    assert equals(1.0, 1)


def test_a_wrong_path_is_a_sentence():
    with pytest.raises(ValueError, match="not a JSON path"):
        compile_path("$[")


@pytest.mark.parametrize(
    ("body", "charset", "text"),
    [
        ("é".encode("latin-1"), "iso-8859-1", "é"),
        ("é".encode(), "punycode", "é"),
        ("é".encode(), "zlib", "é"),
        ("é".encode(), "no-such-thing", "é"),
        ("é".encode(), "cp999", "é"),
        (b"\xff", None, "�"),
    ],
)
def test_a_target_cannot_choose_a_strange_charset(body: bytes, charset: str | None, text: str):
    assert text_of(body, charset) == text


def test_words_are_found_and_missed():
    assert judge_words("all OK", "OK", "Error", cut=None) is None
    missing = judge_words("all fine", "OK", None, cut=None)
    assert missing is not None
    assert missing.sentence == "the word 'OK' is not in the answer"
    forbidden = judge_words("Error 5", None, "Error", cut=None)
    assert forbidden is not None
    assert forbidden.sentence == "the word 'Error' is in the answer"
    late = judge_words("...", "OK", None, cut="1 MiB")
    assert late is not None
    assert late.sentence == "the word 'OK' is not in the first 1 MiB of the answer"
