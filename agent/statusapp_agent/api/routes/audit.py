"""The audit log: who did what to what, in order; nothing in it changes."""

import asyncio
from typing import Annotated

from fastapi import Query

from statusapp_agent.api.parts import Moment
from statusapp_agent.api.peers import Role
from statusapp_agent.api.router import Api, Served
from statusapp_agent.store import history
from statusapp_shared.protocol import Items
from statusapp_shared.reviews import AuditView


def add_to(api: Api) -> None:
    """Add the route."""
    api.add(Role.ADMIN, "GET", "/audit", audit)


async def audit(
    services: Served,
    since: Moment | None = None,
    after: Annotated[int, Query(ge=0, le=2**62)] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> Items[AuditView]:
    """Return lines since a moment and after a number, oldest first; ask again after the last number for more."""
    rows = await asyncio.to_thread(history.audit, services.engine.writer.state.path, since, after, limit)
    return Items(
        items=[
            AuditView(id=number, at=at, by=each.by, deed=each.deed, subject=each.subject, detail=each.detail)
            for number, at, each in rows
        ]
    )
