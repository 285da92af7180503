"""What a review is made of: all that is known of its period and of the one before, read from the history at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from statusapp_agent.core.figures import Figures, figures
from statusapp_agent.core.measures import Availability, Measures, availability, measures
from statusapp_agent.core.model import Incident, Monitor, Scope
from statusapp_agent.core.patterns import Pattern, patterns
from statusapp_agent.core.state import Change
from statusapp_agent.review.periods import Period
from statusapp_agent.store import history

_MOST_INCIDENTS = 100_000


@dataclass(frozen=True, slots=True)
class Side:
    """One stretch of time: its incidents, newest first, its figures and its measures."""

    incidents: tuple[Incident, ...]
    figures: Figures
    measures: Measures


@dataclass(frozen=True, slots=True)
class Material:
    """A period, the same stretch before it, and what is known of both."""

    period: Period
    now: datetime
    zone: tzinfo
    this: Side
    before: Side
    still_open: tuple[Incident, ...]
    availability: tuple[Availability, ...]
    patterns: tuple[Pattern, ...]
    changes: tuple[Change, ...]
    monitors: Mapping[str, Monitor]


def gather(
    path: Path,
    period: Period,
    now: datetime,
    zone: tzinfo,
    monitors: Mapping[str, Monitor],
    watched: Mapping[str, tuple[datetime, Scope]],
) -> Material:
    """Read the history for a period. ``watched`` says since when each monitor is watched, and how far away it is."""
    touching = history.touching(path, period.since, period.until)
    blind = history.blind_times(path, period.since, period.until)
    this = side(path, period.since, period.until, now, zone)
    changes = history.changes(path, period.since, period.until)
    return Material(
        period=period,
        now=now,
        zone=zone,
        this=this,
        before=side(path, period.before_since, period.before_until, now, zone),
        still_open=tuple(each for each in touching if each.is_open),
        availability=availability(watched, touching, blind, period.since, period.until, now),
        patterns=patterns(this.incidents, monitors, changes, zone),
        changes=tuple(changes),
        monitors=monitors,
    )


def side(path: Path, since: datetime, until: datetime, now: datetime, zone: tzinfo) -> Side:
    """Read the incidents that were opened in a stretch, with their figures by monitor."""
    found = history.incidents(path, since=since, until=until, purpose="real", limit=_MOST_INCIDENTS)
    earliest = min((each.began_at for each in found), default=since)
    latest = max((each.resolved_at or now for each in found), default=until)
    blind = history.blind_times(path, min(earliest, since), max(latest, until))
    counted = figures(found, blind, since, until, now, "monitor", zone=zone)
    told = history.told_of(path, [each.id for each in found])
    earlier = history.incidents(path, since=since - (until - since), until=since, purpose="real", limit=1000)
    return Side(tuple(found), counted, measures(found, earlier, told, zone))
