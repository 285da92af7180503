"""The cost of texts, as measured with a reference implementation, and what is done about it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statusapp_agent.sms.gsm7 import is_gsm7, room, segments, shorten, squeeze, transliterate, units

SMART = "\N{RIGHT SINGLE QUOTATION MARK}"
FIRE = "\N{FIRE}"
TICK = "\N{CHECK MARK}"


@pytest.mark.parametrize(
    ("text", "gsm", "cost", "parts"),
    [
        ("a" * 160, True, 160, 1),
        ("a" * 161, True, 161, 2),
        ("a" * 306, True, 306, 2),
        ("a" * 307, True, 307, 3),
        ("€" * 80, True, 160, 1),
        ("€" * 81, True, 162, 2),
        (TICK * 70, False, 70, 1),
        (TICK * 71, False, 71, 2),
        (TICK * 134, False, 134, 2),
        (TICK * 135, False, 135, 3),
        (FIRE * 35, False, 70, 1),
        (FIRE * 36, False, 72, 2),
        (FIRE * 67, False, 134, 3),  # a surrogate pair is not split
        (SMART + "a" * 159, False, 160, 3),
        ("'" + "a" * 159, True, 160, 1),
        ("ü" + "a" * 159, True, 160, 1),
        ("", True, 0, 1),
    ],
)
def test_sm08_segments_equal_the_measured_vectors(text, gsm, cost, parts):
    assert (is_gsm7(text), units(text), segments(text)) == (gsm, cost, parts)


def test_an_escaped_character_is_not_torn_apart():
    assert segments("a" * 152 + "€" + "a" * 152) == 3
    assert segments("a" * 151 + "€" + "a" * 153) == 2


def test_what_the_alphabet_lacks_is_spelled():
    assert transliterate(
        f"It{SMART}s \N{LEFT DOUBLE QUOTATION MARK}down\N{RIGHT DOUBLE QUOTATION MARK} \N{EM DASH} für 5 €\t\n"
    ) == ('It\'s "down" - für 5 €')
    assert transliterate("Москва") == "Moskva"


@given(st.text(max_size=500), st.integers(min_value=1, max_value=10))
def test_whatever_is_told_fits_and_is_cheap(text, parts):
    cut = shorten(transliterate(text), room(parts))
    assert is_gsm7(cut)
    assert segments(cut) <= parts
    assert units(cut) <= 1600


@given(st.text(min_size=1, max_size=300), st.integers(min_value=20, max_value=160))
def test_a_name_keeps_both_of_its_ends(text, most):
    name = transliterate(text)
    cut = squeeze(name, most)
    assert units(cut) <= max(most, units(cut) if units(name) <= most else 0)
    if units(name) > most:
        assert cut[0] == name[0]
        assert cut[-1] == name[-1]
