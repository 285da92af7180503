"""Confirmation: when failing checks become an outage, and when good ones end it.

A monitor's health is one of four confirmed states; between them stand counters of consecutive checks.

    state     | check is good          | slow                  | bad
    ----------+------------------------+-----------------------+------------------------------------------
    pending   | up at once             | up at once            | count; DOWN when confirmed
    up        | forget bad, slow       | count; DEGRADED       | count; DOWN when confirmed
    degraded  | count; FINE            | forget good           | count; DOWN when confirmed
    down      | count; UP when calm    | counts as good        | forget good

Confirmed means ``failures`` bad checks in a row and a good canary *between the last two* (the sandwich: fail, canary,
fail), so that our own broken network is never taken for somebody else's outage: the canary round began after a bad
check was taken in, and ended before the last one began. A single stretch without network can then never confirm. Checks
that come faster than canary rounds share one round. With ``failures = 1`` the canary comes after the one bad check.
Where no canary vouches for the target's scope, the checks alone decide.

Flapping: ``flap_after`` confirmed outages within an hour. From then on an outage ends only after a calm that is three
times the mean time between those outages (at most 2 hours), so that something that goes up and down keeps one incident
open instead of paging for ever.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from statusapp_agent.core.model import CheckStatus, Monitor, Result

FLAP_WINDOW = timedelta(hours=1)
LONGEST_CALM = timedelta(hours=2)
CALM_FACTOR = 3
_REMEMBERED_OUTAGES = 12


class HealthState(StrEnum):
    """What is confirmed of a target."""

    PENDING = "pending"
    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"


class Flip(StrEnum):
    """A confirmed change of health."""

    DOWN = "down"
    UP = "up"
    DEGRADED = "degraded"
    FINE = "fine"


@dataclass(frozen=True, slots=True)
class Health:
    """Confirmed state and the counters on the way to the next; all of it survives a restart.

    ``needs_round`` is the number of the first canary round that can vouch for the failing streak, ``vouched_at`` when
    such a round ended well. ``seen_up_on`` is the network on which the target last answered.
    """

    state: HealthState = HealthState.PENDING
    since: datetime | None = None
    reason: str = "not checked yet"
    failures: int = 0
    successes: int = 0
    slow: int = 0
    first_failure_at: datetime | None = None
    last_failure_at: datetime | None = None
    needs_round: int = 0
    vouched_at: datetime | None = None
    outages: tuple[datetime, ...] = ()
    seen_up_on: str | None = None

    @property
    def suspect(self) -> bool:
        """Whether checks fail that have not become an outage yet."""
        return self.failures > 0 and self.state is not HealthState.DOWN

    @property
    def settled(self) -> bool:
        """Whether no counter is on its way anywhere: the monitor is checked at its ordinary interval."""
        return self.state in (HealthState.UP, HealthState.DEGRADED) and self.failures == 0


@dataclass(frozen=True, slots=True)
class Judgement:
    """The health after a check, and the flip that it confirmed, if any. The health's reason says why in words."""

    health: Health
    flip: Flip | None = None


def recent_outages(health: Health, now: datetime) -> tuple[datetime, ...]:
    """Return the confirmed outages that count towards flapping, oldest first: those of the last hour.

    While the target is down they are those of the hour before this outage, so that the calm it needs does not shrink
    while it goes on flapping.
    """
    until = health.outages[-1] if health.state is HealthState.DOWN and health.outages else now
    return tuple(at for at in health.outages if until - at <= FLAP_WINDOW)


def is_flapping(health: Health, monitor: Monitor, now: datetime) -> bool:
    """Whether recoveries are damped now."""
    return monitor.flap_after > 0 and len(recent_outages(health, now)) >= monitor.flap_after


