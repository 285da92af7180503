"""Listening for answers: only while somebody may have one, each channel on its own, and less often where it fails."""

import asyncio
from datetime import UTC, datetime

import pytest

from statusapp_agent.core import events as ev
from statusapp_agent.core.model import Again, Delivered
from statusapp_agent.kinds import ChannelTools, Reply
from statusapp_agent.replies import Replies
from statusapp_agent.vault_sources import VaultError
from tests.support.small_agent import ToldChannel
from tests.support.world import World, channel, monitor


class Ear(ToldChannel):
    """A channel that can be answered; it says what it is told to say."""

    listens = True
    replies_via = "ear"

    def __init__(self):
        super().__init__()
        self.heard = []
        self.asked = 0
        self.hangs = False

    async def listen(self, settings, tools, since):
        self.asked += 1
        self.since = since
        if self.hangs:
            await asyncio.Event().wait()
        if isinstance(self.heard, Exception):
            raise self.heard
        return self.heard


class Hand:
    """A clock whose hand is moved."""

    def __init__(self):
        self.s = 100.0

    def monotonic(self):
        return self.s


class Listening:
    """Replies over a world with one incident that was told to ``sms``."""

    def __init__(self, *, told=True, names=("sms",)):
        self.ear, self.clock, self.put = Ear(), Hand(), []
        self.world = World(
            monitor("nas", channels=names),
            channels=tuple(channel(name, "sms") for name in names),
        )
        if told:
            self.world.fail()
            self.world.send(Delivered())
        self.vault_fault = None
        self.replies = Replies({"sms": self.ear}, self.world.state, self.clock, self.tools, self.put.append)

    async def tools(self, record):
        if self.vault_fault:
            raise VaultError(self.vault_fault)
        return ChannelTools(None, lambda: datetime.now(UTC), 5, {"auth_token": "s3cret-s3cret"})

    async def look(self):
        self.replies.look()
        for _ in range(10):
            await asyncio.sleep(0)


async def test_a_code_becomes_an_event_and_anything_else_does_not():
    now = Listening()
    now.ear.heard = [Reply("SM1", "…0000", "ACK 1", now.world.now), Reply("SM2", "…0000", "what is it?")]
    await now.look()
    assert now.put == [ev.Answered("sms", "SM1", 1, "…0000", "ear", now.world.now)]
    assert now.ear.since < now.world.rows("sms")[0].last_attempt_at


async def test_what_was_taken_in_is_not_put_again():
    now = Listening()
    now.ear.heard = [Reply("SM1", "…0000", "ACK 77", now.world.now)]
    await now.look()
    now.world.do(now.put[0])
    await now.look()
    assert len(now.put) == 1
    assert now.ear.asked == 2


async def test_what_has_no_time_and_was_there_before_acts_never_and_what_comes_then_acts():
    now = Listening()
    now.ear.heard = [Reply("old", "…0000", "ACK 1")]
    await now.look()
    assert now.put == []
    now.ear.heard = [Reply("old", "…0000", "ACK 1"), Reply("new", "…0000", "ACK 1")]
    await now.look()
    assert [each.reply for each in now.put] == ["new"]


async def test_nobody_is_asked_while_nobody_could_answer():
    now = Listening(told=False)
    await now.look()
    assert now.ear.asked == 0


async def test_nobody_is_asked_once_somebody_has_it():
    now = Listening()
    now.ear.heard = [Reply("SM1", "…0000", "ACK 1", now.world.now)]
    await now.look()
    now.world.do(now.put[0])
    await now.look()
    assert now.ear.asked == 1


async def test_a_channel_that_hangs_is_asked_once_and_keeps_no_other_waiting():
    now = Listening(names=("a", "b"))
    now.ear.hangs = True
    await now.look()
    await now.look()
    assert now.ear.asked == 2
    for task in now.replies._asking.values():
        task.cancel()


@pytest.mark.parametrize("heard", [Again("401 s3cret-s3cret", slow=True), ValueError("a bug")])
async def test_where_it_fails_it_is_said_once_without_secrets_and_asked_less_often(heard, caplog):
    now = Listening()
    now.ear.heard = heard
    for _ in range(60):
        now.clock.s += 5
        await now.look()
    assert 5 <= now.ear.asked <= 10
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 1
    assert said[0].startswith("replies over sms cannot be read")
    assert "s3cret" not in said[0]
    now.ear.heard = [Reply("SM1", "…0000", "ACK 1", now.world.now)]
    now.clock.s += 61
    await now.look()
    assert len(now.put) == 1


async def test_a_secret_that_cannot_be_had_is_said():
    now = Listening()
    now.vault_fault = "the keyring is locked"
    await now.look()
    assert now.ear.asked == 0
    assert now.put == []


async def test_the_loop_asks_again_and_again_and_ends_with_its_task():
    now = Listening()
    replies = Replies({"sms": now.ear}, now.world.state, now.clock, now.tools, now.put.append, every_s=0.001)
    task = asyncio.create_task(replies.run())
    async with asyncio.timeout(5):
        while now.ear.asked < 3:  # noqa: ASYNC110 - what is waited for is counted by another task
            await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
