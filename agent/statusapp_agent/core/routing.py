"""Who is told, when: the route of a monitor as steps with concrete channels, and in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from statusapp_agent.core.model import Channel, Monitor, Step, Tier, When

FAILOVER_S = 120.0
"""A page that no channel has taken within two minutes goes over the next one."""

BUILT_IN_TIERS: Mapping[str, Tier] = {
    "1": Tier(
        "1",
        (
            Step(kind="pagerduty"),
            Step(kind="slack"),
            Step(kind="sms", when=When.UNACKNOWLEDGED, after_s=300.0),
        ),
    ),
    "2": Tier("2", (Step(kind="slack"), Step(kind="email"))),
    "3": Tier("3", (Step(kind="email"),)),
}


@dataclass(frozen=True, slots=True)
class RouteStep:
    """One step with its concrete channel. ``on_call`` are the rotations that the channel reaches, as it names them.

    ``hours`` are those that it waits for, ``waits_until`` when they begin, once that has been worked out.
    """

    channel: str
    kind: str
    when: When
    after_s: float
    hours: str | None = None
    on_call: tuple[str, ...] = ()
    waits_until: datetime | None = None


class Reach(Protocol):
    """What words about a route need to know of people and hours."""

    def words(self, step: RouteStep) -> str:
        """Return whom a step reaches: ``to Ana (on call until Mon 09:00)``."""

    def waiting(self, step: RouteStep) -> str:
        """Return until when a step waits for its hours."""


@dataclass(frozen=True, slots=True)
class Route:
    """All steps of a monitor, and where they come from: its own channels, a tier, or nowhere."""

    steps: tuple[RouteStep, ...]
    source: str


def route(monitor: Monitor, channels: Mapping[str, Channel], tiers: Mapping[str, Tier]) -> Route:
    """Return who is told about a monitor: its own channels win over its tier; each channel once, earliest first.

    A channel with hours is there once for each of these; `Audience.timed` knows which of them is first at a moment.
    """
    if monitor.channels is not None:
        steps = tuple(Step(channel=name) for name in monitor.channels)
        return Route(_concrete(steps, channels), "its own channels")
    if monitor.tier is not None:
        tier = tiers.get(monitor.tier) or BUILT_IN_TIERS.get(monitor.tier)
        steps = tier.notify if tier else ()
        return Route(_concrete(steps, channels), f"tier {monitor.tier}")
    return Route((), "it has neither a tier nor channels")


def _concrete(steps: Iterable[Step], channels: Mapping[str, Channel]) -> tuple[RouteStep, ...]:
    found: dict[tuple[str, str | None], RouteStep] = {}
    for step in steps:
        names = [step.channel] if step.channel else sorted(c.name for c in channels.values() if c.kind == step.kind)
        for name in names:
            if name not in channels:
                continue
            channel = channels[name]
            candidate = RouteStep(name, channel.kind, step.when, _after_s(step), step.hours, channel.on_call)
            key = (name, step.hours)
            if key not in found or candidate.after_s < found[key].after_s:
                found[key] = candidate
    return tuple(sorted(found.values(), key=lambda step: step.after_s))


def _after_s(step: Step) -> float:
    """Return a step's delay: a failover without one waits until the others had a fair chance."""
    return FAILOVER_S if step.when is When.UNDELIVERED and step.after_s <= 0 else step.after_s


def step_in_words(step: RouteStep, reach: Reach | None = None) -> str:
    """Return one step as people say it: ``sms to Ana (on call) after 5 min unless somebody has acknowledged``."""
    when = "at once" if step.after_s <= 0 else f"after {_length(step.after_s)}"
    if reach is not None and (waits := reach.waiting(step)):
        when = waits
    elif step.hours is not None:
        when += " (in business hours)" if step.hours == "business" else " (after hours)"
    if reach is not None and (people := reach.words(step)):
        when = f"{people} {when}"
    condition = {
        When.ALWAYS: "",
        When.UNACKNOWLEDGED: " unless somebody has acknowledged",
        When.UNDELIVERED: " if nothing before it was delivered",
    }[step.when]
    return f"{step.channel} {when}{condition}"


def route_in_words(monitor: str, found: Route, reach: Reach | None = None) -> str:
    """Return the whole route as one sentence."""
    if not found.steps:
        return f"If {monitor} fails now, nobody is told ({found.source})."
    return f"If {monitor} fails now: {'; '.join(step_in_words(step, reach) for step in found.steps)}."


def told_in_words(found: Route, reach: Reach | None = None) -> str:
    """Return what a new incident's story says of its route."""
    if not found.steps:
        return f"nobody is told: {found.source}"
    return f"told, by {found.source}: {'; '.join(step_in_words(step, reach) for step in found.steps)}"


def _length(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:g} s"
    return f"{seconds / 60:g} min"
