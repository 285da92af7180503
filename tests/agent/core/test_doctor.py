"""The troubleshooting list: each point passes, fails, or says what would make it known."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from statusapp_agent.core import events as ev
from statusapp_agent.core.doctor import BackupFacts, ChannelFacts, Facts, doctor
from statusapp_agent.core.model import Again, Delivered, Maintenance, Refused, Step, Tier, When
from statusapp_agent.core.state import State
from statusapp_agent.kinds import Finding
from statusapp_shared.protocol import DoctorView
from tests.support.world import INSTALL, LAN, NOT_NOW, START, WRONG_KEY, World, channel, monitor

GOOD = ChannelFacts(secrets=frozenset({"integration_key"}), service_exists=True, service="found: Home lab")
KEY = Refused("HTTP 400: Invalid routing key", channel_broken=True)
ASK_LATER = Again("HTTP 429", after_s=120.0, hold_channel=True)
GROUPS = [
    "Is it watched?",
    "Is it failing?",
    "Would somebody be told?",
    "Does the channel work?",
    "Can StatusApp do its work?",
]


def examine(world, subject="nas", facts=None, **more):
    """Return the points of a subject by name; every verdict that does not pass must say what helps."""
    known = facts or Facts(channels=dict.fromkeys(world.state.channels, GOOD))
    found = doctor(world.state, known, world.now, subject, **more)
    groups = [point.group for point in found.findings]
    assert groups == sorted(groups, key=GROUPS.index)
    assert all(point.remedy is None for point in found.findings if point.verdict == "pass")
    return {point.point: point for point in found.findings}


def shown(point):
    return (point.verdict, point.text)


def run_test(world, answer=None):
    world.do(ev.TestChannel("pd", "test-1", quiet=False, by="ann"))
    world.send(answer or Delivered("HTTP 202"))


def healthy(**more):
    """Return a world in which everything has been tried and works."""
    world = World(monitor("nas"), **{"canary_scopes": [LAN], **more})
    run_test(world)
    world.look()
    world.check(ms=20)
    return world


def test_everything_passes():
    world = healthy()
    facts = Facts(channels={"pd": GOOD})
    for subject, count in (("nas", 16), ("pd", 10), (None, 9)):
        found = doctor(world.state, facts, world.now, subject)
        assert {point.verdict for point in found.findings} == {"pass"}, subject
        assert (found.subject, found.sentence) == (subject, f"All {count} points pass.")
        assert {point.group for point in found.findings} >= set(GROUPS[2:])
    assert {point.group for point in doctor(world.state, facts, world.now).findings} == set(GROUPS)


def test_the_wire_can_carry_it():
    world = World(monitor("nas"))
    found = doctor(world.state, Facts(), world.now)
    view = DoctorView.model_validate(found, from_attributes=True)
    assert len(view.findings) == len(found.findings)


def test_the_sum_says_what_is_worst():
    world = healthy()
    untested = replace(world.state.channels["pd"], tested_at=None)
    world.state.channels["pd"] = untested
    facts = Facts(channels={"pd": GOOD})
    sentence = doctor(world.state, facts, world.now, "pd").sentence
    assert sentence == "Nothing is known to be wrong; 1 of 10 points is not known."
    facts = replace(facts, problems=("the disk is full",))
    sentence = doctor(world.state, facts, world.now, "pd").sentence
    assert sentence == "1 of 10 points needs a hand: Agent. the disk is full."
    facts = replace(facts, problems=("the disk is full", "the clock is wrong"))
    sentence = doctor(world.state, facts, world.now, "pd").sentence
    assert sentence == "2 of 11 points need a hand, first of all: Agent. the disk is full."


def test_a_name_that_nothing_has():
    world = World(monitor("nas-web"), channels=[channel("pagerduty-prod")])
    for wrong, nearest in (("nas-wbe", "nas-web"), ("pagerduty", "pagerduty-prod")):
        with pytest.raises(LookupError) as raised:
            doctor(world.state, Facts(), world.now, wrong)
        assert str(raised.value) == f"There is no channel or monitor {wrong!r}; the nearest name is {nearest!r}."


def test_a_name_of_a_channel_and_of_a_monitor_means_both():
    world = World(monitor("pd"))
    points = doctor(world.state, Facts(), world.now, "pd").findings
    assert [point.point for point in points].count("Route") == 1
    assert [point.point for point in points].count("Test") == 1


# S53: the key


def test_a_key_of_the_wrong_look_fails_and_a_doubtful_one_is_not_known():
    world = healthy()
    look = Finding("integration_key", "has 20 characters, and needs 32", error=True)
    doubt = Finding("region", "us, while the account looks like eu")
    wrong = Facts(channels={"pd": replace(GOOD, findings=(doubt, look))})
    assert shown(examine(world, "pd", wrong)["Key and settings"]) == (
        "fail",
        "integration_key: has 20 characters, and needs 32.",
    )
    warned = Facts(channels={"pd": replace(GOOD, findings=(doubt,))})
    found = examine(world, "pd", warned)["Key and settings"]
    assert shown(found) == ("unknown", "region: us, while the account looks like eu.")
    assert found.remedy is not None


def test_a_secret_that_cannot_be_read_fails_with_the_vaults_sentence():
    facts = Facts(channels={"pd": ChannelFacts(vault="The keyring is locked; unlock it")})
    found = examine(healthy(), "pd", facts)["Key and settings"]
    assert shown(found) == ("fail", "The keyring is locked; unlock it.")
    assert "statusapp channels set-secret pd" in found.remedy


def test_a_refused_key_tells_the_last_answer_and_of_the_other_region():
    world = healthy()
    world.fail()
    world.send(KEY)
    found = examine(world, "pd")
    key = found["Key and settings"]
    assert shown(key) == ("fail", "It is refused: HTTP 400: Invalid routing key.")
    assert "EU region" in key.remedy
    assert "statusapp channels test pd" in key.remedy
    assert found["Service"].verdict == "fail"
    assert "deleted" in found["Service"].text
    assert "Answers" not in found
    assert shown(examine(world)["Route"]) == ("fail", "If nas fails now: pd at once. But pd cannot send.")
    assert examine(world)["Page over pd"].verdict == "fail"
    assert "EU region" not in (examine(refused_otherwise(), "pd")["Key and settings"].remedy)


def refused_otherwise():
    world = healthy()
    world.fail()
    world.send(Refused("HTTP 403: blocked", channel_broken=True))
    return world


def test_what_nobody_looked_at_is_not_known():
    world = healthy()
    assert examine(world, "pd", Facts())["Key and settings"].verdict == "unknown"
    assert shown(examine(world, "pd")["Key and settings"]) == (
        "pass",
        "They look right. The other side has accepted it.",
    )
    world.fail()
    world.send(NOT_NOW)
    assert examine(world, "pd")["Key and settings"].text == (
        "They look right. The last answer was an error: connection refused."
    )


# S54: the test


def test_a_channel_that_was_never_tested_one_that_passed_and_one_that_failed():
    world = World(monitor("nas"))
    never = examine(world, "pd")["Test"]
    assert shown(never) == ("unknown", "pd was never tested.")
    assert "statusapp channels test pd" in never.remedy
    run_test(world)
    world.later(7260)
    assert shown(examine(world, "pd")["Test"]) == ("pass", "Tested 2 h 1 min ago: HTTP 202.")
    broken = World(monitor("nas"))
    run_test(broken, WRONG_KEY)
    assert shown(examine(broken, "pd")["Test"]) == (
        "fail",
        "The test less than 1 s ago failed: 400: invalid routing key.",
    )


# S55: the service


def test_the_service_is_not_known_without_a_rest_key():
    world = healthy()
    found = examine(world, "pd", Facts(channels={"pd": ChannelFacts()}))["Service"]
    assert found.verdict == "unknown"
    assert "read-only REST key" in found.remedy
    with_key = Facts(channels={"pd": ChannelFacts(secrets=frozenset({"api_key"}))})
    assert (
        examine(world, "pd", with_key)["Service"].text == "The service was not looked up, although a REST key is set."
    )
    gone = Facts(channels={"pd": ChannelFacts(service_exists=False, service="HTTP 404: PABC was deleted")})
    assert shown(examine(world, "pd", gone)["Service"]) == ("fail", "HTTP 404: PABC was deleted.")
    assert shown(examine(world, "pd")["Service"]) == ("pass", "found: Home lab.")


def test_only_pagerduty_has_a_service():
    world = World(monitor("nas", channels=("mail",)), channels=[channel("mail", "email")])
    assert "Service" not in examine(world, "mail")


# S56, S69: somebody to tell


def test_the_route_in_words_and_nobody():
    tier = Tier("home", (Step("pd"), Step("sms", when=When.UNDELIVERED, after_s=60.0)))
    told = World(
        monitor("nas", channels=None, tier="home"), channels=[channel("pd"), channel("sms", "sms")], tiers=[tier]
    )
    assert shown(examine(told)["Route"]) == (
        "pass",
        "If nas fails now: pd at once; sms after 1 min if nothing before it was delivered.",
    )
    silent = World(monitor("nas", channels=()))
    assert examine(silent)["Route"].verdict == "fail"
    assert "nobody is told" in examine(silent)["Route"].text
    assert examine(silent)["Route"].remedy is not None


def test_a_channel_that_nothing_uses():
    world = World(monitor("nas"), channels=[channel("pd"), channel("old")])
    unused = examine(world, "old")["Monitors"]
    assert shown(unused) == ("fail", "No monitor notifies old: nothing is ever sent over it.")
    assert shown(examine(world, "pd")["Monitors"]) == ("pass", "1 monitor would use it: nas.")
    many = World(*(monitor(f"m{n}") for n in range(7)))
    assert examine(many, "pd")["Monitors"].text == "7 monitors would use it: m0, m1, m2, m3, m4 and 2 more."


def test_a_later_page_that_was_not_needed_passes():
    tier = Tier("home", (Step("pd"), Step("sms", when=When.UNACKNOWLEDGED, after_s=300.0)))
    channels = [channel("pd"), channel("sms", "sms")]
    world = World(monitor("nas", channels=None, tier="home"), channels=channels, tiers=[tier])
    world.fail()
    world.send()
    world.do(ev.Acknowledge(world.incident().id, "ann", "cli"))
    assert shown(examine(world)["Page over sms"]) == ("pass", "No, not needed: acknowledged by ann.")


def test_pages_of_an_open_incident():
    tier = Tier("home", (Step("pd"), Step("sms", after_s=300.0)))
    world = World(
        monitor("nas", channels=None, tier="home"), channels=[channel("pd"), channel("sms", "sms")], tiers=[tier]
    )
    world.fail()
    assert examine(world)["Page over pd"].verdict == "pass"
    world.send(NOT_NOW)
    assert examine(world)["Page over pd"].verdict == "unknown"
    assert shown(examine(world)["Page over sms"]) == ("pass", "Not yet: it waits until 08:05:20 UTC.")
    world.later(2)
    world.send()
    assert examine(world)["Page over pd"].text.startswith("Yes, at 08:00:22 UTC, 2 s after it was due, after 2 tries")
    world.do(ev.Acknowledge(world.incident().id, "ann", "cli"))
    world.send()
    world.apply(monitors=[monitor("nas", channels=("sms",))])
    assert "Page over pd" not in examine(world)


# S57, S58, S61: is it failing, and is that confirmed?


def test_the_state_and_the_last_results():
    world = World(monitor("nas"))
    assert examine(world)["State"].verdict == "unknown"
    assert examine(world)["Checks"].verdict == "unknown"
    world.fail(times=2)
    assert examine(world)["State"].text == (
        "It fails, for 10 s so far: refused. The last 2 checks, oldest first: down, down."
    )
    confirmation = examine(world)["Confirmation"]
    assert shown(confirmation) == ("unknown", "2 of 3 failures so far; needs 3.")
    assert confirmation.remedy == "The next check follows within 10 s."
    world.check(down="refused", after=10)
    assert shown(examine(world)["State"])[0] == "pass"
    assert shown(examine(world)["Confirmation"])[0] == "pass"


def test_recovery_counts_the_good_checks_that_are_left():
    world = healthy()
    assert examine(world)["Recovery"].verdict == "pass"
    world.fail()
    world.check(ms=1, after=10)
    found = examine(world)["Recovery"]
    assert shown(found) == ("unknown", "Still down: 1 of 2 good checks so far.")
    assert found.remedy == "It closes by itself after 1 more good check."


def test_checks_that_do_not_happen():
    world = healthy()
    world.later(200)
    assert shown(examine(world)["Checks"]) == (
        "fail",
        "The last check began 3 min 20 s ago, though one is due every 1 min.",
    )
    world.do(ev.Pause("nas", "ann"))
    paused = examine(world)["Checks"]
    assert paused.verdict == "unknown"
    assert paused.remedy == "`statusapp monitors resume nas` ends that."


def test_flapping():
    world = World(monitor("nas", failures=1, recoveries=1, flap_after=2))
    for _ in range(2):
        world.check(ms=1, after=60)
        world.check(down="refused", after=60)
    found = examine(world)["Flapping"]
    assert found.verdict == "unknown"
    assert found.text.startswith("Flapping: 2 outages within an hour.")
    calm = World(monitor("nas", flap_after=0))
    assert shown(examine(calm)["Flapping"]) == ("pass", "Never treated as flapping: its settings turn that off.")


def test_held_maintenance_and_resolved_by_hand():
    world = World(monitor("nas", depends_on=("router",)), monitor("router"))
    world.fail("router")
    world.fail()
    held = examine(world)["Dependency"]
    assert shown(held) == ("unknown", "Held: router is down, and nas depends on it. Incident #1 is for both.")
    assert held.remedy == "`statusapp monitors why router` says more."
    window = Maintenance("nightly", ("nas",), 3600.0, starts_at=START)
    world = World(monitor("nas"), maintenance=(window,))
    world.tick()
    assert examine(world)["Maintenance"].verdict == "unknown"
    berlin = ZoneInfo("Europe/Berlin")
    assert examine(world, zone=berlin)["Maintenance"].text.startswith("Maintenance (nightly) until 10:00:00: ")
    world = World(monitor("nas"))
    assert "Resolved by hand" not in examine(world)
    world.fail()
    world.do(ev.Resolve(world.incident().id, "ann", "cli"))
    assert examine(world)["Resolved by hand"].verdict == "unknown"


def test_muted_is_a_note():
    world = healthy()
    until = world.now + timedelta(hours=1)
    for muted, is_there in (
        ({None: until}, True),
        ({"nas": until}, True),
        ({"web": until}, False),
        ({None: START}, False),
    ):
        facts = Facts(channels={"pd": GOOD}, muted=muted)
        assert ("Mute" in examine(world, "nas", facts)) is is_there
    facts = Facts(muted={None: until, "nas": until})
    noted = [point for point in doctor(world.state, facts, world.now).findings if point.note]
    assert [(point.point, point.verdict) for point in noted] == [("nas, mute", "pass"), ("Mute", "pass")]
    assert noted[0].text.startswith("Muted until 09:00:00 UTC.")


# The channel's answers, S63


def test_answers_that_fail_and_a_channel_that_must_wait():
    world = healthy()
    world.fail()
    world.send(NOT_NOW)
    assert shown(examine(world, "pd")["Answers"]) == (
        "unknown",
        "Its tries have failed for less than 1 s: connection refused.",
    )
    world.later(61)
    assert shown(examine(world, "pd")["Answers"])[0] == "fail"
    held = healthy()
    held.fail()
    held.send(ASK_LATER)
    assert shown(examine(held, "pd")["Answers"]) == ("unknown", "It waits until 08:02:20 UTC: HTTP 429.")
    assert shown(examine(healthy(), "pd")["Answers"]) == ("pass", "It last took a message less than 1 s ago.")
    assert shown(examine(World(), "pd")["Answers"]) == ("pass", "Nothing was sent over it yet.")


def test_an_automatic_resolve_that_is_turned_off_is_a_note():
    world = World(
        monitor("nas", channels=("pd", "sms")), channels=[channel("pd", auto_resolve=False), channel("sms", "sms")]
    )
    off = examine(world, "pd")["Automatic resolve"]
    assert shown(off) == ("pass", "Turned off: what recovers stays open at pd until somebody resolves it there.")
    assert off.note
    assert not examine(world, "sms")["Automatic resolve"].note
    assert "pd, automatic resolve" in examine(world, None)
    assert examine(healthy(), "pd")["Automatic resolve"].text == "On: what recovers is closed there as well."


# The agent itself


def test_canaries_off_not_looked_at_and_silent():
    off = examine(World())["Canaries"]
    assert off.verdict == "unknown"
    assert "canaries" in off.remedy
    world = World(canary_scopes=[LAN])
    assert shown(examine(world)["Canaries"]) == ("unknown", "They have not been looked at yet.")
    world.look(alive=False)
    world.later(60)
    silent = examine(world)["Canaries (lan)"]
    assert shown(silent) == (
        "fail",
        "0 of 1 canaries answered, canary-lan did not: silent, since 08:00:00 UTC.",
    )
    assert silent.remedy is not None
    world.check(ms=1)
    assert shown(examine(world)["Our own sight"])[0] == "unknown"


def test_messages_that_wait_too_long_and_those_that_wait_by_intention():
    tier = Tier("home", (Step("pd"), Step("sms", after_s=300.0)))
    world = World(
        monitor("nas", channels=None, tier="home"), channels=[channel("pd"), channel("sms", "sms")], tiers=[tier]
    )
    world.fail()
    world.send(NOT_NOW)
    world.later(60)
    assert examine(world)["Messages"].verdict == "pass"
    world.later(1)
    late = examine(world)["Messages"]
    assert shown(late) == ("fail", "1 message for pd has waited 1 min 1 s: connection refused.")
    assert examine(world, "sms")["Messages"].verdict == "pass"
    assert examine(world, "pd")["Messages"].verdict == "fail"
    world.do(ev.Acknowledge(world.incident().id, "ann", "cli"))
    world.later(120)
    assert examine(world, None)["Messages"].text.startswith("2 messages for pd have waited 3 min 1 s")


def test_messages_of_a_channel_that_is_gone_are_looked_at_too():
    world = World(monitor("nas"))
    world.fail()
    world.send()
    world.apply(channels=[channel("other")], monitors=[monitor("nas", channels=("other",))])
    world.later(90)
    assert "pd~1" in world.state.channels
    texts = [point.text for point in doctor(world.state, Facts(), world.now).findings if point.point == "Messages"]
    assert any(text.startswith("1 message for pd has waited 1 min 30 s") for text in texts)


def test_proxies_are_shown_without_their_password():
    facts = Facts(proxies={"HTTPS_PROXY": "http://ann:ze@bra@proxy.lan:3128", "NO_PROXY": "localhost"})
    found = examine(healthy(), "pd", facts)["Proxies"]
    assert found.text == "Set: HTTPS_PROXY (proxy.lan:3128) and NO_PROXY (localhost). Channels use them, checks do not."
    assert found.note
    assert "bra" not in repr(doctor(healthy().state, facts, START))


# Everything


def test_of_everything_only_what_does_not_pass_is_told_and_the_rest_in_sum():
    world = World(
        *(monitor(f"m{n}") for n in range(3)),
        monitor("lone", channels=()),
        channels=[channel("pd"), channel("mail", "email")],
        canary_scopes=[LAN],
    )
    world.look()
    for name in world.monitors:
        world.check(name, ms=1)
    world.check("m1", down="refused", after=10)
    run_test(world)
    found = doctor(world.state, Facts(channels={"pd": GOOD, "mail": GOOD}), world.now)
    assert [(point.group, point.point, point.verdict) for point in found.findings] == [
        (GROUPS[0], "Monitors", "pass"),
        (GROUPS[1], "m1, confirmation", "unknown"),
        (GROUPS[1], "Monitors", "pass"),
        (GROUPS[2], "lone, route", "fail"),
        (GROUPS[2], "Monitors", "pass"),
        (GROUPS[2], "mail, monitors", "fail"),
        (GROUPS[2], "Channels", "pass"),
        (GROUPS[3], "mail, test", "unknown"),
        (GROUPS[3], "Channels", "pass"),
        (GROUPS[4], "Agent", "pass"),
        (GROUPS[4], "Canaries (lan)", "pass"),
        (GROUPS[4], "Messages", "pass"),
        (GROUPS[4], "Proxies", "pass"),
    ]
    sums = [point.text for point in found.findings if point.point in ("Monitors", "Channels")]
    assert sums == [
        "4 monitors pass every point here.",
        "3 of 4 monitors pass every point here.",
        "3 of 4 monitors pass every point here.",
        "1 of 2 channels passes every point here.",
        "1 of 2 channels passes every point here.",
    ]


def test_a_monitor_brings_along_what_is_wrong_with_its_channels():
    world = World(monitor("nas"), channels=[channel("pd"), channel("old")])
    found = examine(world)
    assert found["pd, test"].verdict == "unknown"
    assert not [name for name in found if name.startswith("old")]


def test_an_empty_house():
    empty = doctor(State(INSTALL), Facts(), START)
    told = {point.text: point.verdict for point in empty.findings}
    assert told["Nothing is watched yet. Most people begin with their router."] == "unknown"
    nobody = "Nobody is told yet. An incident would only show here and in the tray."
    assert told[nobody] == "unknown"
    world = World(monitor("nas"))
    world.apply(channels=[], monitors=[monitor("nas", channels=())])
    told = {point.text: point.verdict for point in doctor(world.state, Facts(), world.now).findings}
    assert told[nobody] == "fail"


def test_looking_changes_nothing():
    world = World(monitor("nas"))
    doctor(world.state, Facts(), world.now)
    assert "nas" not in world.state.sights
    assert not world.state.by_incident
    assert not world.state.waiting


def test_a_channel_that_must_wait_before_anything_was_sent_is_not_known():
    world = World(monitor("nas"))
    world.state.channels["pd"] = replace(world.state.channels["pd"], held_until=world.now + timedelta(seconds=30))
    assert shown(examine(world, "pd")["Answers"]) == ("unknown", "It waits until 08:00:30 UTC: it was asked to.")


@pytest.mark.parametrize(
    ("backup", "verdict", "words"),
    [
        (BackupFacts(None), "unknown", "no copy of the state yet"),
        (BackupFacts(START - timedelta(hours=3), 2, 1), "pass", "read as a restore would: 2 monitors and 1 channel"),
        (BackupFacts(START - timedelta(hours=3), fault="it is damaged"), "fail", "could not be restored"),
        (BackupFacts(START - timedelta(days=3), 2, 1), "fail", "none could be made since"),
    ],
)
def test_the_restore_drill(backup, verdict, words):
    found = doctor(healthy().state, Facts(backup=backup), START)
    (point,) = [each for each in found.findings if each.point == "Backup"]
    assert point.verdict == verdict
    assert words in point.text
