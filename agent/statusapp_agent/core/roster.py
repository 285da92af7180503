"""Who takes turns at being on call: people, rotations with their levels, and overrides, as the settings say them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from statusapp_agent.core.hours import Hours
from statusapp_agent.core.model import Person

ALL = "all"


@dataclass(frozen=True, slots=True)
class Layer:
    """One level of a rotation: ``people`` in their order, each for ``turn_h`` hours of local time.

    The first turn begins on ``starts`` at ``handoff_minute``; before that nobody is on. With ``hours`` the turns go on,
    and somebody is on call only within them.
    """

    people: tuple[str, ...]
    turn_h: int
    starts: date
    handoff_minute: int = 0
    hours: tuple[Hours, ...] = ()


@dataclass(frozen=True, slots=True)
class Rotation:
    """A rotation in its time zone. The first layer is reached first; the next ones are its further levels.

    ``remind`` names the channel that tells of hand-offs, ``remind_before_s`` ahead of them and when they happen.
    """

    name: str
    timezone: str
    layers: tuple[Layer, ...]
    remind: str | None = None
    remind_before_s: float = 1800.0


@dataclass(frozen=True, slots=True)
class Override:
    """A person takes a level of a rotation over for a time, whoever's turn it is and whatever its hours are."""

    name: str
    rotation: str
    person: str
    starts_at: datetime
    ends_at: datetime
    level: int = 1


@dataclass(frozen=True, slots=True)
class Roster:
    """All of it, by name; of overrides that overlap the last one written is in force."""

    people: Mapping[str, Person] = field(default_factory=dict)
    rotations: Mapping[str, Rotation] = field(default_factory=dict)
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """What settings of channels name after ``oncall:``; ``level`` None is the first on which somebody is, 0 is all."""

    rotation: str
    level: int | None = None


def reference(text: str) -> Reference:
    """Read ``ROTATION``, ``ROTATION/2`` or ``ROTATION/all``; raises ValueError with a sentence."""
    rotation, slash, level = text.partition("/")
    if not slash:
        return Reference(rotation)
    if level == ALL:
        return Reference(rotation, 0)
    if not (level.isascii() and level.isdigit() and 1 <= int(level) <= 99):
        raise ValueError(f'after the slash of "oncall:{text}" stands a level such as 2, or "all"')
    return Reference(rotation, int(level))
