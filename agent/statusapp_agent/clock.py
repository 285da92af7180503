"""The clocks, behind one seam, so that every component can be handed another one."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """Wall time for people, monotonic time for intervals, boot time to notice that the computer slept."""

    def now(self) -> datetime:
        """Return the wall clock, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that are never set and stand still while the computer sleeps."""
        return time.monotonic()

    def boot(self) -> float:
        """Return seconds that are never set and run on while the computer sleeps, where the platform tells."""
        if hasattr(time, "CLOCK_BOOTTIME"):
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class Reading:
    """All three clocks at one moment."""

    wall: datetime
    monotonic: float
    boot: float


@dataclass(frozen=True, slots=True)
class Jump:
    """What happened between two readings: seconds not lived through, and seconds by which the wall clock was set."""

    lost_s: float
    why: str
    wall_step_s: float


def read(clock: Clock) -> Reading:
    """Read all three clocks."""
    return Reading(clock.now(), clock.monotonic(), clock.boot())


def compare(before: Reading, after: Reading, expected_s: float) -> Jump:
    """Tell what happened between two readings that should lie ``expected_s`` apart.

    Boot time ahead of monotonic time is sleep; monotonic time ahead of what was expected is a process that was
    stopped or starved; wall time ahead of or behind boot time is a clock that somebody set.
    """
    lived = after.monotonic - before.monotonic
    booted = after.boot - before.boot
    wall = (after.wall - before.wall).total_seconds()
    asleep = max(0.0, booted - lived)
    stopped = max(0.0, lived - expected_s)
    why = "this computer slept" if asleep > stopped else "the agent was stopped"
    return Jump(asleep + stopped, why, wall - booted)
