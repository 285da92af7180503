"""Hosts and ports as settings hold them."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

_FORBIDDEN = re.compile(r"[\s/@?#\[\]\\\x00-\x1f]")
HIGHEST_PORT = 65_535
_LABEL_CHARACTERS = 63  # RFC 1035, section 2.3.4


def _host(text: str) -> str:
    bare = text.strip()
    if bare.startswith("[") and bare.endswith("]"):
        bare = bare[1:-1]
    if not bare or _FORBIDDEN.search(bare):
        raise ValueError("name a host alone, such as nas.lan, 192.168.1.10 or ::1, without a scheme, path or port")
    if ":" not in bare and any(not label or len(label) > _LABEL_CHARACTERS for label in bare.rstrip(".").split(".")):
        raise ValueError("each part of a host name between dots has 1 to 63 characters")
    return bare


Host = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_host)]
"""A name or an address; brackets around an IPv6 address are taken off."""

Port = Annotated[int, Field(ge=1, le=HIGHEST_PORT)]


def is_port(port: int | None) -> bool:
    """Whether a URL's port is one; None stands for the scheme's own."""
    return port is None or 0 < port <= HIGHEST_PORT


def with_port(host: str, port: int) -> str:
    """Return ``host:port``, an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
