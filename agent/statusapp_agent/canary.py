"""Looks at the canaries, all at once and under one short limit, and at which network this machine is in."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from statusapp_agent.core.canary import CanaryLook, CanaryRound
from statusapp_agent.core.model import Scope
from statusapp_agent.gateway import Network, current_network
from statusapp_agent.wire import scope
from statusapp_agent.wire.certificates import ssl_context
from statusapp_agent.wire.dial import dial
from statusapp_agent.wire.faults import WireFault
from statusapp_agent.wire.hostport import HostPort, parse_hostport
from statusapp_agent.wire.icmp import Opener, address_text, echo, open_echo
from statusapp_agent.wire.line import Line
from statusapp_agent.wire.resolve import Lookup, known, lookup
from statusapp_agent.wire.trace import Trace

PUBLIC_CANARIES = ("1.1.1.1:443", "9.9.9.9:443", "8.8.8.8:443")
"""Three operators whose certificates name these very addresses: a name server of ours is not needed to judge them."""
LIMIT_S = 2.0
"""Between two checks of a failing target there is time for this, and a healthy road answers in a tenth of it."""
USUAL_PORTS = (53, 443, 80)
TLS_PORTS = frozenset({443, 853})

# Somebody else answers: his certificate is not theirs, or he does not even speak TLS.
_PORTAL = frozenset({"tls_untrusted", "tls_hostname", "tls_handshake"})
# OpenSSL judges dates last, so all else about the certificate is right: the road is fine, some clock is not.
_DATED = frozenset({"tls_expired", "tls_not_yet_valid"})


def _verified() -> ssl.SSLContext:
    return ssl_context(True, None, None)


@dataclass(frozen=True, slots=True)
class Road:
    """How canaries are reached; each part can be exchanged, so that tests stay on loopback."""

    limit_s: float = LIMIT_S
    usual_ports: tuple[int, ...] = USUAL_PORTS
    tls_ports: frozenset[int] = TLS_PORTS
    context: Callable[[], ssl.SSLContext] = _verified
    scope_of: Callable[[str], Scope] = scope.of_host
    resolver: Lookup = lookup
    opener: Opener = open_echo
    dial: Callable[..., Awaitable[Line]] = dial


class Canaries:
    """The addresses that tell whether it is us.

    ``addresses`` as in the settings: ``host``, ``host:port`` or ``[v6]:port``; none at all turns the guard off; None
    stands for the default gateway, whichever it is at that moment, and three public addresses. Raises ValueError with
    a sentence when one cannot be read.
    """

    def __init__(
        self,
        addresses: Sequence[str] | None = None,
        road: Road | None = None,
        network: Callable[[], Network] = current_network,
    ) -> None:
        self._given = None if addresses is None else tuple(parse_hostport(text) for text in addresses)
        self._road = road or Road()
        self._network = network

    @property
    def off(self) -> bool:
        """Whether the settings turned the guard off."""
        return self._given == ()

    async def look(self) -> CanaryRound:
        """Look at every canary once; takes at most the time limit, and never raises."""
        if self.off:
            return CanaryRound()
        network = await asyncio.to_thread(self._network)
        targets = self._given
        if targets is None:
            targets = tuple(parse_hostport(text) for text in (*network.gateways, *PUBLIC_CANARIES))
        looks = await asyncio.gather(*(_look(target, self._road) for target in targets))
        return CanaryRound(tuple(looks), network.fingerprint)


def network_fingerprint() -> str | None:
    """Return what tells this network from another (a hash of its gateway's hardware address), None if not known."""
    return current_network().fingerprint


async def _look(target: HostPort, road: Road) -> CanaryLook:
    away = road.scope_of(target.host)
    try:
        async with asyncio.timeout(road.limit_s):
            if target.port is None:
                reason = await _anything(target.host, road)
            else:
                reason = await _port(target.host, target.port, away, road)
    except TimeoutError:
        return CanaryLook(str(target), away, False, False, f"no answer within {road.limit_s:g} s")
    except WireFault as fault:
        return CanaryLook(str(target), away, False, fault.error in _PORTAL, fault.sentence)
    return CanaryLook(str(target), away, True, False, reason)


async def _port(host: str, port: int, away: Scope, road: Road) -> str:
    """Return why the canary is alive; raises `WireFault` when it is not."""
    public = away is Scope.INTERNET
    context = road.context() if public and port in road.tls_ports else None
    try:
        line = await road.dial(host, port, Trace(datetime.now(UTC), host), context=context, resolver=road.resolver)
    except WireFault as fault:
        # In the house a refusal proves the road. Beyond the router it does not: guest networks refuse for others. On
        # this machine there is no road to prove: whoever names a port here means the program behind it.
        if fault.error in _DATED or (fault.error == "connect_refused" and away is Scope.LAN):
            return fault.sentence
        raise
    line.close()
    return "the certificate is theirs" if context else "connected"


async def _anything(host: str, road: Road) -> str:
    """Return at the first sign of life on a usual port or by ping; raises the last `WireFault` if there is none."""
    endpoints = known(host, 0) or await road.resolver(host, 0)
    address = address_text(endpoints[0])
    attempts = [asyncio.create_task(_connect(address, port, road)) for port in road.usual_ports]
    attempts.append(asyncio.create_task(_ping(address, road)))
    fault = WireFault("unreachable", f"{host} cannot be reached")
    try:
        for attempt in asyncio.as_completed(attempts):
            try:
                return await attempt
            except WireFault as problem:
                # What the ports say tells more than that pinging is not allowed.
                fault = fault if problem.ours else problem
    finally:
        for task in attempts:
            task.cancel()
        await asyncio.gather(*attempts, return_exceptions=True)
    raise fault


async def _connect(address: str, port: int, road: Road) -> str:
    try:
        line = await road.dial(address, port, Trace(datetime.now(UTC), address), resolver=road.resolver)
    except WireFault as fault:
        if fault.error == "connect_refused":
            return f"refused port {port}, so it is there"
        raise
    line.close()
    return f"port {port} answers"


async def _ping(address: str, road: Road) -> str:
    # A little less than the whole, so that silence is told as such and not cut off.
    echoes = await echo(address, 2, road.limit_s * 0.9, road.opener)
    if not echoes.round_trips_s:
        raise WireFault("ping_no_answer", f"{address} answers neither pings nor on a usual port")
    return "answered a ping"
