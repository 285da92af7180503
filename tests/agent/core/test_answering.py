"""An answer acknowledges what it names, once, and only what was told to whoever answers."""

from datetime import timedelta

from statusapp_agent.core import events as ev
from statusapp_agent.core.answering import REMEMBERED, listening_since
from statusapp_agent.core.model import Accepted, Again, IncidentStatus
from statusapp_agent.core.state import Audit
from tests.support.world import World, channel, monitor

TAKEN = Accepted("taken", {"id": "SM1"}, 5.0)


def world(outcome=TAKEN, channels=("sms",)):
    made = World(
        monitor("nas", channels=channels),
        monitor("pi", channels=("pd",)),
        channels=(channel("sms", "sms"), channel("pd")),
    )
    made.fail("nas")
    made.send(outcome)
    return made


def answer(made, number=1, reply="SM9", at=None, over="sms"):
    return made.do(ev.Answered(over, reply, number, "…0000", "SMS", at))


def listening(made, name="sms"):
    return listening_since(made.state, made.state.channels[name])


def test_a_code_acknowledges_its_incident():
    made = world()
    answer(made, at=made.now)
    incident = made.incident()
    assert (incident.status, incident.acknowledged_by, incident.acknowledged_via) == (
        IncidentStatus.ACKNOWLEDGED,
        "…0000",
        "SMS",
    )


def test_each_answer_acts_once_however_often_it_is_read_and_after_a_restart():
    made = world()
    answer(made)
    assert answer(made) == []
    made.restart()
    assert answer(made) == []
    assert made.state.channels["sms"].replies == ("SM9",)


def test_an_old_answer_does_not_acknowledge_again_what_a_snooze_has_opened():
    made = world()
    answer(made)
    made.do(ev.Snooze(made.incident().id, made.now + timedelta(minutes=5), "ana", "cli"))
    made.tick(301)
    assert made.incident().status is IncidentStatus.OPEN
    answer(made)
    assert made.incident().status is IncidentStatus.OPEN


def test_a_code_that_nothing_has_is_written_down_once_and_told_to_nobody():
    made = world()
    effects = answer(made, number=77)
    assert [each.deed for each in effects if isinstance(each, Audit)] == ["reply"]
    assert made.incident().status is IncidentStatus.OPEN
    assert answer(made, number=77) == []


def test_what_was_told_over_another_channel_is_not_acknowledged():
    made = world()
    made.fail("pi")
    made.send()
    answer(made, number=2)
    assert made.incident("pi").status is IncidentStatus.OPEN


def test_an_answer_from_before_the_page_is_not_meant():
    made = world()
    answer(made, at=made.now - timedelta(minutes=10))
    assert made.incident().status is IncidentStatus.OPEN


def test_a_second_person_is_noted():
    made = world()
    answer(made)
    answer(made, reply="SM10")
    assert made.told("note")[-1] == "…0000 answered via SMS as well"


def test_an_answer_after_the_end_changes_nothing():
    made = world()
    made.recover("nas")
    answer(made)
    assert made.opened("nas")[0].acknowledged_at is None


def test_listening_begins_with_a_page_and_ends_with_an_acknowledgement():
    made = World(monitor("nas", channels=("sms",)), channels=(channel("sms", "sms"),))
    assert listening(made) is None
    made.fail("nas")
    assert listening(made) is None
    made.send(TAKEN)
    assert listening(made) == made.rows("sms")[0].last_attempt_at
    answer(made)
    assert listening(made) is None


def test_listening_includes_what_may_have_arrived_and_not_what_did_not():
    assert listening(world(Again("cut off", maybe_sent=True))) is not None
    assert listening(world(Again("no connection"))) is None


def test_new_settings_go_on_listening_for_the_old_pages():
    made = world()
    made.apply(channels=[channel("sms", "sms", settings="key-2"), channel("pd")])
    assert listening(made) is not None
    answer(made)
    assert made.incident().status is IncidentStatus.ACKNOWLEDGED


def test_so_many_answers_are_remembered_and_no_more():
    made = world()
    for number in range(REMEMBERED + 20):
        answer(made, number=500, reply=f"SM{number}")
    assert len(made.state.channels["sms"].replies) == REMEMBERED
