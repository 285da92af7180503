"""Figures as a small table, and what a list of times comes to."""

import platform
import sys
from collections.abc import Iterable, Sequence


def percentile(values: Iterable[float], fraction: float) -> float:
    """Return the nearest-rank percentile (0 < fraction <= 1)."""
    ordered = sorted(values)
    if not ordered:
        raise SystemExit("nothing was measured")
    return ordered[max(0, -int(-fraction * len(ordered) // 1) - 1)]


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table: numbers to the right, words to the left."""
    texts = [[_text(cell) for cell in row] for row in rows]
    widths = [max(len(row[place]) for row in [list(columns), *texts]) for place in range(len(columns))]
    print(f"\n{title}")
    for row in [list(columns), ["-" * width for width in widths], *texts]:
        cells = [
            cell.ljust(w) if place == 0 else cell.rjust(w)
            for place, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        print("  " + "  ".join(cells).rstrip(), flush=True)


def goal(value: float, must: float, aim: float) -> str:
    """Return which goal a figure meets: the lower the better."""
    if value <= aim:
        return f"aim ({aim:g}) met"
    return f"must ({must:g}) met" if value <= must else f"must ({must:g}) MISSED"


def machine() -> None:
    """Print what was measured on."""
    import os

    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {sys.version.split()[0]}")


def _text(cell: object) -> str:
    if isinstance(cell, float):
        return f"{cell:.1f}" if abs(cell) >= 10 else f"{cell:.2f}"
    return str(cell)
