"""What the doctor says ahead of time: drills that nobody answered, tiers without a backup, PagerDuty's own side."""

from dataclasses import replace
from datetime import timedelta

from statusapp_agent.core.doctor import ChannelFacts, Facts, concerned, doctor
from statusapp_agent.core.paging_facts import PagingFacts, Part
from tests.support.world import World, channel, monitor


def points(world: World, subject: str, **facts: PagingFacts) -> dict[str, tuple[str, str]]:
    known = {name: ChannelFacts(paging=facts.get(name)) for name in world.state.channels}
    found = doctor(world.state, Facts(channels=known), world.now, subject)
    return {each.point.rpartition(", ")[2].capitalize(): (each.verdict, each.text) for each in found.findings}


def test_the_first_tier_with_one_channel_alone_has_no_backup() -> None:
    alone = World(monitor("nas", tier="1"))
    assert points(alone, "nas")["Backup"][0] == "unknown"
    both = World(monitor("nas", tier="1"), channels=(channel("pd"), channel("slack", "slack")))
    assert "Backup" not in points(both, "nas")


def test_the_last_drill_counts() -> None:
    world = World()
    record = world.state.channels["pd"]
    drilled = replace(record, drilled_at=world.now - timedelta(days=2), drill_ok=False, drill_reason="nobody answered")
    world.state.channels["pd"] = drilled
    assert points(world, "pd")["Drill"] == ("fail", "The drill 2 d ago: nobody answered.")
    world.state.channels["pd"] = replace(drilled, drill_ok=True, drill_reason="acknowledged by Ana after 1 min")
    assert points(world, "pd")["Drill"][0] == "pass"


def test_what_pagerduty_could_not_be_asked_is_unknown_and_never_a_pass() -> None:
    world = World()
    facts = PagingFacts(world.now, world.now, faults={Part.SERVICE: "it does not answer"})
    assert points(world, "pd", pd=facts)["Service"] == ("unknown", "Not known: it does not answer.")


def test_only_the_channels_that_a_subject_uses_are_looked_at() -> None:
    world = World(monitor("nas"), channels=(channel("pd"), channel("other")))
    assert concerned(world.state, "nas") == {"pd"}
    assert concerned(world.state, "other") == {"other"}
    assert concerned(world.state, None) == {"pd", "other"}
    assert concerned(world.state, "nothing") == set()
