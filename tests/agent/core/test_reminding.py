"""Hand-offs are told ahead and when they happen, once each, whatever comes in between."""

from datetime import UTC, date, datetime, timedelta

import pytest

from statusapp_agent.core.events import Acknowledge, Snooze
from statusapp_agent.core.model import Action, Maintenance, Person
from statusapp_agent.core.roster import Layer, Override, Roster, Rotation
from statusapp_agent.core.state import Audit, Reminded, Save
from tests.support.world import World, channel, monitor

HANDOFF = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)
HOME = Rotation("home", "Europe/Berlin", (Layer(("Ana", "Ben"), 168, date(2026, 3, 2), 540),), remind="pd")
PEOPLE = {name: Person(name) for name in ("Ana", "Ben", "Cleo")}


class Desk(World):
    """A world with a roster, which remembers how far hand-offs were told as a store would."""

    def __init__(self, *rotations, overrides=(), **given):
        self.roster = Roster(PEOPLE, {each.name: each for each in rotations or (HOME,)}, tuple(overrides))
        super().__init__(**given)

    def apply(self, **changes):
        self.roster = changes.pop("roster", self.roster)
        return super().apply(roster=self.roster, **changes)

    def _remember(self, effect):
        match effect:
            case Save(Reminded() as value):
                self.saved["reminded", value.rotation] = value
            case _:
                super()._remember(effect)

    def restart(self):
        """Start as `boot` does: the settings in force are no change to them."""
        roster, super_apply = self.roster, super().apply
        self.state = self._empty()
        self.state.roster = roster
        self.state.absorb([Save(value) for value in self.saved.values()])
        self.state.next_delivery = max([0, *self.deliveries_ever]) + 1
        super_apply(roster=roster)

    def until(self, at: datetime, every: float = 60.0):
        """Let time pass, with a tick at least each minute and one at the moment itself."""
        while self.now < at:
            self.now = min(at, self.now + timedelta(seconds=every))
            self.tick(0)

    @property
    def told_so_far(self) -> list[str]:
        return [row.notice["summary"] for row in self.rows("pd") if row.action is Action.CHANGE]


AHEAD = "On call in home at 09:00: Ben takes over from Ana; nothing is open"
NOW = "On call in home now: Ben takes over from Ana; nothing is open"


def test_a_hand_off_is_told_half_an_hour_ahead_and_when_it_happens():
    world = Desk()
    world.until(HANDOFF - timedelta(minutes=30, seconds=1))
    assert world.told_so_far == []
    world.until(HANDOFF - timedelta(minutes=30))
    assert world.told_so_far == [AHEAD]
    world.until(HANDOFF - timedelta(seconds=1))
    assert world.told_so_far == [AHEAD]
    world.until(HANDOFF)
    world.until(HANDOFF + timedelta(hours=3))
    assert world.told_so_far == [AHEAD, NOW]


def test_the_next_one_is_told_as_well():
    world = Desk()
    world.until(HANDOFF + timedelta(days=7, minutes=1), every=600)
    assert [text.partition(";")[0] for text in world.told_so_far] == [
        "On call in home at 09:00: Ben takes over from Ana",
        "On call in home now: Ben takes over from Ana",
        "On call in home at 09:00: Ana takes over from Ben",
        "On call in home now: Ana takes over from Ben",
    ]


@pytest.mark.parametrize("minutes", [-31, -30, -29, -1, 0, 1, 30])
def test_a_restart_at_any_moment_neither_loses_nor_doubles(minutes):
    world = Desk()
    world.until(HANDOFF + timedelta(minutes=minutes))
    world.restart()
    world.restart()
    world.until(HANDOFF + timedelta(hours=1))
    assert world.told_so_far == [AHEAD, NOW]


def test_what_was_missed_while_the_agent_was_stopped_is_told_if_it_is_not_old():
    world = Desk()
    world.until(HANDOFF - timedelta(hours=1))
    world.now = HANDOFF + timedelta(hours=1)
    world.restart()
    world.tick(1)
    assert world.told_so_far == [NOW]
    late = Desk()
    late.until(HANDOFF - timedelta(hours=1))
    late.now = HANDOFF + timedelta(hours=5)
    late.restart()
    late.tick(1)
    assert late.told_so_far == []


