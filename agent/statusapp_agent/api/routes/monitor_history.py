"""A monitor's results summed up by hour or day: what charts over long times are drawn from."""

import asyncio
from datetime import UTC, datetime
from typing import Literal

from statusapp_agent.api.parts import Moment, Now
from statusapp_agent.api.peers import Role
from statusapp_agent.api.router import Api, Served
from statusapp_agent.api.routes.analytics import range_of
from statusapp_agent.store.sums import Sum, read_sums
from statusapp_shared.history import HistoryView, SumView


def add_to(api: Api) -> None:
    """Add the route."""
    api.add(Role.READ, "GET", "/monitors/{name:name}/history", monitor_history)


async def monitor_history(
    name: str,
    present: Now,
    services: Served,
    since: Moment | None = None,
    until: Moment | None = None,
    grain: Literal["hour", "day"] = "hour",
) -> HistoryView:
    """Return a monitor's results by hour or day, of the last 30 days if no range is named."""
    present.watch(name)
    period = range_of(since, until, services)
    path = services.engine.writer.samples.path
    sums = await asyncio.to_thread(read_sums, path, name, period.since, period.until, grain)
    return HistoryView(monitor=name, grain=grain, items=[_view(each) for each in sums])


def _view(each: Sum) -> SumView:
    return SumView(
        at=datetime.fromtimestamp(each.at_ms / 1000, UTC),
        up=each.up,
        degraded=each.degraded,
        down=each.down,
        unknown=each.unknown,
        mean_ms=each.latency_us / each.timed / 1000 if each.timed else None,
        p50_ms=_ms(each.p50_us),
        p95_ms=_ms(each.p95_us),
        slowest_ms=_ms(each.slowest_us),
    )


def _ms(microseconds: int | None) -> float | None:
    return None if microseconds is None else microseconds / 1000
