"""Which monitors are due: a heap on the monotonic clock, on a fixed fine grid, without drift.

Wake-ups cost more than requests: all due times lie on a grid of 50 ms, so that many checks share one wake-up. Each
monitor keeps its own slot, spread over its interval by its name, so its period stays exact however long a check takes.
"""

import heapq
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

GRID_S = 0.05
SETTLE_IN_S = 5.0
"""A new monitor is first checked within this time, and from then on in its own slot."""


@dataclass(slots=True)
class Turn:
    """When a monitor is due next, and its ordinary slot: due times are ``phase_s`` modulo ``interval_s``."""

    interval_s: float
    phase_s: float
    due_s: float
    extra: bool = False


class Timetable:
    """Due times of all monitors. Times are seconds of the monotonic clock."""

    def __init__(self) -> None:
        self._turns: dict[str, Turn] = {}
        self._heap: list[tuple[float, str]] = []

    def __len__(self) -> int:
        return len(self._turns)

    def put(self, name: str, interval_s: float, now_s: float) -> None:
        """Add a monitor, or give it another interval; the first check comes soon."""
        known = self._turns.get(name)
        if known is not None and known.interval_s == interval_s:
            return
        share = zlib.crc32(name.encode()) / 2**32
        phase = _on_grid(share * interval_s)
        soon = now_s + share * min(interval_s, SETTLE_IN_S)
        self._set(name, Turn(interval_s, phase, _on_grid(soon), extra=True))

    def remove(self, name: str) -> None:
        """Forget a monitor."""
        self._turns.pop(name, None)

    def move(self, name: str, due_s: float | None, now_s: float) -> None:
        """Check a monitor at a given time instead of in its slot; ``None``: back to its slots."""
        turn = self._turns.get(name)
        if turn is None or (due_s is None and not turn.extra):
            return
        turn.extra = due_s is not None
        due = _next_slot(turn, now_s) if due_s is None else due_s
        self._set(name, Turn(turn.interval_s, turn.phase_s, due, turn.extra))

    def due(self, now_s: float) -> list[tuple[str, float]]:
        """Return the monitors whose time has come, with that time, and put each at its next slot."""
        ready = []
        while self._heap and self._heap[0][0] <= now_s:
            due_s, name = heapq.heappop(self._heap)
            turn = self._turns.get(name)
            if turn is None or turn.due_s != due_s:
                continue
            ready.append((name, due_s))
            following = _next_slot(turn, due_s)
            if following <= now_s:
                # We come late by more than a period: turns that were missed are missed, not made up in a burst.
                following = _next_slot(turn, now_s)
            self._set(name, Turn(turn.interval_s, turn.phase_s, following, extra=False))
        return ready

    def next_due(self) -> float | None:
        """Return the time of the next turn, None when there is none."""
        while self._heap:
            due_s, name = self._heap[0]
            turn = self._turns.get(name)
            if turn is not None and turn.due_s == due_s:
                return due_s
            heapq.heappop(self._heap)
        return None

    def due_of(self, name: str) -> float | None:
        """Return when a monitor is due next."""
        turn = self._turns.get(name)
        return turn.due_s if turn else None

    def names(self) -> Iterable[str]:
        """Return all monitors in the timetable."""
        return self._turns.keys()

    def _set(self, name: str, turn: Turn) -> None:
        self._turns[name] = turn
        heapq.heappush(self._heap, (turn.due_s, name))


def _on_grid(seconds: float) -> float:
    return -(-seconds // GRID_S) * GRID_S


def _next_slot(turn: Turn, after_s: float) -> float:
    """Return the first slot at least half an interval after a moment: an extra check is not followed at once."""
    earliest = after_s + turn.interval_s / 2
    periods = -((turn.phase_s - earliest) // turn.interval_s) if earliest > turn.phase_s else 0
    slot = turn.phase_s + periods * turn.interval_s
    return slot if slot >= earliest else slot + turn.interval_s
