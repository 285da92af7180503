"""What can go wrong between two programs, one fault for each request, from a script or by chance: for rehearsals."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Status:
    """Answered with this instead; the event is not taken in."""

    code: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResetBefore:
    """The connection is reset; the event is not taken in."""


@dataclass(frozen=True, slots=True)
class ResetAfter:
    """The event is taken in; the connection is reset instead of an answer."""


@dataclass(frozen=True, slots=True)
class Hang:
    """No answer ever comes; the event is taken in if ``taken``."""

    taken: bool = False


@dataclass(frozen=True, slots=True)
class Drip:
    """The event is taken in; status and headers come at once, the body a byte every ``every_s`` seconds."""

    every_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Late:
    """The connection is reset; the event is taken in only after ``events`` others were, as out of a slow queue."""

    events: int = 1


@dataclass(frozen=True, slots=True)
class Garbage:
    """Answered with 202 and a web page; the event is taken in if ``taken``."""

    taken: bool = True


Fault = Status | ResetBefore | ResetAfter | Hang | Drip | Late | Garbage


class Plan(Protocol):
    """Says what goes wrong with the next request; None: nothing."""

    def next(self) -> Fault | None:
        """Return the fault for the request that has just arrived."""


class Script:
    """The given faults in their order, None for a request that goes well; when they are used up, all goes well."""

    def __init__(self, *faults: Fault | None) -> None:
        self._left: list[Fault | None] = list(faults)

    def add(self, *faults: Fault | None) -> None:
        """Have more go wrong after what was given before."""
        self._left.extend(faults)

    def next(self) -> Fault | None:
        """Return the next of them."""
        return self._left.pop(0) if self._left else None


class Always:
    """One fault for every request, until it is replaced."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault

    def next(self) -> Fault | None:
        """Return it."""
        return self._fault


# Without those that hold a connection for a client's whole patience: a rehearsal of thousands of requests must end.
BRISK: tuple[Fault, ...] = (
    Status(500, b'{"status":"error","message":"Internal Server Error"}'),
    Status(502, b"<html>Bad Gateway</html>"),
    Status(503, b""),
    ResetBefore(),
    ResetAfter(),
    Late(1),
    Late(3),
    Garbage(taken=True),
    Garbage(taken=False),
)


class Chance:
    """One of ``faults`` with a probability, from a seed: the same seed tells the same story."""

    def __init__(self, probability: float, seed: int, faults: Iterable[Fault] = BRISK) -> None:
        if not 0 <= probability <= 1:
            raise ValueError(f"a probability lies between 0 and 1, not at {probability:g}")
        self._probability = probability
        self._random = random.Random(seed)  # noqa: S311 (a rehearsal that can be repeated, not a secret)
        self._faults = tuple(faults)

    def next(self) -> Fault | None:
        """Throw the dice."""
        if self._random.random() >= self._probability:
            return None
        return self._random.choice(self._faults)
