"""What the doctor says of on-call: exact gaps, people who cannot be reached, overrides of nobody."""

from datetime import UTC, date, datetime

from statusapp_agent.core.doctor import Facts, doctor
from statusapp_agent.core.hours import Hours
from statusapp_agent.core.model import Person
from statusapp_agent.core.oncall_points import oncall_points
from statusapp_agent.core.roster import Layer, Override, Roster, Rotation
from tests.support.world import World, channel

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
ALWAYS = Layer(("Ana", "Ben"), 168, date(2026, 3, 2), 540)
PEOPLE = {
    "Ana": Person("Ana", phone="+4915112345678", email="ana@example.org"),
    "Ben": Person("Ben", email="ben@example.org"),
    "Cleo": Person("Cleo"),
}


def points(*layers: Layer, channels=(), overrides=(), now=NOW):
    roster = Roster(PEOPLE, {"home": Rotation("home", "Europe/Berlin", layers)}, tuple(overrides))
    return {
        each.point: (each.verdict, each.text)
        for each in oncall_points(roster, {each.name: each for each in channels}, now)
    }


def test_a_rotation_without_gaps_passes():
    assert points(ALWAYS) == {
        "On call in home": ("pass", "Ana is on call in home until Mon 09:00, then Ben."),
    }


def test_gaps_are_told_with_exact_times_in_the_rotations_zone():
    weekdays = Layer(("Ana",), 24, date(2026, 3, 1), 0, (Hours((0, 1, 2, 3, 4), 0, 0), Hours((5, 6), 0, 1320)))
    verdict, text = points(weekdays)["Gaps in home"]
    assert verdict == "fail"
    assert text == (
        "Nobody is on call in home from Sat 22:00 to Sun 00:00 (2 h), from Sun 22:00 to Mon 00:00 (2 h), "
        "from 14 Mar 22:00 to 15 Mar 00:00 (2 h) and 1 more, within the next 14 days."
    )


def test_that_nobody_is_on_call_now_is_told_once_with_a_way_out():
    night = Layer(("Ana",), 24, date(2026, 3, 1), 0, (Hours((0, 1, 2, 3, 4, 5, 6), 1200, 480),))
    found = points(night, channels=[channel("sms", "sms", on_call=("home",))])
    assert found["On call in home"] == ("fail", "Nobody is on call in home.")
    assert found["Gaps in home"][1].startswith("Nobody is on call in home from Thu 08:00 to Thu 20:00 (12 h)")
    assert found["sms, who is on call"] == ("fail", "sms would reach nobody now: home has nobody on call.")


def test_people_without_the_contact_that_a_channel_needs():
    channels = [channel("sms", "sms", on_call=("home",)), channel("mail", "email", on_call=("home",))]
    swap = Override("swap", "home", "Cleo", NOW, datetime(2026, 3, 5, tzinfo=UTC))
    found = points(ALWAYS, channels=channels)
    assert found["sms, contacts"] == ("fail", "Ben has no phone number, and sms needs it.")
    assert "mail, contacts" not in found
    found = points(ALWAYS, channels=channels, overrides=[swap])
    assert found["sms, contacts"] == ("fail", "Ben and Cleo have no phone number, and sms needs it.")
    assert found["mail, contacts"] == ("fail", "Cleo has no e-mail address, and mail needs it.")
    assert found["sms, who is on call"] == ("pass", "sms would reach Cleo now.")


def test_only_the_people_of_a_level_need_its_contact():
    sms = channel("sms", "sms", on_call=("home/2",))
    assert "sms, contacts" not in points(ALWAYS, Layer(("Ana",), 24, date(2026, 3, 1)), channels=[sms])


def test_overrides_of_nobody_are_found_until_they_are_over():
    lost = Override("lost", "home", "Gone", NOW, datetime(2026, 3, 5, tzinfo=UTC))
    elsewhere = Override("elsewhere", "shop", "Ana", NOW, datetime(2026, 3, 5, tzinfo=UTC))
    found = points(ALWAYS, overrides=[lost, elsewhere])
    assert found["Overrides"] == ("fail", "2 overrides of nobody or of nothing: lost and elsewhere.")
    assert "Overrides" not in points(ALWAYS, overrides=[lost], now=datetime(2026, 3, 5, tzinfo=UTC))


def test_the_doctor_tells_of_on_call_with_everything_and_with_the_channel_that_needs_it():
    world = World(channels=(channel("pd"), channel("sms", "sms", on_call=("home",))))
    world.state.roster = Roster(PEOPLE, {"home": Rotation("home", "UTC", (ALWAYS,))})
    everything = [each.point for each in doctor(world.state, Facts(), NOW).findings]
    assert "On call in home" in everything
    assert "sms, contacts" in everything
    assert "sms, contacts" in [each.point for each in doctor(world.state, Facts(), NOW, "sms").findings]
    assert not [p for p in doctor(world.state, Facts(), NOW, "pd").findings if "on call" in p.text]
