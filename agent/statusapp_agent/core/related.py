"""Which open incidents may be one and the same trouble: one depends on the other, or they began together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from statusapp_agent.core.model import Incident, Purpose
from statusapp_agent.core.phrases import length

TOGETHER = timedelta(minutes=5)
MOST = 5


@dataclass(frozen=True, slots=True)
class Related:
    """An incident that may belong to another, and why."""

    incident: Incident
    why: str


def related(incident: Incident, others: Iterable[Incident], depends_on: Mapping[str, tuple[str, ...]]) -> list[Related]:
    """Return the open incidents that may belong to an open one, the surest first; ``depends_on`` is by monitor."""
    if not incident.is_open or incident.purpose is Purpose.TEST:
        return []
    found: list[tuple[int, float, Related]] = []
    for other in others:
        if other.id == incident.id or not other.is_open or other.purpose is not incident.purpose:
            continue
        apart_s = abs((other.began_at - incident.began_at).total_seconds())
        if other.monitor in depends_on.get(incident.monitor, ()):
            found.append((0, apart_s, Related(other, f"{incident.monitor} depends on {other.monitor}")))
        elif incident.monitor in depends_on.get(other.monitor, ()):
            found.append((0, apart_s, Related(other, f"{other.monitor} depends on {incident.monitor}")))
        elif apart_s <= TOGETHER.total_seconds():
            found.append((1, apart_s, Related(other, f"began {length(apart_s)} apart")))
    return [each for _, _, each in sorted(found, key=lambda one: (one[0], one[1], one[2].incident.number))[:MOST]]
