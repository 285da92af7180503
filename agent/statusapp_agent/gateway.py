"""Which network this machine is in: the default gateways, and a fingerprint of the one that is used.

Linux tells both as files under ``/proc/net``. On other systems nothing is known, and the guard does without: no gateway
among the canaries, and never "away".
"""

import hashlib
import socket
from dataclasses import dataclass
from ipaddress import IPv6Address
from pathlib import Path

PROC_NET = Path("/proc/self/net")  # the same, and there as well where a service may see nothing of /proc but itself

# Linux, include/uapi/linux/route.h and if_arp.h
_UP_AND_GATEWAY = 0x1 | 0x2
_COMPLETE = 0x2
_ROUTE_COLUMNS, _ROUTE_6_COLUMNS, _NEIGHBOUR_COLUMNS = 8, 10, 6


@dataclass(frozen=True, slots=True)
class Network:
    """The default gateways, the one with the best metric of each family; the fingerprint, None where not known."""

    gateways: tuple[str, ...] = ()
    fingerprint: str | None = None


def current_network(proc_net: Path = PROC_NET) -> Network:
    """Return where we are now; an empty `Network` when the system does not tell."""
    four = gateway_4(_read(proc_net / "route"))
    six = gateway_6(_read(proc_net / "ipv6_route"))
    mac = None if four is None else hardware_address(_read(proc_net / "arp"), four)
    return Network(tuple(gateway for gateway in (four, six) if gateway), fingerprint(mac))


def gateway_4(routes: str) -> str | None:
    """Return the IPv4 default gateway out of the text of ``/proc/net/route``."""
    found = []
    for columns in _rows(routes, _ROUTE_COLUMNS):
        _, destination, gateway, flags, _, _, metric, mask = columns[:_ROUTE_COLUMNS]
        try:
            default = int(destination, 16) == 0 and int(mask, 16) == 0
            if default and int(flags, 16) & _UP_AND_GATEWAY == _UP_AND_GATEWAY:
                # The kernel prints the word as this machine stores it; x86 and ARM store it little end first.
                found.append((int(metric), socket.inet_ntoa(int(gateway, 16).to_bytes(4, "little"))))
        except ValueError:
            continue
    return min(found)[1] if found else None


def gateway_6(routes: str) -> str | None:
    """Return the IPv6 default gateway out of the text of ``/proc/net/ipv6_route``, with its zone if link-local."""
    found = []
    for columns in _rows(routes, _ROUTE_6_COLUMNS):
        destination, length, _, _, hop, metric, _, _, flags, interface = columns[:_ROUTE_6_COLUMNS]
        try:
            default = int(destination, 16) == 0 and int(length, 16) == 0
            if default and int(flags, 16) & _UP_AND_GATEWAY == _UP_AND_GATEWAY:
                address = IPv6Address(bytes.fromhex(hop))
                found.append((int(metric, 16), f"{address}%{interface}" if address.is_link_local else str(address)))
        except ValueError:
            continue
    return min(found)[1] if found else None


def hardware_address(neighbours: str, address: str) -> str | None:
    """Return the hardware address of a neighbour out of the text of ``/proc/net/arp``."""
    for columns in _rows(neighbours, _NEIGHBOUR_COLUMNS):
        known, _, flags, mac = columns[:4]
        try:
            if known == address and int(flags, 16) & _COMPLETE and int(mac.replace(":", ""), 16):
                return mac.lower()
        except ValueError:
            continue
    return None


def fingerprint(mac: str | None) -> str | None:
    """Return a short hash of a hardware address: to compare networks by, without keeping the address itself."""
    return None if mac is None else hashlib.sha256(f"statusapp network {mac}".encode()).hexdigest()[:16]


def _rows(text: str, columns: int) -> list[list[str]]:
    return [row for row in (line.split() for line in text.splitlines()) if len(row) >= columns]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
