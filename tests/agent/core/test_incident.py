"""The life of an incident as a table, its keys, and lengths that are never negative."""

from dataclasses import replace
from datetime import timedelta

import pytest

from statusapp_agent.core.incident import (
    NotAllowedError,
    acknowledge,
    dedup_key,
    incident_id,
    opened,
    resolve,
    snooze,
    wake,
)
from statusapp_agent.core.model import IncidentStatus, Purpose
from tests.support.world import INSTALL, LAN, START, monitor

OPEN, ACKNOWLEDGED, RESOLVED = IncidentStatus
MINUTE = timedelta(minutes=1)


@pytest.fixture
def incident():
    return opened(INSTALL, 7, monitor("nas"), "refused", START - MINUTE, START, LAN)[0]


def acked(incident, at=START + MINUTE, by="ann"):
    return acknowledge(incident, at, by, "desktop")[0]


def over(incident, at=START + 2 * MINUTE):
    return resolve(incident, at, "recovered", "statusapp", "recovery")[0]


def test_what_may_follow_open(incident):
    assert incident.status is OPEN
    assert acked(incident).status is ACKNOWLEDGED
    assert over(incident).status is RESOLVED


def test_what_may_follow_acknowledged(incident):
    assert acked(acked(incident)).status is ACKNOWLEDGED
    assert over(acked(incident)).status is RESOLVED
    snoozed, entry = snooze(incident, START, START + MINUTE, "ann", "cli")
    assert (snoozed.status, snoozed.snoozed_until) == (ACKNOWLEDGED, START + MINUTE)
    assert entry.text == "snoozed until 2026-03-02 08:01 UTC by ann via cli"
    awake, _ = wake(snoozed, START + MINUTE)
    assert (awake.status, awake.snoozed_until, awake.acknowledged_by) == (OPEN, None, "ann")


def test_nothing_follows_resolved(incident):
    ended = over(incident)
    for deed in (acked, over, lambda each: snooze(each, START, START, "ann", "cli")):
        with pytest.raises(NotAllowedError, match="#7 is resolved already"):
            deed(ended)


def test_the_first_acknowledgement_counts(incident):
    first = acked(incident)
    second = acked(first, START + 5 * MINUTE, by="bob")
    assert (second.acknowledged_at, second.acknowledged_by) == (START + MINUTE, "ann")


def test_an_end_wipes_the_snooze(incident):
    assert over(replace(acked(incident), snoozed_until=START + 9 * MINUTE)).snoozed_until is None


def test_a_clock_set_back_makes_no_negative_length(incident):
    early = START - timedelta(hours=2)
    born, entry = opened(INSTALL, 1, monitor("nas"), "refused", START, early, LAN)
    assert born.began_at == born.opened_at == early
    assert "in 0.0 s" in entry.text
    taken = acked(incident, early)
    assert taken.acknowledged_at == incident.opened_at
    assert over(incident, early).resolved_at == incident.opened_at
    later = acked(incident, START + 5 * MINUTE)
    assert over(later, early).resolved_at >= later.acknowledged_at


def test_the_story_begins_in_words(incident):
    single = monitor("nas", failures=1)
    assert (
        opened(INSTALL, 1, single, "refused", START, START, LAN)[1].text
        == "confirmed after 1 failure in 0.0 s: refused"
    )
    assert (
        opened(INSTALL, 1, monitor("nas"), "x", START - MINUTE, START, LAN)[1].text
        == "confirmed after 3 failures in 60.0 s: x"
    )


def test_the_key_is_computed_unique_and_short(incident):
    assert dedup_key(INSTALL, incident) == f"statusapp/{INSTALL}/{incident.id}"
    assert dedup_key(INSTALL, replace(incident, purpose=Purpose.TEST)) == f"statusapp-test-{incident.id}"
    long = incident_id(INSTALL, "n" * 5000, START)
    assert len(dedup_key(INSTALL, replace(incident, id=long))) <= 255
    other = INSTALL.replace("1", "2")
    ids = {
        incident_id(install, name, START + n * MINUTE)
        for install in (INSTALL, other)
        for name in ("a", "b")
        for n in range(3)
    }
    assert len(ids) == 12
    assert incident_id(INSTALL, "a", START) == incident_id(INSTALL, "a", START)
