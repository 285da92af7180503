"""Who is told, when, and how it is said."""

import pytest

from statusapp_agent.core.model import Step, Tier, When
from statusapp_agent.core.routing import route, route_in_words
from tests.support.world import channel, monitor

CHANNELS = {
    each.name: each
    for each in (
        channel("pd"),
        channel("slack-b", "slack"),
        channel("slack-a", "slack"),
        channel("sms", "sms"),
        channel("mail", "email"),
    )
}


def names(found):
    return [step.channel for step in found.steps]


@pytest.mark.parametrize(
    ("tier", "told"),
    [("1", ["pd", "slack-a", "slack-b", "sms"]), ("2", ["slack-a", "slack-b", "mail"]), ("3", ["mail"]), ("9", [])],
)
def test_the_three_tiers_are_built_in(tier, told):
    assert names(route(monitor("nas", tier=tier), CHANNELS, {})) == told


def test_a_tier_of_the_settings_wins_over_a_built_in_one():
    mine = {"1": Tier("1", (Step(channel="mail"),))}
    assert names(route(monitor("nas", tier="1"), CHANNELS, mine)) == ["mail"]


def test_own_channels_win_over_the_tier_and_missing_ones_are_left_out():
    found = route(monitor("nas", tier="1", channels=("mail", "gone")), CHANNELS, {})
    assert (names(found), found.source) == (["mail"], "its own channels")


def test_each_channel_is_told_once_at_its_earliest_step_and_in_order_of_time():
    tier = Tier(
        "x",
        (
            Step(channel="sms", after_s=300, when=When.UNACKNOWLEDGED),
            Step(kind="slack", after_s=60),
            Step(channel="slack-b"),
            Step(channel="sms", after_s=120, when=When.UNDELIVERED),
        ),
    )
    found = route(monitor("nas", tier="x"), CHANNELS, {"x": tier})
    assert [(s.channel, s.after_s) for s in found.steps] == [("slack-b", 0), ("slack-a", 60), ("sms", 120)]


def test_in_words():
    tier = Tier(
        "x",
        (
            Step(channel="pd"),
            Step(channel="mail", after_s=30, when=When.UNDELIVERED),
            Step(channel="sms", after_s=300, when=When.UNACKNOWLEDGED),
        ),
    )
    assert route_in_words("nas", route(monitor("nas", tier="x"), CHANNELS, {"x": tier})) == (
        "If nas fails now: pd at once; mail after 30 s if nothing before it was delivered; "
        "sms after 5 min unless somebody has acknowledged."
    )
    nowhere = monitor("nas", tier=None)
    assert route_in_words("nas", route(nowhere, CHANNELS, {})) == (
        "If nas fails now, nobody is told (it has neither a tier nor channels)."
    )
