"""DNS: a name must have a record, at the system's own resolvers or at one server, and hold what is expected."""

import asyncio
import re
from collections.abc import Iterable
from ipaddress import ip_address
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, field_validator

from statusapp_agent.core.model import CheckStatus, Result, Scope
from statusapp_agent.kinds import CheckKind, CheckTools, KindSettings
from statusapp_agent.wire import scope
from statusapp_agent.wire.excerpt import excerpt
from statusapp_agent.wire.faults import WireFault, from_lookup
from statusapp_agent.wire.hostport import parse_hostport
from statusapp_agent.wire.icmp import address_text
from statusapp_agent.wire.resolve import known, lookup
from statusapp_agent.wire.trace import Trace, limit_s

if TYPE_CHECKING:
    import dns.asyncresolver
    import dns.rdata
    import dns.resolver

DNS_PORT = 53
LONGEST_NAME = 253
"""RFC 1035, section 2.3.4: 255 octets on the wire leave this many characters in text."""
MOST_KEPT = 50
"""Answers kept as facts: a hostile server can send thousands, and nobody reads more."""
MOST_TOLD = 5
_LABEL = re.compile(r"[^\s.]{1,63}")


class DnsSettings(KindSettings):
    """What is asked, of whom, and what the answer must hold."""

    name: str = Field(
        min_length=1,
        title="Name",
        description="The name to look up; for PTR an address will do.",
        examples=["nas.example.org"],
    )
    record_type: Literal["A", "AAAA", "CNAME", "MX", "TXT", "NS", "SOA", "SRV", "PTR", "CAA"] = Field(
        default="A", title="Record type", description="The type of record to ask for.", examples=["A"]
    )
    expect: list[str] = Field(
        default=[],
        max_length=MOST_KEPT,
        title="Expected values",
        description="All of these must be among the answers; order, case and a trailing dot do not matter.",
        examples=[["192.0.2.1"]],
    )
    server: str | None = Field(
        default=None,
        title="Server",
        description="The server to ask, with its port if that is not 53; the system's own resolvers if empty.",
        examples=["192.168.1.1", "192.168.1.1:5353", "[fd00::1]:53"],
    )

    @field_validator("name")
    @classmethod
    def _is_a_name(cls, name: str) -> str:
        bare = name.strip().removesuffix(".")
        address = scope.literal(bare) is not None
        if address or (len(bare) <= LONGEST_NAME and all(_LABEL.fullmatch(part) for part in bare.split("."))):
            return name.strip()
        raise ValueError(f'"{name}" is not a name that can be looked up; write one such as "nas.example.org"')

    @field_validator("server")
    @classmethod
    def _is_a_hostport(cls, server: str | None) -> str | None:
        return server if server is None else str(parse_hostport(server))


class DnsCheck(CheckKind[DnsSettings]):
    """The check of a record."""

    name = "dns"
    title = "DNS record"
    description = "Looks a name up and compares the answer."
    Settings = DnsSettings

    async def run(self, settings: DnsSettings, tools: CheckTools) -> Result:
        """Ask once, with the library's own repetitions within the time limit."""
        trace = Trace(tools.now(), settings.name)
        trace.scope = road(settings)
        began, budget_s = monotonic(), limit_s(tools.timeout_s)
        try:
            async with asyncio.timeout(budget_s):
                resolver = await _resolver(settings.server)
                trace.facts["server"] = settings.server or "system"
                trace.enter("dns")
                answer = await _ask(resolver, settings, budget_s - (monotonic() - began))
                trace.end()
        except TimeoutError:
            return trace.failure(_silence(tools.timeout_s))
        except WireFault as fault:
            if fault.error == "dns_timeout":
                # The library counts in wall time; what it calls late is ours if the clock was set meanwhile.
                early = monotonic() - began < budget_s / 2
                fault = _clock_set() if early else _silence(tools.timeout_s)
            return trace.failure(fault)
        return _compare(answer, settings, trace)

    def target(self, settings: DnsSettings) -> str:
        """Return the record, and the server where one is named."""
        record = f"{settings.name} {settings.record_type}"
        return f"{record} at {settings.server}" if settings.server else record


