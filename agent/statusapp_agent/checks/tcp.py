"""A TCP port: does it take connections, and does it say what it should."""

import asyncio
from typing import ClassVar

from pydantic import Field

from statusapp_agent.core.model import CheckStatus, Result
from statusapp_agent.kinds import CheckKind, CheckTools, KindSettings
from statusapp_agent.wire.dial import dial
from statusapp_agent.wire.excerpt import excerpt, quoted
from statusapp_agent.wire.faults import WireFault
from statusapp_agent.wire.host import Host, Port, with_port
from statusapp_agent.wire.line import Line
from statusapp_agent.wire.resolve import Lookup, lookup
from statusapp_agent.wire.trace import Trace, limit_s

_READ_BYTES = 65_536  # greetings are one line; this bounds a peer that never stops
_SHOWN_BYTES = 2048


class TcpSettings(KindSettings):
    """What a TCP check needs."""

    host: Host = Field(
        title="Host",
        description="Name or address of the machine.",
        examples=["nas.lan", "192.168.1.10", "::1"],
    )
    port: Port = Field(title="Port", description="TCP port.", examples=[22])
    tls: bool = Field(
        default=False, title="TLS", description="Encrypt the connection before anything is said.", examples=[False]
    )
    verify_tls: bool = Field(
        default=True,
        title="Verify certificate",
        description="With TLS: judge the certificate. Switch off for self-signed ones.",
        examples=[True],
    )
    send: str | None = Field(
        default=None,
        title="Send",
        description="Text to send once connected, as it is; a line needs its own line break.",
        examples=["PING\r\n"],
        max_length=4096,
    )
    expect: str | None = Field(
        default=None,
        title="Expect",
        description="Text that must be in what the other side says before the time limit.",
        examples=["SSH-2.0"],
        min_length=1,
        max_length=4096,
    )


class TcpCheck(CheckKind[TcpSettings]):
    """Connects, and optionally speaks a line and listens for one."""

    name: ClassVar[str] = "tcp"
    title: ClassVar[str] = "TCP port"
    description: ClassVar[str] = "Connects to a port; optionally encrypts, sends a text and waits for an answer."
    Settings: ClassVar[type[KindSettings]] = TcpSettings

    def __init__(self, resolver: Lookup = lookup) -> None:
        self._resolver = resolver

    def target(self, settings: TcpSettings) -> str:
        """Return ``host:port``."""
        return with_port(settings.host, settings.port)

    async def run(self, settings: TcpSettings, tools: CheckTools) -> Result:
        """Check once."""
        trace = Trace(tools.now(), settings.host)
        try:
            async with asyncio.timeout(limit_s(tools.timeout_s)):
                return await self._check(settings, tools, trace)
        except TimeoutError:
            return trace.failure(_late(settings, trace, tools.timeout_s))
        except WireFault as fault:
            return trace.failure(fault)

    async def _check(self, settings: TcpSettings, tools: CheckTools, trace: Trace) -> Result:
        context = tools.ssl_context(settings.verify_tls, None, None) if settings.tls else None
        line = await dial(trace.host, settings.port, trace, context=context, resolver=self._resolver)
        try:
            if settings.send is not None or settings.expect is not None:
                trace.enter("first_byte")
            if settings.send is not None:
                await line.send(settings.send.encode())
            if settings.expect is not None:
                return await _listen(line, settings.expect, trace)
            trace.end()
            return trace.result(CheckStatus.UP, f"connected in {trace.took}")
        finally:
            line.close()


async def _listen(line: Line, expect: str, trace: Trace) -> Result:
    said = bytearray()
    wanted = expect.encode()
    while len(said) < _READ_BYTES:
        data = await line.receive(_READ_BYTES - len(said))
        if not data:
            break
        if not said:
            trace.enter("transfer", line.at)
        searched = max(0, len(said) - len(wanted))
        beginning = len(said) < _SHOWN_BYTES
        said += data
        if said.find(wanted, searched) >= 0:
            trace.end(line.at)
            trace.facts.pop("said", None)
            return trace.result(CheckStatus.UP, f"said {quoted(expect)} after {trace.took}")
        if beginning:
            trace.facts["said"] = excerpt(bytes(said[:_SHOWN_BYTES]))
    trace.end()
    shown = quoted(expect)
    if len(said) >= _READ_BYTES:
        sentence = f"{shown} is not in the first {_READ_BYTES // 1024} KiB of what it said"
    else:
        sentence = f"the connection was closed before it said {shown}"
    return trace.failure(WireFault("unexpected_answer", sentence))


def _late(settings: TcpSettings, trace: Trace, timeout_s: float) -> WireFault:
    if settings.expect is not None and trace.phase in {"first_byte", "transfer"}:
        return WireFault("timeout", f"it did not say {quoted(settings.expect)} within {timeout_s:g} s")
    return trace.late(timeout_s)
