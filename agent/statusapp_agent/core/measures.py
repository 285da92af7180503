"""What else a range of incidents says: who was woken, what was a false alarm, how soon pages left, what was available.

Beside the figures of `core.figures`, over the same incidents. A share or figure with nothing to count is None, never 0.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from types import MappingProxyType

from statusapp_agent.core.darkness import Darkness, Stretch, merged
from statusapp_agent.core.figures import Figure, counts, figure_of
from statusapp_agent.core.incident import RECOVERY
from statusapp_agent.core.model import Incident, Scope
from statusapp_agent.core.state import BlindTime

FALSE_ALARM_WITHIN = timedelta(minutes=5)
REOPENED_WITHIN = timedelta(minutes=30)
SLEEP_FROM_HOUR, SLEEP_UNTIL_HOUR = 22, 7
WORK_FROM_HOUR, WORK_UNTIL_HOUR, WORK_DAYS = 9, 17, 5

DEFINITIONS: Mapping[str, str] = MappingProxyType(
    {
        "page_latency": "From opened to the moment at which the first channel had taken the page.",
        "escalated": "Incidents for which a later step of the route was carried out.",
        "reopened": "Incidents opened within 30 min of the end of the one before it of the same monitor.",
        "false_alarms": "Incidents that were paged, resolved by themselves within 5 min, and acknowledged by nobody.",
        "sleep_hours": "Incidents whose page arrived between 22:00 and 07:00 local time.",
        "after_hours": "Incidents whose page arrived outside of Monday to Friday, 09:00 to 17:00 local time.",
        "availability": "Share of the time seen in which it was not down; blind time counts neither way.",
    }
)


@dataclass(frozen=True, slots=True)
class Told:
    """What the outbox says of one incident: when the first page was accepted, and whether a later step was."""

    accepted_at: datetime | None = None
    escalated: bool = False


@dataclass(frozen=True, slots=True)
class Measures:
    """Counts over the incidents of a range; ``page_latency_s`` in seconds."""

    page_latency_s: Figure | None
    escalated: int
    reopened: int
    false_alarms: int
    sleep_hours: int
    after_hours: int


@dataclass(frozen=True, slots=True)
class Availability:
    """How much of a range one monitor was up: seconds seen, seconds down, and the share that was not down."""

    monitor: str
    seen_s: float
    down_s: float

    @property
    def share(self) -> float | None:
        """The share in [0, 1]; None where nothing was seen."""
        return None if self.seen_s <= 0 else max(0.0, 1.0 - self.down_s / self.seen_s)


def measures(
    incidents: Sequence[Incident],
    earlier: Sequence[Incident],
    told: Mapping[str, Told],
    zone: tzinfo = UTC,
) -> Measures:
    """Return the measures of incidents; ``earlier`` are those before them, from which one may have reopened."""
    chosen = [each for each in incidents if counts(each)]
    paged = [(each, told[each.id].accepted_at) for each in chosen if each.id in told]
    arrivals = [(each, at.astimezone(zone)) for each, at in paged if at is not None]
    return Measures(
        page_latency_s=figure_of([max(0.0, _between(each.opened_at, at)) for each, at in arrivals]),
        escalated=sum(told[each.id].escalated for each in chosen if each.id in told),
        reopened=len(reopened(chosen, earlier)),
        false_alarms=sum(is_false_alarm(each) for each, _ in arrivals),
        sleep_hours=sum(is_sleep(at) for _, at in arrivals),
        after_hours=sum(not is_work(at) for _, at in arrivals),
    )


def _between(began: datetime, ended: datetime) -> float:
    """Return real seconds: Python subtracts two moments of one zone by the wall clock."""
    return (ended.astimezone(UTC) - began.astimezone(UTC)).total_seconds()


def is_sleep(local: datetime) -> bool:
    """Whether a local time is one at which people sleep."""
    return local.hour >= SLEEP_FROM_HOUR or local.hour < SLEEP_UNTIL_HOUR


def is_work(local: datetime) -> bool:
    """Whether a local time is within business hours."""
    return local.weekday() < WORK_DAYS and WORK_FROM_HOUR <= local.hour < WORK_UNTIL_HOUR


def is_false_alarm(incident: Incident) -> bool:
    """Whether an incident went by itself before anybody could have done a thing about it."""
    return (
        incident.resolved_at is not None
        and incident.resolved_via == RECOVERY
        and incident.acknowledged_at is None
        and _between(incident.opened_at, incident.resolved_at) <= FALSE_ALARM_WITHIN.total_seconds()
    )


def reopened(incidents: Iterable[Incident], earlier: Iterable[Incident]) -> list[Incident]:
    """Return those that opened soon after the one before them of the same monitor was over."""
    chosen = {each.id for each in incidents}
    by_monitor: dict[str, list[Incident]] = {}
    for each in sorted({each.id: each for each in (*earlier, *incidents)}.values(), key=lambda each: each.opened_at):
        by_monitor.setdefault(each.monitor, []).append(each)
    found = []
    for row in by_monitor.values():
        for before, after in pairwise(row):
            ended = before.resolved_at
            if after.id in chosen and ended is not None and ended <= after.opened_at <= ended + REOPENED_WITHIN:
                found.append(after)
    return found


def availability(
    monitors: Mapping[str, tuple[datetime, Scope]],
    incidents: Sequence[Incident],
    blind: Sequence[BlindTime],
    since: datetime,
    until: datetime,
    now: datetime,
) -> tuple[Availability, ...]:
    """Return for each monitor how available it was in ``[since, until)``.

    ``monitors`` says since when each was watched and how far away it is. ``incidents`` are all that touch the range: an
    outage counts from its first failing check to its end, two of one monitor never twice.
    """
    since, until, now = since.astimezone(UTC), min(until, now).astimezone(UTC), now.astimezone(UTC)
    darkness = Darkness(blind, now)
    downs: dict[str, list[Stretch]] = {}
    for each in incidents:
        if counts(each):
            ended = (each.resolved_at or now).astimezone(UTC)
            downs.setdefault(each.monitor, []).append((each.began_at.astimezone(UTC), ended))

    def seen(began: datetime, ended: datetime, scope: Scope) -> float:
        if ended <= began:
            return 0.0
        return max(0.0, (ended - began).total_seconds() - darkness.within(began, ended, scope))

    found = []
    for name, (watched_since, scope) in sorted(monitors.items()):
        first = max(since, watched_since.astimezone(UTC))
        stretches = merged((max(first, began), min(until, ended)) for began, ended in downs.get(name, ()))
        down_s = sum(seen(began, ended, scope) for began, ended in stretches)
        found.append(Availability(name, seen(first, until, scope), down_s))
    return tuple(found)


def change(now: float | None, before: float | None) -> float | None:
    """Return how much a figure changed against the period before, as a share of it; None where that cannot be told."""
    if now is None or before is None or before == 0:
        return None
    return (now - before) / before
