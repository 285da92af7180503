"""Who is at the other end of the socket, as the kernel tells it, and what he may do."""

import functools
import os
import pwd
import socket
import struct
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import IntEnum

from statusapp_agent.api.services import Mode, Services

GROUP = "statusapp"
"""Members of this group may use a system agent."""

_SO_PEERGROUPS = 59  # asm-generic/socket.h; Python does not name it (Linux 4.13 and later)
_MOST_BYTES = 1024  # the most that Python reads of an option: 256 groups
_LOCAL_PEERCRED = 1  # sys/un.h of macOS and the BSDs, on level 0


class Role(IntEnum):
    """What somebody may do; each includes the ones before."""

    READ = 1
    OPERATE = 2
    ADMIN = 3


@dataclass(frozen=True, slots=True)
class Peer:
    """The process at the other end; -1 for what the platform does not tell."""

    uid: int
    pid: int
    gids: frozenset[int]

    @property
    def user(self) -> str:
        """The user's name, or his number where it has none."""
        return user_name(self.uid)


@functools.lru_cache(maxsize=64)
def user_name(uid: int) -> str:
    """Return the name of a user."""
    try:
        return pwd.getpwuid(uid).pw_name
    except (KeyError, OverflowError, ValueError):
        return f"uid {uid}"


def peer_of(connection: socket.socket) -> Peer:
    """Return who connected; raises OSError when the kernel does not tell."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return _peer_of_bsd(connection)
    pid, uid, gid = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, option, struct.calcsize("3i")))
    return Peer(uid, pid, frozenset({gid, *_groups(connection, uid, gid)}))


def _groups(connection: socket.socket, uid: int, gid: int) -> tuple[int, ...]:
    """Return the supplementary groups: of the process itself where the kernel tells, else those of its user."""
    try:
        raw = connection.getsockopt(socket.SOL_SOCKET, _SO_PEERGROUPS, _MOST_BYTES)
    except OSError:
        try:
            return tuple(os.getgrouplist(pwd.getpwuid(uid).pw_name, gid))
        except (KeyError, OSError):
            return ()
    return struct.unpack(f"{len(raw) // 4}I", raw)


def _peer_of_bsd(connection: socket.socket) -> Peer:
    # struct xucred: version, uid, number of groups (short, padded), sixteen groups. From its header; never run here.
    raw = connection.getsockopt(0, _LOCAL_PEERCRED, 76)
    _version, uid, count = struct.unpack_from("IIh", raw)
    return Peer(uid, -1, frozenset(struct.unpack_from(f"{min(count, 16)}I", raw, 12)))


def role_of(
    uid: int,
    gids: Collection[int],
    user: str,
    *,
    agent_uid: int,
    mode: Mode,
    readers: Collection[str] = (),
    operators: Collection[str] = (),
    group_gid: int | None = None,
) -> Role | None:
    """Return what somebody may do, None for nothing: then nothing is said to him at all.

    Root and the agent's own user may do everything. A system agent also serves the members of its group: all they
    ask, unless the settings name them among ``operators`` or, stricter, among ``readers``.
    """
    if uid in (0, agent_uid):
        return Role.ADMIN
    if mode != "system" or group_gid is None or group_gid not in gids:
        return None
    if user in readers:
        return Role.READ
    return Role.OPERATE if user in operators else Role.ADMIN


def group_id(name: str = GROUP) -> int | None:
    """Return the number of the group, None where there is none."""
    import grp

    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return None


def judge(services: Services) -> Callable[[Peer], Role | None]:
    """Return what asks for the role of a peer, by the settings in force at that moment."""
    agent_uid = os.geteuid()
    group_gid = group_id() if services.mode == "system" else None

    def role(peer: Peer) -> Role | None:
        settings = services.engine.state.agent
        return role_of(
            peer.uid,
            peer.gids,
            peer.user,
            agent_uid=agent_uid,
            mode=services.mode,
            readers=settings.get("readers") or (),
            operators=settings.get("operators") or (),
            group_gid=group_gid,
        )

    return role
