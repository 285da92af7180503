"""Whom a route reaches at its steps' own times, and the hours that steps wait for."""

from datetime import UTC, date, datetime, timedelta

import pytest

from statusapp_agent.core.audience import Audience
from statusapp_agent.core.events import Acknowledge, ClockStepped
from statusapp_agent.core.hours import BusinessHours, Hours, hours_facts
from statusapp_agent.core.model import Action, DeliveryState, Person, Step, Tier, When
from statusapp_agent.core.roster import Layer, Roster, Rotation
from statusapp_agent.core.routing import route, route_in_words
from tests.support.world import START, World, channel, monitor

AGENT = {"business_hours": hours_facts(BusinessHours(Hours((0, 1, 2, 3, 4), 540, 1020), "Europe/Berlin"))}
HOME = Rotation(
    "home", "Europe/Berlin", (Layer(("Ana", "Ben"), 168, date(2026, 3, 2), 540), Layer(("Cleo",), 24, date(2026, 3, 1)))
)
DAY = Rotation(
    "day", "Europe/Berlin", (Layer(("Cleo",), 24, date(2026, 3, 1), 0, (Hours(start_minute=480, end_minute=1080),)),)
)
ROSTER = Roster({n: Person(n) for n in ("Ana", "Ben", "Cleo")}, {"home": HOME, "day": DAY})
SMS = channel("sms", "sms", on_call=("home",))
CHANNELS = {
    each.name: each
    for each in (channel("pd"), SMS, channel("slack", "slack"), channel("desk", "sms", on_call=("day",)))
}

MONDAY_NIGHT = datetime(2026, 3, 2, 21, 30, tzinfo=UTC)
MONDAY_NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)


def words(now: datetime, *steps: Step) -> str:
    audience = Audience(ROSTER, now, AGENT)
    found = route(monitor("nas", tier="x", channels=None), CHANNELS, {"x": Tier("x", steps)})
    return route_in_words("nas", audience.timed(found), audience)


def test_a_route_says_who_is_on_call_and_until_when():
    late = Step(channel="sms", when=When.UNACKNOWLEDGED, after_s=300)
    assert words(MONDAY_NOON, Step(channel="pd"), late) == (
        "If nas fails now: pd at once; "
        "sms to Ana (on call until 9 Mar 09:00) after 5 min unless somebody has acknowledged."
    )
    assert "sms to Ana (on call until Mon 09:00) at once" in words(MONDAY_NOON + timedelta(days=3), Step(channel="sms"))


def test_whom_a_step_reaches_is_judged_at_its_own_time():
    before = datetime(2026, 3, 9, 7, 50, tzinfo=UTC)
    assert "to Ana (on call until 09:00)" in words(before, Step(channel="sms"))
    assert "to Ben (on call until 16 Mar 09:00) after 15 min" in words(before, Step(channel="sms", after_s=900))


def test_that_nobody_is_on_call_is_said():
    assert "desk to nobody (day has a gap) at once" in words(MONDAY_NIGHT, Step(channel="desk"))


def test_a_built_in_tier_tells_people_too():
    found = route(monitor("nas", tier="1", channels=None), CHANNELS, {})
    audience = Audience(ROSTER, MONDAY_NOON, AGENT)
    assert [audience.people(step) for step in found.steps] == [[], [], ["Cleo"], ["Ana"]]


@pytest.mark.parametrize(
    ("now", "hours", "said"),
    [
        (MONDAY_NOON, "business", "slack at once (in business hours)."),
        (MONDAY_NIGHT, "business", "slack at Tue 09:00, when business hours begin, unless somebody has acknowledged."),
        (MONDAY_NIGHT, "after", "slack at once (after hours)."),
        (MONDAY_NOON, "after", "slack at 17:00, when business hours end, unless somebody has acknowledged."),
    ],
)
def test_a_step_waits_for_its_hours(now, hours, said):
    assert words(now, Step(channel="slack", hours=hours)) == f"If nas fails now: {said}"


