"""The audit log: who did what to what, when."""

import asyncio
from typing import Annotated

from fastapi import Query

from statusapp_agent.api.parts import EARLIEST, LATEST, Moment
from statusapp_agent.api.peers import Role
from statusapp_agent.api.router import Api, Served
from statusapp_agent.store.audit import audit_lines
from statusapp_shared.audit import AuditView
from statusapp_shared.protocol import Items


def add_to(api: Api) -> None:
    """Add the route."""
    api.add(Role.READ, "GET", "/audit", audit)


async def audit(
    services: Served,
    since: Moment = EARLIEST,
    until: Moment = LATEST,
    after: Annotated[int, Query(ge=0, le=2**62)] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> Items[AuditView]:
    """Return lines of the audit log, the oldest first, those behind the id ``after``."""
    path = services.engine.writer.state.path
    lines = await asyncio.to_thread(audit_lines, path, since, until, after, limit)
    return Items(items=[AuditView.model_validate(line._asdict()) for line in lines])