def calm_needed(health: Health, monitor: Monitor, now: datetime) -> timedelta:
    """Return how long a flapping target must be good before its outage ends; zero when it does not flap."""
    outages = recent_outages(health, now)
    if monitor.flap_after <= 0 or len(outages) < max(2, monitor.flap_after):
        return timedelta(0)
    mean_gap = (outages[-1] - outages[0]) / (len(outages) - 1)
    return min(LONGEST_CALM, mean_gap * CALM_FACTOR)


def is_slow(result: Result, monitor: Monitor) -> bool:
    """Whether a good check counts as degraded: the check itself says so, or it took longer than the threshold."""
    if result.status is CheckStatus.DEGRADED:
        return True
    threshold = monitor.degraded_above_s
    return threshold is not None and result.latency_s is not None and result.latency_s > threshold


def changes_nothing(health: Health, monitor: Monitor, result: Result) -> bool:
    """Whether a check leaves the health as it is: the path that almost every check takes."""
    return (
        health.state is HealthState.UP
        and health.failures == 0
        and health.slow == 0
        and result.status is CheckStatus.UP
        and not is_slow(result, monitor)
    )


def observe(
    health: Health, monitor: Monitor, result: Result, now: datetime, rounds_begun: int, *, gated: bool
) -> Judgement:
    """Judge one finished check.

    ``rounds_begun`` counts the canary rounds begun so far; ``gated`` is False where no canary vouches for the scope.
    """
    if result.status is CheckStatus.UNKNOWN:
        return Judgement(health)
    if not result.failed:
        return _count_success(health, monitor, result, now)
    if health.state is HealthState.DOWN:
        failures = health.failures + 1
        return Judgement(
            replace(health, successes=0, failures=failures, last_failure_at=now, reason=result.message or health.reason)
        )
    vouched = health.vouched_at is not None and result.started_at >= health.vouched_at
    failing = _count_failure(health, result, now, rounds_begun, vouched=vouched)
    return _confirm(failing, monitor, result.message, now, vouched=vouched or not gated)


def vouch(health: Health, monitor: Monitor, message: str, now: datetime, number: int) -> Judgement:
    """Take in that a canary round ended well: the next bad check may confirm, or, if one is enough, this confirms."""
    if not health.suspect or number < health.needs_round:
        return Judgement(health)
    if monitor.failures <= 1:
        return _confirm(health, monitor, message, now, vouched=True)
    earlier = health.vouched_at
    return Judgement(replace(health, vouched_at=now if earlier is None else min(earlier, now)))


def _count_failure(health: Health, result: Result, now: datetime, rounds_begun: int, *, vouched: bool) -> Health:
    first = health.failures == 0
    anew = first or vouched
    return replace(
        health,
        failures=health.failures + 1,
        successes=0,
        first_failure_at=result.started_at if first else health.first_failure_at,
        last_failure_at=now,
        needs_round=rounds_begun + 1 if anew else health.needs_round,
        vouched_at=None if anew else health.vouched_at,
    )


def _confirm(health: Health, monitor: Monitor, message: str, now: datetime, *, vouched: bool) -> Judgement:
    """Turn a failing streak into an outage if it is long enough and the canary has spoken; else say what is missing."""
    if health.failures < monitor.failures:
        waiting = f"{health.failures} of {monitor.failures} failures so far: {message}"
        return Judgement(replace(health, reason=waiting))
    if not vouched:
        waiting = f"{health.failures} failures; asking the canaries whether the fault is ours: {message}"
        return Judgement(replace(health, reason=waiting))
    outages = (*recent_outages(health, now), now)[-_REMEMBERED_OUTAGES:]
    down = replace(
        health,
        state=HealthState.DOWN,
        since=now,
        reason=message,
        successes=0,
        slow=0,
        outages=outages,
        needs_round=0,
        vouched_at=None,
    )
    return Judgement(down, Flip.DOWN)


