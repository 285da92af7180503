"""The alphabet of texts: what costs how much in it, what stands for what it lacks, and how to cut to size. Pure.

GSM 7-bit default alphabet and extension table of 3GPP TS 23.038, section 6.2.1; parts of a longer text carry a header,
and hold 153 instead of 160 (UCS-2: 67 instead of 70). One character outside the alphabet makes the whole text UCS-2.
"""

from anyascii import anyascii

MOST_UNITS = 1_600
"""Twilio takes no more (its error 21617); the others take less or cut."""
ELLIPSIS = "..."

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM_SINGLE, _GSM_PART = 160, 153
_UCS_SINGLE, _UCS_PART = 70, 67


def is_gsm7(text: str) -> bool:
    """Whether a text can be sent in the cheap alphabet."""
    return all(character in _BASIC or character in _EXTENSION for character in text)


def units(text: str) -> int:
    """Return what a text costs: septets, or UTF-16 units where one character is outside the alphabet."""
    gsm = is_gsm7(text)
    return sum(_cost(character, gsm=gsm) for character in text)


def segments(text: str) -> int:
    """Return how many messages a text is sent, and paid, as."""
    gsm = is_gsm7(text)
    single, part = (_GSM_SINGLE, _GSM_PART) if gsm else (_UCS_SINGLE, _UCS_PART)
    if units(text) <= single:
        return 1
    count, room = 1, part
    for character in text:
        cost = _cost(character, gsm=gsm)
        if cost > room:  # an escaped character or a surrogate pair is never torn apart
            count, room = count + 1, part
        room -= cost
    return count


def room(parts: int) -> int:
    """Return how many units a text of so many messages may have in the cheap alphabet."""
    return min(MOST_UNITS, _GSM_SINGLE if parts == 1 else _GSM_PART * parts)


def transliterate(text: str) -> str:
    """Return a text in the cheap alphabet, in one line: what it lacks is spelled with what it has."""
    spelled = "".join(character if is_gsm7(character) else _spelled(character) for character in text)
    return " ".join(spelled.split())


def shorten(text: str, most_units: int) -> str:
    """Return a text of the cheap alphabet cut to size, with dots in place of what is cut off."""
    if units(text) <= most_units:
        return text
    kept, left = [], most_units - len(ELLIPSIS)
    for character in text:
        left -= _cost(character, gsm=True)
        if left < 0:
            break
        kept.append(character)
    return ("".join(kept).rstrip() + ELLIPSIS)[: max(0, most_units)]


def squeeze(name: str, most_units: int) -> str:
    """Return a name cut in its middle: both of its ends tell it apart from others."""
    if units(name) <= most_units:
        return name
    keep = max(2, (most_units - len(ELLIPSIS)) // 2)
    head, tail = _fitting(name, keep), _fitting(name[::-1], keep)[::-1]
    return f"{head}{ELLIPSIS}{tail}"


def _fitting(text: str, most_units: int) -> str:
    kept, left = [], most_units
    for character in text:
        left -= _cost(character, gsm=True)
        if left < 0:
            break
        kept.append(character)
    return "".join(kept)


def _cost(character: str, *, gsm: bool) -> int:
    if gsm:
        return 2 if character in _EXTENSION else 1
    return 2 if ord(character) > 0xFFFF else 1


def _spelled(character: str) -> str:
    if character.isspace():
        return " "
    if not character.isprintable():
        return ""
    # The spelling of a rare character may itself hold one that is not in the alphabet (a backtick).
    return "".join(each if is_gsm7(each) else "'" for each in anyascii(character))
