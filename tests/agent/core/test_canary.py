"""The gate, as a table: who is alive, which road is asked for, what may be blamed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statusapp_agent.core.canary import CanaryLook, CanaryRound, is_away, verdict
from statusapp_agent.core.model import Scope

HOST, LAN, INTERNET = Scope.HOST, Scope.LAN, Scope.INTERNET


def seen(*letters: str) -> CanaryRound:
    """``"L+"`` is a LAN canary that is alive, ``"I-"`` a dead one on the internet, ``"I!"`` a captive portal."""
    scopes = {"H": HOST, "L": LAN, "I": INTERNET}
    return CanaryRound(
        tuple(
            CanaryLook(f"canary-{n}", scopes[two[0]], two[1] == "+", two[1] == "!", "said so")
            for n, two in enumerate(letters)
        )
    )


@pytest.mark.parametrize(
    ("looks", "scope", "is_open", "state"),
    [
        # Nobody to ask: never gated.
        ([], HOST, True, "unknown"),
        ([], INTERNET, True, "unknown"),
        # A canary beyond the target says nothing about the road to it.
        (["I-"], LAN, True, "unknown"),
        (["I-", "L-"], HOST, True, "unknown"),
        # The farthest canaries that are not beyond the target decide, and they alone.
        (["L+", "I-"], LAN, True, "home"),
        (["L+", "I-"], INTERNET, False, "offline"),
        (["L-", "I+"], LAN, False, "offline"),
        (["L-", "I+"], INTERNET, True, "home"),
        (["L-"], INTERNET, False, "offline"),
        (["H+"], INTERNET, True, "home"),
        # Half, rounded up.
        (["I-"], INTERNET, False, "offline"),
        (["I+", "I-"], INTERNET, True, "home"),
        (["I+", "I-", "I-"], INTERNET, False, "offline"),
        (["I+", "I+", "I-"], INTERNET, True, "home"),
        (["I+", "I-", "I-", "I-"], INTERNET, False, "offline"),
        (["I+", "I+", "I-", "I-"], INTERNET, True, "home"),
        # A portal needs somebody who answers for others, and too few of the real ones.
        (["L+", "I!", "I!", "I-"], INTERNET, False, "portal"),
        (["I!", "I-", "I-"], INTERNET, False, "portal"),
        (["I!", "I+"], INTERNET, True, "home"),
        (["L+", "I!", "I!"], LAN, True, "home"),
    ],
)
def test_the_gate(looks, scope, is_open, state):
    judged = verdict(seen(*looks), scope)
    assert (judged.open, judged.state) == (is_open, state)
    assert judged.reason


def test_the_reason_names_who_was_silent_and_who_answered_in_place_of_another():
    assert verdict(seen("I+", "I-", "I-"), INTERNET).reason == ("1 of 3 canaries answered, canary-1 did not: said so")
    assert verdict(seen("I-", "I!"), INTERNET).reason == "somebody else answers for canary-1: said so"
    assert verdict(CanaryRound(), LAN).reason == "no canary vouches for the local network"


@given(st.lists(st.sampled_from(["H+", "H-", "L+", "L-", "L!", "I+", "I-", "I!"]), max_size=9), st.sampled_from(Scope))
def test_one_more_canary_alive_never_shuts_the_gate(looks, scope):
    before = verdict(seen(*looks), scope)
    for index, look in enumerate(looks):
        revived = [*looks[:index], look[0] + "+", *looks[index + 1 :]]
        assert verdict(seen(*revived), scope).open or not before.open


@pytest.mark.parametrize(
    ("seen_up_on", "network", "scope", "away"),
    [
        ("home", "cafe", LAN, True),
        ("home", "home", LAN, False),
        ("home", None, LAN, False),
        (None, "cafe", LAN, False),
        (None, None, LAN, False),
        ("home", "cafe", INTERNET, False),
        ("home", "cafe", HOST, False),
    ],
)
def test_away_is_only_ever_a_different_network_for_what_is_in_the_house(seen_up_on, network, scope, away):
    assert is_away(seen_up_on, network, scope) is away
