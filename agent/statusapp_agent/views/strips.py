"""Strips from what is remembered: incidents say down, results say the rest, and blind time is said, not guessed."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from statusapp_agent.core.model import CheckStatus, Incident
from statusapp_agent.core.state import BlindTime
from statusapp_agent.store.strips import Cell
from statusapp_shared.strips import BLIND, DEGRADED, DOWN, FINE, NOTHING, StripsView, StripView


def strips_view(
    monitors: Iterable[str],
    cells: Iterable[Cell],
    incidents: Iterable[Incident],
    blind: Iterable[BlindTime],
    since: datetime,
    until: datetime,
    number: int,
) -> StripsView:
    """Return a strip of ``number`` cells for each monitor.

    Down is what was confirmed: the time of an incident. A failed check that was none counts as degraded, a cell
    without any result as blind where the agent was blind, else as nothing.
    """
    step = (until - since) / number
    strips = {name: [NOTHING] * number for name in monitors}
    for cell in cells:
        if cell.monitor in strips:
            strips[cell.monitor][cell.number] = _letter(cell.seen)
    for stretch in blind:
        for index in _covered(stretch.began_at, stretch.ended_at, since, step, number):
            for strip in strips.values():
                if strip[index] == NOTHING:
                    strip[index] = BLIND
    for incident in incidents:
        strip = strips.get(incident.monitor, [])
        if strip:
            for index in _covered(incident.began_at, incident.resolved_at, since, step, number):
                strip[index] = DOWN
    items = [StripView(monitor=name, cells="".join(strip)) for name, strip in sorted(strips.items())]
    return StripsView(since=since, until=until, cell_s=step.total_seconds(), items=items)


def _letter(seen: frozenset[CheckStatus]) -> str:
    if CheckStatus.DOWN in seen or CheckStatus.DEGRADED in seen:
        return DEGRADED
    return FINE if CheckStatus.UP in seen else BLIND


def _covered(began: datetime, ended: datetime | None, since: datetime, step: timedelta, number: int) -> range:
    """Return the cells that a stretch of time touches; one without an end reaches to the last."""
    first = max(0, int((began - since) / step))
    last = number - 1 if ended is None else min(number - 1, int((ended - since) / step))
    return range(first, last + 1) if ended is None or ended >= since else range(0)
