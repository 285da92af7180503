"""Everything fails at once: how soon it is all written down, paged, and how the agent answers meanwhile.

    python -m tests.benchmarks.storm [--monitors 1000] [--interval 10] [--limits 10000 100] [--seconds 75]
                                     [--umbrella 20]

A real agent with one channel; the first failure confirms. The checks are spread over their interval, so that the last
one fails an interval after the first. While it goes on, the API is asked for ``GET /v1/agent`` twenty times a second.
A run with a limit below the number of monitors is watched for a minute and more: no minute may see more requests.
With ``--umbrella`` more incidents than that within a minute become one; then few pages are all there are.
"""

import argparse
import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from statusapp_agent.demo.pagerduty_service import PagerDutyService
from tests.benchmarks._desk import Witness, accepted, busiest_minute, desk
from tests.benchmarks._figures import machine, percentile, table
from tests.benchmarks._process import AgentProcess, running_agent
from tests.benchmarks._settings import pagerduty, watching
from tests.benchmarks._target import BAD, GOOD, Target

_ASK_EVERY_S = 0.05
_LOOK_EVERY_S = 0.1
_MINUTE_S = 62.0


@dataclass(slots=True)
class Measured:
    """Seconds since everything broke, answers of the API in seconds, and requests at the stand-in."""

    limit: int
    first_page_s: float | None = None
    durable_s: float | None = None
    last_page_s: float | None = None
    pages: int = 0
    api_s: list[float] = field(default_factory=list)
    calm_api_s: list[float] = field(default_factory=list)
    busiest_minute: int = 0
    cpu_s: float = 0.0


async def _ask(client: httpx.AsyncClient, took: list[float]) -> None:
    while True:
        began = time.monotonic()
        (await client.get("/v1/agent")).raise_for_status()
        took.append(time.monotonic() - began)
        await asyncio.sleep(_ASK_EVERY_S)


async def _asked_for(client: httpx.AsyncClient, took: list[float], seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await _ask(client, took)
    except TimeoutError:
        pass


async def _watch(found: Measured, service: PagerDutyService, witness: Witness, monitors: int, ends: float) -> None:
    """Wait until all is durable and paged, or (below the limit's need) for more than a minute."""
    broke = time.monotonic()
    while time.monotonic() < broke + ends:
        await asyncio.sleep(_LOOK_EVERY_S)
        if found.durable_s is None and await asyncio.to_thread(witness.incidents) >= monitors:
            found.durable_s = time.monotonic() - broke
        if len(service.journal) >= monitors and len(accepted(service)) >= monitors and found.durable_s is not None:
            return


async def measure(monitors: int, interval_s: float, limit: int, seconds: float, umbrella: int = 0) -> Measured:
    """Let all monitors fail and see what happens."""
    failing: list[float] = []
    target = Target(lambda _: BAD if failing else GOOD)
    await target.start()
    found = Measured(limit)
    async with desk() as service:
        urls = [target.url(f"/m{number}") for number in range(monitors)]
        channel = pagerduty(service.url, limit)
        settings = watching(
            urls, interval_s=interval_s, channel=channel, umbrella_above=umbrella, failures=1, channels='["pd"]'
        )
        async with running_agent(settings) as running:
            await _storm(found, running, service, monitors, interval_s, seconds, failing)
        found.busiest_minute = busiest_minute(service)
    await target.stop()
    return found


async def _storm(
    found: Measured,
    running: AgentProcess,
    service: PagerDutyService,
    monitors: int,
    interval_s: float,
    seconds: float,
    failing: list[float],
) -> None:
    witness = Witness(Path(running.folder, "data"))
    async with running.async_client() as client:
        await asyncio.sleep(interval_s)
        await _asked_for(client, found.calm_api_s, 5.0)
        cpu_before = running.cpu_s()
        failing.append(time.monotonic())
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(_ask(client, found.api_s))
            longest_s = seconds if found.limit >= monitors else _MINUTE_S + interval_s
            await _watch(found, service, witness, monitors, longest_s)
            asking.cancel()
        found.cpu_s = running.cpu_s() - cpu_before
    witness.close()
    pages = sorted(accepted(service).values())
    found.pages = len(pages)
    if pages:
        found.first_page_s, found.last_page_s = pages[0] - failing[0], pages[-1] - failing[0]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--monitors", type=int, default=1000)
    parser.add_argument("--interval", type=float, default=10.0, metavar="SECONDS")
    parser.add_argument("--limits", type=int, nargs="+", default=[10_000, 100], help="messages a minute of the channel")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to wait for all pages")
    parser.add_argument("--umbrella", type=int, default=0, metavar="N", help="storm_threshold; 0: each page by itself")
    options = parser.parse_args()
    machine()
    runs = [
        asyncio.run(measure(options.monitors, options.interval, limit, options.seconds, options.umbrella))
        for limit in options.limits
    ]
    table(
        f"{options.monitors} monitors (every {options.interval:g} s) fail at once; seconds since then",
        ("limit a minute", "first page", "all durable", "last page", "pages", "busiest minute", "CPU s"),
        [
            (
                run.limit,
                *(s if s is not None else "never" for s in (run.first_page_s, run.durable_s, run.last_page_s)),
                run.pages,
                run.busiest_minute,
                run.cpu_s,
            )
            for run in runs
        ],
    )
    table(
        "GET /v1/agent, milliseconds",
        ("limit a minute", "calm p50", "calm p99", "storm p50", "storm p99", "storm max"),
        [
            (
                run.limit,
                *(percentile(run.calm_api_s, part) * 1000 for part in (0.5, 0.99)),
                *(percentile(run.api_s, part) * 1000 for part in (0.5, 0.99, 1.0)),
            )
            for run in runs
        ],
    )
    over = [run for run in runs if run.busiest_minute > run.limit]
    print(f"\n  never above the limit: {'NO' if over else 'yes'}")


if __name__ == "__main__":
    main()
