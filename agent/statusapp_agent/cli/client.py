"""The road to the agent: HTTP over its Unix socket, and every fault of it as one sentence."""

import os
import socket as sockets
import stat
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import httpx
import typer
from pydantic import BaseModel, TypeAdapter, ValidationError

from statusapp_agent.cli.failure import FAILED, UNREACHABLE, USAGE, Failure
from statusapp_agent.cli.options import options_of
from statusapp_agent.cli.words import harmless, length
from statusapp_shared.address import SYSTEM_SOCKET, default_socket
from statusapp_shared.protocol import API_VERSION, FaultView, Problem

VERSION_HEADER = "StatusApp-API"
_CONNECT_S = 3.0
READ_S = 30.0
SLOW_READ_S = 300.0  # a check may take as long as its own time limit, and settings as long as they are many

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Reply(Generic[V]):
    """An answer: ``raw`` is the JSON as it came, ``view`` the same for people, with nothing that moves a terminal."""

    raw: Any
    view: V


def find_socket(named: Path | None) -> Path:
    """Return the socket to use: the named one, else the user's agent, else the system's where only that exists."""
    if named is not None:
        return named
    own = default_socket(os.environ, sys.platform, os.getuid())
    if "STATUSAPP_SOCKET" not in os.environ and not own.exists() and _is_there(SYSTEM_SOCKET):
        return SYSTEM_SOCKET
    return own


def _is_there(path: Path) -> bool:
    """Tell whether something is there; where we may not even look, something is."""
    try:
        return path.exists()
    except PermissionError:
        return True


def path_of(*parts: str) -> str:
    """Return the address of a resource; names may hold anything."""
    return "/v1/" + "/".join(quote(part, safe="") for part in parts)


class Client:
    """One agent, at one socket. Raises Failure at once when nobody listens there."""

    def __init__(self, socket: Path, connect_s: float = _CONNECT_S) -> None:
        self.socket = socket
        self._listener = _listener(socket, connect_s)
        self._http = httpx.Client(
            transport=httpx.HTTPTransport(uds=str(socket)),
            base_url="http://statusapp",
            trust_env=False,
            headers={VERSION_HEADER: str(API_VERSION)},
            timeout=httpx.Timeout(READ_S, connect=connect_s),
        )

    def close(self) -> None:
        """Let the connection go."""
        self._http.close()

    def get(self, path: str, answer: type[V], read_s: float = READ_S, **query: str | None) -> Reply[V]:
        """Read something; a query of None is left out."""
        known = {name: value for name, value in query.items() if value is not None}
        return self._read(self._send("GET", path, params=known, read_s=read_s), answer)

    def post(self, path: str, answer: type[V], body: BaseModel | None = None, read_s: float = READ_S) -> Reply[V]:
        """Ask for something to be done."""
        return self._read(self._send("POST", path, body=body, read_s=read_s), answer)

    def put(self, path: str, answer: type[V], body: BaseModel) -> Reply[V]:
        """Set something."""
        return self._read(self._send("PUT", path, body=body), answer)

    def remove(self, path: str, answer: type[V], **query: str | None) -> Reply[V]:
        """End something, and read what there is then; a query of None is left out."""
        known = {name: value for name, value in query.items() if value is not None}
        return self._read(self._send("DELETE", path, params=known), answer)

    def delete(self, path: str) -> None:
        """Delete something."""
        self._send("DELETE", path, read_s=SLOW_READ_S)

    @contextmanager
    def download(self, path: str) -> Iterator[httpx.Response]:
        """Read a file, piece by piece; raises Failure when the road breaks in the middle."""
        try:
            with self._http.stream("GET", path, timeout=httpx.Timeout(SLOW_READ_S)) as response:
                _same_version(response)
                if not response.is_success:
                    response.read()
                    raise _refusal(response)
                yield response
        except httpx.HTTPError as error:
            raise Failure(f"The agent at {self.socket} broke off in the middle: ask again.", UNREACHABLE) from error

    def upload(self, path: str, answer: type[V], pieces: Iterator[bytes], headers: dict[str, str]) -> Reply[V]:
        """Send a file, piece by piece."""
        try:
            response = self._http.post(path, content=pieces, headers=headers, timeout=httpx.Timeout(SLOW_READ_S))
        except httpx.HTTPError as error:
            raise Failure(
                f"The agent at {self.socket} broke off in the middle: ask again, or stop it and name --data-dir.",
                UNREACHABLE,
            ) from error
        _same_version(response)
        if not response.is_success:
            raise _refusal(response)
        return self._read(response, answer)

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        body: BaseModel | None = None,
        read_s: float = READ_S,
    ) -> httpx.Response:
        content = None if body is None else body.model_dump_json(by_alias=True)
        try:
            response = self._http.request(
                method,
                path,
                params=params,
                content=content,
                headers={} if content is None else {"Content-Type": "application/json"},
                timeout=httpx.Timeout(read_s, connect=self._http.timeout.connect),
            )
        except httpx.TimeoutException as error:
            raise Failure(
                f"The agent at {self.socket} took the question and did not answer within {length(read_s)}. "
                "Look at its log, or ask again.",
                UNREACHABLE,
            ) from error
        except httpx.TransportError as error:
            raise Failure(
                f"The agent at {self.socket} broke the connection off ({error or type(error).__name__}). "
                "It may have been restarted: ask again.",
                UNREACHABLE,
            ) from error
        _same_version(response)
        if not response.is_success:
            raise _refusal(response)
        return response

    def _read(self, response: httpx.Response, answer: type[V]) -> Reply[V]:
        try:
            raw = response.json()
            return Reply(raw, TypeAdapter(answer).validate_python(harmless(raw)))
        except ValueError as error:
            raise Failure(
                f"The answer of {self.socket} to {response.request.url.path} cannot be read: the agent is of another "
                "version, or something else is listening there."
            ) from error

    def trust(self) -> None:
        """Make sure that nobody else poses as the agent; to be asked before a secret leaves."""
        if self._listener not in trusted_owners(self.socket):
            raise Failure(
                f"The program that listens at {self.socket} runs as user {self._listener}: neither you, nor root, nor "
                "the service that owns that folder. Nothing was sent."
            )


