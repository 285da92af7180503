"""``host``, ``host:port`` and ``[v6]:port`` as people write them. Pure."""

import re
from dataclasses import dataclass
from ipaddress import ip_address

from statusapp_agent.wire.host import HIGHEST_PORT, with_port


@dataclass(frozen=True, slots=True)
class HostPort:
    """A host (address without brackets, or name) and the port, None where none was named."""

    host: str
    port: int | None = None

    def __str__(self) -> str:
        return self.host if self.port is None else with_port(self.host, self.port)


def parse_hostport(text: str) -> HostPort:
    """Return the host and port that ``text`` names; raise ValueError with a sentence for anything else."""
    text = text.strip()
    if _is_ipv6(text):
        return HostPort(text)
    host, port = text, ""
    if text.startswith("["):
        inner, bracket, rest = text[1:].partition("]")
        if bracket and _is_ipv6(inner) and (not rest or rest.startswith(":")):
            return HostPort(inner, _port(rest[1:], text) if rest else None)
        raise ValueError(_SENTENCE.format(text))
    host, colon, port = text.partition(":")
    if not _HOST.fullmatch(host) or not host.isprintable():
        raise ValueError(_SENTENCE.format(text))
    return HostPort(host, _port(port, text) if colon else None)


_SENTENCE = 'write a host as "192.168.1.1", "router.lan", "router.lan:53" or "[fd00::1]:53", not "{}"'

_HOST = re.compile(r"[^\s./@\[\]%]+(\.[^\s./@\[\]%]+)*\.?")


def _is_ipv6(text: str) -> bool:
    try:
        return ip_address(text).version == 6
    except ValueError:
        return False


def _port(text: str, whole: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text[:6]) <= HIGHEST_PORT:
        return int(text)
    raise ValueError(f'the port in "{whole}" must be a number from 1 to {HIGHEST_PORT}')
