"""Response times as bars: of table cells in HTML, which every mail reader shows without fetching anything. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_MOST = 60
_TALLEST_PX = 60
_SHORTEST_PX = 2
_BLOCKS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class Chart:
    """``bars`` are heights in pixels with whether the answer was slow; ``line`` is the same for text."""

    count: int
    scale: str
    bars: tuple[tuple[int, bool], ...]
    line: str


def chart(check: Mapping[str, Any], latencies_ms: Any) -> Chart | None:
    """Return a chart of the last response times (milliseconds, oldest first); None if there are too few to show."""
    listed = latencies_ms if isinstance(latencies_ms, list) else []
    values = [float(v) for v in listed if isinstance(v, int | float) and not isinstance(v, bool) and v >= 0][-_MOST:]
    if len(values) < 3:
        return None
    top = max(*values, 1.0)
    threshold = check.get("threshold_ms")
    slow_above = float(threshold) if isinstance(threshold, int | float) else float("inf")
    bars = tuple((max(_SHORTEST_PX, round(v / top * _TALLEST_PX)), v > slow_above) for v in values)
    line = "".join(_BLOCKS[min(len(_BLOCKS) - 1, int(v / top * len(_BLOCKS)))] for v in values)
    return Chart(len(values), f"the tallest is {_in_words(top)}", bars, line)


def _in_words(ms: float) -> str:
    return f"{ms / 1000:.1f} s" if ms >= 1000 else f"{ms:.0f} ms"
