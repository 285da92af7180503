"""On-call: who is on, who follows, when nobody is; overrides and swaps."""

import asyncio
from datetime import UTC, timedelta
from typing import Annotated

from fastapi import Query

from statusapp_agent.api.parts import Moment
from statusapp_agent.api.peers import Role
from statusapp_agent.api.problems import ProblemError
from statusapp_agent.api.router import Api, Caller, Served
from statusapp_agent.api.services import Services
from statusapp_agent.core.phrases import unknown_name
from statusapp_agent.core.roster import Override, Rotation
from statusapp_agent.core.swapping import taken_over
from statusapp_agent.views.oncall import oncall_view, override_view
from statusapp_shared.oncall import CalendarView, OnCallView, OverrideRequest, OverrideView
from statusapp_shared.protocol import Items

Days = Annotated[int, Query(ge=1, le=366)]


def add_to(api: Api) -> None:
    """Add the routes."""
    api.add(Role.READ, "GET", "/oncall", oncall)
    api.add(Role.READ, "GET", "/oncall/rotations/{name:name}/calendar", calendar)
    api.add(Role.OPERATE, "POST", "/oncall/overrides", override)
    api.add(Role.OPERATE, "DELETE", "/oncall/overrides/{name:name}", end_override, 204)


async def oncall(services: Served, at: Moment | None = None, days: Days = 14) -> OnCallView:
    """Return who is on call, now or at a moment, and in the days after it."""
    moment = (at or services.clock.now()).astimezone(UTC)
    # In a thread: a year of many rotations takes a while, and pages must not wait for that.
    return await asyncio.to_thread(oncall_view, services.engine.state.roster, moment, days)


async def calendar(name: str, services: Served, days: Days = 90) -> CalendarView:
    """Return the shifts of a rotation as iCalendar."""
    from statusapp_agent.views.calendar import calendar_of  # 3 MB that hardly any agent needs

    rotation, now, state = _rotation(services, name), services.clock.now(), services.engine.state
    until = now + timedelta(days=days)
    text = await asyncio.to_thread(calendar_of, state.roster, rotation, state.install, now, until)
    return CalendarView(rotation=name, text=text)


async def override(asked: OverrideRequest, services: Served, caller: Caller) -> Items[OverrideView]:
    """Take a level of a rotation over for a time; return what was made of it."""
    wanted = Override(
        "",
        asked.rotation,
        asked.person,
        asked.starts_at,
        asked.ends_at,
        asked.level,
    )
    wishes = taken_over(services.engine.state.roster, wanted, services.clock.now(), swap=asked.swap)
    made = await services.settling.add_overrides(wishes, caller.user)
    return Items(items=[override_view(each) for each in made])


async def end_override(name: str, services: Served, caller: Caller) -> None:
    """Take an override away: the rotation goes on as if it had never been."""
    known = [each.name for each in services.engine.state.roster.overrides]
    if name not in known:
        raise ProblemError(404, "no_override", unknown_name(name[:200], known, "override"))
    await services.settling.delete("overrides", name, caller.user)


def _rotation(services: Services, name: str) -> Rotation:
    rotations = services.engine.state.roster.rotations
    if name not in rotations:
        raise ProblemError(404, "no_rotation", unknown_name(name[:200], list(rotations), "rotation"))
    return rotations[name]
