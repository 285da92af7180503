"""What routes are handed: the present, the archive, and moments that calendar arithmetic survives."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request
from pydantic import AfterValidator

from statusapp_agent.api.archive import Archive
from statusapp_agent.api.present import Present


async def _present(request: Request) -> Present:
    present: Present = request.app.state.present
    return present


async def _archive(request: Request) -> Archive:
    archive: Archive = request.app.state.archive
    return archive


Now = Annotated[Present, Depends(_present)]
Past = Annotated[Archive, Depends(_archive)]

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9000, 1, 1, tzinfo=UTC)


def _within(at: datetime) -> datetime:
    aware = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return min(max(aware, EARLIEST), LATEST)


Moment = Annotated[datetime, AfterValidator(_within)]
"""A moment of a query, in UTC unless it says otherwise; years beyond all use are as good as the ends of time."""
