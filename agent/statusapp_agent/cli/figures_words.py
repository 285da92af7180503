"""Figures as lines of a terminal: the change against the range before, small bars and sparklines."""

from collections.abc import Sequence

from statusapp_agent.cli.words import length
from statusapp_shared.protocol import FigureView

NOTHING = "n/a"
_SPARKS = "▁▂▃▄▅▆▇█"
_PLAIN_SPARKS = "._-=*#%@"
_BAR, _PLAIN_BAR = "█", "#"
_ALIKE = 0.05


def seconds(figure: FigureView | None, part: str = "mean") -> str:
    """Return one part of a figure; nothing to count is n/a."""
    return NOTHING if figure is None else length(getattr(figure, part))


def change_s(figure: FigureView | None, before: FigureView | None, *, plain: bool) -> str:
    """Return how a mean went against the range before: ``↓ was 33 min``, ``about as before``, nothing if unknown."""
    if figure is None or before is None:
        return "" if before is None else f"was {length(before.mean)}"
    return _went(figure.mean, before.mean, length(before.mean), plain=plain)


def change_n(count: int, before: int, *, plain: bool) -> str:
    """Return how a number went against the range before."""
    return "as before" if count == before else _went(count, before, f"{before:,}", plain=plain, exact=True)


def _went(now: float, before: float, was: str, *, plain: bool, exact: bool = False) -> str:
    if not exact and abs(now - before) <= _ALIKE * max(abs(now), abs(before)):
        return "about as before"
    up = ("up," if plain else "↑") if now > before else ("down," if plain else "↓")
    return f"{up} was {was}"


def spark(values: Sequence[float], *, plain: bool) -> str:
    """Return one character for each value, from zero to the largest; zero is the lowest."""
    most = max(values, default=0)
    ladder = _PLAIN_SPARKS if plain else _SPARKS
    if most <= 0:
        return ladder[0] * len(values)
    return "".join(ladder[0 if not value else max(1, round(value / most * 7))] for value in values)


def bar(value: float, most: float, width: int, *, plain: bool) -> str:
    """Return a bar of at most ``width`` cells; anything above zero shows."""
    if value <= 0 or most <= 0:
        return ""
    return (_PLAIN_BAR if plain else _BAR) * max(1, round(value / most * width))
