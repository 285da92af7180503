"""Something that goes up and down all day: a handful of pages, one incident, and a line that says so."""

import pytest

from statusapp_agent.core.model import Action, DeliveryState
from tests.support.world import World, monitor

DAY_S = 86_400


def flapped(every_s, *, checks_s=5, seconds=DAY_S, **changes):
    """Let a target be down and up for ``every_s`` in turn, checked every few seconds, for a day."""
    common = {"interval_s": 60.0, "retry_interval_s": 5.0, "failures": 1, "recoveries": 1}
    world = World(monitor("nas", **{**common, **changes}))
    for second in range(0, seconds, checks_s):
        down = (second // every_s) % 2 == 0
        world.check("nas", down="refused" if down else None, ms=None if down else 20, after=checks_s)
        world.tick(0)
        world.send()
    return world


def pages(world):
    return [row for row in world.rows() if row.action is Action.TRIGGER and row.state is DeliveryState.DELIVERED]


def test_every_five_seconds_for_a_day_is_five_pages():
    """X2."""
    world = flapped(5)
    assert len(pages(world)) == 5
    assert len(world.there.open()) == 1
    said = [row.notice["summary"] for row in world.rows() if row.action is Action.CHANGE]
    assert len(said) == 1
    assert said[0].startswith(
        "nas is flapping: 5 outages within an hour, so this one stays open until it has been good"
    )
    assert len(world.told("flapping")) == 1


@pytest.mark.slow
@pytest.mark.parametrize("every_s", [10, 20, 60, 120, 300])
def test_whatever_the_pace_a_day_has_at_most_six_pages(every_s):
    world = flapped(every_s, checks_s=5 if every_s < 60 else 20)
    assert len(pages(world)) <= 6


def test_what_is_turned_off_is_not_damped():
    assert len(pages(flapped(5, seconds=3600, flap_after=0))) > 100
