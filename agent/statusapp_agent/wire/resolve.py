"""From a host to the addresses to try. A literal address costs nothing; a name is looked up as the system does it."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from itertools import chain, zip_longest

from statusapp_agent.wire.faults import WireFault, from_lookup
from statusapp_agent.wire.scope import Address, is_localhost, literal

Endpoint = tuple[int, tuple[str, int] | tuple[str, int, int, int]]
"""An address family and the socket address to connect to."""

Lookup = Callable[[str, int], Awaitable[list[Endpoint]]]
"""From a name and a port to addresses, best first; raises `WireFault`."""

_THREADS = 64  # lookups under way at once; each may hang for as long as the system's resolver likes
_ADDRESSES = 8  # H10: a name may have 10,000 addresses; who does not answer on eight does not answer

_under_way: dict[tuple[asyncio.AbstractEventLoop, str, int], "asyncio.Future[list[Endpoint]]"] = {}


def known(host: str, port: int) -> list[Endpoint] | None:
    """Return the addresses of a host that needs no lookup (a literal, this host); None for any other name."""
    address = literal(host)
    if address is not None:
        return [_endpoint(address, port)]
    if is_localhost(host):
        # IPv4 first: most things at home listen there, and the other one is tried in the same instant.
        return [(socket.AF_INET, ("127.0.0.1", port)), (socket.AF_INET6, ("::1", port, 0, 0))]
    return None


async def lookup(host: str, port: int) -> list[Endpoint]:
    """Look a name up; checks that ask for one name at the same moment share the answer.

    Each lookup has a thread of its own, because asyncio's shared pool is six threads on this kind of machine: six
    names whose server hangs would keep every other check waiting, and would hold up the end of the program as well.
    """
    loop = asyncio.get_running_loop()
    key = (loop, host, port)
    while key not in _under_way and len(_under_way) >= _THREADS:
        await asyncio.wait(
            [asyncio.shield(future) for (owner, *_), future in _under_way.items() if owner is loop],
            return_when=asyncio.FIRST_COMPLETED,
        )
    future = _under_way.get(key)
    if future is None:
        future = _under_way[key] = loop.create_future()
        # Every waiter may have given up by the time it fails.
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            threading.Thread(target=_look_up, args=(key, future), name="lookup", daemon=True).start()
        except RuntimeError:
            del _under_way[key]
            raise WireFault(
                "local_resources", "this machine can start no more threads, so the check could not be made", ours=True
            ) from None
    return await asyncio.shield(future)


def _look_up(key: tuple[asyncio.AbstractEventLoop, str, int], future: "asyncio.Future[list[Endpoint]]") -> None:
    loop, host, port = key
    found: list[Endpoint] | WireFault
    try:
        found = interleave(_ask_system(host, port))
    except OSError as problem:
        found = from_lookup(problem, host)
    except ValueError:
        found = WireFault("dns", f"{host} is not a name that can be looked up")
    try:
        loop.call_soon_threadsafe(_finish, key, future, found)
    except RuntimeError:
        # The loop is closed: nobody waits any more.
        _under_way.pop(key, None)


def _finish(
    key: tuple[asyncio.AbstractEventLoop, str, int],
    future: "asyncio.Future[list[Endpoint]]",
    found: list[Endpoint] | WireFault,
) -> None:
    _under_way.pop(key, None)
    if future.done():
        return
    if isinstance(found, WireFault):
        future.set_exception(found)
    else:
        future.set_result(found)


def interleave(endpoints: list[Endpoint]) -> list[Endpoint]:
    """Return the first few endpoints with the families taking turns (RFC 8305, section 4), in the order given."""
    first = [endpoint for endpoint in endpoints if endpoint[0] == endpoints[0][0]]
    other = [endpoint for endpoint in endpoints if endpoint[0] != endpoints[0][0]]
    turns = chain.from_iterable(zip_longest(first, other))
    return [endpoint for endpoint in turns if endpoint is not None][:_ADDRESSES]


def _ask_system(host: str, port: int) -> list[Endpoint]:
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # An interpreter built without IPv6 answers with raw bytes for such addresses; those cannot be connected to.
    return [(family, address) for family, *_, address in answers if isinstance(address[0], str)]


def _endpoint(address: Address, port: int) -> Endpoint:
    if address.version == 4:
        return socket.AF_INET, (str(address), port)
    zone = getattr(address, "scope_id", None)
    if zone is None:
        return socket.AF_INET6, (str(address), port, 0, 0)
    bare = str(address).partition("%")[0]
    try:
        return socket.AF_INET6, (bare, port, 0, int(zone) if zone.isdecimal() else socket.if_nametoindex(zone))
    except OSError:
        raise WireFault("unreachable", f"this machine has no network interface {zone}") from None
