"""PagerDuty is out while incidents open: how often it is asked meanwhile, and how soon all is told once it is back.

    python -m tests.benchmarks.outage [--seconds 20] [--incidents 10]

One real agent with a channel for each way of failing, each with a stand-in of its own, so that all are measured in one
run: an error, a refusal for asking too often (with and without a time to come back), a reset before and after the event
is taken in, an answer that never comes. Incidents open at the beginning of the outage.
"""

import argparse
import asyncio
import contextlib
import time
from collections import Counter
from dataclasses import dataclass

from statusapp_agent.demo.faults import Fault, Hang, ResetAfter, ResetBefore, Status
from statusapp_agent.demo.pagerduty_service import PagerDutyService
from tests.benchmarks._desk import UNLIMITED, Fate, accepted, desk, monitor_of
from tests.benchmarks._figures import goal, machine, percentile, table
from tests.benchmarks._process import running_agent
from tests.benchmarks._settings import KEY, pagerduty, watching
from tests.benchmarks._target import BAD, GOOD, Target

MUST_S, AIM_S, REQUESTS = (5.0, 15.0), (1.0, 3.0), 10
_WAYS: dict[str, tuple[Fault, ...]] = {
    "500": (Status(500, b"{}"),),
    "429": (Status(429, b"{}"),),
    "429, Retry-After: 5": (Status(429, b"{}", {"Retry-After": "5"}),),
    "reset before": (ResetBefore(),),
    "reset after": (ResetAfter(),),
    "hang": (Hang(),),
    "hang, taken": (Hang(taken=True),),
}
_LONGEST_AFTER_S = 65.0


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one channel's pages: requests for each event in the outage, and seconds from its end to each."""

    way: str
    requests: list[int]
    after_s: list[float]
    missing: int


async def measure(seconds: float, incidents: int, ways: list[str]) -> list[Told]:
    """Let the stand-ins fail for so many seconds while incidents open."""
    failing: list[bool] = []
    target = Target(lambda _: BAD if failing else GOOD)
    await target.start()
    fates = [Fate() for _ in ways]
    async with contextlib.AsyncExitStack() as stack:
        services = [await stack.enter_async_context(desk(fate)) for fate in fates]
        channels = "".join(
            pagerduty(service.url, UNLIMITED, name=f"pd{place}", key=KEY[:-1] + str(place))
            for place, service in enumerate(services)
        )
        urls = [target.url(f"/m{number}") for number in range(incidents)]
        names = "[" + ", ".join(f'"pd{place}"' for place in range(len(ways))) + "]"
        settings = watching(urls, interval_s=2, channel=channels, failures=1, channels=names)
        await stack.enter_async_context(running_agent(settings))
        await asyncio.sleep(5)
        for fate, way in zip(fates, ways, strict=True):
            fate.break_with(*_WAYS[way])
        failing.append(True)
        await asyncio.sleep(seconds)
        healed = time.monotonic()
        for fate in fates:
            fate.heal()
        while time.monotonic() < healed + _LONGEST_AFTER_S:
            await asyncio.sleep(0.2)
            if all(len(accepted(service)) == incidents for service in services):
                break
        found = [_told(way, service, healed, incidents) for way, service in zip(ways, services, strict=True)]
    await target.stop()
    return found


def _told(way: str, service: PagerDutyService, healed: float, incidents: int) -> Told:
    meanwhile = Counter(monitor_of(page) for page in service.journal if page.at.timestamp() < healed)
    pages = accepted(service)
    return Told(way, list(meanwhile.values()), [at - healed for at in pages.values()], incidents - len(pages))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--incidents", type=int, default=10)
    parser.add_argument("--ways", nargs="+", choices=[*_WAYS], default=[*_WAYS])
    options = parser.parse_args()
    machine()
    found = asyncio.run(measure(options.seconds, options.incidents, options.ways))
    table(
        f"{options.incidents} incidents in {options.seconds:g} s without PagerDuty; seconds from its return to page",
        ("", "p50", "max", "most requests for an event", "never told"),
        [
            (
                told.way,
                percentile(told.after_s, 0.5) if told.after_s else "-",
                max(told.after_s, default=float("inf")),
                max(told.requests, default=0),
                told.missing,
            )
            for told in found
        ],
    )
    print()
    for told in found:
        if told.after_s:
            p50, longest = percentile(told.after_s, 0.5), max(told.after_s)
            most = "yes" if max(told.requests, default=0) <= REQUESTS else "NO"
            print(
                f"  {told.way}: p50 {goal(p50, MUST_S[0], AIM_S[0])} s; max {goal(longest, MUST_S[1], AIM_S[1])} s;"
                f" at most {REQUESTS} requests for an event: {most}"
            )


if __name__ == "__main__":
    main()
