"""Mutes: silence with an end, told on other channels than those that it silences."""

from datetime import timedelta
from typing import Annotated

from fastapi import Query

from statusapp_agent.api.parts import Now
from statusapp_agent.api.peers import Role
from statusapp_agent.api.router import Api, Caller, Served
from statusapp_agent.core.events import MuteFor, Unmute
from statusapp_agent.core.model import Action, Delivery
from statusapp_agent.core.state import Effect, Save
from statusapp_agent.views.quiet import mutes_view
from statusapp_shared.quiet import MuteRequest, MutesView


def add_to(api: Api) -> None:
    """Add the routes."""
    api.add(Role.READ, "GET", "/mutes", mutes)
    api.add(Role.OPERATE, "POST", "/mutes", mute)
    api.add(Role.OPERATE, "DELETE", "/mutes", unmute)


async def mutes(services: Served) -> MutesView:
    """Return what is muted."""
    return mutes_view(services.engine.state, services.clock.now())


async def mute(asked: MuteRequest, present: Now, services: Served, caller: Caller) -> MutesView:
    """Mute a monitor, or all: incidents open, and what would be sent of them waits for the end."""
    if asked.monitor is not None:
        present.watch(asked.monitor)
    event = MuteFor(asked.monitor or "", timedelta(seconds=asked.seconds), caller.user, asked.reason)
    return await _decided(event, present, services)


async def unmute(
    present: Now,
    services: Served,
    caller: Caller,
    monitor: Annotated[str | None, Query(min_length=1, max_length=100)] = None,
) -> MutesView:
    """End the mute of a monitor, or every mute: what is still broken is paged now."""
    return await _decided(Unmute(monitor or "", caller.user), present, services)


async def _decided(event: MuteFor | Unmute, present: Now, services: Served) -> MutesView:
    told: set[str] = set()

    def listen(effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Save(Delivery(action=Action.CHANGE, incident=None, attempts=0) as delivery):
                    told.add(delivery.channel)
                case _:
                    pass

    services.engine.listeners.add(listen)
    try:
        await present.decide(event)
    finally:
        services.engine.listeners.discard(listen)
    return mutes_view(services.engine.state, services.clock.now(), told)
