"""What is learnt while a check is under way: phases, scope, peer; kept even when the check ends halfway."""

from collections.abc import Mapping
from datetime import datetime
from time import monotonic
from typing import Any

from statusapp_agent.core.model import CheckStatus, Result
from statusapp_agent.wire import scope
from statusapp_agent.wire.faults import WireFault

# The runner ends a check at its time limit without a sentence of its own; ending a little earlier keeps ours.
_EARLIER_S = 0.05
_EARLIER_SHARE = 0.05
_TENTHS_BELOW_MS = 10


def limit_s(timeout_s: float) -> float:
    """Return when a check ends itself, in seconds from its start: a little before the runner would."""
    return timeout_s - min(_EARLIER_S, timeout_s * _EARLIER_SHARE)


class Trace:
    """The course of one check: seconds by phase, how far away the target is, and whom it reached.

    Phases of one name add up, so that a redirect's second lookup counts into ``dns`` as well.
    """

    __slots__ = ("_since", "address", "ended_at", "facts", "host", "phase", "phases", "scope", "started_at", "wall")

    def __init__(self, wall: datetime, host: str) -> None:
        self.wall = wall
        self.started_at = self.ended_at = self._since = monotonic()
        self.phases: dict[str, float] = {}
        self.phase = ""
        self.facts: dict[str, Any] = {}
        self.address: str | None = None
        self.host = host
        self.scope = scope.of_host(host)

    def head_for(self, host: str) -> None:
        """Start towards a host: before its address is known, its spelling tells the scope."""
        self.host = host
        self.scope = scope.of_host(host)

    def enter(self, phase: str, at: float | None = None) -> None:
        """Begin a phase (and end the one before) at ``at``, a monotonic time; now when it is None."""
        at = monotonic() if at is None else at
        self._close(at)
        self.phase = phase
        self._since = at

    def end(self, at: float | None = None) -> None:
        """End the phase under way; what was measured ends here."""
        self._close(monotonic() if at is None else at)
        self.phase = ""

    def _close(self, at: float) -> None:
        if self.phase:
            self.phases[self.phase] = self.phases.get(self.phase, 0.0) + max(0.0, at - self._since)
        self.ended_at = at

    @property
    def latency_s(self) -> float:
        """Seconds from the start to the end of what was measured."""
        return max(0.0, self.ended_at - self.started_at)

    @property
    def took(self) -> str:
        """The latency in words, such as ``45 ms``."""
        milliseconds = self.latency_s * 1000
        return f"{milliseconds:.1f} ms" if milliseconds < _TENTHS_BELOW_MS else f"{milliseconds:.0f} ms"

    def result(
        self,
        status: CheckStatus,
        message: str,
        error: str | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> Result:
        """Return the finished check."""
        known = {"address": self.address, **self.facts} if self.address else dict(self.facts)
        return Result(
            status=status,
            started_at=self.wall,
            latency_s=self.latency_s,
            message=message,
            error=error,
            phases=self.phases,
            facts={**known, **facts} if facts else known,
            scope=self.scope,
        )

    def failure(self, fault: WireFault, facts: Mapping[str, Any] | None = None) -> Result:
        """Return the result of a check that a fault ended: down, or unknown when the fault is our own."""
        if self.phase:
            self.end()
        status = CheckStatus.UNKNOWN if fault.ours else CheckStatus.DOWN
        return self.result(status, fault.sentence, fault.error, facts)

    def late(self, timeout_s: float) -> WireFault:
        """Return the fault for a time limit that ran out in the phase under way."""
        limit = f"within {timeout_s:g} s"
        if self.phase == "dns":
            return WireFault("dns", f"the name {self.host} could not be looked up {limit}")
        if self.phase == "connect":
            return WireFault("connect_timeout", f"{self.host} did not answer the connection attempt {limit}")
        if self.phase == "tls":
            return WireFault("timeout", f"the TLS handshake with {self.host} was not finished {limit}")
        if self.phase == "transfer":
            return WireFault("timeout", f"the answer began but was not complete {limit}")
        return WireFault("timeout", f"no answer {limit}")
