"""From the confirming failure to the accepted page, with everything written down before it is sent.

    python -m tests.benchmarks.page_latency [--incidents 250] [--interval 5] [--seconds 25]

A real agent and a real server that stands in for PagerDuty. Monitors break one after the other; two failures, a second
apart, confirm. The clock starts when the failing answer leaves the target, and stops when the stand-in accepts the
page. Of each page it is looked up in the agent's database, from outside, that its try was written down before.
"""

import argparse
import asyncio
import contextlib
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from statusapp_agent.demo.pagerduty_model import PagerDutyModel, Reply
from tests.benchmarks._desk import UNLIMITED, Witness, accepted, commit_ms, desk
from tests.benchmarks._figures import goal, machine, percentile, table
from tests.benchmarks._process import running_agent
from tests.benchmarks._settings import pagerduty, watching
from tests.benchmarks._target import BAD, GOOD, Target

MUST_MS, AIM_MS = (15.0, 100.0), (5.0, 50.0)
CONFIRMED_MUST_S, CONFIRMED_AIM_S = 2.1, 1.05
_LEFT_OVER_S = 15.0


@dataclass(slots=True)
class Measured:
    """Seconds from the last and from the first failing answer to each page, and how many were not written down."""

    from_confirming: list[float] = field(default_factory=list)
    from_first: list[float] = field(default_factory=list)
    missing: int = 0
    unwritten: int = 0
    commit_ms: tuple[float, float] = (0.0, 0.0)


class _Looking(PagerDutyModel):
    """A model that looks, whenever an event comes, whether the agent has written it down."""

    witness: Witness | None = None
    unwritten = 0

    def take(self, path: str, body: bytes, now: Any) -> Reply:
        reply = super().take(path, body, now)
        key = str(reply.body.get("dedup_key", ""))
        if self.witness is not None and not self.witness.is_being_sent(key.rpartition("/")[2]):
            self.unwritten += 1
        return reply


async def measure(incidents: int, interval_s: float, seconds: float) -> Measured:
    """Break ``incidents`` monitors over so many seconds and see each paged."""
    broken: set[str] = set()
    failures: dict[str, list[float]] = defaultdict(list)

    def note(path: str, _came_at: float, left_at: float) -> None:
        if path in broken:
            failures[path[1:]].append(left_at)

    target = Target(lambda path: BAD if path in broken else GOOD, note)
    await target.start()
    found = Measured()
    model = _Looking(limit=1_000_000)
    async with desk(model=model) as service:
        urls = [target.url(f"/m{number}") for number in range(incidents)]
        settings = watching(
            urls,
            interval_s=interval_s,
            channel=pagerduty(service.url, UNLIMITED),
            failures=2,
            retry_interval='"1s"',
            channels='["pd"]',
        )
        async with running_agent(settings) as running:
            found.commit_ms = await asyncio.to_thread(commit_ms, running.folder)
            model.witness = Witness(Path(running.folder, "data"))
            await asyncio.sleep(interval_s + 5)
            begin = time.monotonic()
            for number in range(incidents):
                await asyncio.sleep(max(0.0, begin + number * seconds / incidents - time.monotonic()))
                broken.add(f"/m{number}")
            with contextlib.suppress(TimeoutError):
                await service.until(lambda: len(accepted(service)) >= incidents, interval_s + _LEFT_OVER_S)
            model.witness.close()
        pages = accepted(service)
    await target.stop()
    for name, at in pages.items():
        before = [left for left in failures[name] if left < at]
        found.from_confirming.append(at - before[-1])
        found.from_first.append(at - before[0])
    found.missing, found.unwritten = incidents - len(pages), model.unwritten
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--incidents", type=int, default=250)
    parser.add_argument("--interval", type=float, default=5.0, metavar="SECONDS")
    parser.add_argument("--seconds", type=float, default=25.0, help="over which they break")
    options = parser.parse_args()
    machine()
    found = asyncio.run(measure(options.incidents, options.interval, options.seconds))
    confirming = [s * 1000 for s in found.from_confirming]
    first = [s * 1000 for s in found.from_first]
    rows = [
        (name, percentile(times, 0.5), percentile(times, 0.99), max(times))
        for name, times in (("confirming failure -> page", confirming), ("first failure -> page", first))
    ]
    rows.append(("(one durable commit here)", *found.commit_ms, "-"))
    table(f"{len(confirming)} incidents, milliseconds", ("", "p50", "p99", "max"), rows)
    p50, p99 = percentile(confirming, 0.5), percentile(confirming, 0.99)
    print(f"\n  p50: {goal(p50, MUST_MS[0], AIM_MS[0])} ms; p99: {goal(p99, MUST_MS[1], AIM_MS[1])} ms")
    print(f"  confirmed by a second check: {goal(percentile(first, 0.5) / 1000, CONFIRMED_MUST_S, CONFIRMED_AIM_S)} s")
    print(f"  never paged: {found.missing}; sent before it was written down: {found.unwritten}")


if __name__ == "__main__":
    main()
