"""One message a second for each Slack channel; those that wait for the same place meanwhile leave as one.

Slack: one message a second and channel, short bursts aside (https://docs.slack.dev/apis/web-api/rate-limits).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

GAP_S = 1.0
MOST_TOGETHER = 40

T = TypeVar("T")
R = TypeVar("R")


class TooLongError(Exception):
    """The line is longer than the sender can wait; ``wait_s`` is how long it is."""

    def __init__(self, wait_s: float) -> None:
        super().__init__("the line is too long")
        self.wait_s = wait_s


class LeaderGoneError(Exception):
    """Who was to carry the message for all gave up; ``begun`` says whether it may have left."""

    def __init__(self, *, begun: bool) -> None:
        super().__init__("the message was given up")
        self.begun = begun


@dataclass(slots=True)
class _Batch(Generic[T, R]):
    items: list[T]
    others: list["asyncio.Future[R]"] = field(default_factory=list)
    begun: bool = False


class Line(Generic[T, R]):
    """The messages that wait for one channel. ``gap_s`` is the time from one to the next."""

    def __init__(self, gap_s: float = GAP_S) -> None:
        self._gap_s = gap_s
        self._free_at_s = 0.0
        self._open: dict[str, _Batch[T, R]] = {}

    async def send(
        self, item: T, carry: Callable[[Sequence[T]], Awaitable[R]], *, together: str | None, most_s: float
    ) -> R:
        """Wait for the turn and have ``carry`` send ``item``, with others that wait under the same name ``together``.

        All of those get the same answer. Raises TooLongError at once if the turn is more than ``most_s`` away.
        """
        loop = asyncio.get_running_loop()
        batch = self._open.get(together) if together is not None else None
        if batch is not None and len(batch.items) < MOST_TOGETHER:
            answer: asyncio.Future[R] = loop.create_future()
            batch.items.append(item)
            batch.others.append(answer)
            return await answer
        wait_s = max(0.0, self._free_at_s - loop.time())
        if wait_s > most_s:
            raise TooLongError(wait_s)
        self._free_at_s = loop.time() + wait_s + self._gap_s
        return await self._lead(_Batch([item]), carry, together, wait_s)

    async def _lead(
        self, batch: _Batch[T, R], carry: Callable[[Sequence[T]], Awaitable[R]], together: str | None, wait_s: float
    ) -> R:
        if together is not None:
            self._open[together] = batch
        try:
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            self._close(batch, together)
            batch.begun = True
            answer = await carry(tuple(batch.items))
            for other in batch.others:
                if not other.done():
                    other.set_result(answer)
            return answer
        finally:
            self._close(batch, together)
            for other in batch.others:
                if not other.done():
                    other.set_exception(LeaderGoneError(begun=batch.begun))

    def _close(self, batch: _Batch[T, R], together: str | None) -> None:
        if together is not None and self._open.get(together) is batch:
            del self._open[together]
