"""What people ask for, and what they are told when it does not fit."""

import pytest

from statusapp_agent.core import events as ev
from statusapp_agent.core.health import Health, HealthState
from statusapp_agent.core.incident import NotAllowedError
from statusapp_agent.core.model import Action, DeliveryState, IncidentStatus
from statusapp_agent.core.state import Audit, Change, Log, Reschedule
from tests.support.world import START, World, channel, monitor

T, A, R, CHANGE = Action.TRIGGER, Action.ACKNOWLEDGE, Action.RESOLVE, Action.CHANGE
PENDING, DELIVERED, REFUSED, CANCELLED = DeliveryState


def down():
    world = World()
    world.fail()
    world.send()
    return world


def test_an_acknowledgement_is_told_logged_and_audited():
    world = down()
    world.do(ev.Acknowledge(world.incident().id, "ann", "desktop"))
    assert world.got(Audit) == [Audit("ann", "acknowledge", "#1", "nas")]
    assert world.got(Log)[0].entry.text == "acknowledged by ann via desktop"
    world.send()
    last = world.rows()[-1]
    assert (last.action, last.notice["by"], last.notice["via"]) == (A, "ann", "desktop")
    assert world.there.open()[0].status == "acknowledged"


def test_a_second_acknowledgement_ends_a_snooze_and_is_not_told_again():
    world = down()
    world.do(ev.Snooze(world.incident().id, world.now.replace(hour=20), "ann", "cli"))
    world.do(ev.Acknowledge(world.incident().id, "bob", "cli"))
    assert world.incident().snoozed_until is None
    assert [each.action for each in world.rows()] == [T, A]


@pytest.mark.parametrize("deed", [ev.Acknowledge, ev.Resolve])
def test_what_is_over_cannot_be_changed(deed):
    world = down()
    incident = world.incident().id
    world.recover()
    with pytest.raises(NotAllowedError, match="resolved already"):
        world.do(deed(incident, "ann", "cli"))
    world.send()
    with pytest.raises(NotAllowedError, match="that incident is over"):
        world.do(deed(incident, "ann", "cli"))
    with pytest.raises(NotAllowedError, match="that incident is over"):
        world.do(ev.Snooze(incident, world.now, "ann", "cli"))


def test_a_note_is_welcome_even_after_the_end():
    world = down()
    incident = world.incident().id
    world.recover()
    world.send()
    world.do(ev.Note(incident, "it was the cable", "ann", "cli"))
    assert world.story[-1] == (incident, "note", "it was the cable")


def test_a_resolve_by_hand_closes_it_everywhere_and_says_that_it_still_fails():
    world = down()
    world.do(ev.Resolve(world.incident().id, "ann", "cli"))
    assert "it still fails" in world.told("note")[0]
    world.send()
    assert not world.there.open()
    ended = world.opened()[0]
    assert (ended.resolved_by, ended.resolved_via) == ("ann", "cli")
    assert world.rows()[-1].notice["by"] == "ann"


def test_a_pause_closes_and_a_resume_begins_afresh():
    world = down()
    world.do(ev.Pause("nas", "ann"))
    world.send()
    assert not world.there.open()
    assert world.watch().paused
    world.do(ev.Resume("nas", "ann"))
    assert world.rescheduled() == {"nas": 0.0}
    assert world.health() == Health(outages=world.health().outages)
    world.fail()
    assert world.incident() is not None


def test_a_resume_of_what_is_not_paused_changes_nothing():
    world = down()
    world.do(ev.Resume("nas", "ann"))
    assert world.health().state is HealthState.DOWN
    assert world.got(Audit)
    assert not world.got(Reschedule)


@pytest.mark.parametrize(
    "event",
    [
        ev.Pause("nax", "ann"),
        ev.Resume("nax", "ann"),
        ev.Beaten("nax", "ok", ""),
        ev.ChangeHappened("x", None, "nax", "ann"),
    ],
)
def test_a_monitor_that_is_not_there(event):
    with pytest.raises(NotAllowedError, match="there is no monitor 'nax'"):
        World().do(event)


def test_a_deleted_monitor_while_paused():
    world = down()
    world.do(ev.Pause("nas", "ann"))
    world.apply(monitors=[monitor("router")])
    world.send()
    assert not world.state.incidents
    assert list(world.state.watches) == ["router"]


def test_a_refused_command_leaves_no_trace():
    world = down()
    before = dict(world.saved)
    with pytest.raises(NotAllowedError):
        world.do(ev.Acknowledge("gone", "ann", "cli"))
    assert world.saved == before


# Heartbeats and changes


def test_reports_of_a_heartbeat():
    world = World(monitor("backup", kind="heartbeat"))
    world.later(60)
    world.do(ev.Beaten("backup", "start", "begins"))
    beat = world.watch("backup").beat
    assert (beat.started_at, beat.last_at, beat.message) == (world.now, None, "begins")
    assert world.rescheduled() == {"backup": 0.0}
    world.later(60)
    world.do(ev.Beaten("backup", "fail", "disk full"))
    beat = world.watch("backup").beat
    assert (beat.started_at, beat.last_at, beat.failed, beat.message) == (None, world.now, True, "disk full")
    world.do(ev.Beaten("backup", "ok", ""))
    assert not world.watch("backup").beat.failed


def test_a_heartbeat_begins_afresh_after_a_pause():
    world = World(monitor("backup", kind="heartbeat"))
    world.do(ev.Beaten("backup", "fail", "disk full"))
    world.do(ev.Pause("backup", "ann"))
    world.later(86_400)
    world.do(ev.Resume("backup", "ann"))
    beat = world.watch("backup").beat
    assert (beat.watching_since, beat.last_at, beat.failed) == (world.now, None, False)


def test_only_a_heartbeat_takes_reports():
    with pytest.raises(NotAllowedError, match="of kind 'http'; only a heartbeat"):
        World().do(ev.Beaten("nas", "ok", ""))


def test_a_change_is_told_to_channels_that_take_changes_and_shown_on_later_pages():
    world = World(channels=[channel("pd"), channel("mail", "email")])
    world.do(ev.ChangeHappened("new kernel", "https://git.lan/1", "nas", "ann", details={"host": "nas"}))
    assert world.lane("pd") == [(CHANGE, PENDING)]
    assert not world.rows("mail")
    assert world.state.changes == (Change(START, "new kernel", "https://git.lan/1", "nas", "ann"),)
    told = world.rows()[0].notice
    assert (told["summary"], told["source"], told["details"]) == ("new kernel", "nas", {"host": "nas"})
    world.send()
    assert not world.state.deliveries
    assert not world.there.journal


def test_a_change_may_name_its_channels():
    world = World(channels=[channel("pd"), channel("pd2")])
    world.do(ev.ChangeHappened("x", None, None, "ann", channels=("pd2",)))
    assert (world.rows("pd"), len(world.rows("pd2"))) == ([], 1)


def test_changes_never_hold_a_page_up():
    world = World()
    for turn in range(5):
        world.do(ev.ChangeHappened(f"change {turn}", None, None, "ann"))
    world.fail()
    assert world.due()[0].action is T
    assert world.incident().status is IncidentStatus.OPEN