def test_a_state_that_knows_of_no_hand_off_begins_with_the_next():
    world = Desk()
    world.state.reminded.clear()
    world.until(HANDOFF + timedelta(minutes=1))
    assert world.told_so_far == [AHEAD, NOW]


def test_a_clock_set_back_does_not_repeat():
    world = Desk()
    world.until(HANDOFF + timedelta(minutes=1))
    world.now -= timedelta(minutes=50)
    world.until(HANDOFF + timedelta(minutes=10))
    assert world.told_so_far == [AHEAD, NOW]


def test_a_changed_rotation_does_not_tell_a_past_that_never_was():
    world = Desk()
    world.until(HANDOFF - timedelta(hours=1))
    earlier = Rotation("home", "Europe/Berlin", (Layer(("Ana", "Ben"), 168, date(2026, 3, 2), 480),), remind="pd")
    world.apply(roster=Roster(PEOPLE, {"home": earlier}))
    world.until(HANDOFF + timedelta(hours=1))
    assert world.told_so_far == []


def test_settings_that_do_not_concern_it_lose_nothing():
    world = Desk()
    world.until(HANDOFF - timedelta(minutes=31))
    world.later(60)
    world.apply()
    world.tick(1)
    assert world.told_so_far == [AHEAD]


def test_an_override_is_a_hand_off_twice():
    begins, ends = HANDOFF - timedelta(days=2), HANDOFF - timedelta(days=1)
    world = Desk(overrides=[Override("swap", "home", "Cleo", begins, ends)])
    world.until(ends + timedelta(minutes=1), every=600)
    assert [text.partition(";")[0].partition(": ")[2] for text in world.told_so_far] == [
        "Cleo takes over from Ana",
        "Cleo takes over from Ana",
        "Ana takes over from Cleo",
        "Ana takes over from Cleo",
    ]


def test_several_levels_go_into_one_notice_and_an_end_without_a_successor_is_said():
    second = Layer(("Cleo",), 168, date(2026, 3, 9), 540)
    world = Desk(Rotation("home", "Europe/Berlin", (HOME.layers[0], second), remind="pd"))
    world.until(HANDOFF)
    assert world.told_so_far[-1] == (
        "On call in home now: Ben takes over from Ana and Cleo comes on on level 2; nothing is open"
    )


def test_it_says_what_is_open_acknowledged_noisy_and_due():
    night = Maintenance("night", (), 3600.0, start_minute=22 * 60)
    world = Desk(*(HOME,), channels=(channel("pd"),), maintenance=(night,))
    world.apply(monitors=[monitor("nas"), monitor("web"), monitor("router")])
    world.now = HANDOFF - timedelta(hours=2)
    world.tick(1)
    for name in ("nas", "web", "router"):
        world.fail(name)
    world.do(Acknowledge(world.incident("web").id, "Ana", "cli"))
    world.do(Snooze(world.incident("router").id, HANDOFF + timedelta(hours=1), "Ana", "cli"))
    world.until(HANDOFF - timedelta(minutes=30))
    notice = [row for row in world.rows("pd") if row.action is Action.CHANGE][-1].notice
    assert notice["summary"].endswith("1 incident open and 2 acknowledged")
    assert notice["details"]["people"] == ["Ana", "Ben"]
    assert notice["details"]["lines"] == [
        "Open: #1 nas since 07:00: refused",
        "Acknowledged: #2 web since 07:00, acknowledged by Ana: refused",
        "Acknowledged: #3 router since 07:01, acknowledged by Ana: refused",
        "Due: #3 router is snoozed until 10:00",
        "Due: maintenance night begins 23:00",
    ]


def test_a_channel_that_has_gone_leaves_a_line_in_the_audit_log():
    world = Desk()
    world.apply(channels=[channel("other")])
    world.now = HANDOFF - timedelta(minutes=30)
    world.tick(0)
    assert [effect.detail for effect in world.got(Audit)] == [AHEAD]


def test_a_rotation_without_a_channel_for_it_tells_nothing():
    world = Desk(Rotation("home", "UTC", HOME.layers))
    world.until(HANDOFF + timedelta(hours=2), every=600)
    assert world.told_so_far == []
