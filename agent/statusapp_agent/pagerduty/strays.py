"""Incidents that are open at PagerDuty under our name and belong to nothing that is open here. Pure.

One is believed only when it was seen twice, some time apart: what has just been resolved is shown as open for a while.
"""

from collections.abc import Iterable

TWICE_S = 30.0
AGAIN_S = 300.0


class Strays:
    """What was seen of them, by dedup key: when first, and when it was last told."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[float, float | None]] = {}

    def __len__(self) -> int:
        return len(self._seen)

    def due(self, keys: Iterable[str], now_s: float) -> tuple[str, ...]:
        """Take in which are open now; return those to be closed, each not more often than every five minutes."""
        before, self._seen, due = self._seen, {}, []
        for key in sorted(set(keys)):
            first_s, told_s = before.get(key, (now_s, None))
            if now_s - first_s >= TWICE_S and (told_s is None or now_s - told_s >= AGAIN_S):
                due.append(key)
                told_s = now_s
            self._seen[key] = (first_s, told_s)
        return tuple(due)
