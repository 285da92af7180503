"""What people do here is done there as well: written down, tried again, told how it ended."""

import pytest

from statusapp_agent.core import events as ev
from statusapp_agent.core.counterpart import Report, Sighting
from statusapp_agent.core.errand import ErrandOutcome, Verb
from statusapp_agent.core.errands import MOST_TRIES
from statusapp_agent.core.incident import NotAllowedError
from statusapp_agent.core.model import Delivered
from tests.support.world import World

AGAIN = ErrandOutcome("again", "no answer", maybe_done=True)
DONE = ErrandOutcome("done", "")


def scene(*, writes=True, seen=True) -> World:
    """Return a world with one incident that PagerDuty shows, and that may be written to."""
    now = World()
    receipt = {"verifies": True, **({"writes": True} if writes else {})}
    now.answers = lambda delivery, record: now.arrive(delivery, record, outcome=Delivered(receipt=receipt))
    now.fail()
    now.send()
    if seen:
        now.do(ev.Synced(Report(1, Sighting("Q1", 7, None, "triggered"))))
    return now


def verbs(now: World) -> list[Verb]:
    return [each.verb for each in now.state.errands.values()]


def test_what_people_do_is_done_there_in_their_name():
    now = scene()
    incident = now.incident().id
    now.do(ev.Note(incident, "looking", "ann", "cli"))
    now.do(ev.Acknowledge(incident, "ann", "cli"))
    now.do(ev.Resolve(incident, "ann", "cli"))
    assert verbs(now) == [Verb.NOTE, Verb.ACKNOWLEDGE, Verb.RESOLVE]


def test_nothing_is_tried_where_nobody_may_write():
    now = scene(writes=False)
    now.do(ev.Note(now.incident().id, "looking", "ann", "cli"))
    assert verbs(now) == []
    with pytest.raises(NotAllowedError, match="needs from_email"):
        now.do(ev.WorkThere(now.incident().id, Verb.UPDATE, {"text": "x"}, "ann", "cli"))


def test_what_came_from_there_is_not_sent_back():
    now = scene()
    from statusapp_agent.core.counterpart import Happening

    line = Happening("R1", now.now, "acknowledged", "acknowledged", "Ana")
    now.do(ev.Synced(Report(1, Sighting("Q1", 7, None, "acknowledged"), (line,))))
    assert verbs(now) == []


def test_a_note_waits_for_the_incident_there_and_an_acknowledgement_does_not_need_it():
    now = scene(seen=False)
    now.do(ev.Note(now.incident().id, "looking", "ann", "cli"))
    now.do(ev.Acknowledge(now.incident().id, "ann", "cli"))
    assert verbs(now) == [Verb.NOTE]
    with pytest.raises(NotAllowedError, match="has not shown"):
        now.do(ev.WorkThere(now.incident().id, Verb.REASSIGN, {"to": "ben"}, "ann", "cli"))


def test_tries_come_slower_and_end_with_a_sentence():
    now = scene()
    now.do(ev.Note(now.incident().id, "looking", "ann", "cli"))
    waits = []
    for _ in range(MOST_TRIES - 1):
        now.do(ev.ErrandEnded(1, AGAIN))
        errand = now.state.errands[1]
        assert errand.maybe_done
        waits.append((errand.next_attempt_at - now.now).total_seconds())
        now.later(waits[-1])
    assert waits == sorted(waits)
    now.do(ev.ErrandEnded(1, AGAIN))
    assert now.state.errands == {}
    assert now.told("not_done_there") == ["pd: not done in PagerDuty: no answer"]


def test_an_errand_survives_a_restart_and_keeps_its_incident_in_mind():
    now = scene()
    incident = now.incident().id
    now.do(ev.Note(incident, "looking", "ann", "cli"))
    now.recover()
    now.send()
    now.do(ev.Synced(Report(1, Sighting("Q1", 7, None, "resolved"))))
    assert incident in now.state.incidents
    now.restart()
    assert verbs(now) == [Verb.NOTE]
    now.do(ev.ErrandEnded(1, DONE))
    assert now.told("done_there") == ["pd: the note stands in PagerDuty"]
    assert now.state.errands == {}
    assert incident not in now.state.incidents


def test_an_incident_is_merged_into_one_that_is_open_there():
    now = scene()
    with pytest.raises(NotAllowedError, match="that incident is over"):
        now.do(ev.WorkThere(now.incident().id, Verb.MERGE, {"into": "f" * 32}, "ann", "cli"))
