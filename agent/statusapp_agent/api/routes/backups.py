"""The state as one file, out and in: copied while in use, checked before it replaces anything."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import Request
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect
from starlette.responses import FileResponse

from statusapp_agent.api.peers import Role
from statusapp_agent.api.problems import ProblemError
from statusapp_agent.api.router import Api, Served
from statusapp_agent.boot import Places
from statusapp_agent.restoring import MOST_BYTES, stage
from statusapp_agent.store.copies import digest
from statusapp_agent.store.database import StoreError, copy_to
from statusapp_shared.backup import DIGEST_HEADER, RestoreView


def add_to(api: Api) -> None:
    """Add the routes."""
    api.add(Role.ADMIN, "GET", "/backup", backup, response_class=FileResponse, include_in_schema=False)
    api.add(Role.ADMIN, "POST", "/restore", restore, include_in_schema=False)


async def backup(services: Served) -> FileResponse:
    """Return a verified copy of the state, made while it is in use; no secret is in it."""
    target = services.data_dir / "backups" / f"sending-{uuid.uuid4().hex}.db"
    writer = services.engine.writer
    try:
        await writer.on_state(copy_to, writer.state.connection, target)
        seal = await asyncio.to_thread(digest, target)
    except (OSError, StoreError) as fault:
        target.unlink(missing_ok=True)
        raise ProblemError(503, "backup", f"The backup could not be made: {fault}.") from fault
    return FileResponse(
        target,
        media_type="application/vnd.sqlite3",
        headers={DIGEST_HEADER: seal},
        background=BackgroundTask(target.unlink, missing_ok=True),
    )


async def restore(request: Request, services: Served) -> RestoreView:
    """Take a backup in, check it, and start anew with it; nothing is changed when it is not good."""
    places = Places(services.data_dir)
    incoming = services.data_dir / "restore.incoming"
    if services.one_restore.locked():
        raise ProblemError(409, "busy", "Another restore is under way: wait for its end.")
    async with services.one_restore:
        try:
            await _receive(request.stream(), incoming)
            expected = request.headers.get(DIGEST_HEADER)
            if expected is not None and await asyncio.to_thread(digest, incoming) != expected:
                raise ProblemError(400, "digest", "The backup did not arrive whole: try again. Nothing was changed.")
            facts = await asyncio.to_thread(stage, places, incoming)
        except StoreError as fault:
            said = str(fault).replace(str(incoming), "The file")
            raise ProblemError(422, "no_backup", f"{said}. Nothing was changed.") from fault
        except OSError as fault:
            raise ProblemError(503, "disk", f"The backup could not be taken in: {fault.strerror}.") from fault
        finally:
            with contextlib.suppress(OSError):
                incoming.unlink(missing_ok=True)
        services.again.set()
    same = facts.install == services.engine.state.install
    return RestoreView(
        monitors=facts.monitors,
        channels=facts.channels,
        incidents=facts.incidents,
        takes="settings" if same else "everything",
    )


async def _receive(chunks: AsyncIterator[bytes], target: Path) -> None:
    """Write what comes to a file, piece by piece. Raises ProblemError when it is too much or ends early."""
    size = 0
    with await asyncio.to_thread(target.open, "wb") as file:
        try:
            async for chunk in chunks:
                size += len(chunk)
                if size > MOST_BYTES:
                    raise ProblemError(413, "too_large", "No state of StatusApp is as large as that.")
                await asyncio.to_thread(file.write, chunk)
        except ClientDisconnect as gone:
            raise ProblemError(400, "cut_off", "The backup did not arrive whole. Nothing was changed.") from gone
