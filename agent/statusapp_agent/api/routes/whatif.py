"""What other thresholds would have made of what was recorded, and what comes back."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Annotated

from fastapi import Query

from statusapp_agent.api.parts import EARLIEST, Moment, Now
from statusapp_agent.api.peers import Role
from statusapp_agent.api.router import Api, Served
from statusapp_agent.api.zones import zone_of
from statusapp_agent.core.model import Result
from statusapp_agent.core.patterns import patterns
from statusapp_agent.core.replay import Replayed, what_if
from statusapp_agent.store import history
from statusapp_agent.store.samples import Sample, read_samples
from statusapp_shared.protocol import Items
from statusapp_shared.reviews import PatternView, ReplayedView, WhatIfView

_USUAL = timedelta(days=14)
_PATTERNS_OVER = timedelta(days=90)
_MOST_RESULTS = 200_000
Count = Annotated[int | None, Query(ge=1, le=100)]


def add_to(api: Api) -> None:
    """Add the routes."""
    api.add(Role.READ, "GET", "/monitors/{name:name}/what-if", ask)
    api.add(Role.READ, "GET", "/patterns", coming_back)


async def ask(
    name: str,
    present: Now,
    services: Served,
    failures: Count = None,
    recoveries: Count = None,
    degraded_above_s: Annotated[float | None, Query(gt=0, le=300)] = None,
    since: Moment | None = None,
) -> WhatIfView:
    """Replay a monitor's recorded results (of the last 14 days, if no beginning is named) with other thresholds."""
    monitor = present.watch(name).monitor
    begins = since or max(EARLIEST, services.clock.now() - _USUAL)
    other = replace(
        monitor,
        failures=failures or monitor.failures,
        recoveries=recoveries or monitor.recoveries,
        degraded_above_s=degraded_above_s or monitor.degraded_above_s,
    )
    path = services.engine.writer.samples.path
    samples = await asyncio.to_thread(read_samples, path, name, begins, _MOST_RESULTS)
    found = await asyncio.to_thread(what_if, monitor, other, [_result(each) for each in samples])
    return WhatIfView(
        monitor=name,
        sentence=found.sentence,
        since=samples[0].at if samples else begins,
        results=found.results,
        before=[_outage(each) for each in found.before],
        after=[_outage(each) for each in found.after],
        dropped=[_outage(each) for each in found.dropped],
        later_s=found.later_s,
    )


def _result(sample: Sample) -> Result:
    return Result(sample.status, sample.at, sample.latency_s, sample.message, sample.error)


def _outage(each: Replayed) -> ReplayedView:
    return ReplayedView(began_at=each.began_at, opened_at=each.opened_at, over_at=each.over_at)


async def coming_back(services: Served, since: Moment | None = None, zone: str | None = None) -> Items[PatternView]:
    """Return what comes back among the incidents of the last 90 days, or since a moment."""
    now, where = services.clock.now(), zone_of(zone)
    begins = since or max(EARLIEST, now - _PATTERNS_OVER)
    path, state = services.engine.writer.state.path, services.engine.state
    found = await asyncio.to_thread(history.incidents, path, since=begins, purpose="real", limit=_MOST_RESULTS)
    changes = await asyncio.to_thread(history.changes, path, begins, now)
    monitors = {name: watch.monitor for name, watch in state.watches.items()}
    rows = await asyncio.to_thread(patterns, found, monitors, changes, where)
    return Items(
        items=[
            PatternView(
                kind=row.kind,
                monitor=row.monitor,
                fact=row.fact,
                suggestion=row.suggestion,
                incidents=list(row.incidents),
            )
            for row in rows
        ]
    )
