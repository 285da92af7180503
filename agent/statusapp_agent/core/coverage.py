"""When nobody is on call: the stretches of a range that no turn covers."""

from collections.abc import Iterable
from datetime import datetime

from statusapp_agent.core.paging_facts import TurnFacts

Stretch = tuple[datetime, datetime]


def gaps(turns: Iterable[TurnFacts], since: datetime, until: datetime) -> list[Stretch]:
    """Return what no turn covers between two moments, in order. Turns may overlap, and last for ever."""
    found: list[Stretch] = []
    covered_to = since
    for starts, ends in sorted((each.starts_at or since, each.ends_at or until) for each in turns):
        if ends <= starts:
            continue
        if starts >= until:
            break
        if starts > covered_to:
            found.append((covered_to, starts))
        covered_to = max(covered_to, ends)
    if covered_to < until:
        found.append((covered_to, until))
    return found


def at(turns: Iterable[TurnFacts], moment: datetime) -> list[TurnFacts]:
    """Return whose turn it is at a moment."""
    return [
        each
        for each in turns
        if (each.starts_at is None or each.starts_at <= moment) and (each.ends_at is None or moment < each.ends_at)
    ]
