"""What a channel is told: one JSON-able dict with all that is known at that moment."""

import json
from datetime import timedelta

from statusapp_agent.core import events as ev
from statusapp_agent.core.model import Action, Severity
from tests.support.world import INSTALL, World, channel, monitor

AGENT = {"region": "home", "dashboard_url": "http://nas.lan:8787/"}


def page(world):
    return next(row for row in world.rows() if row.action is Action.TRIGGER).notice


def described():
    rich = monitor(
        "nas",
        target="https://nas.lan/",
        url="https://nas.lan/",
        severity=Severity.ERROR,
        runbook="https://wiki.lan/nas",
        notes="in the cellar",
        tags=("storage",),
        degraded_above_s=2.0,
    )
    return World(rich, monitor("web", depends_on=("nas",)), agent=AGENT)


def test_a_page_tells_all_that_is_known():
    world = described()
    for _ in range(4):
        world.check(ms=100, after=10)
    world.do(ev.ChangeHappened("new kernel", None, "nas", "ann"))
    world.do(ev.ChangeHappened("elsewhere", None, "web", "ann"))
    world.later(10)
    world.fail()
    told, incident = page(world), world.incident()
    assert told["action"] == "trigger"
    assert told["severity"] == "error"
    assert told["dedup_key"] == f"statusapp/{INSTALL}/{incident.id}"
    assert told["region"] == "home"
    assert told["incident"]["url"] == f"http://nas.lan:8787/incidents/{incident.id}"
    assert told["incident"]["began_at"] == (world.now - timedelta(seconds=20)).isoformat()
    assert told["monitor"]["runbook"] == "https://wiki.lan/nas"
    assert told["monitor"]["tags"] == ["storage"]
    assert told["confirmation"] == {"failures": 3, "after_s": 20.0}
    assert told["dependents"] == ["web"]
    assert [each["summary"] for each in told["changes"]] == ["new kernel"]
    assert (told["check"]["p50_ms"], told["check"]["samples"], told["check"]["threshold_ms"]) == (100.0, 4, 2000.0)


def test_a_page_is_about_the_very_check_that_confirmed():
    world = World(monitor("nas", failures=1))
    world.check(ms=10)
    world.check(down="it burns", after=10)
    told = page(world)
    assert (told["check"]["status"], told["check"]["message"], told["check"]["error"]) == ("down", "it burns", "error")
    assert [each["status"] for each in told["recent"]] == ["up", "down"]
    assert told["recent"][-1]["message"] == "it burns"


def test_the_sight_itself_is_not_touched_by_writing_a_page():
    world = World(monitor("nas", failures=1))
    world.check(down="it burns")
    assert len(world.state.sights["nas"].recent) == 1


def test_everything_is_plain_json_at_any_length():
    world = described()
    world.fail(down="x" * 5000)
    world.do(ev.Acknowledge(world.incident().id, "ann", "cli"))
    world.do(ev.TestChannel("pd", "f" * 32, False, "ann"))
    world.do(ev.TestChannel("pd", "e" * 32, True, "ann"))
    world.send()
    world.recover()
    for row in world.rows():
        assert json.loads(json.dumps(row.notice, allow_nan=False)) == row.notice
    assert max(len(each["message"]) for each in page(world)["recent"]) == 200


def test_an_end_says_who_ended_it_and_all_that_a_message_edited_in_place_must_still_show():
    world = described()
    world.fail()
    world.send()
    world.recover()
    told = world.rows()[-1].notice
    assert (told["action"], told["by"], told["via"]) == ("resolve", "statusapp", "recovery")
    assert told["incident"]["resolved_at"]
    assert told["monitor"]["runbook"] == "https://wiki.lan/nas"
    assert told["incident"]["monitor"] == "nas"


def test_it_tells_the_story_so_far_in_order():
    world = World(monitor("nas", channels=("mail",)), channels=[channel("mail", "email")], agent=AGENT)
    world.fail()
    world.send()
    world.later(60)
    world.do(ev.Note(world.incident().id, "it is the cable", "ann", "cli"))
    world.do(ev.Acknowledge(world.incident().id, "bob", "desktop"))
    world.send()
    world.later(60)
    world.recover()
    texts = [each["text"] for each in world.rows("mail")[-1].notice["story"]]
    assert texts[0] == "the first check failed"
    assert texts[1].startswith("confirmed after 20.0 s: ")
    assert texts[2] == "mail was told: accepted"
    assert set(texts[3:5]) == {"note by ann: it is the cable", "acknowledged by bob via desktop"}
    assert texts[-1] == "resolved by statusapp via recovery"
    assert [each["at"] for each in world.rows("mail")[-1].notice["story"]] == sorted(
        each["at"] for each in world.rows("mail")[-1].notice["story"]
    )


def test_it_says_who_was_paged_so_far_and_when():
    world = described()
    world.fail()
    assert page(world)["told"] == []
    world.send()
    sent_at = world.now
    world.recover()
    told = world.rows()[-1].notice["told"]
    assert told == [{"channel": "pd", "state": "delivered", "at": sent_at.isoformat()}]


def test_a_test_says_that_nothing_is_wrong_and_has_its_own_key():
    world = World(channels=[channel("pd")])
    world.do(ev.TestChannel("pd", "f" * 32, False, "ann"))
    told = world.rows()[0].notice
    assert (told["purpose"], told["severity"]) == ("test", "info")
    assert told["dedup_key"] == "statusapp-test-" + "f" * 32
    assert "nothing is wrong" in told["incident"]["cause"]


def test_old_changes_are_not_shown():
    world = World()
    world.do(ev.ChangeHappened("long ago", None, None, "ann"))
    world.later(86_500)
    for turn in range(7):
        world.do(ev.ChangeHappened(f"change {turn}", None, None, "ann"))
    world.fail()
    assert [each["summary"] for each in page(world)["changes"]] == [f"change {turn}" for turn in range(2, 7)]