@contextmanager
def agent(ctx: typer.Context) -> Iterator[Client]:
    """Open the road to the agent that the command line names."""
    client = Client(find_socket(options_of(ctx).socket))
    try:
        yield client
    finally:
        client.close()


def trusted_owners(socket: Path) -> set[int]:
    """Return the users whose agent may be told secrets: us, root, and the owner of a folder that only root can make.

    Below a folder that others may write to (as /tmp), owning the socket's folder proves nothing.
    """
    folder = socket.resolve().parent
    owners = {0, os.geteuid()}
    if all(_only_roots(parent) for parent in folder.parents):
        owners.add(folder.stat().st_uid)
    return owners


def _only_roots(folder: Path) -> bool:
    status = folder.stat()
    return status.st_uid == 0 and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _listener(path: Path, patience_s: float) -> int:
    """Return the user who listens at a socket, as the kernel knows it; raise Failure when nobody does."""
    option = getattr(sockets, "SO_PEERCRED", None)
    with sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM) as probe:
        probe.settimeout(patience_s)
        try:
            probe.connect(str(path))
        except OSError as error:
            raise _unreachable(path, error) from error
        if option is None:  # macOS: the owner of the socket's file is what can be known without private calls
            return path.stat().st_uid
        _pid, uid, _gid = struct.unpack("3i", probe.getsockopt(sockets.SOL_SOCKET, option, struct.calcsize("3i")))
    return int(uid)


def _unreachable(path: Path, error: OSError) -> Failure:
    start = "Start one: statusapp agent run. Another one: --socket PATH or STATUSAPP_SOCKET."
    match error:
        case FileNotFoundError():
            text = f"No agent is running: there is no socket {path}. {start}"
        case ConnectionRefusedError():
            text = f"No agent answers at {path}: the socket is there, nobody listens. {start}"
        case PermissionError():
            text = f"You may not use the agent's socket {path}. Join its group (statusapp), then log in again."
        case _:
            text = f"The agent cannot be reached at {path} ({error.strerror or error}). {start}"
    return Failure(text, UNREACHABLE)


def _same_version(response: httpx.Response) -> None:
    theirs = response.headers.get(VERSION_HEADER)
    if theirs is not None and theirs != str(API_VERSION):
        raise Failure(
            f"The agent speaks version {harmless(theirs)} of the API, this command line version {API_VERSION}. "
            "Update the older of the two, then restart the agent."
        )


def _refusal(response: httpx.Response) -> Failure:
    try:
        problem = Problem.model_validate(harmless(response.json()))
    except (ValueError, ValidationError):
        return Failure(f"The agent answered {response.status_code} without a reason. Its log may know more.", FAILED)
    faults = tuple(_fault_line(fault) for fault in problem.faults)
    wrong_input = bool(faults) or response.status_code in (400, 422)
    return Failure(problem.error, USAGE if wrong_input else FAILED, faults)


def _fault_line(fault: FaultView) -> str:
    place = fault.file or "settings"
    if fault.line is not None:
        place += f":{fault.line}"
    key = f"{fault.key}: " if fault.key else ""
    unsaid = fault.nearest is not None and f'"{fault.nearest}"' not in fault.message
    nearest = f' (did you mean "{fault.nearest}"?)' if unsaid else ""
    return f"{place}: {key}{fault.message}{nearest}"
