"""Figures: how fast incidents are seen, taken and mended."""

import asyncio
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from statusapp_agent.api.parts import EARLIEST, Moment
from statusapp_agent.api.peers import Role
from statusapp_agent.api.problems import ProblemError
from statusapp_agent.api.router import Api, Served
from statusapp_agent.api.zones import zone_of
from statusapp_agent.core.figures import By
from statusapp_agent.review.material import side
from statusapp_agent.views.figures import analytics_view, before_view
from statusapp_shared.protocol import AnalyticsView

_USUAL = timedelta(days=30)


def add_to(api: Api) -> None:
    """Add the route."""
    api.add(Role.READ, "GET", "/analytics", analytics)


async def analytics(
    services: Served,
    since: Moment | None = None,
    until: Moment | None = None,
    by: By | None = None,
    zone: str | None = None,
) -> AnalyticsView:
    """Return MTTA, MTTR, MTTD and counts of the incidents opened in a range, the last 30 days if none is named.

    ``zone`` is that of hours, weekdays and nights; this machine's, if left out.
    """
    now = services.clock.now()
    ends = until or now
    begins = since or max(EARLIEST, ends - _USUAL)
    if begins >= ends:
        raise ProblemError(422, "range", "The range ends before it begins: `since` must be earlier than `until`.")
    path, where = services.engine.writer.state.path, zone_of(zone)
    return await asyncio.to_thread(_read, path, begins, ends, now, by, where)


def _read(path: Path, since: datetime, until: datetime, now: datetime, by: By | None, zone: tzinfo) -> AnalyticsView:
    this = side(path, since, until, now, zone, by)
    earlier = EARLIEST if until - since > since - EARLIEST else since - (until - since)
    before = side(path, earlier, since, now, zone, None)
    return analytics_view(this.figures, this.measures, before_view(before.figures, before.measures))
