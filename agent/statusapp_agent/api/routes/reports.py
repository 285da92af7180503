"""Reviews: the last whole week, month or quarter, in figures and in words."""

import asyncio
from typing import Literal

from statusapp_agent.api.parts import Moment
from statusapp_agent.api.peers import Role
from statusapp_agent.api.router import Api, Served
from statusapp_agent.api.routes.analytics import record_of, zone_of
from statusapp_agent.api.routes.patterns import patterns_of
from statusapp_agent.api.services import Services
from statusapp_agent.core.measures import measure
from statusapp_agent.core.periods import Period, last_complete, running
from statusapp_agent.core.review import Circumstances, review
from statusapp_agent.store.audit import is_sample, known_since, settings_changes
from statusapp_agent.views.reports import report_view
from statusapp_shared.reports import ReportView


def add_to(api: Api) -> None:
    """Add the route."""
    api.add(Role.READ, "GET", "/reports/{rhythm}", report)


async def report(
    rhythm: Literal["weekly", "monthly", "quarterly"],
    services: Served,
    at: Moment | None = None,
    zone: str | None = None,
) -> ReportView:
    """Return the review of the last week, month or quarter that was over at a moment, now if none is named.

    An agent that is younger than that has nothing to say of it: then it is the one that is running now.
    """
    here, now = zone_of(zone), services.clock.now()
    period = last_complete(rhythm, at or now, here)
    if at is None:
        first = await asyncio.to_thread(known_since, services.engine.writer.state.path)
        period = period if first is not None and first < period.until else running(rhythm, now, here)
    record = await record_of(services, period)
    found = await patterns_of(services, record, period, here)
    around = await _circumstances(services, period)

    def write() -> ReportView:
        measured = measure(record, period, now, "monitor", here)
        return report_view(review(rhythm, measured, record, found, around, now, here))

    return await asyncio.to_thread(write)


async def _circumstances(services: Services, period: Period) -> Circumstances:
    state, path = services.engine.state, services.engine.writer.state.path
    changes = await asyncio.to_thread(settings_changes, path, period.since, period.until)
    return Circumstances(
        channel_troubles={
            name: f"broken: {record.broken}"
            if record.broken
            else "its last test failed"
            if record.test_ok is False
            else None
            for name, record in state.channels.items()
            if not record.retired
        },
        settings_changes=changes,
        dashboard_url=state.agent.get("dashboard_url"),
        sample=await asyncio.to_thread(is_sample, path),
    )
