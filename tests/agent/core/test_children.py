"""What hangs on a root: one page for it that lists the others, and none for them."""

from statusapp_agent.core.model import Action, DeliveryState
from statusapp_agent.core.why import why_monitor
from statusapp_agent.views.monitors import monitor_state
from tests.support.world import World, channel, monitor

T, U = Action.TRIGGER, Action.UPDATE
PENDING, DELIVERED, REFUSED, CANCELLED = DeliveryState


def network(hosts=3, **more):
    """A router, a switch behind it, and hosts behind that."""
    common = {"failures": 2, "recoveries": 1, "flap_after": 0}
    monitors = [monitor("router", **common), monitor("switch", depends_on=("router",), **common)]
    monitors += [monitor(f"host{each}", depends_on=("switch",), **common) for each in range(hosts)]
    return World(*monitors, **more)


def fail(world, *names):
    for name in names:
        world.fail(name, times=2, every=1)


def test_twenty_hosts_behind_a_router_are_one_page_that_lists_them():
    """XC-05."""
    world = network(20)
    hosts = [f"host{each}" for each in range(20)]
    fail(world, *hosts, "switch", "router")
    world.run(2)
    (root,) = world.opened()
    assert root.monitor == "router"
    assert len(world.there.incidents) == 1
    assert set(world.rows(incident=root.id)[0].notice["children"]) == {"switch", *hosts}
    assert {monitor_state(world.watch(name)) for name in ("switch", *hosts)} == {"held"}
    assert len(world.told("child")) == 21
    steps = {step.question: step.answer for step in why_monitor(world.state, "host7", world.now).steps}
    assert "Held: switch is down" in steps["Does something that it depends on explain it?"]


def test_children_that_fail_before_the_page_has_left_are_in_it():
    world = network()
    fail(world, "router")
    fail(world, "switch")
    world.send()
    assert world.rows()[0].notice["children"] == ["switch"]


def test_children_that_fail_later_are_news_and_told_together():
    world = network()
    fail(world, "router")
    world.send()
    fail(world, "switch", "host0", "host1")
    world.run(20)
    assert world.lane() == [(T, DELIVERED)]
    world.run(20)
    assert world.lane() == [(T, DELIVERED), (U, DELIVERED)]
    assert world.rows()[1].reason == "accepted"
    assert world.rows()[1].notice["reason"] == "3 monitors that depend on it fail too: switch, host0 and host1"
    assert world.rows()[1].notice["children"] == ["switch", "host0", "host1"]
    world.run(600)
    assert len(world.lane()) == 2


def test_a_child_behind_a_held_one_is_listed_with_the_root():
    world = network()
    fail(world, "router", "switch")
    world.run(2)
    fail(world, "host0")
    assert world.incident("router").children == ("switch", "host0")
    assert world.told("child") == [
        "switch fails too and is held: it depends on router",
        "host0 fails too and is held: it depends on switch",
    ]


def test_a_child_that_failed_before_its_parent_keeps_its_own_incident():
    world = network()
    world.check("router", ms=5)
    world.check("switch", ms=5)
    world.fail("host0", times=2, every=1)
    world.check("switch", ms=5)
    world.check("router", ms=5)
    assert world.incident("host0") is not None
    world.later(1)
    fail(world, "switch", "router")
    world.run(2)
    assert world.incident("host0") is not None
    assert [each.monitor for each in world.opened()] == ["host0", "router"]


def test_a_child_that_stays_down_after_the_root_pages_after_fresh_checks():
    world = network()
    fail(world, "router", "switch", "host0")
    world.run(2)
    world.check("router", ms=5, after=1)
    world.check("switch", ms=5, after=1)
    assert world.incident("host0") is None
    world.check("host0", down="refused", after=1)
    assert world.incident("host0") is None
    world.check("host0", down="refused", after=1)
    assert world.rescheduled()["switch"] == 0.0
    world.check("switch", ms=5, after=1)
    assert world.rescheduled()["router"] == 0.0
    world.check("router", ms=5)
    world.check("switch", ms=5)
    world.send()
    assert world.incident("host0") is not None
    assert [each.key.rsplit("/")[-1] for each in world.there.open()] == [world.incident("host0").id]


def test_a_channel_that_takes_no_news_is_left_in_peace():
    world = World(
        monitor("router", failures=1, channels=("texts",)),
        monitor("nas", failures=1, depends_on=("router",), channels=("texts",)),
        channels=[channel("texts", "sms")],
    )
    world.check("router", down="refused")
    world.send()
    world.check("nas", down="refused")
    world.run(60)
    assert world.lane("texts") == [(T, DELIVERED)]
