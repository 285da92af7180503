"""Strips: what every monitor was over the last hours, for those who look at all of them at once."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

from fastapi import Query

from statusapp_agent.api.peers import Role
from statusapp_agent.api.router import Api, Served
from statusapp_agent.store import history
from statusapp_agent.store.strips import read_cells
from statusapp_agent.views.strips import strips_view
from statusapp_shared.strips import StripsView

_LONGEST_OUTAGE = timedelta(days=30)
_MOST_INCIDENTS = 100_000


def add_to(api: Api) -> None:
    """Add the route."""
    api.add(Role.READ, "GET", "/strips", strips)


async def strips(
    services: Served,
    hours: Annotated[float, Query(gt=0, le=24 * 90)] = 24,
    cells: Annotated[int, Query(ge=1, le=1000)] = 96,
) -> StripsView:
    """Return a strip for each monitor, up to now."""
    until = services.clock.now()
    writer = services.engine.writer
    names = list(services.engine.state.watches)
    return await asyncio.to_thread(
        _read, writer.state.path, writer.samples.path, names, until - timedelta(hours=hours), until, cells
    )


def _read(state: Path, samples: Path, names: list[str], since: datetime, until: datetime, number: int) -> StripsView:
    found = history.incidents(state, since=since - _LONGEST_OUTAGE, purpose="real", limit=_MOST_INCIDENTS)
    return strips_view(
        names,
        read_cells(samples, since, until, number),
        found,
        history.blind_times(state, since, until),
        since,
        until,
        number,
    )
