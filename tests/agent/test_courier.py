"""The courier: in order, within the rate, and nobody waits for somebody else's trouble."""

import asyncio

from statusapp_agent.core.model import Again, DeliveryState, Refused
from tests.support.small_agent import monitor, small_agent


async def _pages(agent, count):
    await agent.until(lambda: len(agent.channel.told) >= count)


async def test_a_refused_connection_is_tried_again_with_the_same_words(tmp_path):
    async with small_agent(tmp_path) as agent:
        agent.channel.outcomes = [Again("connection refused")]
        await agent.settle(monitor())
        agent.check.down = True
        await _pages(agent, 2)
        first, second = agent.channel.told[:2]
        assert first == second


async def test_a_bug_in_a_channel_is_another_try_not_the_end(tmp_path, caplog):
    async with small_agent(tmp_path) as agent:
        agent.channel.outcomes = [ValueError("a bug")]
        await agent.settle(monitor())
        agent.check.down = True
        await _pages(agent, 2)
    assert "broke" in caplog.text


async def test_a_hanging_channel_holds_up_only_itself(tmp_path):
    async with small_agent(tmp_path) as agent:
        agent.channel.hangs = True
        await agent.settle(monitor("a"), monitor("b"))
        agent.check.down = True
        await _pages(agent, 2)
        runs = agent.check.runs
        await agent.until(lambda: agent.check.runs > runs + 4)


async def test_the_rate_is_kept_to(tmp_path):
    async with small_agent(tmp_path) as agent:
        await agent.settle(*(monitor(f"m{n}") for n in range(12)), per_minute=5)
        agent.check.down = True
        await agent.until(lambda: len(agent.engine.state.incidents) == 12)
        await _pages(agent, 5)
        await agent.until(lambda: agent.check.runs > 200)
        assert len(agent.channel.told) == 5


async def test_no_more_than_one_at_a_time_while_it_fails(tmp_path):
    async with small_agent(tmp_path) as agent:
        agent.channel.outcomes = [Again("500", maybe_sent=True) for _ in range(6)]
        await agent.settle(*(monitor(f"m{n}") for n in range(6)))
        agent.check.down = True
        await agent.until(lambda: agent.engine.state.channels["told"].failing_since is not None)
        agent.channel.busiest = 0
        await agent.until(lambda: agent.engine.state.channels["told"].failing_since is None, 20)
        assert agent.channel.busiest == 1


async def test_a_poisonous_message_does_not_block_the_others(tmp_path):
    async with small_agent(tmp_path) as agent:
        agent.channel.outcomes = [Refused("invalid event")]
        await agent.settle(monitor("a"), monitor("b"), monitor("c"))
        agent.check.down = True
        await _pages(agent, 3)
        states = lambda: sorted(d.state.value for d in agent.engine.state.deliveries.values())  # noqa: E731
        await agent.until(lambda: states() == ["delivered", "delivered", "refused"])


async def test_what_was_being_sent_at_the_end_is_pending_at_the_start(tmp_path):
    async with small_agent(tmp_path) as agent:
        agent.channel.hangs = True
        await agent.settle(monitor())
        agent.check.down = True
        await _pages(agent, 1)
        await asyncio.sleep(0)
        (delivery,) = agent.engine.state.deliveries.values()
        assert delivery.state is DeliveryState.PENDING
        assert delivery.sending
