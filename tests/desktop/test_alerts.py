"""Which notices are on the screen: one each, one for a storm, none for what somebody has in hand or closed."""

from datetime import UTC, datetime, timedelta

from statusapp_desktop.alerts import SILENT_AFTER, STORM, away, difference, wanted
from statusapp_desktop.mirror import Contact, Mirror
from tests.support import views

NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


def world(*incidents, contact=Contact.LIVE, heard_at=NOW):
    return Mirror(incidents={each.id: each for each in incidents}, contact=contact, heard_at=heard_at)


def incident(number, **keys):
    keys = {"status": "open", "purpose": "real", "resolved_at": None, "acknowledged_at": None, **keys}
    return views.incident(id=f"i{number}", number=number, monitor=f"m{number}", **keys)


def test_an_open_incident_has_a_notice_with_both_buttons():
    notice = wanted(world(incident(1)), NOW, muted=False)[0]
    assert notice.title == "m1 is down"
    assert [deed for deed, _ in notice.buttons] == ["acknowledge", "open"]
    assert (notice.urgency, notice.sound) == ("critical", True)


def test_severity_decides_urgency_and_sound():
    said = [wanted(world(incident(1, severity=s)), NOW, muted=False)[0] for s in ("error", "warning", "info")]
    assert [each.urgency for each in said] == ["normal", "low", "low"]
    assert not any(each.sound for each in said)


def test_what_somebody_has_or_is_over_or_is_a_test_has_none():
    there = world(incident(1, status="acknowledged"), incident(2, status="resolved"), incident(3, purpose="test"))
    assert wanted(there, NOW, muted=False) == []


def test_muting_hides_incidents_but_not_a_silent_agent():
    lost = world(incident(1), contact=Contact.LOST, heard_at=NOW - SILENT_AFTER)
    assert [each.key for each in wanted(lost, NOW, muted=True)] == ["agent"]


def test_a_restart_of_the_agent_is_no_notice():
    assert wanted(world(contact=Contact.LOST, heard_at=NOW - timedelta(seconds=5)), NOW, muted=False) == []


def test_a_storm_is_one_notice_and_the_single_ones_go():
    few = wanted(world(*(incident(n) for n in range(1, STORM))), NOW, muted=False)
    many = wanted(world(*(incident(n) for n in range(1, STORM + 1))), NOW, muted=False)
    assert [each.key for each in many] == ["storm"]
    assert "m1" in many[0].body
    step = difference({each.key: each for each in few}, {}, many)
    assert set(step.withdraw) == {each.key for each in few}


def test_what_a_person_closed_stays_closed_until_it_is_another_thing():
    notice = wanted(world(incident(1)), NOW, muted=False)[0]
    assert difference({}, {notice.key: notice}, [notice]).show == ()
    worse = wanted(world(incident(1, severity="warning")), NOW, muted=False)[0]
    assert difference({}, {notice.key: notice}, [worse]).show == (worse,)


def test_what_came_and_went_meanwhile_is_listed_once():
    since = NOW - timedelta(hours=8)
    over = incident(1, status="resolved", opened_at=NOW - timedelta(hours=2), resolved_at=NOW - timedelta(hours=1))
    old = incident(2, status="resolved", opened_at=since - timedelta(hours=1), resolved_at=since)
    said = away([over, old, incident(3, opened_at=NOW - timedelta(hours=1))], since, NOW)
    assert said is not None
    assert said.title == "While you were away: 1 incident"
    assert said.body.startswith("m1,")
    assert away([old], since, NOW) is None
