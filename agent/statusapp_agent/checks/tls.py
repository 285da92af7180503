"""A TLS certificate: is the chain trusted, is the name right, and how long does it last."""

import asyncio
import ssl
from typing import Any, ClassVar

from pydantic import Field

from statusapp_agent.core.model import CheckStatus, Result
from statusapp_agent.fields import Duration
from statusapp_agent.kinds import CheckKind, CheckTools, KindSettings
from statusapp_agent.wire import certificates
from statusapp_agent.wire.dial import dial
from statusapp_agent.wire.faults import WireFault
from statusapp_agent.wire.host import Host, Port, with_port
from statusapp_agent.wire.resolve import Lookup, lookup
from statusapp_agent.wire.trace import Trace, limit_s

_SHARE_OF_THE_REST = 0.9
_FORTNIGHT_S = 14 * 86_400.0
# The faults that a handshake without verification gets past, to see what the certificate says.
_JUDGED = frozenset({"tls_expired", "tls_not_yet_valid", "tls_hostname", "tls_untrusted"})


class TlsSettings(KindSettings):
    """What a certificate check needs."""

    host: Host = Field(
        title="Host",
        description="Name or address of the machine.",
        examples=["nas.lan", "192.168.1.10", "::1"],
    )
    port: Port = Field(default=443, title="Port", description="TCP port where TLS begins at once.", examples=[443])
    warn_before: Duration = Field(
        default=_FORTNIGHT_S,
        title="Warn before expiry",
        description="The monitor is degraded when the certificate ends within this time.",
        examples=["14d"],
    )
    server_name: Host | None = Field(
        default=None,
        title="Server name",
        description="The name the certificate must be made for, if it is not the host.",
        examples=["cloud.example.org"],
    )


class TlsCheck(CheckKind[TlsSettings]):
    """Verifies chain, host name and expiry of a certificate."""

    name: ClassVar[str] = "tls"
    title: ClassVar[str] = "TLS certificate"
    description: ClassVar[str] = "Verifies the certificate of a server and warns before it expires."
    Settings: ClassVar[type[KindSettings]] = TlsSettings

    def __init__(self, resolver: Lookup = lookup) -> None:
        self._resolver = resolver

    def target(self, settings: TlsSettings) -> str:
        """Return ``host:port``."""
        return with_port(settings.host, settings.port)

    async def run(self, settings: TlsSettings, tools: CheckTools) -> Result:
        """Check once."""
        trace = Trace(tools.now(), settings.host)
        try:
            async with asyncio.timeout(limit_s(tools.timeout_s)):
                return await self._check(settings, tools, trace)
        except TimeoutError:
            return trace.failure(trace.late(tools.timeout_s))
        except WireFault as fault:
            return trace.failure(fault)

    async def _check(self, settings: TlsSettings, tools: CheckTools, trace: Trace) -> Result:
        try:
            shown = await self._look(settings, tools, trace, verify=True)
        except WireFault as fault:
            if fault.error not in _JUDGED:
                raise
            trace.end()
            return await self._explain(settings, tools, trace, fault)
        trace.facts.update(certificates.facts(shown, tools.now()), certificate_chain="trusted")
        ends = certificates.ends(shown)
        if sentence := certificates.warning(ends, tools.now(), settings.warn_before):
            return trace.result(CheckStatus.DEGRADED, sentence, "certificate_expires_soon")
        left = "" if ends is None else f" for {certificates.in_days(ends, tools.now())} more"
        return trace.result(CheckStatus.UP, f"the certificate is trusted and valid{left}")

    async def _explain(self, settings: TlsSettings, tools: CheckTools, trace: Trace, fault: WireFault) -> Result:
        """Return the failure with what the certificate says of itself, seen by a second, unverified handshake."""
        aside = Trace(tools.now(), settings.host)
        facts: dict[str, Any] = {"certificate_chain": fault.error.removeprefix("tls_").replace("_", " ")}
        # A little less than what is left: the fault is known and must be told even if this look takes too long.
        left_s = (limit_s(tools.timeout_s) - trace.latency_s) * _SHARE_OF_THE_REST
        try:
            async with asyncio.timeout(left_s):
                shown = await self._look(settings, tools, aside, verify=False)
        except (WireFault, TimeoutError):
            return trace.failure(fault, facts)
        facts.update(certificates.facts(shown, tools.now()))
        ends = certificates.ends(shown)
        if fault.error == "tls_expired" and ends is not None:
            fault = WireFault(fault.error, f"{fault.sentence}: it ended on {ends:%Y-%m-%d %H:%M} UTC")
        return trace.failure(fault, facts)

    async def _look(self, settings: TlsSettings, tools: CheckTools, trace: Trace, *, verify: bool) -> bytes | None:
        line = await dial(
            settings.host,
            settings.port,
            trace,
            context=tools.ssl_context(verify, None, None),
            server_name=settings.server_name,
            resolver=self._resolver,
        )
        try:
            trace.end()
            stream = line.stream
            if not isinstance(stream, ssl.SSLSocket):
                return None
            trace.facts["tls_version"] = stream.version()
            return stream.getpeercert(binary_form=True)
        finally:
            line.close()