def _count_success(health: Health, monitor: Monitor, result: Result, now: datetime) -> Judgement:
    if health.state is HealthState.DOWN:
        return _count_recovery(health, monitor, now)
    slow = is_slow(result, monitor)
    clean = replace(health, failures=0, first_failure_at=None, last_failure_at=None, needs_round=0, vouched_at=None)
    if health.state is HealthState.PENDING:
        return Judgement(replace(clean, state=HealthState.UP, since=now, reason="answers", slow=int(slow)), Flip.UP)
    if health.state is HealthState.UP:
        return _count_slow(clean, monitor, result, now, slow=slow)
    return _count_fast(clean, monitor, result, now, slow=slow)


def _count_slow(health: Health, monitor: Monitor, result: Result, now: datetime, *, slow: bool) -> Judgement:
    count = health.slow + 1 if slow else 0
    if count < monitor.failures:
        return Judgement(replace(health, slow=count, successes=0, reason="answers"))
    reason = degraded_reason(monitor, result)
    return Judgement(
        replace(health, state=HealthState.DEGRADED, since=now, slow=count, successes=0, reason=reason), Flip.DEGRADED
    )


def _count_fast(health: Health, monitor: Monitor, result: Result, now: datetime, *, slow: bool) -> Judgement:
    if slow:
        return Judgement(replace(health, successes=0, slow=health.slow + 1, reason=degraded_reason(monitor, result)))
    successes = health.successes + 1
    if successes < monitor.recoveries:
        waiting = f"in time again: {successes} of {monitor.recoveries} such checks so far"
        return Judgement(replace(health, successes=successes, reason=waiting))
    return Judgement(
        replace(health, state=HealthState.UP, since=now, slow=0, successes=0, reason="answers in time"), Flip.FINE
    )


def _count_recovery(health: Health, monitor: Monitor, now: datetime) -> Judgement:
    successes = health.successes + 1
    if successes < monitor.recoveries:
        waiting = f"{successes} of {monitor.recoveries} good checks so far"
        return Judgement(replace(health, successes=successes, reason=waiting))
    calm = calm_needed(health, monitor, now)
    calm_since = health.last_failure_at or now
    # Without a calm to keep, a clock that was set back must not hold the recovery up.
    if timedelta(0) < calm and now - calm_since < calm:
        waiting = f"flapping: it must stay good for {calm.total_seconds():.0f} s before the outage counts as over"
        return Judgement(replace(health, successes=successes, reason=waiting))
    up = replace(
        health,
        state=HealthState.UP,
        since=now,
        reason=f"recovered: {successes} good check{'s' if successes != 1 else ''} in a row",
        failures=0,
        successes=0,
        slow=0,
        first_failure_at=None,
        last_failure_at=None,
        needs_round=0,
        vouched_at=None,
    )
    return Judgement(up, Flip.UP)


def degraded_reason(monitor: Monitor, result: Result) -> str:
    """Return in words why a check that answered counts as degraded."""
    if result.status is CheckStatus.DEGRADED or monitor.degraded_above_s is None or result.latency_s is None:
        return result.message or "degraded"
    return f"slow: {result.latency_s * 1000:.0f} ms, above {monitor.degraded_above_s * 1000:.0f} ms"


def forget_streak(health: Health, reason: str) -> Health:
    """Return the health with its unconfirmed failures forgotten: they were ours, or too long ago to count."""
    return replace(
        health,
        failures=0 if health.state is not HealthState.DOWN else health.failures,
        successes=0,
        slow=0,
        first_failure_at=None if health.state is not HealthState.DOWN else health.first_failure_at,
        last_failure_at=None if health.state is not HealthState.DOWN else health.last_failure_at,
        needs_round=0,
        vouched_at=None,
        reason=reason,
    )


def with_clock(health: Health, shift: timedelta) -> Health:
    """Return the health with its times moved along with a wall clock that was set."""

    def moved(at: datetime | None) -> datetime | None:
        return None if at is None else at + shift

    return replace(
        health,
        first_failure_at=moved(health.first_failure_at),
        last_failure_at=moved(health.last_failure_at),
        vouched_at=moved(health.vouched_at),
        outages=tuple(at + shift for at in health.outages),
    )
