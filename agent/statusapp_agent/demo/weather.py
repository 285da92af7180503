"""What goes wrong in the sample quarter, and when: drawn by seed, so that the same seed tells the same story."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from statusapp_agent.demo.household import CHANGES, RETRY_S, THINGS, Thing

DAY = timedelta(days=1)
LIVE = "door-camera"
"""What is still down when the sample data end, so that there is something to look at."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A time in which something does not answer, and what its check says then."""

    began_at: datetime
    ended_at: datetime
    cause: str


@dataclass(slots=True)
class Weather:
    """All troubles by monitor, the change events, and the hours in which this computer slept."""

    troubles: dict[str, list[Trouble]] = field(default_factory=dict)
    changes: list[tuple[datetime, str]] = field(default_factory=list)
    asleep: list[tuple[datetime, datetime]] = field(default_factory=list)


def weather(since: datetime, until: datetime, seed: int) -> Weather:
    """Return what happens between two moments."""
    dice = random.Random(seed)  # noqa: S311 - a story, not a secret
    made = Weather()
    made.changes = list(_changes(since, until, dice))
    for thing in THINGS:
        drawn = [*_ordinary(thing, since, until, dice), *_habit(thing, made, since, until, dice)]
        drawn += _blips(thing, since, until, dice)
        made.troubles[thing.name] = _apart(drawn)
    # What stands on the NAS goes with it; nobody has written that down as a dependency.
    with_nas = [
        Trouble(each.began_at + timedelta(seconds=dice.uniform(1, 40)), each.ended_at, "HTTP status 502")
        for each in made.troubles["nas"]
        if each.ended_at - each.began_at > timedelta(minutes=2)
    ]
    made.troubles["photo-library"] = _apart([*made.troubles["photo-library"], *with_nas])
    made.troubles[LIVE] = _apart([*made.troubles[LIVE], Trouble(until - timedelta(minutes=41), until, _live_cause())])
    for night in _days(since, until):
        if dice.random() < 0.04:
            began = night + timedelta(hours=1, minutes=dice.uniform(0, 180))
            made.asleep.append((began, began + timedelta(minutes=dice.uniform(25, 150))))
    return made


def _live_cause() -> str:
    return next(thing.cause for thing in THINGS if thing.name == LIVE)


def _days(since: datetime, until: datetime) -> Iterator[datetime]:
    day = since.replace(hour=0, minute=0, second=0, microsecond=0) + DAY
    while day + DAY < until:
        yield day
        day += DAY


def _changes(since: datetime, until: datetime, dice: random.Random) -> Iterator[tuple[datetime, str]]:
    for number, day in enumerate(_days(since, until)):
        if day.weekday() in (1, 3) and dice.random() < 0.6:
            yield day + timedelta(hours=dice.uniform(9, 17)), dice.choice(CHANGES).format(n=number)


def _ordinary(thing: Thing, since: datetime, until: datetime, dice: random.Random) -> Iterator[Trouble]:
    days = (until - since) / DAY
    for _ in range(round(thing.outages * days / 90 + dice.random() - 0.5)):
        began = since + (until - since) * dice.random()
        yield Trouble(began, began + timedelta(minutes=dice.lognormvariate(0, 0.7) * thing.minutes), thing.cause)


def _habit(thing: Thing, made: Weather, since: datetime, until: datetime, dice: random.Random) -> Iterator[Trouble]:
    match thing.habit:
        case "nightly":
            yield from _nightly(thing, since, until, dice)
        case "flaps":
            yield from _flapping(thing, since, until, dice)
        case "after changes":
            for at, _ in made.changes:
                if dice.random() < 0.45:
                    began = at + timedelta(minutes=dice.uniform(1, 9))
                    yield Trouble(began, began + timedelta(minutes=dice.uniform(3, 15)), thing.cause)
        case _:
            pass


def _nightly(thing: Thing, since: datetime, until: datetime, dice: random.Random) -> Iterator[Trouble]:
    for day in _days(since, until):
        if dice.random() < 0.35:
            began = day + timedelta(hours=2, minutes=dice.uniform(1, 9))
            yield Trouble(began, began + timedelta(minutes=dice.uniform(1.5, 5)), thing.cause)


def _flapping(thing: Thing, since: datetime, until: datetime, dice: random.Random) -> Iterator[Trouble]:
    for day in _days(since, until):
        if dice.random() < 0.06:
            began = day + timedelta(hours=dice.uniform(17, 22))
            for _ in range(dice.randint(3, 5)):
                yield Trouble(began, began + timedelta(minutes=dice.uniform(1.5, 3)), thing.cause)
                began += timedelta(minutes=dice.uniform(7, 13))


def _blips(thing: Thing, since: datetime, until: datetime, dice: random.Random) -> Iterator[Trouble]:
    """Yield what is over before it is confirmed: one check, or two."""
    for _ in range(round((until - since) / DAY * 0.4)):
        began = since + (until - since) * dice.random()
        yield Trouble(began, began + timedelta(seconds=dice.uniform(1, 1.6 * RETRY_S)), thing.cause)


def _apart(troubles: Sequence[Trouble]) -> list[Trouble]:
    """Return troubles in order, without those that begin within another."""
    kept: list[Trouble] = []
    for each in sorted(troubles, key=lambda trouble: trouble.began_at):
        if not kept or each.began_at > kept[-1].ended_at:
            kept.append(each)
    return kept
