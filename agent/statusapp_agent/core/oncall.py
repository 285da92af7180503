"""Who is on call: now, at another moment, over a stretch of time, and when nobody is."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from statusapp_agent.core import turns
from statusapp_agent.core.model import Person
from statusapp_agent.core.roster import Override, Roster, Rotation, reference

_LOOK = timedelta(days=15)
FARTHEST = timedelta(days=400)
"""Nobody plans farther ahead; who is on for longer than this is on for good."""


@dataclass(frozen=True, slots=True)
class Shift:
    """A stretch of time of one level with one person, or nobody; ``override`` is the name of the one in force."""

    level: int
    person: str | None
    began_at: datetime
    ends_at: datetime
    override: str | None = None


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is on call on a level at a moment. ``until`` is None when no end is in sight; ``then`` is who follows."""

    level: int
    person: str
    until: datetime | None
    then: str | None
    override: str | None = None


@dataclass(frozen=True, slots=True)
class Handoff:
    """A moment at which a level goes from one person to another; None is nobody."""

    at: datetime
    level: int
    off: str | None
    on: str | None


def levels(rotation: Rotation) -> range:
    """Return the numbers of a rotation's levels: 1 is reached first."""
    return range(1, len(rotation.layers) + 1)


def person_on(roster: Roster, rotation: Rotation, level: int, at: datetime) -> tuple[str | None, str | None]:
    """Return who is on call on a level, and the name of the override that says so if one does."""
    for override in reversed(_overrides(roster, rotation, level)):
        if override.starts_at <= at < override.ends_at:
            return override.person, override.name
    return turns.on_layer(rotation.layers[level - 1], ZoneInfo(rotation.timezone), at), None


def who(roster: Roster, rotation: Rotation, at: datetime) -> tuple[Duty, ...]:
    """Return who is on call at a moment, the one to reach first first; empty when nobody is."""
    found = []
    for level in levels(rotation):
        person, override = person_on(roster, rotation, level, at)
        if person is not None:
            until = _changes_at(roster, rotation, level, at)
            then = person_on(roster, rotation, level, until)[0] if until is not None else None
            found.append(Duty(level, person, until, then, override))
    return tuple(found)


def reach(roster: Roster, text: str, at: datetime) -> tuple[Person, ...]:
    """Return the people whom ``oncall:TEXT`` reaches at a moment; empty where nobody is, or nothing is called so.

    A rotation alone is whoever is on its first level; where nobody is on that one, on the next.
    """
    try:
        wanted = reference(text)
    except ValueError:
        return ()
    rotation = roster.rotations.get(wanted.rotation)
    if rotation is None:
        return ()
    on = {level: person_on(roster, rotation, level, at)[0] for level in levels(rotation)}
    names = [name for level, name in on.items() if name is not None and wanted.level in (None, 0, level)]
    if wanted.level is None:
        names = names[:1]
    return tuple(roster.people[name] for name in dict.fromkeys(names) if name in roster.people)


def shifts(roster: Roster, rotation: Rotation, level: int, start: datetime, until: datetime) -> list[Shift]:
    """Return the shifts of a level between two moments: they tile that time, those with nobody included."""
    found: list[Shift] = []
    marks = [start, *_edges(roster, rotation, [level], start, until), until]
    for began, ends in itertools.pairwise(marks):
        person, override = person_on(roster, rotation, level, began)
        if found and (found[-1].person, found[-1].override) == (person, override):
            found[-1] = Shift(level, person, found[-1].began_at, ends, override)
        elif began < ends:
            found.append(Shift(level, person, began, ends, override))
    return found


def handoffs(roster: Roster, rotation: Rotation, start: datetime, until: datetime) -> list[Handoff]:
    """Return the hand-offs after one moment and until another, in their order; an override may begin without one."""
    found = []
    for level in levels(rotation):
        tiles = shifts(roster, rotation, level, start, until + timedelta(microseconds=1))
        found += [
            Handoff(after.began_at, level, before.person, after.person)
            for before, after in itertools.pairwise(tiles)
            if before.person != after.person
        ]
    return sorted(found, key=lambda handoff: (handoff.at, handoff.level))


def next_handoff(roster: Roster, rotation: Rotation, at: datetime) -> Handoff | None:
    """Return the next hand-off on any level, None when none is in sight."""
    start = at
    while start - at < FARTHEST:
        if found := handoffs(roster, rotation, start, start + _LOOK):
            return found[0]
        start += _LOOK
    return None


def gaps(roster: Roster, rotation: Rotation, start: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """Return the stretches between two moments in which nobody is on call on any level, by their exact ends."""
    found: list[tuple[datetime, datetime]] = []
    marks = [start, *_edges(roster, rotation, levels(rotation), start, until), until]
    for began, ends in itertools.pairwise(marks):
        if any(person_on(roster, rotation, level, began)[0] is not None for level in levels(rotation)):
            continue
        if found and found[-1][1] == began:
            found[-1] = (found[-1][0], ends)
        elif began < ends:
            found.append((began, ends))
    return found


def _changes_at(roster: Roster, rotation: Rotation, level: int, at: datetime) -> datetime | None:
    """Return when somebody else, or nobody, comes on a level; None when that is not in sight."""
    return _until(rotation, tuple(_overrides(roster, rotation, level)), level, at)


@lru_cache(maxsize=1024)
def _until(rotation: Rotation, overrides: tuple[Override, ...], level: int, at: datetime) -> datetime | None:
    # Kept, because a look at thousands of monitors asks the same for each of them.
    roster = Roster(overrides=overrides)
    now, start = person_on(roster, rotation, level, at)[0], at
    while start - at < FARTHEST:
        for edge in [*_edges(roster, rotation, [level], start, start + _LOOK), start + _LOOK]:
            if person_on(roster, rotation, level, edge)[0] != now:
                return edge
        start += _LOOK
    return None


def _edges(
    roster: Roster, rotation: Rotation, of: Iterable[int], start: datetime, until: datetime
) -> Sequence[datetime]:
    """Return the moments between two others, sorted, at which somebody else may come on."""
    zone = ZoneInfo(rotation.timezone)
    found: set[datetime] = set()
    for level in of:
        found.update(turns.edges(rotation.layers[level - 1], zone, start, until))
        for override in _overrides(roster, rotation, level):
            found.update(edge for edge in (override.starts_at, override.ends_at) if start < edge < until)
    return sorted(found)


def _overrides(roster: Roster, rotation: Rotation, level: int) -> list[Override]:
    return [each for each in roster.overrides if each.rotation == rotation.name and each.level == level]
