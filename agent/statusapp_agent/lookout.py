"""Looks at the canaries when the core asks, one round at a time, and keeps an eye on which network we are in."""

import asyncio
from collections.abc import Callable, Sequence

from statusapp_agent.canary import Canaries, network_fingerprint
from statusapp_agent.core.events import CanaryBegun, CanaryLooked, Event, NetworkChanged
from statusapp_agent.core.model import Scope

SHORTEST_PAUSE_S = 0.5
"""Between rounds: while many targets fail at once, one round answers for all of them."""
NETWORK_EVERY_S = 15.0


class Lookout:
    """A request made while a round is under way is answered by one more, begun after it."""

    def __init__(self, put: Callable[[Event], None]) -> None:
        self._put = put
        self.canaries = Canaries([])
        self._number = 0
        self._again = False
        self._task: asyncio.Task[None] | None = None

    def use(self, addresses: Sequence[str] | None) -> None:
        """Look at these canaries from now on."""
        self.canaries = Canaries(addresses)

    def look(self) -> None:
        """Begin a round, or have one more follow the one under way."""
        if self.canaries.off:
            return
        if self._task is not None and not self._task.done():
            self._again = True
            return
        self._task = asyncio.create_task(self._look())

    async def _look(self) -> None:
        while True:
            self._again = False
            self._number += 1
            number = self._number
            self._put(CanaryBegun(number))
            # The core must have counted this round before anything that fails during it is judged.
            self._put(CanaryLooked(number, await self.canaries.look()))
            if not self._again:
                return
            await asyncio.sleep(SHORTEST_PAUSE_S)

    async def watch_network(self) -> None:
        """Tell the core which network we are in, now and whenever it changes."""
        known: str | None = None
        while True:
            found = await asyncio.to_thread(network_fingerprint)
            if found != known:
                known = found
                self._put(NetworkChanged(found))
            await asyncio.sleep(NETWORK_EVERY_S)

    async def stop(self) -> None:
        """Cut a round off."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


def canary_scopes(addresses: Sequence[str] | None) -> frozenset[Scope]:
    """Return the scopes that canaries vouch for; None stands for the gateway and public addresses."""
    if addresses is None:
        return frozenset({Scope.LAN, Scope.INTERNET})
    from statusapp_agent.wire.hostport import parse_hostport
    from statusapp_agent.wire.scope import of_host

    return frozenset(of_host(parse_hostport(text).host) for text in addresses)
