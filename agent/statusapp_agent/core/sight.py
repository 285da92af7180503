"""What was lately seen of a monitor: kept in memory only, rebuilt from the history after a restart."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from statusapp_agent.core.model import Result

KEPT_LATENCIES = 120
"""An hour at the default spread of intervals (30 s); half a kilobyte for each monitor."""
KEPT_RESULTS = 5


@dataclass(frozen=True, slots=True)
class Glimpse:
    """One past result, small: when, what, how long in seconds, and in words if it failed."""

    at: datetime
    status: str
    latency_s: float | None
    message: str


@dataclass(slots=True)
class Sight:
    """The latest result, the last few, and the latencies of the last checks (seconds, oldest first)."""

    last: Result | None = None
    recent: tuple[Glimpse, ...] = ()
    latencies: "array[float]" = field(default_factory=lambda: array("f"))

    def take_in(self, result: Result) -> None:
        """Remember one more result; the oldest makes room."""
        self.last = result
        message = result.message if result.failed else ""
        glimpse = Glimpse(result.started_at, result.status.value, result.latency_s, message)
        self.recent = (*self.recent[-KEPT_RESULTS + 1 :], glimpse)
        if result.latency_s is not None:
            if len(self.latencies) >= KEPT_LATENCIES:
                del self.latencies[0]
            self.latencies.append(result.latency_s)


def percentile(values: Iterable[float], fraction: float) -> float | None:
    """Return the nearest-rank percentile (0 < fraction <= 1) of any numbers, None when there is none."""
    ordered = sorted(values)
    if not ordered:
        return None
    rank = max(1, -int(-fraction * len(ordered) // 1))
    return ordered[min(rank, len(ordered)) - 1]
