"""Monitors: what is watched."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query

from statusapp_agent.api.parts import EARLIEST, Moment, Now
from statusapp_agent.api.peers import Role
from statusapp_agent.api.present import HISTORY_FAULTS
from statusapp_agent.api.problems import ProblemError
from statusapp_agent.api.router import Api, Caller, Served
from statusapp_agent.api.services import Services
from statusapp_agent.core.chain import live_channels
from statusapp_agent.core.events import Checked, Pause, Resume
from statusapp_agent.core.model import Monitor
from statusapp_agent.core.routing import route
from statusapp_agent.core.why import Why, why_monitor
from statusapp_agent.core.why_then import why_then
from statusapp_agent.store.past import Files, past
from statusapp_agent.store.samples import read_samples
from statusapp_agent.views.figures import why_view
from statusapp_agent.views.monitors import route_view
from statusapp_agent.views.results import result_view, sample_view
from statusapp_shared.protocol import CheckNowView, Items, MonitorView, ResultView, RouteView, WhyView

_ONE = "/monitors/{name:name}"


def add_to(api: Api) -> None:
    """Add the routes."""
    api.add(Role.READ, "GET", "/monitors", monitors)
    api.add(Role.READ, "GET", _ONE, monitor)
    api.add(Role.ADMIN, "DELETE", _ONE, delete_monitor, 204)
    api.add(Role.OPERATE, "POST", f"{_ONE}/check", check_now)
    api.add(Role.OPERATE, "POST", f"{_ONE}/pause", pause)
    api.add(Role.OPERATE, "POST", f"{_ONE}/resume", resume)
    api.add(Role.READ, "GET", f"{_ONE}/results", results)
    api.add(Role.READ, "GET", f"{_ONE}/route", monitor_route)
    api.add(Role.READ, "GET", f"{_ONE}/why", monitor_why)


async def monitors(present: Now) -> Items[MonitorView]:
    """Return all monitors, by name."""
    watches = present.services.engine.state.watches
    return Items(items=[present.monitor(watches[name]) for name in sorted(watches)])


async def monitor(name: str, present: Now) -> MonitorView:
    """Return one monitor."""
    return present.monitor(present.watch(name))


async def delete_monitor(name: str, present: Now, services: Served, caller: Caller) -> None:
    """Delete a monitor; its open incident is resolved."""
    present.watch(name)
    await services.settling.delete("monitors", name, caller.user)


async def check_now(name: str, present: Now, services: Served) -> CheckNowView:
    """Check once, now; it counts like any other check."""
    watch = present.watch(name)
    result = await services.runner.check(watch.monitor, watch.beat)
    await present.decide(Checked(name, result))
    return CheckNowView(result=result_view(result), monitor=present.monitor(present.watch(name)))


async def pause(name: str, present: Now, caller: Caller) -> MonitorView:
    """Stop checking; an open incident is resolved."""
    present.watch(name)
    await present.decide(Pause(name, caller.user))
    return present.monitor(present.watch(name))


async def resume(name: str, present: Now, caller: Caller) -> MonitorView:
    """Check again after a pause."""
    present.watch(name)
    await present.decide(Resume(name, caller.user))
    return present.monitor(present.watch(name))


async def results(
    name: str,
    present: Now,
    services: Served,
    since: Moment = EARLIEST,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
) -> Items[ResultView]:
    """Return the latest results, newest first; those of the last seconds are with the monitor."""
    present.watch(name)
    path = services.engine.writer.samples.path
    samples = await asyncio.to_thread(read_samples, path, name, since, limit)
    return Items(items=[sample_view(sample) for sample in reversed(samples)])


async def monitor_route(name: str, present: Now, services: Served, at: Moment | None = None) -> RouteView:
    """Return who would be told, when, if it failed now, or at a moment."""
    moment = (at or services.clock.now()).astimezone(UTC)
    return route_view(services.engine.state, present.watch(name), moment)


async def monitor_why(name: str, present: Now, services: Served, at: Moment | None = None) -> WhyView:
    """Tell why somebody is, or is not, paged for it; with ``at``, why somebody was, or was not, at that moment."""
    watch = present.watch(name)
    if at is not None:
        return why_view(await _why_at(services, watch.monitor, at))
    return why_view(why_monitor(services.engine.state, name, services.clock.now()))


async def _why_at(services: Services, monitor: Monitor, at: datetime) -> Why:
    state, writer = services.engine.state, services.engine.writer
    if at > services.clock.now():
        raise ProblemError(422, "future", "That moment has not come yet; without a time it is about now.")
    files = Files(writer.state.path, writer.samples.path)
    try:
        known = await asyncio.to_thread(past, files, monitor.name, at)
    except HISTORY_FAULTS as fault:
        raise ProblemError(503, "no_history", f"The history cannot be read: {fault}.") from fault
    return why_then(monitor, known, state.maintenance, route(monitor, live_channels(state), state.tiers), UTC)
