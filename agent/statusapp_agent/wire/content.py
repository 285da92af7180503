"""Judge the body of an answer: words that must or must not be in it, a value in its JSON. Pure."""

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from statusapp_agent.wire.excerpt import excerpt, quoted
from statusapp_agent.wire.faults import WireFault

if TYPE_CHECKING:
    import jsonpath

_SHOWN_CHARACTERS = 60
_PATHS = 256
# Only encodings that decode in linear time to text: a target must not choose "punycode" or "zlib" for us.
_CHARSET = re.compile(
    r"utf[-_]?(?:8|16|32)(?:[-_]?[bl]e)?|(?:us[-_]?)?ascii|latin[-_]?1|iso[-_]?8859[-_]?\d{1,2}|windows[-_]?125\d"
    r"|cp\d{3,4}|koi8[-_]?[ru]|shift[-_]?jis|euc[-_]?(?:jp|kr)|gb(?:k|2312|18030)|big5",
    re.IGNORECASE,
)


def text_of(body: bytes, charset: str | None) -> str:
    """Return the body as text; an unknown or wrong charset is read as UTF-8, unreadable bytes become U+FFFD."""
    if charset is not None and _CHARSET.fullmatch(charset):
        try:
            return body.decode(charset, "replace")
        except (LookupError, UnicodeError):
            pass
    return body.decode("utf-8", "replace")


def judge_words(text: str, keyword: str | None, keyword_absent: str | None, *, cut: str | None) -> WireFault | None:
    """Return the fault of a text that lacks ``keyword`` or has ``keyword_absent``, None when it is as it should be.

    ``cut`` says how much was read of a body that went on, such as ``1 MiB``.
    """
    if keyword is not None and keyword not in text:
        where = f"in the first {cut} of the answer" if cut else "in the answer"
        return WireFault("keyword", f"the word {quoted(keyword)} is not {where}")
    if keyword_absent is not None and keyword_absent in text:
        return WireFault("keyword", f"the word {quoted(keyword_absent)} is in the answer")
    return None


def compile_path(text: str) -> "jsonpath.JSONPath | jsonpath.CompoundJSONPath":
    """Return a compiled JSONPath (RFC 9535); raise ValueError with a sentence for a wrong one."""
    # Late: few monitors look into JSON, and the library costs half a MiB.
    import jsonpath

    try:
        return jsonpath.compile(text)
    except jsonpath.JSONPathError as problem:
        raise ValueError(f"this is not a JSON path such as $.status or $.disks[0].ok: {problem}") from None


_compiled = lru_cache(maxsize=_PATHS)(compile_path)


def judge_json(text: str, path: str, expected: Any, *, cut: str | None) -> WireFault | None:
    """Return the fault of a JSON text in which nothing at ``path`` equals ``expected`` (None: anything will do)."""
    if cut:
        return WireFault("json_path", f"the answer is longer than {cut}, too long to look into its JSON")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return WireFault("json_path", "the answer is not JSON")
    try:
        found = _compiled(path).findall(document)
    except (ValueError, TypeError, RecursionError, ArithmeticError, LookupError):
        return WireFault("json_path", f"{path} cannot be evaluated on this answer")
    if not found:
        return WireFault("json_path", f"nothing is at {path} in the answer")
    if expected is None or any(equals(value, expected) for value in found):
        return None
    actual = excerpt(json.dumps(found[0], ensure_ascii=False), _SHOWN_CHARACTERS)
    return WireFault("json_path", f"{path} is {actual}, expected {json.dumps(expected, ensure_ascii=False)}")


def equals(value: Any, expected: str | float | bool) -> bool:
    """Whether a JSON value is the expected one; expected text also stands for the value that it spells."""
    if isinstance(expected, str) and not isinstance(value, str):
        return bool(json.dumps(value, ensure_ascii=False) == expected.strip())
    if isinstance(value, bool) or isinstance(expected, bool):
        return value is expected
    return bool(value == expected)
