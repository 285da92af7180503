"""Listens for what people answer: asks a channel for replies while somebody may have one to send, and at no other time.

We ask and are not called, so that it works behind a router that lets nobody in.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from statusapp_agent.clock import Clock
from statusapp_agent.core.answering import CLOCKS_DIFFER, code_of, listening_since
from statusapp_agent.core.events import Answered, Event
from statusapp_agent.core.model import Again
from statusapp_agent.core.state import ChannelRecord, State
from statusapp_agent.kinds import ChannelKind, ChannelTools, Reply
from statusapp_agent.redaction import without
from statusapp_agent.vault_sources import VaultError

log = logging.getLogger("statusapp.replies")

LISTEN_S = 5.0
LONGEST_S = 60.0
_PATIENCE_S = 10.0


class Replies:
    """Asks each channel that can be answered, on its own: one that hangs keeps nobody from being heard."""

    def __init__(
        self,
        kinds: Mapping[str, ChannelKind[Any]],
        state: State,
        clock: Clock,
        tools: Callable[[ChannelRecord], Awaitable[ChannelTools]],
        put: Callable[[Event], None],
        *,
        every_s: float = LISTEN_S,
    ) -> None:
        self._kinds = kinds
        self._state = state
        self._clock = clock
        self._tools = tools
        self._put = put
        self._every_s = every_s
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._quiet_until: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self._old: dict[str, frozenset[str]] = {}

    async def run(self) -> None:
        """Listen for ever."""
        try:
            while True:
                self.look()
                await asyncio.sleep(self._every_s)
        finally:
            for task in self._asking.values():
                task.cancel()

    def look(self) -> None:
        """Ask every channel over which an answer may come now, unless it is being asked."""
        for record in list(self._state.channels.values()):
            kind = self._kinds.get(record.channel.kind)
            busy = record.name in self._asking and not self._asking[record.name].done()
            if record.retired or kind is None or not kind.listens or busy:
                continue
            if self._clock.monotonic() < self._quiet_until.get(record.name, 0.0):
                continue
            since = listening_since(self._state, record)
            if since is not None:
                asking = self._ask(record, kind, since - CLOCKS_DIFFER)
                self._asking[record.name] = asyncio.create_task(asking, name=f"replies {record.name}")

    async def _ask(self, record: ChannelRecord, kind: ChannelKind[Any], since: datetime) -> None:
        secrets: tuple[str, ...] = ()
        try:
            tools = await self._tools(record)
            secrets = tuple(tools.fields.values())
            async with asyncio.timeout(_PATIENCE_S + 1):
                found = await kind.listen(record.channel.settings, tools, since)
        except VaultError as fault:
            found = Again(str(fault), slow=True)
        except TimeoutError:
            found = Again(f"no answer within {_PATIENCE_S:g} s")
        except Exception as fault:  # noqa: BLE001 - one channel's bug must not make the others deaf
            found = Again(f"the channel itself failed ({type(fault).__name__})", slow=True)
        if isinstance(found, Again):
            self._rest(record.name, found, secrets)
            return
        self._failures.pop(record.name, None)
        # What has no time and was there before we listened may answer an incident of years ago.
        old = self._old.setdefault(record.name, frozenset(reply.id for reply in found if reply.at is None))
        for reply in found:
            if reply.id not in old:
                self._take(record, kind, reply)

    def _take(self, record: ChannelRecord, kind: ChannelKind[Any], reply: Reply) -> None:
        number = code_of(reply.text)
        if number is not None and reply.id not in record.replies:
            self._put(Answered(record.name, reply.id, number, reply.by, kind.replies_via, reply.at))

    def _rest(self, channel: str, why: Again, secrets: tuple[str, ...]) -> None:
        """Ask less often where asking fails, and say so once."""
        count = self._failures[channel] = self._failures.get(channel, 0) + 1
        if count == 1:
            log.warning("replies over %s cannot be read: %s", channel, without(why.reason, secrets))
        wait_s = min(LONGEST_S, self._every_s * 2.0 ** min(count, 6))
        self._quiet_until[channel] = self._clock.monotonic() + max(wait_s, min(why.after_s or 0.0, LONGEST_S))
