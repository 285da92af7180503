"""What could be watched first, from what this machine says of itself. Nothing is asked or scanned. Pure."""

import ipaddress
import socket
import struct
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from statusapp_desktop.words import tr

_GATEWAY_FLAG = 0x2
USUAL_PORTS: tuple[tuple[int, str], ...] = (
    (22, "SSH"),
    (53, "DNS"),
    (80, "Web"),
    (443, "Web, TLS"),
    (445, "File shares"),
    (1883, "MQTT"),
    (3000, "Grafana or Gitea"),
    (5000, "NAS"),
    (8006, "Proxmox"),
    (8080, "Web, 8080"),
    (8096, "Jellyfin"),
    (8123, "Home Assistant"),
    (9000, "Portainer"),
    (32400, "Plex"),
)
"""Where home servers usually listen; tried only on an address that a person names."""


@dataclass(frozen=True)
class Suggestion:
    """One thing that could be watched: its table, what is shown of it, and why it is offered."""

    document: dict[str, Any]
    shown: str
    why: str
    ticked: bool = True
    kind: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", self.document["kind"])


def gateway(routes: str) -> str | None:
    """Return the address of the default gateway from the text of ``/proc/net/route`` (Linux, little-endian hex)."""
    for line in routes.splitlines()[1:]:
        parts = line.split()
        if len(parts) > 3 and parts[1] == "00000000" and int(parts[3], 16) & _GATEWAY_FLAG:
            return socket.inet_ntoa(struct.pack("<I", int(parts[2], 16)))
    return None


def name_servers(resolv: str) -> list[str]:
    """Return the name servers from the text of ``/etc/resolv.conf``; none of them on this machine itself."""
    found = []
    for line in resolv.splitlines():
        parts = line.split()
        if len(parts) > 1 and parts[0] == "nameserver":
            try:
                address = ipaddress.ip_address(parts[1].partition("%")[0])
            except ValueError:
                continue
            if not address.is_loopback:
                found.append(str(address))
    return found


def suggestions(routes: str, resolv: str, kinds: Collection[str]) -> list[Suggestion]:
    """Return what to offer, of the kinds that the agent has."""
    found = []
    router = gateway(routes)
    if router is not None:
        table = {"name": tr("Router"), "kind": "ping", "host": router}
        found.append(Suggestion(table, tr("ping {host}", host=router), tr("this machine's gateway")))
    servers = name_servers(resolv)
    if servers:
        asked = {"name": tr("DNS server"), "kind": "dns", "server": servers[0], "settings": {"name": "example.org"}}
        found.append(Suggestion(asked, tr("dns on {host}", host=servers[0]), tr("this machine asks it")))
    table = {"name": tr("Internet"), "kind": "ping", "host": "1.1.1.1"}
    found.append(Suggestion(table, tr("ping {host}", host="1.1.1.1"), tr("tells our line from their server")))
    return [each for each in found if each.kind in kinds]


def port_suggestion(host: str, port: int, what: str) -> Suggestion:
    """Return a suggestion for a port that answered on an address that somebody named."""
    table = {"name": f"{host} {what}".replace("/", "-"), "kind": "tcp", "host": host, "port": port}
    return Suggestion(table, tr("port {port} on {host}", port=port, host=host), tr("{what} answered", what=what))
