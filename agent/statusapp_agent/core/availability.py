"""Availability: the share of the time seen in which a monitor was not down, with blind time in neither part."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from statusapp_agent.core.figures import Darkness, Stretch, merged
from statusapp_agent.core.model import Incident, Purpose, Scope


@dataclass(frozen=True, slots=True)
class Availability:
    """One monitor's seconds in a range; ``share`` is None when nothing of it was seen."""

    monitor: str
    seen_s: float
    down_s: float
    blind_s: float
    outages: int

    @property
    def share(self) -> float | None:
        """0 to 1."""
        return None if self.seen_s <= 0 else 1 - self.down_s / self.seen_s


def percent(share: float | None) -> str:
    """Return an availability in words: ``99.95 %``; never 100 when something was down, n/a when nothing was seen."""
    if share is None:
        return "n/a"
    if share >= 1:
        return "100 %"
    return f"{min(share, 0.99999) * 100:.{3 if share > 0.9995 else 2}f} %"


def availability(
    incidents: Iterable[Incident],
    darkness: Darkness,
    watched_since: Mapping[str, datetime],
    since: datetime,
    until: datetime,
    now: datetime,
) -> tuple[Availability, ...]:
    """Return the availability of each monitor that was watched in a range, by name.

    Down is the union of its real incidents, merged ones too (it was down, whoever was told), from the first failing
    check to the end, wherever they began. Before a monitor was watched nothing is known of it.
    """
    since, ends = since.astimezone(UTC), min(until, now).astimezone(UTC)
    outages: dict[str, list[Incident]] = {}
    for incident in incidents:
        if incident.purpose is Purpose.REAL:
            outages.setdefault(incident.monitor, []).append(incident)
    found = []
    for monitor in sorted({*watched_since, *outages}):
        mine = outages.get(monitor, [])
        first = watched_since.get(monitor)
        begins = since if first is None else max(since, first.astimezone(UTC))
        if begins >= ends:
            continue
        if first is None and not _within(mine, begins, ends, now):
            continue  # all that is known of it lies elsewhere
        found.append(_of_one(monitor, mine, darkness, begins, ends, now))
    return tuple(found)


def _of_one(
    monitor: str, incidents: Iterable[Incident], darkness: Darkness, begins: datetime, ends: datetime, now: datetime
) -> Availability:
    mine = list(incidents)
    scope = mine[-1].scope if mine else Scope.HOST
    down = _within(mine, begins, ends, now)
    blind_s = darkness.within(begins, ends, scope)
    down_s = sum((to - at).total_seconds() - darkness.within(at, to, scope) for at, to in down)
    seen_s = max(0.0, (ends - begins).total_seconds() - blind_s)
    return Availability(monitor, seen_s, min(max(down_s, 0.0), seen_s), blind_s, len(down))


def _within(incidents: Iterable[Incident], begins: datetime, ends: datetime, now: datetime) -> list[Stretch]:
    return merged(
        (
            max(begins, each.began_at.astimezone(UTC)),
            min(ends, (each.resolved_at or now).astimezone(UTC)),
        )
        for each in incidents
    )
