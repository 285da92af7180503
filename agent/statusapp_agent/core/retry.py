"""When to try again, and in which order: pure arithmetic over deliveries.

Early tries come fast, because most faults pass in seconds; ten of them fit into the first minute of an outage of the
other side. Later they come slower, but never more than a minute apart, so that a page leaves within a minute of the
moment at which the road is open again. There is no last try while the incident is open.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from statusapp_agent.core.model import Action, Again, Delivery, Incident

_FIRST_DELAYS_S = (1.0, 2.0, 4.0, 8.0)
_STEADY_DELAY_S = 9.0
_LONGEST_S = 50.0
_SLOW_S = 60.0
_JITTER = 0.2
RATE_LIMIT_WAIT_S = 30.0
"""PagerDuty asks for about this long after a 429 that names no time (its events documentation)."""
LONGEST_HOLD_S = 900.0


def retry_delay_s(delivery: Delivery, age_s: float, outcome: Again) -> float:
    """Return the seconds until the next try of a delivery that is ``age_s`` old and has just failed.

    What the other side asks for is kept to as well (at most 15 minutes).
    """
    if outcome.slow:
        base = _SLOW_S
    elif delivery.attempts <= len(_FIRST_DELAYS_S):
        base = _FIRST_DELAYS_S[max(0, delivery.attempts - 1)]
    elif age_s < 300:
        base = _STEADY_DELAY_S
    else:
        base = min(_LONGEST_S, age_s / 30)
    delay = base * (1 + _JITTER * _spread(delivery.id, delivery.attempts))
    return delay if outcome.after_s is None else max(delay, min(outcome.after_s, LONGEST_HOLD_S))


def hold_s(outcome: Again, times_before: int, spread_by: int) -> float:
    """Return how long a channel must wait after being told that it asks too often.

    What the other side says is kept to (at most 15 minutes). When it says nothing, the wait doubles from 30 s on.
    """
    if outcome.after_s is not None:
        return min(max(outcome.after_s, 1.0), LONGEST_HOLD_S)
    wait = RATE_LIMIT_WAIT_S * 2.0 ** min(times_before, 5) * (1 + _JITTER / 2 * (1 + _spread(spread_by, times_before)))
    return min(wait, LONGEST_HOLD_S)


def _spread(seed: int, turn: int) -> float:
    """Return a number in [-1, 1) that differs between deliveries and tries, so that they do not march in step."""
    return ((seed * 2_654_435_761 + turn * 40_503) % 2_000) / 1_000 - 1


def due_at(delivery: Delivery, now: datetime) -> datetime:
    """Return when a delivery may be tried next; ``now`` or earlier means at once."""
    times = [at for at in (delivery.not_before, delivery.next_attempt_at) if at is not None]
    return max(times, default=now)


def heads(pending: Iterable[Delivery]) -> list[Delivery]:
    """Return the first delivery of each lane; what belongs to no incident is a lane of its own."""
    first: dict[tuple[str, str], Delivery] = {}
    for delivery in sorted(pending, key=lambda d: d.id):
        lane = (delivery.channel, delivery.incident or f"-{delivery.id}")
        first.setdefault(lane, delivery)
    return list(first.values())


def in_order(candidates: Iterable[Delivery], incidents: Mapping[str, Incident], *, failing: bool) -> list[Delivery]:
    """Order what may be sent: pages of open incidents first, worst and oldest first.

    While the channel fails, what was tried least goes first, so that one poisonous message cannot block the others.
    """

    def rank(delivery: Delivery) -> tuple[int, int, int, int]:
        incident = incidents.get(delivery.incident or "")
        page = delivery.action in (Action.TRIGGER, Action.TEST) and incident is not None and incident.is_open
        return (0 if page else 1, delivery.attempts if failing else 0, delivery.severity.rank, delivery.id)

    return sorted(candidates, key=rank)
