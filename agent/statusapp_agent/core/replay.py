"""Recorded results through the same judgement as live ones: which outages there would have been with other settings.

The canary's word is not recorded, so checks alone decide here; and a check that was made after the retry interval is
replayed where it stood, although other settings would have asked a little earlier or later.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from statusapp_agent.core.health import Flip, Health, changes_nothing, observe
from statusapp_agent.core.model import Monitor, Result


@dataclass(frozen=True, slots=True)
class Outage:
    """One confirmed outage: first failing check, confirmation, end (None: it lasts), and what the check said."""

    began_at: datetime
    opened_at: datetime
    ended_at: datetime | None
    cause: str


@dataclass(slots=True)
class Replay:
    """Takes results in their order; ``degraded`` counts how often it was confirmed slow."""

    monitor: Monitor
    health: Health = field(default_factory=Health)
    outages: list[Outage] = field(default_factory=list)
    degraded: int = 0
    checks: int = 0

    def take(self, result: Result) -> Flip | None:
        """Judge one result as if it had just ended; return the flip that it confirmed."""
        self.checks += 1
        if changes_nothing(self.health, self.monitor, result):
            return None
        now = result.started_at + timedelta(seconds=result.latency_s or 0.0)
        judged = observe(self.health, self.monitor, result, now, 0, gated=False)
        before, self.health = self.health, judged.health
        if judged.flip is Flip.DOWN:
            began = judged.health.first_failure_at or now
            self.outages.append(Outage(min(began, now), now, None, result.message or "down"))
        elif judged.flip is Flip.UP and self.outages and before.state == "down":
            self.outages[-1] = replace(self.outages[-1], ended_at=now)
        elif judged.flip is Flip.DEGRADED:
            self.degraded += 1
        return judged.flip


def replay(monitor: Monitor, results: Iterable[Result]) -> Replay:
    """Return what would have been confirmed of a monitor with these settings."""
    run = Replay(monitor)
    for result in results:
        run.take(result)
    return run
