"""Text as phones take it: the GSM 7-bit alphabet, what a message costs in segments, and cutting to fit. Pure.

Sources: 3GPP TS 23.038, section 6.2.1 (alphabet and extension table); 3GPP TS 23.040, section 9.2.3.24.1 (parts).
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from statusapp_agent.jsonable import one_line

ONE_SEGMENT = 160
LONGEST_CHARACTERS = 1600
"""Twilio refuses longer texts (error 21617)."""
_GSM_SINGLE, _GSM_PART = 160, 153
_WIDE_SINGLE, _WIDE_PART = 70, 67
_GAP = ".."

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")

_CYRILLIC = "абвгґдеєжзиіїйклмнопрстуфхцчшщъыьэюяё"
_AS_LATIN = "a b v g g d e ye zh z i i yi y k l m n o p r s t u f kh ts ch sh shch - y - e yu ya yo".split(" ")
_GREEK = dict(zip("αβγδεζηθικλμνξοπρσςτυφχψω", "abgdezhΘiklmnΞoprsstyΦhΨΩ", strict=True))
_INSTEAD = {
    **dict.fromkeys("‘’‚‛′`´ʼ", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **{"•": "*", "·": ".", "×": "x", "÷": "/", "←": "<-", "→": "->", "°": "deg", "≤": "<=", "≥": ">=", "≠": "!="},
    **{"≈": "~", "±": "+-", "©": "(c)", "®": "(R)", "✓": "ok", "✔": "ok", "✗": "x", "✘": "x", "⁄": "/", "µ": "u"},
    **{"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "œ": "oe", "Œ": "OE"},
    **{"ı": "i", "ħ": "h", "Ħ": "H", "ŧ": "t", "Ŧ": "T", "ŋ": "n", "Ŋ": "N", "ẞ": "SS"},
    **dict(zip(_CYRILLIC, ("" if latin == "-" else latin for latin in _AS_LATIN), strict=True)),
    **_GREEK,
}
_PLAIN = {"ß": "ss", "Æ": "AE", "æ": "ae", "Ø": "O", "ø": "o", "£": "GBP", "€": "EUR", "¥": "JPY"}
# Emoji and other symbols, their selectors and skin tones: a phone of 1999 shows nothing of them.
_DROPPED = frozenset({"So", "Sk", "Sm", "Cf", "Cs", "Cn", "Co", "Mn", "Me", "Mc", "No"})
_UNKNOWN = re.compile(r"\?{2,}")


@dataclass(frozen=True, slots=True)
class Size:
    """What a text costs: its encoding, how many units of that (septets, or UTF-16 code units), and its segments."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    segments: int


def size(text: str) -> Size:
    """Return what a text costs to send: one character outside GSM-7 makes all of it UCS-2."""
    if all(character in _BASIC or character in _EXTENSION for character in text):
        costs = [septets(character) for character in text]
        return Size("GSM-7", sum(costs), _segments(costs, _GSM_SINGLE, _GSM_PART))
    costs = [2 if ord(character) > 0xFFFF else 1 for character in text]
    return Size("UCS-2", sum(costs), _segments(costs, _WIDE_SINGLE, _WIDE_PART))


def septets(text: str) -> int:
    """Return what a text of the GSM alphabet takes: characters of the extension table take two."""
    return sum(2 if character in _EXTENSION else 1 for character in text)


def _segments(costs: Iterable[int], single: int, part: int) -> int:
    """Fill parts one by one: neither an escaped character nor a surrogate pair is split over two of them."""
    listed = list(costs)
    if sum(listed) <= single:
        return 1 if listed else 0
    parts, used = 1, 0
    for cost in listed:
        if used + cost > part:
            parts, used = parts + 1, 0
        used += cost
    return parts


def gsm(text: str) -> str:
    """Return text on one line with nothing but the GSM alphabet: look-alikes and bare letters stand in, emoji go."""
    put = "".join(_put(character) for character in one_line(unicodedata.normalize("NFC", text)))
    return " ".join(_UNKNOWN.sub("?", put).split())


def plain(text: str) -> str:
    """Return text in ASCII: for modems whose programs guess at the encoding of a file."""
    return "".join(
        character
        if character.isascii()
        else _PLAIN.get(character) or unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode() or "?"
        for character in gsm(text)
    )


def _put(character: str) -> str:
    if character in _BASIC or character in _EXTENSION:
        return character
    if (instead := _stand_in(character)) is not None:
        return instead
    # Accents come off, ligatures and full-width letters come apart.
    parts = unicodedata.normalize("NFKD", character)
    if parts == character:
        return "" if unicodedata.category(character) in _DROPPED else "?"
    return "".join(_bare(part) for part in parts)


def _bare(part: str) -> str:
    if part in _BASIC or part in _EXTENSION:
        return part
    if (instead := _stand_in(part)) is not None:
        return instead
    return "" if unicodedata.category(part) in _DROPPED else "?"


def _stand_in(character: str) -> str | None:
    if character in _INSTEAD:
        return _INSTEAD[character]
    lower = character.lower()
    return _INSTEAD[lower].capitalize() if lower != character and lower in _INSTEAD else None


def shorten(text: str, limit: int) -> str:
    """Return GSM text within ``limit`` septets: what is too much goes from the middle, for both ends tell most."""
    if septets(text) <= limit:
        return text
    if limit <= len(_GAP):
        return ""
    room = limit - len(_GAP)
    head = _within(text, (room * 3 + 4) // 5)
    tail = _within(text[::-1], room - septets(head))[::-1]
    return f"{head.rstrip()}{_GAP}{tail.lstrip()}"


def _within(text: str, limit: int) -> str:
    used = 0
    for index, character in enumerate(text):
        used += septets(character)
        if used > limit:
            return text[:index]
    return text
