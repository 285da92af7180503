"""Ping: a host must answer echo requests, and not lose too many of them."""

import asyncio
from dataclasses import replace
from itertools import pairwise
from statistics import fmean
from time import monotonic

from pydantic import Field, field_validator

from statusapp_agent.core.model import CheckStatus, Result
from statusapp_agent.kinds import CheckKind, CheckTools, KindSettings
from statusapp_agent.wire import scope
from statusapp_agent.wire.faults import WireFault
from statusapp_agent.wire.hostport import parse_hostport
from statusapp_agent.wire.icmp import Echoes, Opener, address_text, echo, open_echo
from statusapp_agent.wire.resolve import Endpoint, Lookup, known, lookup
from statusapp_agent.wire.trace import Trace, limit_s

MOST_ECHOES = 20
"""More would not fit into a usual time limit and would look like a flood to some firewalls."""


class PingSettings(KindSettings):
    """Who is pinged, how often, and how many echoes may be lost."""

    host: str = Field(title="Host", description="An address or a name, without a port.", examples=["192.168.1.1"])
    count: int = Field(
        default=3,
        ge=1,
        le=MOST_ECHOES,
        title="Count",
        description="How many echoes one check sends.",
        examples=[3],
    )
    max_loss: float = Field(
        default=0.5,
        ge=0,
        le=1,
        title="Most loss",
        description="The share of echoes that may be lost, from 0 to 1; a host that answers none is always down.",
        examples=[0.5],
    )

    @field_validator("host")
    @classmethod
    def _is_a_host(cls, text: str) -> str:
        named = parse_hostport(text)
        if named.port is not None:
            raise ValueError(f'a ping has no port; write "{named.host}", or use the kind "tcp" to check the port')
        return named.host


class PingCheck(CheckKind[PingSettings]):
    """The check of a host by echoes. ``opener`` and ``resolver`` are the seams to the system."""

    name = "ping"
    title = "Ping"
    description = "Sends a few echo requests and counts what comes back."
    Settings = PingSettings

    def __init__(self, opener: Opener = open_echo, resolver: Lookup = lookup) -> None:
        self._opener = opener
        self._resolver = resolver

    async def run(self, settings: PingSettings, tools: CheckTools) -> Result:
        """Ping once, ``count`` times; the latency is the mean round trip."""
        trace = Trace(tools.now(), settings.host)
        ends = monotonic() + limit_s(tools.timeout_s)
        try:
            async with asyncio.timeout(limit_s(tools.timeout_s)):
                endpoints = known(settings.host, 0)
                if endpoints is None:
                    trace.enter("dns")
                    endpoints = await self._resolver(settings.host, 0)
                    trace.end()
                echoes = await self._first_to_answer(_one_each(endpoints), settings.count, ends, trace)
        except TimeoutError:
            return trace.failure(trace.late(tools.timeout_s))
        except WireFault as fault:
            return replace(trace.failure(fault), latency_s=None)
        return _judge(echoes, settings, trace, tools.timeout_s)

    def target(self, settings: PingSettings) -> str:
        """Return the host."""
        return settings.host

    async def _first_to_answer(self, endpoints: list[Endpoint], count: int, ends: float, trace: Trace) -> Echoes:
        echoes, refusal = None, None
        for place, endpoint in enumerate(endpoints):
            trace.address = address_text(endpoint)
            trace.scope = scope.of_host(trace.address)
            left_s = (ends - monotonic()) / (len(endpoints) - place)
            try:
                # A margin, so that the last echo ends by its own limit and not by that of the whole check.
                echoes = await echo(trace.address, count, left_s * 0.95, self._opener)
            except WireFault as fault:
                refusal = fault
            else:
                if echoes.round_trips_s:
                    break
        if echoes is None:
            raise refusal or WireFault("dns", f"the name {trace.host} has no address")
        return echoes


def _one_each(endpoints: list[Endpoint]) -> list[Endpoint]:
    """Return the first endpoint of each family, so that a broken IPv6 does not hide a host that answers by IPv4."""
    return list({family: (family, address) for family, address in reversed(endpoints)}.values())[::-1]


def _judge(echoes: Echoes, settings: PingSettings, trace: Trace, timeout_s: float) -> Result:
    trips = echoes.round_trips_s
    facts = {"sent": echoes.sent, "loss": round(echoes.loss, 3)}
    if not trips:
        why = f": {echoes.reason}" if echoes.reason else f" within {timeout_s:g} s"
        failed = trace.result(
            CheckStatus.DOWN, f"{settings.host} answered none of {echoes.sent} pings{why}", "ping_no_answer", facts
        )
        return replace(failed, latency_s=None)
    mean_s = fmean(trips)
    facts |= {
        "min_s": min(trips),
        "avg_s": mean_s,
        "max_s": max(trips),
        "jitter_s": fmean(abs(late - early) for early, late in pairwise(trips)) if len(trips) > 1 else 0.0,
    }
    counted = f"{len(trips)} of {echoes.sent} pings came back, after {mean_s * 1000:.3g} ms on average"
    if echoes.loss > settings.max_loss:
        sentence = f"{counted}; {echoes.loss:.0%} were lost and at most {settings.max_loss:.0%} may be"
        return replace(trace.result(CheckStatus.DOWN, sentence, "ping_loss", facts), latency_s=mean_s)
    return replace(trace.result(CheckStatus.UP, counted, None, facts), latency_s=mean_s)
