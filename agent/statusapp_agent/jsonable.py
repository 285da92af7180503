"""Anything as plain JSON, and text cut to a length: what others accept only within limits. Pure.

What comes from a target may be of any kind, size and depth; what leaves here is always an encodable value.
"""

import json
import math
import unicodedata
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from enum import Enum
from typing import Any

ELLIPSIS = "…"
_DEEPEST = 12
_MOST_ITEMS = 1_000
_SAFE_INTEGER_BITS = 53  # RFC 8259, section 6: what every reader keeps exactly
_ZERO_WIDTH_JOINER = "\u200d"
_LONGEST_CLUSTER = 64  # no emoji or letter with its marks is longer; a row of marks without end must not eat the text
# Bidirectional overrides and isolates let a target's text rewrite the line that it is shown in.
_REORDERING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0xFEFF])


def text_of(value: str) -> str:
    """Return text that UTF-8 can carry: surrogate pairs joined, lone surrogates replaced."""
    if value.isascii():
        return value
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def one_line(value: str) -> str:
    """Return text on one line: control characters become spaces, reordering marks go, spaces are single."""
    spaced = "".join(
        " " if unicodedata.category(character) in {"Cc", "Zl", "Zp"} else character for character in text_of(value)
    )
    return " ".join(spaced.translate(_REORDERING).split())


def cut(value: str, limit: int, mark: str = ELLIPSIS) -> str:
    """Return at most ``limit`` code points, ending in ``mark`` if cut; no character with its marks is torn apart."""
    if len(value) <= limit:
        return value
    end = max(0, limit - len(mark))
    for before in range(end, max(0, end - _LONGEST_CLUSTER), -1):
        if _may_break(value, before):
            end = before
            break
    return (value[:end].rstrip() + mark)[:limit]


def _may_break(value: str, at: int) -> bool:
    following, leading = value[at], value[at - 1]
    if leading == _ZERO_WIDTH_JOINER or following == _ZERO_WIDTH_JOINER:
        return False
    if unicodedata.category(following) in {"Mn", "Me", "Mc"}:
        return False
    point = ord(following)
    if 0x1F3FB <= point <= 0x1F3FF or 0xE0020 <= point <= 0xE007F:  # skin tones; tags of regional flags
        return False
    if _is_regional(following):
        before = 0
        while before < at and _is_regional(value[at - 1 - before]):
            before += 1
        return before % 2 == 0
    return True


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def jsonable(value: Any, depth: int = 0) -> Any:
    """Return ``value`` as what JSON has: text, numbers, true, false, null, lists, objects with text as keys.

    Times become ISO 8601, NaN and the infinities their names, the unknown the name of its type; what is nested too
    deeply or too long is cut with a note.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return jsonable(value.value, depth)
    if isinstance(value, str):
        return text_of(value)
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, date):
        return value.isoformat()
    return _nested(value, depth)


def _number(value: float) -> int | float | str:
    if isinstance(value, int):
        # Python refuses to write out numbers of thousands of digits in decimal, but not in hexadecimal.
        return int(value) if value.bit_length() <= _SAFE_INTEGER_BITS else hex(value)
    return float(value) if math.isfinite(value) else str(float(value))


def _nested(value: Any, depth: int) -> Any:
    if depth >= _DEEPEST:
        return "(nested too deeply)"
    if isinstance(value, Mapping):
        items = list(value.items())
        made = {_key(key): jsonable(inner, depth + 1) for key, inner in items[:_MOST_ITEMS]}
        if len(items) > _MOST_ITEMS:
            made["truncated"] = f"{len(items) - _MOST_ITEMS} more"
        return made
    if isinstance(value, Sequence | AbstractSet):
        listed = list(value)
        more = [f"({len(listed) - _MOST_ITEMS} more)"] if len(listed) > _MOST_ITEMS else []
        return [jsonable(inner, depth + 1) for inner in listed[:_MOST_ITEMS]] + more
    return f"({type(value).__name__})"


def _key(key: Any) -> str:
    plain = jsonable(key)
    return plain if isinstance(plain, str) else json.dumps(plain)


def encode(value: Any) -> bytes:
    """Return compact UTF-8 JSON of what `jsonable` has made; raise ValueError for anything that JSON has not."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
