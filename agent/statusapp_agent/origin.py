"""A settings field for where a service's API begins: https anywhere, http on this machine alone."""

import ipaddress
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

_LONGEST_CHARACTERS = 2048


def is_loopback(host: str) -> bool:
    """Whether a host, as it stands in a URL, is this machine itself; names other than localhost never are."""
    bare = host.strip("[]").lower()
    if bare == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def origin(text: str) -> str:
    """Return ``text`` without the slash at its end; raise ValueError with a sentence for what is no origin."""
    stripped = text.strip()
    try:
        parts = urlsplit(stripped)
        port = parts.port
    except ValueError:
        raise ValueError("this is not a URL; write it like https://host or https://host:8443") from None
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host or port == 0 or len(stripped) > _LONGEST_CHARACTERS:
        raise ValueError("write the URL of a server, like https://host or https://host:8443")
    if any(character.isspace() or not character.isprintable() for character in stripped):
        raise ValueError("a URL has no spaces or control characters in it")
    if "@" in parts.netloc:
        raise ValueError("a URL of an API has no user name or password in it; credentials have their own fields")
    if parts.query or parts.fragment or "?" in stripped or "#" in stripped:
        raise ValueError("a URL of an API ends before any ? or #")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError(
            "http:// would send the credentials in clear, so it is only for this machine (127.0.0.1, ::1 or localhost);"
            " use https://"
        )
    return stripped.rstrip("/")


Origin = Annotated[str, AfterValidator(origin), Field(json_schema_extra={"format": "statusapp-origin"})]
"""A URL such as ``https://host:8443`` (a path may follow), without a slash at its end."""
