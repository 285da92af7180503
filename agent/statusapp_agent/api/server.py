"""The server: uvicorn on a Unix socket that we bind ourselves, with the four corrections that this needs."""

import asyncio
import contextlib
import functools
import os
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn

from statusapp_agent.api.application import application
from statusapp_agent.api.connection import KEEP_ALIVE_S, Connection, Patience
from statusapp_agent.api.peers import Peer, group_id, judge
from statusapp_agent.api.present import Present
from statusapp_agent.api.services import Mode, Services
from statusapp_agent.api.stream import Hub

PRIVATE = 0o600
SHARED = 0o660
BACKLOG = 128
FAREWELL_S = 2
"""How long requests under way may take to end once the agent stops; with a stream open it would never end."""


class BindError(OSError):
    """A place where the agent's socket cannot be; the text says why and what to do."""


def bind(path: Path, mode: Mode, group_gid: int | None = None) -> socket.socket:
    """Return a socket that listens at a path, for this user alone; in system mode for the group as well.

    The caller holds the lock of this path, so a socket that is there already is a dead agent's. At no instant may
    anybody else connect: the file is made private, and opened to the group only once it is the group's.
    """
    _prepare_folder(path.parent, mode)
    _clear(path)
    if mode == "system" and group_gid is None:
        group_gid = group_id()
    shared = mode == "system" and group_gid is not None
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # Where our own group is the one to share with already, the right mode is there from the beginning.
    first = SHARED if shared and group_gid == os.getegid() else PRIVATE
    before = os.umask(0o777 & ~first)
    try:
        bound.bind(str(path))
    except OSError as fault:
        bound.close()
        raise BindError(f"the socket {path} cannot be made ({fault}): name another place with --socket") from fault
    finally:
        os.umask(before)
    if shared and group_gid is not None:
        _share(path, group_gid)
    # From here on clients wait in the queue until the server takes them: the agent says that it serves before it does.
    bound.listen(BACKLOG)
    bound.setblocking(False)
    return bound


def _share(path: Path, group_gid: int) -> None:
    if path.lstat().st_gid != group_gid:
        path.chmod(PRIVATE)
        os.chown(path, -1, group_gid, follow_symlinks=False)
    path.chmod(SHARED)


def _prepare_folder(folder: Path, mode: Mode) -> None:
    if mode == "user":
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        info = folder.lstat()
    except FileNotFoundError as fault:
        raise BindError(f"the folder {folder} does not exist: the service's RuntimeDirectory makes it") from fault
    if not stat.S_ISDIR(info.st_mode):
        raise BindError(f"{folder} is no folder: name another place with --socket")
    if info.st_uid not in (0, os.geteuid()):
        raise BindError(f"{folder} belongs to another user: name another place with --socket")
    # Whoever may rename in the folder may put his own socket in the place of ours; a sticky folder forbids that.
    if info.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not info.st_mode & stat.S_ISVTX:
        raise BindError(f"others may write to {folder}: take that right away (chmod go-w), or name another --socket")


def _clear(path: Path) -> None:
    try:
        info = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(info.st_mode):
        raise BindError(f"{path} is there already and is no socket: move it away, or name another --socket")
    if info.st_uid != os.geteuid():
        raise BindError(f"the socket {path} belongs to another user: remove it, or name another --socket")
    path.unlink()


class _Server(uvicorn.Server):
    """uvicorn without signals of its own and without its tick: it waits to be told."""

    def __init__(self, config: uvicorn.Config, stop: asyncio.Event, farewell: Callable[[], None]) -> None:
        super().__init__(config)
        self._stop = stop
        self._farewell = farewell

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        await self._stop.wait()
        self._farewell()


async def serve(
    services: Services,
    sock: socket.socket,
    stop: asyncio.Event,
    patience: Patience = Patience(),  # noqa: B008 - a value
) -> None:
    """Serve the API until ``stop`` is set; then requests under way have two seconds, and streams end at once."""
    present = Present(services)
    hub = Hub(present)
    role = judge(services)

    def admits(peer: Peer) -> bool:
        return role(peer) is not None

    config = uvicorn.Config(
        application(services, hub, present, role),
        http=functools.partial(Connection, admits, patience),  # type: ignore[arg-type]  # a class, or what makes one
        ws="none",
        lifespan="off",
        loop="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=FAREWELL_S,
        backlog=BACKLOG,
    )
    await _Server(config, stop, hub.close).serve(sockets=[sock])
