"""Blind time as figures need it: how much of a stretch could not be seen, for a target of which scope."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime

from statusapp_agent.core.model import Scope
from statusapp_agent.core.state import BlindTime

Stretch = tuple[datetime, datetime]


class Darkness:
    """The blind time that targets of each scope have seen: stretches in order, without overlap."""

    def __init__(self, blind: Iterable[BlindTime], now: datetime) -> None:
        found = [(each.scope, each.began_at.astimezone(UTC), (each.ended_at or now).astimezone(UTC)) for each in blind]
        # A stretch is written down for each scope that was blind, so a nearer one says nothing of those beyond it;
        # a stopped or sleeping agent (HOST) sees nothing at all.
        self._stretches: dict[Scope | None, list[Stretch]] = {
            scope: merged((began, ended) for dark, began, ended in found if dark in (Scope.HOST, scope))
            for scope in Scope
        }
        self._stretches[None] = merged((began, ended) for _, began, ended in found)
        self._begins = {scope: [began for began, _ in known] for scope, known in self._stretches.items()}

    def within(self, began: datetime, ended: datetime, scope: Scope | None) -> float:
        """Return the blind seconds between two moments in UTC, for a target of a scope; None: of any."""
        begins = self._begins[scope]
        first, last = max(0, bisect_right(begins, began) - 1), bisect_left(begins, ended)
        overlaps = (min(light, ended) - max(dark, began) for dark, light in self._stretches[scope][first:last])
        return sum(max(0.0, overlap.total_seconds()) for overlap in overlaps)


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Return stretches in order and without overlap; one that ends before it begins is left out."""
    joined: list[Stretch] = []
    for began, ended in sorted(stretches):
        if ended <= began:  # a clock that was set back while we were blind
            continue
        if joined and began <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(ended, joined[-1][1]))
        else:
            joined.append((began, ended))
    return joined


def seen_s(began: datetime, ended: datetime, scope: Scope, darkness: Darkness) -> float:
    """Return the seconds between two moments that were not blind; 0 where a clock was set back in between."""
    began, ended = began.astimezone(UTC), ended.astimezone(UTC)
    if ended <= began:
        return 0.0
    return max(0.0, (ended - began).total_seconds() - darkness.within(began, ended, scope))
