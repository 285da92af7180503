"""Why somebody was, or was not, paged: one story for each link at which the chain may end."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from statusapp_agent.core import events as ev
from statusapp_agent.core.model import (
    Action,
    Again,
    CheckStatus,
    Maintenance,
    Purpose,
    Refused,
    Result,
    Step,
    Tier,
    TimelineEntry,
    When,
)
from statusapp_agent.core.state import ChannelRecord
from statusapp_agent.core.why import why_incident, why_monitor
from statusapp_shared.protocol import WhyView
from tests.support.world import INTERNET, LAN, NOT_NOW, START, WRONG_KEY, World, channel, monitor

BY_TIER = Tier("home", (Step("pd"), Step("sms", when=When.UNACKNOWLEDGED, after_s=300.0)))


def home(**more):
    """Return a world with a monitor on two channels, one of them five minutes later."""
    channels = [channel("pd"), channel("sms", "sms")]
    return World(monitor("nas", channels=None, tier="home"), channels=channels, tiers=[BY_TIER], **more)


def now(world, name="nas"):
    return steps(why_monitor(world.state, name, world.now))


def steps(why):
    return {step.question: step for step in why.steps}


def ends_at(found):
    """Return the questions at which the chain ends."""
    return [asked for asked, step in found.items() if step.ok is False]


def told(world, number=0):
    """Tell why of an incident, from what would be written about it."""
    incident = world.opened()[number]
    timeline = [TimelineEntry(world.now, kind, text) for of, kind, text in world.story if of == incident.id]
    deliveries = [each for each in world.deliveries_ever.values() if each.incident == incident.id]
    return why_incident(incident, timeline, deliveries, world.watch(), world.state.sights["nas"])


# Now


def test_what_is_up_pages_nobody():
    world = home()
    world.check(ms=20)
    world.check(ms=20, after=90)
    found = now(world)
    assert ends_at(found) == ["Does it fail?"]
    assert found["Does it fail?"].answer == (
        "Up since 08:00:00 UTC (1 min 30 s). The last 2 checks, oldest first: up, up."
    )
    assert found["Is the failure confirmed?"].answer == "Nothing to confirm: an outage needs 3 failures in a row."
    assert found["Who is told?"].answer == (
        "If nas fails now: pd at once; sms after 5 min unless somebody has acknowledged."
    )
    assert found["Does pd work?"].answer == "Nothing was sent over it yet."


def test_too_few_failures_so_far():
    world = home()
    world.fail(times=2)
    found = now(world)
    assert ends_at(found) == ["Is the failure confirmed?"]
    assert found["Does it fail?"].answer == (
        "It fails, for 10 s so far: refused. The last 2 checks, oldest first: down, down."
    )
    assert found["Is the failure confirmed?"].answer == "2 of 3 failures so far; needs 3."


def test_enough_failures_and_the_canaries_are_asked():
    world = home(canary_scopes=[LAN])
    world.check(down="refused")
    world.check(down="refused", after=10)
    world.check(down="refused", after=10)
    found = now(world)
    assert ends_at(found) == ["Is the failure confirmed?"]
    assert found["Is the failure confirmed?"].answer == (
        "3 failures, and 3 are needed; the canaries are asked whether the fault is ours."
    )
    assert found["Could the fault be ours?"].answer == "The canaries have not been looked at yet."


def test_slow_is_not_down():
    world = World(monitor("nas", failures=1, degraded_above_s=0.1))
    world.check(ms=20)
    world.check(ms=400, after=10)
    found = now(world)
    assert ends_at(found) == ["Does it fail?"]
    assert found["Does it fail?"].answer.endswith("slow: 400 ms, above 100 ms. Only an outage pages.")


def test_a_page_that_was_taken():
    world = home()
    world.fail()
    world.later(2)
    world.send()
    world.do(ev.Acknowledge(world.incident().id, "ann", "cli"))
    found = now(world)
    assert ends_at(found) == []
    assert found["Is the failure confirmed?"].answer == "Confirmed at 08:00:20 UTC; needs 3 failures in a row."
    assert found["Was pd told?"].answer == "Yes, at 08:00:22 UTC, 2 s after it was due: accepted."
    assert found["Was sms told?"].ok is None
    assert found["Was sms told?"].answer == "No, not needed: acknowledged by ann."
    assert found["Was pd told that somebody has it?"].answer == "Not yet: it has been queued since 08:00:22 UTC."
    assert found["Has somebody taken it?"].answer == "Yes, ann via cli at 08:00:22 UTC, 2 s after it opened."
    assert found["Is it over?"].answer == (
        "Still down: 0 of 2 good checks so far. It closes by itself after 2 more good checks."
    )


def test_a_page_that_waits_and_one_that_is_tried_again():
    world = home()
    world.fail()
    world.send(Again("HTTP 503 from events.pagerduty.com", after_s=30.0, maybe_sent=True))
    found = now(world)
    assert ends_at(found) == []
    assert found["Was pd told?"].answer == (
        "Not yet, after 1 try: HTTP 503 from events.pagerduty.com; next try at 08:00:50 UTC. "
        "It may have arrived: a try ended without a readable answer."
    )
    assert found["Was sms told?"].answer == (
        "Not yet: it waits until 08:05:20 UTC, unless somebody acknowledges before."
    )
    world.begin(world.due()[0].id) if world.due() else world.later(31)
    world.begin(world.due()[0].id)
    assert now(world)["Was pd told?"].answer.startswith("Try 2 is under way since 08:00:51 UTC.")


def test_a_refused_page_ends_the_chain():
    world = home()
    world.fail()
    world.send(Refused("HTTP 400: Invalid routing key", channel_broken=True))
    found = now(world)
    assert ends_at(found) == ["Was pd told?"]
    assert found["Was pd told?"].answer == "No, refused at 08:00:20 UTC: HTTP 400: Invalid routing key."


def test_nobody_to_tell():
    world = World(monitor("nas", channels=()), channels=[channel("pd")])
    world.fail()
    found = now(world)
    assert ends_at(found) == ["Who is told?"]
    assert "nobody is told" in found["Who is told?"].answer


def test_every_channel_is_broken():
    world = World(monitor("nas"))
    world.state.channels["pd"] = ChannelRecord("pd", channel("pd"), broken="HTTP 400: Invalid routing key")
    world.check(ms=1)
    found = now(world)
    assert ends_at(found) == ["Does it fail?", "Who is told?", "Does pd work?"]
    assert found["Who is told?"].answer.endswith("But pd cannot send.")
    assert found["Does pd work?"].answer == "It cannot send: HTTP 400: Invalid routing key."


def test_held_by_a_parent():
    world = World(monitor("nas", depends_on=("router",)), monitor("router"))
    world.check("router", ms=1)
    world.fail("router")
    world.check("router", down="refused", after=5)
    world.fail()
    found = now(world)
    assert ends_at(found) == ["Does something that it depends on explain it?"]
    assert found["Does something that it depends on explain it?"].answer == (
        "Held: router is down, and nas depends on it. Incident #1 is for both."
    )


def test_held_by_a_parent_that_pages_nobody():
    world = World(monitor("nas", depends_on=("router",)), monitor("router"), maintenance=(window(("router",)),))
    world.tick()
    world.fail("router")
    world.fail()
    answer = now(world)["Does something that it depends on explain it?"].answer
    assert answer == "Held: nas depends on router, which has no incident open itself."


def window(monitors):
    return Maintenance("nightly", monitors, 3600.0, starts_at=START)


def test_a_parent_that_fails_would_hold_it():
    world = World(monitor("nas", depends_on=("router", "switch")), monitor("router"), monitor("switch"))
    for name in ("nas", "router", "switch"):
        world.check(name, ms=1)
    asked = "Does something that it depends on explain it?"
    assert now(world)[asked].answer == "It depends on router and switch, and is not held."
    world.check("router", down="refused", after=5)
    assert now(world)[asked].ok is None
    assert now(world)[asked].answer == "It depends on router, which fails: if it fails too, it is held."


def test_maintenance():
    world = home(maintenance=(window(("nas",)),))
    world.tick()
    world.fail()
    found = now(world)
    assert ends_at(found) == ["Is maintenance on?"]
    assert found["Is maintenance on?"].answer == (
        "Maintenance (nightly) until 09:00:00 UTC: a failure opens no incident. What still fails then pages."
    )


def test_paused():
    world = home()
    world.check(ms=1)
    world.do(ev.Pause("nas", "ann"))
    found = now(world)
    assert "Is it watched?" in ends_at(found)
    assert found["Is it watched?"].answer == "Paused: it is not checked, and nobody is paged for it."


def test_not_checked_yet_and_not_checked_for_too_long():
    world = home()
    asked = "Is it watched?"
    assert now(world)[asked].ok is None
    assert now(world)[asked].answer == "Not checked since the agent started; one is due every 1 min."
    world.check(ms=1)
    world.later(190)
    assert now(world)[asked].ok is True
    world.later(1)
    assert now(world)[asked].ok is False
    assert now(world)[asked].answer == "The last check began 3 min 11 s ago, though one is due every 1 min."


def test_blind():
    world = home(canary_scopes=[LAN])
    world.check(ms=1)
    world.check(down="no route", after=60)
    world.look(alive=False)
    found = now(world)
    assert "Could the fault be ours?" in ends_at(found)
    assert found["Could the fault be ours?"].answer == (
        "Blind since 08:01:00 UTC: 0 of 1 canaries answered, canary-lan did not: silent. "
        "No outage is counted for that time, and none ruled out."
    )


def test_a_check_that_could_not_be_carried_out_is_blind_as_well():
    world = home()
    world.check(ms=1)
    unable = Result(CheckStatus.UNKNOWN, world.now, message="this agent may not ping", error="no_permission")
    world.do(ev.Checked("nas", unable))
    answer = now(world)["Could the fault be ours?"].answer
    assert answer.startswith("Blind since 08:00:00 UTC: this agent may not ping.")


def test_blindness_that_began_later_does_not_unsay_an_incident():
    world = home(canary_scopes=[LAN])
    world.look()
    world.fail()
    world.look(alive=False)
    found = now(world)
    assert found["Could the fault be ours?"].ok is True
    assert found["Could the fault be ours?"].answer.startswith("Blind since 08:00:20 UTC")


def test_canaries_that_answer_and_none_that_vouch():
    world = home(canary_scopes=[INTERNET])
    world.look()
    world.check(ms=1, scope=INTERNET)
    assert now(world)["Could the fault be ours?"].answer == "1 of 1 canaries answered."
    world.check(ms=1, scope=LAN)
    answer = now(world)["Could the fault be ours?"].answer
    assert answer == "No canary vouches for the road to it: its checks alone decide."


def test_resolved_by_hand_while_it_fails():
    world = home()
    world.fail()
    world.do(ev.Resolve(world.incident().id, "ann", "cli"))
    found = now(world)
    assert ends_at(found) == ["Was it resolved by hand?"]
    assert found["Was it resolved by hand?"].answer == (
        "Its incident was resolved while it failed; a new one opens if it fails at 08:10:20 UTC."
    )
    world.later(600)
    assert "Was it resolved by hand?" not in now(world)


def test_flapping_and_the_calm_that_it_takes():
    world = World(monitor("nas", failures=1, recoveries=1, flap_after=3))
    world.check(ms=1)
    for _ in range(3):
        world.check(down="refused", after=60)
        world.check(ms=1, after=60)
    found = now(world)
    assert found["Is it flapping?"].ok is True
    assert found["Is it flapping?"].answer == (
        "Flapping: 3 outages within an hour. An outage ends only after 6 min of good checks, so that it is one "
        "incident and not many."
    )
    assert found["Is it over?"].answer == (
        "Still down: 1 of 1 good check so far; because it flaps, it must also stay good for 6 min. "
        "It closes by itself then."
    )
    flapped = steps(told(world, 2))
    assert flapped["Was it flapping?"].answer == (
        "Yes: 3 outages within an hour, so it stays open until it has been good for a while."
    )
    assert steps(told(world, 1))["Was it flapping?"].answer == "No: 2 outages within an hour."
    world.later(7200)
    world.check(ms=1)
    world.check(down="refused", after=60)
    forgotten = steps(told(world, 1))["Was it flapping?"]
    assert forgotten.ok is None
    assert forgotten.answer == "Not known any more: only the latest outages are kept in mind."


def test_a_name_that_nothing_has():
    world = World(monitor("nas-web"), monitor("router"))
    with pytest.raises(LookupError, match=r"^There is no monitor 'nas-wbe'; the nearest name is 'nas-web'\.$"):
        why_monitor(world.state, "nas-wbe", world.now)
    with pytest.raises(LookupError, match=r"^There is no monitor 'zzz'; there is nas-web and router\.$"):
        why_monitor(world.state, "zzz", world.now)
    with pytest.raises(LookupError, match=r"^There is no monitor 'nas'; there is none yet\.$"):
        why_monitor(World(monitor("x")).state.__class__("i"), "nas", world.now)


def test_looking_changes_nothing():
    world = home()
    why_monitor(world.state, "nas", world.now)
    assert "nas" not in world.state.sights
    assert not world.state.by_incident


# Of an incident


def test_the_story_of_an_incident_from_check_to_person_to_its_end():
    world = home()
    world.check(ms=1)
    world.later(60)
    world.fail()
    world.later(1)
    world.send(lambda delivery, record: NOT_NOW if delivery.attempts < 2 else world.answers(delivery, record))
    world.run(5)
    world.do(ev.Acknowledge(world.incident().id, "ann", "PagerDuty"))
    world.send()
    world.recover()
    world.send()
    why = told(world)
    assert why.subject == "#1 nas"
    assert [(step.question, step.ok) for step in why.steps] == [
        ("Did a check fail?", True),
        ("Was the failure confirmed?", True),
        ("Was it flapping?", True),
        ("Did something that it depends on explain it?", True),
        ("Was maintenance on?", True),
        ("Could the fault be ours?", True),
        ("Who is told?", True),
        ("Was pd told?", True),
        ("Was sms told?", None),
        ("Was pd told that somebody has it?", True),
        ("Was pd told that it is over?", True),
        ("Has somebody taken it?", True),
        ("Is it over?", True),
    ]
    found = steps(why)
    assert found["Did a check fail?"].answer == "Yes, from 2 Mar 2026 at 08:01:00 UTC on: refused."
    assert found["Was the failure confirmed?"].answer == "Yes, confirmed after 3 failures in 20.0 s: refused."
    assert found["Who is told?"].answer.startswith("Told, by tier home: pd at once; sms after 5 min")
    assert "after 2 tries: accepted." in found["Was pd told?"].answer
    assert found["Is it over?"].answer == (
        "Yes, by itself at 08:01:46 UTC, 26 s after it opened: recovered: 2 good checks in a row."
    )
    assert WhyView.model_validate(why, from_attributes=True).steps[0].ok is True


def test_times_are_told_in_a_zone_and_with_the_day_where_it_is_another():
    world = home()
    world.fail()
    world.send()
    world.later(86_400)
    world.recover()
    incident = world.opened()[0]
    deliveries = [each for each in world.deliveries_ever.values() if each.incident == incident.id]
    berlin = ZoneInfo("Europe/Berlin")
    found = steps(why_incident(incident, [], deliveries, None, None, berlin))
    assert found["Did a check fail?"].answer == "Yes, from 2 Mar 2026 at 09:00:00 on: refused."
    assert found["Is it over?"].answer == "Yes, by itself at 3 Mar 09:00, 1 d after it opened."
    assert found["Was the failure confirmed?"].answer == "Yes, after 20 s."
    assert found["Was it flapping?"].ok is None


def test_an_incident_that_nobody_was_told_of():
    world = World(monitor("nas", channels=()))
    world.fail()
    assert ends_at(steps(told(world))) == ["Who is told?"]
    incident = world.opened()[0]
    bare = steps(why_incident(incident, [], [], None, None))
    assert bare["Who is told?"].answer == "Nobody: no message was made."
    assert bare["Is it over?"].answer == "Not yet."
    assert bare["Has somebody taken it?"].answer == "Nobody yet."


def test_over_before_its_page_could_leave():
    world = home()
    world.fail()
    world.send(NOT_NOW)
    world.recover()
    found = steps(told(world))
    assert ends_at(found) == ["Was pd told?"]
    assert found["Was pd told?"].answer.startswith("No, over before it could be sent")
    assert found["Has somebody taken it?"].answer == "Nobody acknowledged it."


def test_what_follows_a_page_that_never_left_is_not_missed():
    world = home()
    world.fail()
    world.send(NOT_NOW)
    world.do(ev.Acknowledge(world.incident().id, "ann", "cli"))
    world.recover()
    found = steps(told(world))
    assert ends_at(found) == ["Was pd told?"]
    assert found["Was pd told that somebody has it?"].ok is None


def test_a_later_step_that_was_tried_and_never_arrived_is_missed():
    world = home()
    world.fail()
    world.send()
    world.later(300)
    world.send(NOT_NOW)
    world.recover()
    assert ends_at(steps(told(world))) == ["Was sms told?"]


def test_an_acknowledgement_that_came_back_after_a_snooze():
    world = home()
    world.fail()
    world.do(ev.Snooze(world.incident().id, world.now + timedelta(minutes=10), "ann", "cli"))
    asked = "Has somebody taken it?"
    snoozed = steps(told(world))[asked]
    assert (snoozed.ok, snoozed.answer) == (
        True,
        "Yes, ann via cli at 08:00:20 UTC, 0 ms after it opened, snoozed until 08:10:20 UTC.",
    )
    world.tick(600)
    awake = steps(told(world))[asked]
    assert awake.ok is None
    assert awake.answer.endswith("Its snooze is over, and nobody has taken it again.")


def test_an_open_incident_counts_the_good_checks():
    world = home()
    world.fail()
    world.check(ms=1, after=10)
    found = steps(told(world))
    assert found["Did a check fail?"].answer.endswith("The last 4 checks, oldest first: down, down, down, up.")
    assert found["Is it over?"].answer == (
        "Still down: 1 of 2 good checks so far. It closes by itself after 1 more good check."
    )


def test_left_open_where_the_automatic_resolve_is_off():
    world = World(monitor("nas"), channels=[channel("pd", auto_resolve=False)])
    world.fail()
    world.send()
    world.recover()
    assert steps(told(world))["Is it over?"].answer.endswith("left open at pd: its automatic resolve is turned off.")


def test_resolved_by_a_person_by_maintenance_and_taking_along():
    world = World(monitor("nas", channels=("pd",)), maintenance=(), channels=[channel("pd")])
    world.fail()
    world.do(ev.Resolve(world.incident().id, "ann", "cli"))
    assert steps(told(world))["Is it over?"].answer == "Yes, by ann via cli at 08:00:20 UTC, 0 ms after it opened."
    world.do(ev.Resume("nas", "ann"))
    world.recover()
    world.fail()
    world.apply(maintenance=(window(()),))
    world.tick()
    found = steps(told(world, 1))
    assert found["Was maintenance on?"].answer == "Not when it opened; a window began later, and closed it."
    assert found["Is it over?"].answer.startswith("Yes, by statusapp via maintenance at ")
    assert found["Is it over?"].answer.endswith(": maintenance until 09:00 UTC.")


def test_children_that_were_held_and_an_incident_that_was_merged():
    world = World(monitor("nas"), monitor("web", depends_on=("nas",)))
    world.check(ms=1)
    world.fail()
    world.check(down="refused", after=5)
    world.fail("web")
    asked = "Did something that it depends on explain it?"
    assert steps(told(world))[asked].answer == "No. Held because they depend on it: web."
    merged = replace(world.opened()[0], merged_into="abc")
    assert ends_at(steps(why_incident(merged, [], [], world.watch(), None))) == [asked, "Who is told?"]


def test_a_test_is_not_an_outage():
    world = home()
    world.do(ev.TestChannel("pd", "test1", quiet=False, by="ann"))
    world.send(WRONG_KEY)
    incident = world.ever["test1"]
    assert incident.purpose is Purpose.TEST
    deliveries = [each for each in world.deliveries_ever.values() if each.action is Action.TEST]
    why = why_incident(incident, [], deliveries, None, None)
    assert [step.question for step in why.steps] == ["What was it?", "Did the test reach pd?", "Is it over?"]
    assert why.steps[0].answer.startswith("A test, on 2 Mar 2026 at 08:00:00 UTC: test of the channel pd")
    assert why.steps[1].ok is False


def test_a_channel_that_changed_is_named_as_it_was():
    world = World(monitor("nas"))
    world.fail()
    world.send()
    world.apply(channels=[channel("pd", settings="key-2")])
    world.recover()
    world.send()
    found = steps(told(world))
    assert found["Was pd (as it was before it changed) told?"].ok is True
    assert found["Was pd (as it was before it changed) told that it is over?"].ok is True
