"""How far away a target is: from an address to a `Scope`, and a guess from a name when there is no address. Pure."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from statusapp_agent.core.model import Scope

Address = IPv4Address | IPv6Address

_CGNAT = ip_network("100.64.0.0/10")  # RFC 6598: the provider's side of a home line, and what mesh VPNs number from
_PRIVATE_4 = tuple(ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))  # RFC 1918
_UNIQUE_LOCAL_6 = ip_network("fc00::/7")  # RFC 4193
_HOME_SUFFIXES = (".lan", ".local", ".home", ".home.arpa", ".internal")  # RFC 8375, RFC 6762, and what routers hand out


def literal(host: str) -> Address | None:
    """Return the address that ``host`` spells (brackets allowed), an IPv4-mapped one as IPv4; None for a name."""
    try:
        address = ip_address(host[1:-1] if host.startswith("[") and host.endswith("]") else host)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def of_address(address: Address) -> Scope:
    """Return how far away an address is."""
    # 0.0.0.0 and :: connect to this very host.
    if address.is_loopback or address.is_unspecified:
        return Scope.HOST
    if address.is_link_local or _is_private(address):
        return Scope.LAN
    return Scope.INTERNET


@lru_cache(maxsize=1024)
def of_host(host: str) -> Scope:
    """Return how far away ``host`` is as far as its spelling tells: exact for an address, a guess for a name."""
    address = literal(host)
    if address is not None:
        return of_address(address)
    name = host.rstrip(".").lower()
    if is_localhost(name):
        return Scope.HOST
    if "." not in name or name.endswith(_HOME_SUFFIXES):
        return Scope.LAN
    return Scope.INTERNET


def is_localhost(name: str) -> bool:
    """Whether a name always means this host (RFC 6761, section 6.3)."""
    bare = name.rstrip(".").lower()
    return bare == "localhost" or bare.endswith(".localhost")


@lru_cache(maxsize=1024)
def is_sheltered(address: str) -> bool:
    """Whether an address may only be reached on purpose: this host itself, and the link (metadata services)."""
    parsed = literal(address)
    return parsed is not None and (of_address(parsed) is Scope.HOST or parsed.is_link_local)


def _is_private(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return address in _CGNAT or any(address in network for network in _PRIVATE_4)
    return address in _UNIQUE_LOCAL_6
