"""Figures: how fast incidents are seen, taken and mended, and what they cost people."""

import asyncio
from datetime import timedelta, tzinfo
from typing import Literal

from statusapp_agent.api.parts import EARLIEST, Moment
from statusapp_agent.api.peers import Role
from statusapp_agent.api.problems import ProblemError
from statusapp_agent.api.router import Api, Served
from statusapp_agent.api.services import Services
from statusapp_agent.core.measures import Record, measure
from statusapp_agent.core.periods import Period, trailing
from statusapp_agent.store.record import read_record
from statusapp_agent.views.measures import measured_view
from statusapp_agent.zones import local_zone, named_zone
from statusapp_shared.measures import MeasuredView

_USUAL = timedelta(days=30)


def add_to(api: Api) -> None:
    """Add the route."""
    api.add(Role.READ, "GET", "/analytics", analytics)


async def analytics(
    services: Served,
    since: Moment | None = None,
    until: Moment | None = None,
    by: Literal["monitor", "channel", "responder", "tier", "tag", "hour", "weekday", "cause"] | None = None,
    zone: str | None = None,
) -> MeasuredView:
    """Return every figure of the incidents opened in a range, the last 30 days if none is named.

    ``zone`` names the time zone of hours, weekdays and days; that of the agent's computer if left out.
    """
    now = services.clock.now()
    here = zone_of(zone)
    period = range_of(since, until, services)
    record = await record_of(services, period)
    return await asyncio.to_thread(lambda: measured_view(measure(record, period, now, by, here), here))


def zone_of(name: str | None) -> tzinfo:
    """Return the zone that a request names, or the computer's; raises a 422."""
    try:
        return named_zone(name) if name else local_zone()
    except ValueError as fault:
        raise ProblemError(422, "zone", str(fault)) from None


def range_of(since: Moment | None, until: Moment | None, services: Services) -> Period:
    """Return the range that a request names, with the one before it; raises a 422 for one that is none."""
    ends = until or services.clock.now()
    begins = since or max(EARLIEST, ends - _USUAL)
    if begins >= ends:
        raise ProblemError(422, "range", "The range ends before it begins: `since` must be earlier than `until`.")
    return trailing(begins, ends)


async def record_of(services: Services, period: Period) -> Record:
    """Read what figures of a period are made from."""
    writer = services.engine.writer
    tags = {name: watch.monitor.tags for name, watch in services.engine.state.watches.items()}
    return await asyncio.to_thread(
        read_record, writer.state.path, writer.samples.path, period, services.clock.now(), tags
    )
