"""Confirmation: when failing checks become an outage, and when good ones end it.

A monitor's health is one of four confirmed states; between them stand counters of consecutive checks.

    state     | check is good          | slow                  | bad
    ----------+------------------------+-----------------------+------------------------------------------
    pending   | up at once             | up at once            | count; DOWN when confirmed
    up        | forget bad, slow       | count; DEGRADED       | count; DOWN when confirmed
    degraded  | count; FINE            | forget good           | count; DOWN when confirmed
    down      | count; UP when calm    | counts as good        | forget good

Confirmed means ``failures`` bad checks in a row and a good canary *between the last two* (the sandwich: fail, canary,
fail), so that our own broken network is never taken for somebody else's outage. With ``failures = 1`` the canary comes
after the one bad check. Where no canary vouches for the target's scope, the checks alone decide.

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

    ``needs_round`` is the number of the first canary round begun after the latest bad check, ``confirm_round`` the one
    whose good verdict confirms. ``seen_up_on`` is the network on which the target last answered.
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
    confirm_round: int = 0
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
    """Return the confirmed outages of the last hour, oldest first."""
    return tuple(at for at in health.outages if now - at <= FLAP_WINDOW)


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
    health: Health,
    monitor: Monitor,
    result: Result,
    now: datetime,
    rounds_started: int,
    *,
    gated: bool,
    good_round: int,
) -> Judgement:
    """Judge one finished check.

    ``rounds_started`` counts the canary rounds begun so far, ``good_round`` is the latest one with a good verdict for
    this target's scope; ``gated`` is False where no canary vouches for that scope.
    """
    if result.status is CheckStatus.UNKNOWN:
        return Judgement(health)
    if result.failed:
        failing = _count_failure(health, result, now, rounds_started)
        return confirm(failing, monitor, result.message, now, gated=gated, good_round=good_round)
    return _count_success(health, monitor, result, now)


def _count_failure(health: Health, result: Result, now: datetime, rounds_started: int) -> Health:
    if health.state is HealthState.DOWN:
        return replace(health, successes=0, failures=health.failures + 1, last_failure_at=now, reason=result.message)
    first = health.failures == 0
    next_round = rounds_started + 1
    return replace(
        health,
        failures=health.failures + 1,
        successes=0,
        first_failure_at=result.started_at if first else health.first_failure_at,
        last_failure_at=now,
        needs_round=next_round,
        confirm_round=next_round if first else health.needs_round,
    )


def confirm(
    health: Health, monitor: Monitor, message: str, now: datetime, *, gated: bool, good_round: int
) -> Judgement:
    """Turn a failing streak into an outage if it is long enough and the canary has spoken; else say what is missing."""
    if health.state is HealthState.DOWN:
        return Judgement(health)
    if health.failures < monitor.failures:
        waiting = f"{health.failures} of {monitor.failures} failures so far: {message}"
        return Judgement(replace(health, reason=waiting))
    if gated and good_round < health.confirm_round:
        waiting = f"{health.failures} failures; asking the canaries whether the fault is ours: {message}"
        return Judgement(replace(health, reason=waiting))
    outages = (*recent_outages(health, now), now)[-_REMEMBERED_OUTAGES:]
    down = replace(health, state=HealthState.DOWN, since=now, reason=message, successes=0, slow=0, outages=outages)
    return Judgement(down, Flip.DOWN)


def _count_success(health: Health, monitor: Monitor, result: Result, now: datetime) -> Judgement:
    if health.state is HealthState.DOWN:
        return _count_recovery(health, monitor, now)
    slow = is_slow(result, monitor)
    clean = replace(health, failures=0, first_failure_at=None, last_failure_at=None, needs_round=0, confirm_round=0)
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
        return Judgement(replace(health, successes=successes))
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
    if now - calm_since < calm:
        waiting = f"flapping: it must stay good for {calm.total_seconds():.0f} s before the outage counts as over"
        return Judgement(replace(health, successes=successes, reason=waiting))
    up = replace(
        health,
        state=HealthState.UP,
        since=now,
        reason=f"recovered: {successes} good checks in a row",
        failures=0,
        successes=0,
        slow=0,
        first_failure_at=None,
        last_failure_at=None,
        needs_round=0,
        confirm_round=0,
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
        confirm_round=0,
        reason=reason,
    )