def test_hours_are_those_of_the_steps_own_time():
    almost_five = datetime(2026, 3, 2, 15, 58, tzinfo=UTC)
    assert "slack after 5 min (after hours)" in words(almost_five, Step(channel="slack", after_s=300, hours="after"))
    assert "slack at Tue 09:00" in words(almost_five, Step(channel="slack", after_s=300, hours="business"))


def test_a_channel_with_two_hours_is_told_once_by_the_first_of_them():
    both = (Step(channel="slack", hours="business"), Step(channel="slack", hours="after", after_s=600))
    assert words(MONDAY_NOON, *both) == "If nas fails now: slack at once (in business hours)."
    assert words(MONDAY_NIGHT, *both) == "If nas fails now: slack after 10 min (after hours)."


def test_without_hours_of_business_nothing_waits():
    audience = Audience(ROSTER, MONDAY_NIGHT, {})
    found = route(
        monitor("nas", tier="x", channels=None), CHANNELS, {"x": Tier("x", (Step(channel="slack", hours="business"),))}
    )
    assert [step.after_s for step in audience.timed(found).steps] == [0]


class TestOnceOpen:
    """An incident that opens on Monday at 09:00 in Berlin, within the hours of business."""

    def world(self) -> World:
        tier = Tier("x", (Step(channel="pd"), Step(channel="night", hours="after")))
        return World(
            monitor("nas", tier="x"), channels=(channel("pd"), channel("night", "slack")), tiers=(tier,), agent=AGENT
        )

    def test_what_waits_leaves_when_its_hours_begin(self):
        world = self.world()
        world.fail()
        world.send()
        assert world.lane("night") == [(Action.TRIGGER, DeliveryState.PENDING)]
        [row] = world.rows("night")
        assert row.not_before == START.replace(hour=16)
        assert "night at 17:00, when business hours end, unless somebody has acknowledged" in world.told("route")[0]
        world.now = START.replace(hour=15, minute=59)
        world.send()
        assert world.lane("night") == [(Action.TRIGGER, DeliveryState.PENDING)]
        world.now = START.replace(hour=16)
        world.send()
        assert world.lane("night") == [(Action.TRIGGER, DeliveryState.DELIVERED)]

    def test_what_somebody_has_in_hand_does_not_leave_then(self):
        world = self.world()
        world.fail()
        world.send()
        world.do(Acknowledge(world.incident().id, "Ana", "cli"))
        world.now = START.replace(hour=17)
        world.send()
        assert world.lane("night") == [(Action.TRIGGER, DeliveryState.CANCELLED)]

    def test_a_clock_that_is_set_moves_no_hours(self):
        world = self.world()
        world.fail()
        world.later(7200)
        world.do(ClockStepped(7200))
        assert world.rows("night")[0].not_before == START.replace(hour=16)

    def test_hours_that_were_changed_meanwhile_are_judged_at_its_turn(self):
        world = self.world()
        world.fail()
        world.agent = {"business_hours": hours_facts(BusinessHours(Hours((0, 1, 2, 3, 4), 540, 1140), "Europe/Berlin"))}
        world.apply()
        world.now = START.replace(hour=16, minute=30)
        world.send()
        [row] = world.rows("night")
        assert (row.state, row.not_before) == (DeliveryState.PENDING, START.replace(hour=18))
        world.now = START.replace(hour=18)
        world.send()
        assert world.lane("night") == [(Action.TRIGGER, DeliveryState.DELIVERED)]

    def test_new_settings_make_the_rest_wait_as_well(self):
        world = self.world()
        world.apply(tiers=[Tier("x", (Step(channel="pd"),))])
        world.fail()
        world.send()
        world.apply(tiers=[Tier("x", (Step(channel="pd"), Step(channel="night", hours="after")))])
        world.send()
        assert world.lane("night") == [(Action.TRIGGER, DeliveryState.PENDING)]
