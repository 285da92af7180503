"""Reach a target: look it up, connect to the first address that answers, encrypt if asked; afresh each time."""

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import Callable

from statusapp_agent.wire import scope
from statusapp_agent.wire.faults import WireFault, from_connect, from_handshake
from statusapp_agent.wire.line import Line, ready
from statusapp_agent.wire.resolve import Endpoint, Lookup, known, lookup
from statusapp_agent.wire.trace import Trace

_NEXT_ADDRESS_S = 0.25  # RFC 8305, section 5: the recommended delay before the next address is tried as well

_UNDER_WAY = {errno.EINPROGRESS, errno.EALREADY, errno.EWOULDBLOCK, errno.EINTR}
_CONNECTED = {0, errno.EISCONN}
# Of several addresses, the fault that says most about the target: somebody answered, nobody did, no road.
_TELLING = ("local_resources", "connect_refused", "reset", "connect_timeout", "unreachable")


async def dial(
    host: str,
    port: int,
    trace: Trace,
    *,
    context: ssl.SSLContext | None = None,
    server_name: str | None = None,
    allowed: Callable[[str], bool] | None = None,
    resolver: Lookup = lookup,
) -> Line:
    """Return an open connection to ``host`` (a name or an address) and tell ``trace`` the course of it.

    With a ``context`` the line is encrypted and the certificate judged for ``server_name`` (default: the host).
    ``allowed`` judges each address before anything is sent to it. Raises `WireFault`.
    """
    trace.head_for(host)
    endpoints = known(host, port)
    if endpoints is None:
        trace.enter("dns")
        endpoints = await resolver(host, port)
    if allowed is not None:
        endpoints = [endpoint for endpoint in endpoints if allowed(endpoint[1][0])]
    if not endpoints:
        raise WireFault("address_refused", f"{host} leads to an address that this check must not touch")
    trace.enter("connect")
    trace.scope = scope.of_host(endpoints[0][1][0])
    connected, endpoint = await _connect(endpoints)
    trace.address = endpoint[1][0]
    trace.scope = scope.of_host(trace.address)
    if context is None:
        return Line(connected)
    trace.enter("tls")
    return Line(await _encrypt(connected, context, server_name or host))


async def _connect(endpoints: list[Endpoint]) -> tuple[socket.socket, Endpoint]:
    if len(endpoints) == 1:
        return await _attempt(endpoints[0]), endpoints[0]
    return await _race(endpoints)


async def _race(endpoints: list[Endpoint]) -> tuple[socket.socket, Endpoint]:
    """Connect to the endpoint that answers first; each one starts when those before have failed or are slow."""
    faults: list[WireFault] = []
    attempts: dict[asyncio.Task[socket.socket], Endpoint] = {}
    try:
        for position, endpoint in enumerate(endpoints, 1):
            attempts[asyncio.create_task(_attempt(endpoint))] = endpoint
            patience = None if position == len(endpoints) else _NEXT_ADDRESS_S
            if winner := await _first(attempts, faults, patience):
                return winner
        raise min(faults, key=lambda fault: _TELLING.index(fault.error))
    finally:
        await _abandon(list(attempts))


async def _first(
    attempts: dict[asyncio.Task[socket.socket], Endpoint], faults: list[WireFault], patience: float | None
) -> tuple[socket.socket, Endpoint] | None:
    """Return the attempt that succeeds; None when it is time for the next one, or when all have failed."""
    while attempts:
        done, _ = await asyncio.wait(attempts, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            endpoint = attempts[task]
            try:
                connected = task.result()
            except WireFault as fault:
                faults.append(fault)
                del attempts[task]
            else:
                del attempts[task]
                return connected, endpoint
        if patience is not None:
            return None
    return None


async def _abandon(attempts: list[asyncio.Task[socket.socket]]) -> None:
    if not attempts:
        return
    for task in attempts:
        task.cancel()
    for outcome in await asyncio.gather(*attempts, return_exceptions=True):
        if isinstance(outcome, socket.socket):
            outcome.close()


async def _attempt(endpoint: Endpoint) -> socket.socket:
    family, address = endpoint
    where = f"{address[0]} port {address[1]}"
    try:
        opened = socket.socket(family, socket.SOCK_STREAM)
    except OSError as problem:
        raise from_connect(problem, where) from None
    try:
        opened.setblocking(False)
        problem_number = opened.connect_ex(address)
        if problem_number in _UNDER_WAY:
            # Over the loopback the answer is there as soon as the question has been asked: no need for a loop turn.
            problem_number = opened.connect_ex(address)
        if problem_number in _UNDER_WAY:
            await ready(opened, write=True)
            problem_number = opened.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if problem_number in _CONNECTED and opened.getsockname() == opened.getpeername():
            # The kernel took the very port that is asked as its own end: connected to itself, nothing listens.
            problem_number = errno.ECONNREFUSED
    except OSError as problem:
        opened.close()
        raise from_connect(problem, where) from None
    except BaseException:
        opened.close()
        raise
    if problem_number not in _CONNECTED:
        opened.close()
        raise _fault(problem_number, family, where)
    return opened


def _fault(number: int, family: int, where: str) -> WireFault:
    if number == errno.EADDRNOTAVAIL and family == socket.AF_INET6:
        # Not a lack of ports: IPv6 is switched off here.
        return WireFault("unreachable", f"{where} cannot be reached: this machine has no IPv6 address to use")
    return from_connect(OSError(number, os.strerror(number)), where)


async def _encrypt(connected: socket.socket, context: ssl.SSLContext, server_name: str) -> ssl.SSLSocket:
    name = server_name.strip("[]").rstrip(".")
    try:
        stream = context.wrap_socket(connected, server_hostname=name, do_handshake_on_connect=False)
    except OSError as problem:
        connected.close()
        raise from_handshake(problem, name) from None
    except ValueError:
        connected.close()
        raise WireFault("tls_hostname", f"{name} is not a name that a certificate can be made for") from None
    try:
        while not await _handshake_step(stream):
            pass
    except OSError as problem:
        stream.close()
        raise from_handshake(problem, name) from None
    except BaseException:
        stream.close()
        raise
    return stream


async def _handshake_step(stream: ssl.SSLSocket) -> bool:
    try:
        stream.do_handshake()
    except ssl.SSLWantReadError:
        await ready(stream, write=False)
        return False
    except ssl.SSLWantWriteError:
        await ready(stream, write=True)
        return False
    return True
