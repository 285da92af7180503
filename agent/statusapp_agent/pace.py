"""How often one credential may be used: never more than so many times within a minute, as the other side counts.

The other side counts when a request reaches it, which we cannot see: some time between the start of a send and its end.
So a send counts from the moment at which it is asked for, and stops counting a minute after its end.
"""

from collections import deque
from collections.abc import Iterable

WINDOW_S = 60.0


class Pace:
    """The sends of one credential: those under way by number, and when those of the last minute ended.

    Times are monotonic seconds, and never older than what was handed in before.
    """

    def __init__(self, ended: Iterable[float] = ()) -> None:
        self.under_way: set[int] = set()
        self.ended = deque(sorted(ended))

    def begin(self, number: int) -> None:
        """Count a send that is asked for."""
        self.under_way.add(number)

    def end(self, number: int, now_s: float) -> None:
        """Let a send's minute begin to run out."""
        if number in self.under_way:
            self.under_way.remove(number)
            self.ended.append(now_s)

    def leave_out(self, number: int) -> None:
        """Forget a send that was asked for and did not take place."""
        self.under_way.discard(number)

    def join(self, other: "Pace") -> None:
        """Count what another one has counted, too."""
        self.under_way |= other.under_way
        self.ended = deque(sorted((*self.ended, *other.ended)))

    def room(self, per_minute: int, now_s: float) -> int:
        """Return how many more sends may begin now."""
        while self.ended and self.ended[0] <= now_s - WINDOW_S:
            self.ended.popleft()
        return max(0, per_minute - len(self.ended) - len(self.under_way))

    def next_room_s(self, now_s: float) -> float | None:
        """Return the seconds until the oldest send stops counting; None while all are under way."""
        return self.ended[0] + WINDOW_S - now_s if self.ended else None
