"""What a forked agent may be changed by before it runs: a shorter wait, and the wrong orders that must be noticed."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

SECOND_RESOLVE_S = 5.0
TOO_LATE_S = 0.15


def soon_once_more() -> None:
    """Send second resolves after seconds instead of minutes, so that a run can be judged at rest."""
    from statusapp_agent.core import outbox

    outbox.SECOND_RESOLVE_AFTER = timedelta(seconds=SECOND_RESOLVE_S)


def send_then_mark() -> None:
    """Act first and write afterwards: what was sent may be forgotten."""
    from statusapp_agent.store.writer import Writer

    commit = Writer.commit
    under_way: set[asyncio.Task[None]] = set()
    one_at_a_time = asyncio.Lock()

    async def write(writer, batch):
        await asyncio.sleep(TOO_LATE_S)
        async with one_at_a_time:
            await commit(writer, batch)

    async def too_late(writer, batch):
        task = asyncio.create_task(write(writer, list(batch)))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
        return True

    Writer.commit = too_late


def mark_then_send() -> None:
    """Write a message down as delivered when its try begins: what was not sent yet may be forgotten."""
    from statusapp_agent.core.model import Delivery, DeliveryState
    from statusapp_agent.store.state_store import StateStore

    save = StateStore._save

    def too_early(store, value):
        if isinstance(value, Delivery) and value.sending:
            value = replace(value, sending=False, state=DeliveryState.DELIVERED, reason="marked too early")
        save(store, value)

    StateStore._save = too_early


TWISTS: dict[str, Callable[[], None]] = {
    "soon once more": soon_once_more,
    "send, then mark": send_then_mark,
    "mark, then send": mark_then_send,
}
