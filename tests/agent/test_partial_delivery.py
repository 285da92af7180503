"""What a try got done of a message to several people is kept, and handed to the next try."""

from statusapp_agent.core import events as ev
from statusapp_agent.core.model import Action, Again, Delivered, DeliveryState
from tests.support.small_agent import monitor, small_agent
from tests.support.world import World
from tests.support.world import monitor as watched


def paged():
    world = World(watched("nas", failures=1))
    world.fail()
    row = next(row for row in world.rows() if row.action is Action.TRIGGER)
    world.do(ev.Attempting(row.id))
    return world, row.id


def of(world, number):
    return next(row for row in world.rows() if row.id == number)


def test_a_part_that_is_done_is_kept_until_more_is_known():
    world, number = paged()
    world.do(ev.Attempted(number, Again("one of two", receipt={"done": ["ann"]})))
    assert (of(world, number).state, of(world, number).receipt) == (DeliveryState.PENDING, {"done": ["ann"]})
    world.later(60)
    world.do(ev.Attempting(number))
    world.do(ev.Attempted(number, Again("no connection")))
    assert of(world, number).receipt == {"done": ["ann"]}
    world.later(60)
    world.do(ev.Attempting(number))
    world.do(ev.Attempted(number, Delivered("both", {"done": ["ann", "bob"]})))
    assert (of(world, number).state, of(world, number).receipt) == (DeliveryState.DELIVERED, {"done": ["ann", "bob"]})


async def test_the_courier_hands_it_to_the_next_try(tmp_path):
    handed = []
    async with small_agent(tmp_path) as agent:
        agent.channel.outcomes = [Again("one of two", receipt={"done": ["ann"]})]
        deliver = agent.channel.deliver

        async def listening(notice, settings, tools):
            handed.append(dict(tools.so_far))
            return await deliver(notice, settings, tools)

        agent.channel.deliver = listening
        await agent.settle(monitor())
        agent.check.down = True
        await agent.until(lambda: len(handed) >= 2)
    assert handed[:2] == [{}, {"done": ["ann"]}]
