"""Echo requests (pings): one after the other, under one time limit, by whatever kind of socket this system allows."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

from statusapp_agent.wire.faults import WireFault
from statusapp_agent.wire.resolve import Endpoint

GAP_S = 0.1
"""Between two echoes: long enough that one lost burst does not swallow all, short enough for a tight time limit."""

Opener = Callable[[str], Any]
"""From a literal address to an open `icmplib.AsyncSocket`; raises `WireFault`."""


@dataclass(frozen=True, slots=True)
class Echoes:
    """What came back: how many were sent, the round trips in seconds, and why the last one that failed did."""

    sent: int
    round_trips_s: tuple[float, ...]
    reason: str = ""

    @property
    def loss(self) -> float:
        """The share that did not come back, from 0 to 1."""
        return 1 - len(self.round_trips_s) / self.sent


def address_text(endpoint: Endpoint) -> str:
    """Return the literal address of an endpoint, with its zone if it needs one."""
    address = endpoint[1]
    zone = address[3] if len(address) == 4 else 0
    return f"{address[0]}%{zone}" if zone else address[0]


def open_echo(address: str) -> Any:
    """Open a socket for echoes to ``address``: a datagram one where the kernel lets this group, else a raw one."""
    from icmplib import AsyncSocket, ICMPv4Socket, ICMPv6Socket
    from icmplib.exceptions import ICMPSocketError, SocketPermissionError

    family = ICMPv6Socket if ":" in address else ICMPv4Socket
    try:
        try:
            return AsyncSocket(family(privileged=False))
        except ICMPSocketError:
            return AsyncSocket(family(privileged=True))
    except SocketPermissionError:
        raise WireFault("ping_not_allowed", NOT_ALLOWED, ours=True) from None
    except ICMPSocketError as problem:
        raise WireFault("unreachable", f"{address} cannot be pinged from here: {_words(problem)}") from None


NOT_ALLOWED = (
    "this system does not let the agent ping; allow its group with "
    "sysctl -w net.ipv4.ping_group_range='0 2147483647', or give the agent the capability CAP_NET_RAW"
)


async def echo(address: str, count: int, limit_s: float, opener: Opener = open_echo) -> Echoes:
    """Ping a literal address ``count`` times within ``limit_s`` seconds; raises `WireFault` if it may not.

    Each echo may take its equal share of the time that is left, so that a slow first one costs the others nothing.
    """
    from icmplib import ICMPRequest
    from icmplib.utils import unique_identifier

    ends = monotonic() + limit_s
    identifier, trips, reason = unique_identifier(), [], ""
    opened = opener(address)
    try:
        for sequence in range(count):
            if sequence:
                await asyncio.sleep(min(GAP_S, limit_s / count / 4))
            share_s = max(0.0, ends - monotonic()) / (count - sequence)
            trip_s, problem = await _once(opened, ICMPRequest(address, identifier, sequence), share_s)
            reason = problem or reason
            if trip_s is not None:
                trips.append(trip_s)
    finally:
        opened.close()
    return Echoes(count, tuple(trips), reason)


async def _once(opened: Any, request: Any, share_s: float) -> tuple[float | None, str]:
    from icmplib.exceptions import ICMPError, ICMPSocketError, SocketBroadcastError, TimeoutExceeded

    try:
        # The library counts in wall time, which may jump; both the limit and the figure are ours.
        began = monotonic()
        async with asyncio.timeout(share_s):
            opened.send(request)
            reply = await opened.receive(request, share_s)
        took_s = monotonic() - began
        reply.raise_for_status()
    except (TimeoutError, TimeoutExceeded):
        return None, ""
    except SocketBroadcastError:
        return None, "this machine's own rules forbid it, or it is a broadcast address"
    except ICMPSocketError as problem:
        return None, _words(problem)
    except ICMPError as problem:
        return None, f"a router on the way says: {str(problem).rstrip('.').lower()}"
    return took_s, ""


def _words(problem: Exception) -> str:
    return str(problem).rpartition("] ")[2].rstrip(".").lower() or "unknown reason"
