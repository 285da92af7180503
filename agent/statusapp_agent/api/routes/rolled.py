"""Hours and days of monitors: what strips and charts of more than a few hours are drawn from."""

import asyncio
from datetime import timedelta
from itertools import groupby
from typing import Literal

from statusapp_agent.api.parts import EARLIEST, Moment
from statusapp_agent.api.peers import Role
from statusapp_agent.api.problems import ProblemError
from statusapp_agent.api.router import Api, Served
from statusapp_agent.store.rollups import Rolled, read_rolled
from statusapp_shared.protocol import Items
from statusapp_shared.reviews import RolledMonitor, RolledView

_USUAL = {"hour": timedelta(days=1), "day": timedelta(days=90)}
_MOST = {"hour": timedelta(days=32), "day": timedelta(days=3660)}


def add_to(api: Api) -> None:
    """Add the route."""
    api.add(Role.READ, "GET", "/rolled", rolled)


async def rolled(
    services: Served,
    step: Literal["hour", "day"] = "hour",
    since: Moment | None = None,
    until: Moment | None = None,
    monitor: str | None = None,
) -> Items[RolledMonitor]:
    """Return the hours (of the last day) or days (of the last 90), by monitor; those that are over alone."""
    ends = until or services.clock.now()
    begins = since or max(EARLIEST, ends - _USUAL[step])
    if not timedelta(0) < ends - begins <= _MOST[step]:
        raise ProblemError(422, "range", f"Ask for at most {_MOST[step].days} days of {step}s, from earlier to later.")
    path = services.engine.writer.samples.path
    wanted = None if monitor is None else [monitor]
    found = await asyncio.to_thread(read_rolled, path, step, begins, ends, wanted)
    groups = groupby(found, key=lambda each: each.monitor)
    return Items(items=[RolledMonitor(monitor=name, items=[_view(each) for each in rows]) for name, rows in groups])


def _view(each: Rolled) -> RolledView:
    in_ms = [None if s is None else round(s * 1000, 3) for s in (each.mean_s, each.p50_s, each.p90_s, each.max_s)]
    return RolledView(
        at=each.at,
        up=each.up,
        degraded=each.degraded,
        down=each.down,
        unknown=each.unknown,
        mean_ms=in_ms[0],
        p50_ms=in_ms[1],
        p90_ms=in_ms[2],
        max_ms=in_ms[3],
    )
