"""What comes again, and what other settings would have done."""

import asyncio
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Annotated

from fastapi import Query

from statusapp_agent.api.parts import Moment, Now
from statusapp_agent.api.peers import Role
from statusapp_agent.api.router import Api, Served
from statusapp_agent.api.routes.analytics import range_of, record_of, zone_of
from statusapp_agent.api.services import Services
from statusapp_agent.core.figures import opened_in
from statusapp_agent.core.measures import Record
from statusapp_agent.core.model import Monitor
from statusapp_agent.core.patterns import Pattern, patterns
from statusapp_agent.core.periods import Period
from statusapp_agent.core.tier_lint import tier_lint
from statusapp_agent.core.what_if import Comparison, WhatIf
from statusapp_agent.store.record import changes_in
from statusapp_agent.store.results import stream_results, usual_latencies
from statusapp_agent.views.patterns import pattern_view, what_if_view
from statusapp_shared.patterns import PatternsView, WhatIfView

Times = Annotated[int | None, Query(ge=1, le=100)]


def add_to(api: Api) -> None:
    """Add the routes."""
    api.add(Role.READ, "GET", "/patterns", recurring)
    api.add(Role.READ, "GET", "/monitors/{name:name}/what-if", what_if)


async def recurring(
    services: Served, since: Moment | None = None, until: Moment | None = None, zone: str | None = None
) -> PatternsView:
    """Return what comes again in a range, the last 30 days if none is named, with a suggestion for each."""
    here, period = zone_of(zone), range_of(since, until, services)
    record = await record_of(services, period)
    found = await patterns_of(services, record, period, here)
    items = [pattern_view(each) for each in found]
    return PatternsView(since=period.since, until=period.until, zone=str(here), items=items)


async def patterns_of(services: Services, record: Record, period: Period, zone: tzinfo) -> tuple[Pattern, ...]:
    """Return the patterns of a period."""
    writer = services.engine.writer
    monitors = {name: watch.monitor for name, watch in services.engine.state.watches.items()}

    def find() -> tuple[Pattern, ...]:
        incidents = opened_in(record.incidents, period.since, period.until)
        changes = changes_in(writer.state.path, period.since, period.until)
        latencies = usual_latencies(writer.samples.path, period.since, period.until)
        return (
            *patterns(incidents, changes, monitors, zone),
            *tier_lint(incidents, record.pages, monitors, latencies, zone),
        )

    return await asyncio.to_thread(find)


async def what_if(
    name: str,
    present: Now,
    services: Served,
    failures: Times = None,
    recoveries: Times = None,
    degraded_above_s: Annotated[float | None, Query(gt=0, le=300)] = None,
    since: Moment | None = None,
    until: Moment | None = None,
) -> WhatIfView:
    """Replay the recorded results of a monitor with other settings, over the last 30 days if no range is named."""
    monitor = present.watch(name).monitor
    given = {"failures": failures, "recoveries": recoveries, "degraded_above_s": degraded_above_s}
    other = replace(monitor, **{key: value for key, value in given.items() if value is not None})  # type: ignore[arg-type]  # each is of its field's type
    period = range_of(since, until, services)
    path = services.engine.writer.samples.path
    found = await asyncio.to_thread(_replay, path, monitor, other, period.since, period.until)
    return what_if_view(name, period.since, period.until, found)


def _replay(path: Path, monitor: Monitor, other: Monitor, since: datetime, until: datetime) -> WhatIf:
    comparison = Comparison(monitor, other)
    for result in stream_results(path, monitor.name, since, until):
        comparison.take(result)
    return comparison.end()