def road(settings: DnsSettings) -> Scope:
    """Return how far a question travels: to its server, and out of the house for any name of the wide world."""
    server = scope.of_host(parse_hostport(settings.server).host) if settings.server else Scope.LAN
    return max(server, scope.of_host(settings.name), key=lambda each: each.rank)


async def _resolver(server: str | None) -> "dns.asyncresolver.Resolver":
    import dns.asyncresolver
    import dns.resolver

    if server is None:
        try:
            return dns.asyncresolver.Resolver()
        except dns.resolver.NoResolverConfiguration:
            raise WireFault("dns", "this machine has no name server configured", ours=True) from None
    named = parse_hostport(server)
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = [address_text((known(named.host, 0) or await lookup(named.host, 0))[0])]
    resolver.port = named.port or DNS_PORT
    return resolver


async def _ask(resolver: "dns.asyncresolver.Resolver", settings: DnsSettings, budget_s: float) -> "dns.resolver.Answer":
    import dns.exception
    import dns.resolver
    import dns.reversename

    try:
        by_address = settings.record_type == "PTR" and scope.literal(settings.name) is not None
        name = dns.reversename.from_address(settings.name) if by_address else settings.name
        return await resolver.resolve(name, settings.record_type, search=False, lifetime=max(0.001, budget_s))
    except dns.resolver.NXDOMAIN:
        raise WireFault("dns_no_name", "no such name") from None
    except dns.resolver.NoAnswer:
        raise WireFault("dns_no_record", f"no {settings.record_type} record") from None
    except dns.exception.Timeout:
        raise WireFault("dns_timeout", "the server did not answer") from None
    except dns.resolver.NoNameservers as problem:
        raise WireFault("dns_refused", _refusal(problem.kwargs.get("errors", ()))) from None
    except dns.exception.DNSException as problem:
        words = excerpt(" ".join(str(problem).split())).rstrip(".")
        raise WireFault("dns_broken", f"the lookup failed: {words}") from None
    except OSError as problem:
        raise from_lookup(problem, settings.name) from None


def _refusal(errors: Iterable[tuple[Any, ...]]) -> str:
    import dns.rcode

    for *_, problem, response in errors:
        if response is not None and response.rcode() != dns.rcode.NOERROR:
            return f"the server answered {dns.rcode.to_text(response.rcode())}"
        if isinstance(problem, OSError):
            return f"the server could not be asked: {(problem.strerror or type(problem).__name__).lower()}"
    return "the server's answer could not be understood"


def _silence(timeout_s: float) -> WireFault:
    return WireFault("dns_timeout", f"the server did not answer within {timeout_s:g} s")


def _clock_set() -> WireFault:
    return WireFault("clock", "this machine's clock was set during the check", ours=True)


def _compare(answer: "dns.resolver.Answer", settings: DnsSettings, trace: Trace) -> Result:
    answers = sorted({_text(record) for record in answer})
    facts = {"answers": [excerpt(text) for text in answers[:MOST_KEPT]], "ttl_s": getattr(answer.rrset, "ttl", None)}
    known = {form for text in answers for form in _forms(text, settings.record_type)}
    missing = [value for value in settings.expect if not known & _forms(value, settings.record_type)]
    told = f"answered {_list(answers)}"
    if missing:
        return trace.result(CheckStatus.DOWN, f"{told}, expected {_list(missing)}", "dns_value", facts)
    return trace.result(CheckStatus.UP, told, None, facts)


def _text(record: "dns.rdata.Rdata") -> str:
    if strings := getattr(record, "strings", None):
        return b"".join(strings).decode("utf-8", "replace")
    return " ".join(part.removesuffix(".") or "." for part in record.to_text().split(" "))


def _forms(value: str, record_type: str) -> set[str]:
    """Return every spelling by which a value may be expected, folded."""
    whole = " ".join(part.removesuffix(".") for part in value.replace('"', " ").casefold().split())
    if record_type in {"A", "AAAA"}:
        try:
            return {str(ip_address(whole))}
        except ValueError:
            return {whole}
    # Of a mail exchanger or a service, people often mean the host alone.
    return {whole, whole.rpartition(" ")[2]} if record_type in {"MX", "SRV"} else {whole}


def _list(values: list[str]) -> str:
    told = ", ".join(excerpt(value, 100) for value in values[:MOST_TOLD])
    return f"{told} and {len(values) - MOST_TOLD} more" if len(values) > MOST_TOLD else told
