"""Figures: how fast incidents are seen, taken and mended."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from statusapp_agent.api.parts import EARLIEST, Moment
from statusapp_agent.api.peers import Role
from statusapp_agent.api.problems import ProblemError
from statusapp_agent.api.router import Api, Served
from statusapp_agent.core.figures import By, Figures, figures
from statusapp_agent.store import history
from statusapp_agent.views.figures import analytics_view
from statusapp_shared.protocol import AnalyticsView

_USUAL = timedelta(days=30)
_MOST_INCIDENTS = 100_000


def add_to(api: Api) -> None:
    """Add the route."""
    api.add(Role.READ, "GET", "/analytics", analytics)


async def analytics(
    services: Served,
    since: Moment | None = None,
    until: Moment | None = None,
    by: Literal["monitor", "channel", "responder", "tier", "hour"] | None = None,
) -> AnalyticsView:
    """Return MTTA, MTTR, MTTD and counts of the incidents opened in a range, the last 30 days if none is named."""
    now = services.clock.now()
    ends = until or now
    begins = since or max(EARLIEST, ends - _USUAL)
    if begins >= ends:
        raise ProblemError(422, "range", "The range ends before it begins: `since` must be earlier than `until`.")
    path = services.engine.writer.state.path
    return analytics_view(await asyncio.to_thread(_read, path, begins, ends, now, by))


def _read(path: Path, since: datetime, until: datetime, now: datetime, by: By | None) -> Figures:
    found = history.incidents(path, since=since, until=until, purpose="real", limit=_MOST_INCIDENTS)
    # The blind time of an incident may lie outside of the range in which it was opened.
    earliest = min((each.began_at for each in found), default=since)
    latest = max((each.resolved_at or now for each in found), default=until)
    blind = history.blind_times(path, min(earliest, since), max(latest, until))
    channels = history.channels_of(path, [each.id for each in found]) if by == "channel" else {}
    return figures(found, blind, since, until, now, by, channels, datetime.now().astimezone().tzinfo or UTC)
