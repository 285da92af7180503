"""Random worlds in which the other side takes a message first and says later what became of it."""

import random

import pytest

from statusapp_agent.core.model import Accepted, Again, Delivered
from tests.simulation.test_core_at_rest import DEEDS, live_through
from tests.support.storm import Storm


class SlowWord(Storm):
    """Every message that arrives is only taken at first; what asking finds comes from the same chance."""

    def __init__(self, seed):
        self.asked = 0
        self.taken = set()
        super().__init__(seed)

    def end(self, number, outcome):
        effects = super().end(number, outcome)
        row = self.deliveries_ever[number]
        if isinstance(outcome, Accepted) and row.accepted_at is not None:
            self.taken.add(number)
        return effects

    def _meet(self, delivery, record):
        if delivery.accepted_at is None:
            assert delivery.id not in self.taken, "what was taken is sent again"
            return super()._meet(delivery, record)
        assert delivery.receipt == {"id": delivery.id}, "what to ask by is lost"
        self.asked += 1
        said = Delivered("delivered", delivery.receipt), Delivered("unknown", delivery.receipt, confirmed=False)
        later = Accepted("taken", delivery.receipt, 5.0)
        return self.chance.choice((*said, later, later, Again("asking failed")))

    def _try(self, delivery):
        before = len(self.flying)
        super()._try(delivery)
        if len(self.flying) > before and self.flying[-1].arrives and self.chance.random() < 0.8:
            self.flying[-1].outcome = Accepted("taken", {"id": self.flying[-1].delivery.id}, 5.0)


def _story(seed):
    rng = random.Random(seed)
    return [("faulty", seed % 3), *((rng.choice(DEEDS), rng.randrange(10)) for _ in range(20))]


def test_what_is_taken_arrives_once_and_is_closed_once():
    asked = 0
    for seed in range(25):
        world = SlowWord(seed)
        assert live_through(world, _story(seed)) == [], f"story {seed}"
        asked += world.asked
    assert asked > 100


@pytest.mark.slow
def test_two_hundred_more_such_stories_end_well():
    for seed in range(25, 225):
        assert live_through(SlowWord(seed), _story(seed)) == [], f"story {seed}"
