"""Fields of web checks: addresses, headers, expected statuses; each says what is wrong with a bad one."""

import re
from typing import Annotated

import httpx
from pydantic import AfterValidator, BeforeValidator

from statusapp_agent.wire.host import is_port

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2: token
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_STATUS = re.compile(r"[1-5](?:xx|[0-9]{2})")
_URL_CHARACTERS = 2048
# h11 and the transport own these: a wrong length or a kept connection would break the measurement.
_OWN = frozenset({"accept-encoding", "connection", "content-length", "expect", "te", "transfer-encoding", "upgrade"})


def _url(text: str) -> str:
    stripped = text.strip()
    try:
        url = httpx.URL(stripped)
        port = url.port
    except (httpx.InvalidURL, ValueError) as problem:
        raise ValueError(f"this is not a URL: {problem}") from None
    if url.scheme not in {"http", "https"}:
        raise ValueError("a URL to check begins with http:// or https://")
    if not url.host or not is_port(port) or len(stripped) > _URL_CHARACTERS:
        raise ValueError(f"a URL names a host and has at most {_URL_CHARACTERS} characters")
    if url.userinfo:
        raise ValueError("put the user name and the password into username and password, not into the URL")
    return stripped


WebAddress = Annotated[str, AfterValidator(_url)]
"""An http or https URL without credentials."""


def _headers(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        lower = name.lower()
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"{name!r} cannot be the name of a header")
        if lower in _OWN:
            raise ValueError(f"the header {name} is set by the check itself; leave it out")
        if lower == "authorization":
            raise ValueError("put credentials into username and password, or into bearer_token, not into headers")
        if not _HEADER_VALUE.fullmatch(value) or value != value.strip():
            raise ValueError(f"the value of the header {name} has characters that cannot be sent")
    return headers


HeaderMap = Annotated[dict[str, str], AfterValidator(_headers)]
"""Headers by name, without those that the check sets itself."""


def _status(value: object) -> object:
    text = str(value).lower().strip()
    if isinstance(value, bool) or not _STATUS.fullmatch(text):
        raise ValueError('write a status as a number such as 200, or as a class such as "2xx"')
    return text if text.endswith("xx") else int(text)


ExpectedStatus = Annotated[int | str, BeforeValidator(_status)]
"""A status such as 204, or a class such as ``"2xx"``."""


def matches(status: int, expected: tuple[int | str, ...]) -> bool:
    """Whether a status is one of those expected."""
    return status in expected or f"{status // 100}xx" in expected


def in_words(expected: tuple[int | str, ...]) -> str:
    """Return ``2xx``, ``200 or 204``, ``200, 204 or 3xx``."""
    words = [str(one) for one in expected]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
