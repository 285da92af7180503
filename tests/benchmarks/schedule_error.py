"""How punctual checks are: from the moment a check is due to its connection at the target, and drift over time.

    python -m tests.benchmarks.schedule_error [--monitors 1000] [--interval 10] [--seconds 60]

A real agent; all times are of the machine's monotonic clock, on which the timetable's slots lie: a monitor's due times
are known from its name and interval alone. What is measured includes the connection to the target.
"""

import argparse
import asyncio
import math
import time
from collections import defaultdict

from statusapp_agent.timetable import Timetable
from tests.benchmarks._figures import goal, machine, percentile, table
from tests.benchmarks._process import running_agent
from tests.benchmarks._settings import watching
from tests.benchmarks._target import GOOD, Target

MUST_MS, AIM_MS = 25.0, 6.0
_DRIFT_MS = 2.0
"""What the middle of the errors may move by chance between the first and the last third."""


def _slot(name: str, interval_s: float) -> float:
    """Return a monitor's place in its interval, as the timetable chooses it."""
    timetable = Timetable()
    timetable.put(name, interval_s, 0.0)
    timetable.due(interval_s)
    return (timetable.due_of(name) or 0.0) % interval_s


async def measure(monitors: int, interval_s: float, seconds: float) -> tuple[dict[str, list[tuple[float, float]]], int]:
    """Return for each monitor (time of a check, seconds that it came after its slot), and how many are missing."""
    arrivals: dict[str, list[float]] = defaultdict(list)
    target = Target(lambda _: GOOD, lambda path, came_at, _: arrivals[path[1:]].append(came_at))
    await target.start()
    urls = [target.url(f"/m{number}") for number in range(monitors)]
    async with running_agent(watching(urls, interval_s=interval_s)) as running:
        # The first checks come sooner than their slots.
        await asyncio.sleep(interval_s + 6)
        began = time.monotonic()
        await asyncio.sleep(seconds)
        ended = time.monotonic()
        assert running.process.poll() is None
    await target.stop()
    found: dict[str, list[tuple[float, float]]] = {}
    expected = 0
    for number in range(monitors):
        slot = _slot(f"m{number}", interval_s)
        first, last = math.ceil((began - slot) / interval_s), math.floor((ended - 1 - slot) / interval_s)
        dues = [slot + turn * interval_s for turn in range(first, last + 1)]
        expected += len(dues)
        found[f"m{number}"] = [
            (due, came - due)
            for due in dues
            if (came := next((at for at in arrivals[f"m{number}"] if due - 0.001 <= at < due + interval_s / 2), None))
        ]
    return found, expected - sum(map(len, found.values()))


def _thirds(errors: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the middle error of the first and of the last third, in milliseconds."""
    ordered = [late for _, late in sorted(errors)]
    third = max(1, len(ordered) // 3)
    return percentile(ordered[:third], 0.5) * 1000, percentile(ordered[-third:], 0.5) * 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--monitors", type=int, default=1000)
    parser.add_argument("--interval", type=float, default=10.0, metavar="SECONDS")
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    machine()
    found, missing = asyncio.run(measure(options.monitors, options.interval, options.seconds))
    errors = [error for each in found.values() for error in each]
    late_ms = [late * 1000 for _, late in errors]
    first, last = _thirds(errors)
    p99 = percentile(late_ms, 0.99)
    table(
        f"{options.monitors} web addresses every {options.interval:g} s, {len(errors)} checks in {options.seconds:g} s",
        ("ms after the due time", "p50", "p99", "max", "first third p50", "last third p50", "turns missed"),
        [("connection at the target", percentile(late_ms, 0.5), p99, max(late_ms), first, last, missing)],
    )
    drift = "none" if abs(last - first) <= _DRIFT_MS and not missing else f"{last - first:.2f} ms"
    print(f"\n  p99: {goal(p99, MUST_MS, AIM_MS)}; drift: {drift}")


if __name__ == "__main__":
    main()
