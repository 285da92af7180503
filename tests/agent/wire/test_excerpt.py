import pytest

from statusapp_agent.wire.excerpt import LIMIT_CHARACTERS, excerpt


def test_plain_text_stays_as_it_is():
    assert excerpt("Grüße, 世界 🙂") == "Grüße, 世界 🙂"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (b"\x1b[31mred\r\n", "\\x1b[31mred\\r\\n"),
        ("a\u202eb", "a\\u202eb"),
        ("a\u2028b", "a\\u2028b"),
        ("a\ud800b", "a\\ud800b"),
        (b"\xff\xfe\x00", "��\\x00"),
    ],
)
def test_acting_characters_are_spelled_out(said: bytes | str, shown: str):
    assert excerpt(said) == shown


@pytest.mark.parametrize("said", [b"x" * 5000, "\x00" * 5000, b"\xf0\x9f\x99\x82" * 5000])
def test_it_is_bounded(said: bytes | str):
    assert 0 < len(excerpt(said)) <= LIMIT_CHARACTERS
    excerpt(said).encode()
