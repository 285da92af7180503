"""Is it us? What the canaries saw, and whether a failing target may be blamed for it.

A canary is an address that is nearly always there. A failure of a target counts only while the canaries on the same
road answer: a target in the house is vouched for by canaries in the house, one beyond the router by those on the
internet. Where nobody vouches for a road the gate stands open, because silence must never come from a missing setting.
"""

from dataclasses import dataclass
from typing import Literal

from statusapp_agent.core.model import Scope

GateState = Literal["home", "offline", "portal", "unknown"]


@dataclass(frozen=True, slots=True)
class CanaryLook:
    """What one canary showed. ``portal``: somebody answered in its place, as captive portals do."""

    address: str
    scope: Scope
    alive: bool
    portal: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CanaryRound:
    """One look at every canary; ``network`` is the fingerprint of the network we are in, None when not known."""

    looks: tuple[CanaryLook, ...] = ()
    network: str | None = None


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """Whether failures of one scope count now (``open``), and why, in words. ``unknown``: no canary vouches for it."""

    open: bool
    state: GateState
    reason: str


def vouching(seen: CanaryRound, scope: Scope) -> tuple[CanaryLook, ...]:
    """Return the looks that speak for targets of ``scope``: those of the farthest canaries not beyond it."""
    near = [look for look in seen.looks if look.scope.rank <= scope.rank]
    farthest = max((look.scope.rank for look in near), default=0)
    return tuple(look for look in near if look.scope.rank == farthest)


def verdict(seen: CanaryRound, scope: Scope) -> GateVerdict:
    """Judge the road to targets of ``scope``: open when at least half of its canaries, rounded up, are alive."""
    group = vouching(seen, scope)
    if not group:
        return GateVerdict(True, "unknown", f"no canary vouches for {_ROADS[scope]}")
    alive = sum(look.alive for look in group)
    count = f"{alive} of {len(group)} canaries answered"
    if 2 * alive >= len(group):
        return GateVerdict(True, "home", count)
    silent = next(look for look in group if not look.alive)
    if portal := next((look for look in group if look.portal), None):
        return GateVerdict(False, "portal", _because(f"somebody else answers for {portal.address}", portal.reason))
    return GateVerdict(False, "offline", _because(f"{count}, {silent.address} did not", silent.reason))


def is_away(seen_up_on: str | None, network: str | None, scope: Scope) -> bool:
    """Tell whether a target in the house cannot be seen because we are in another network than when it last was up.

    ``seen_up_on`` is the fingerprint remembered from then. Not knowing either one is never "away".
    """
    return scope is Scope.LAN and seen_up_on is not None and network is not None and seen_up_on != network


_ROADS = {Scope.HOST: "this machine", Scope.LAN: "the local network", Scope.INTERNET: "the internet"}


def _because(fact: str, reason: str) -> str:
    return f"{fact}: {reason}" if reason else fact
