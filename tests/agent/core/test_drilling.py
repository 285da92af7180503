"""Drills, decided: who is told, when they end, and what is kept of them; time handed in, looks played by hand."""

import pytest

from statusapp_agent.core import events as ev
from statusapp_agent.core.incident import NotAllowedError
from statusapp_agent.core.model import Action, DeliveryState, Incident, IncidentStatus, Purpose
from tests.agent.core.test_syncing import SMS, Scene
from tests.support.world import WRONG_KEY, channel, monitor

ID = "d" * 32


def drilled(subject: str = "nas", limit_s: float = 600.0, **more) -> Scene:
    """Return a world in which a drill has just begun and its pages have been accepted."""
    now = Scene(**more)
    now.check()
    now.do(ev.Drill(subject, ID, limit_s, "ann"))
    now.send()
    return now


def drill_of(now: Scene) -> Incident:
    return now.ever[ID]


def test_a_drill_is_marked_told_and_belongs_to_no_monitors_state() -> None:
    now = drilled()
    assert drill_of(now).purpose is Purpose.DRILL
    assert now.state.watches["nas"].incident is None
    page = next(each for each in now.deliveries_ever.values() if each.action is Action.TRIGGER)
    assert page.notice["purpose"] == "drill"
    assert "nothing is wrong" in page.notice["incident"]["cause"]


def test_it_ends_with_the_acknowledgement_and_keeps_how_long_each_step_took() -> None:
    now = drilled()
    now.later(2)
    now.look_there("triggered")
    now.tick()
    now.later(20)
    now.look_there("triggered", now.happened("notified", text="Ana notified by sms"))
    now.tick(40)
    now.look_there("acknowledged", now.happened("acknowledged", by="Ana"))
    now.tick()
    now.send()
    drill = drill_of(now)
    assert (drill.status, drill.resolved_via) == (IncidentStatus.RESOLVED, "drill")
    record = now.state.channels["pd"]
    assert record.drill_ok
    expected = "accepted after 0 ms, created after 2 s, notified after 23 s (Ana notified by sms), "
    assert record.drill_reason == f"{expected}acknowledged by Ana via PagerDuty after 1 min 3 s"
    assert [each.action for each in now.deliveries_ever.values()] == [Action.TRIGGER, Action.RESOLVE]
    assert not now.there.open()


def test_nobody_answers_and_it_ends_by_itself_and_closes_everything() -> None:
    now = drilled(limit_s=60)
    now.look_there("triggered")
    for _ in range(61):
        now.tick()
    now.send()
    assert drill_of(now).status is IncidentStatus.RESOLVED
    record = now.state.channels["pd"]
    assert record.drill_ok is False
    assert "nobody acknowledged it within 1 min" in str(record.drill_reason)
    assert not now.there.open()


def test_it_walks_the_whole_route_and_the_later_steps_are_not_sent_once_somebody_answers() -> None:
    now = Scene(
        monitor("web", tier="x"),
        channels=(channel("pd"), channel("sms", "sms"), channel("slack", "slack")),
        tiers=(SMS,),
    )
    now.do(ev.Drill("web", ID, 600, "ann"))
    now.send()
    now.look_there("triggered")
    now.do(ev.Acknowledge(ID, "ben", "tray"))
    now.tick()
    now.send()
    states = {each.channel: each.state for each in now.deliveries_ever.values() if each.action is Action.TRIGGER}
    assert states["pd"] is DeliveryState.DELIVERED
    assert states["sms"] is DeliveryState.CANCELLED
    assert drill_of(now).status is IncidentStatus.RESOLVED


def test_a_channel_alone_can_be_drilled_and_is_paged_once() -> None:
    now = drilled("pd")
    assert [each.channel for each in now.deliveries_ever.values()] == ["pd"]
    now.restart()
    assert [each.purpose for each in now.state.incidents.values()] == [Purpose.DRILL]
    now.do(ev.Acknowledge(ID, "ben", "cli"))
    now.look_there("acknowledged")
    now.tick()
    assert now.state.channels["pd"].drill_ok


def test_resolved_there_without_an_acknowledgement_ends_it_and_pages_nobody_again() -> None:
    now = drilled()
    now.look_there("triggered")
    now.later(5)
    now.look_there("resolved", now.happened("resolved", by="Ben"))
    now.tick()
    now.send()
    assert now.state.channels["pd"].drill_ok is False
    assert [each.action for each in now.deliveries_ever.values()].count(Action.TRIGGER) == 1
    now.tick(700)
    assert [each.action for each in now.deliveries_ever.values()].count(Action.TRIGGER) == 1


def test_a_real_outage_during_a_drill_is_an_incident_of_its_own() -> None:
    now = drilled()
    now.look_there("triggered")
    now.fail()
    now.send()
    purposes = sorted(each.purpose.value for each in now.state.incidents.values())
    assert purposes == ["drill", "real"]
    now.do(ev.Acknowledge(ID, "ben", "cli"))
    now.tick()
    assert [each.purpose for each in now.state.incidents.values() if each.is_open] == [Purpose.REAL]


@pytest.mark.parametrize(
    ("subject", "told"), [("what", "There is no channel or monitor"), ("mute", "nobody would be told")]
)
def test_what_cannot_be_drilled_is_refused_in_words(subject: str, told: str) -> None:
    now = Scene(monitor("nas"), monitor("mute", channels=()))
    with pytest.raises(NotAllowedError, match=told):
        now.do(ev.Drill(subject, ID, 600, "ann"))
    now.do(ev.Drill("nas", ID, 600, "ann"))
    with pytest.raises(NotAllowedError, match="goes on already"):
        now.do(ev.Drill("nas", "e" * 32, 600, "ann"))


def test_a_channel_that_refuses_ends_it_at_once_and_says_why() -> None:
    now = Scene()
    now.answers = lambda _delivery, _record: WRONG_KEY
    now.do(ev.Drill("pd", ID, 600, "ann"))
    now.send()
    now.tick()
    assert drill_of(now).status is IncidentStatus.RESOLVED
    record = now.state.channels["pd"]
    assert (record.drill_ok, record.drill_reason) == (False, "not accepted: 400: invalid routing key")
    now.do(ev.Drill("pd", "e" * 32, 600, "ann"))
    now.send()
    now.tick()
    assert "the channel is broken" in str(now.state.channels["pd"].drill_reason)
