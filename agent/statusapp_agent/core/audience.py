"""Whom the steps of a route reach at their time, in names and in words."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from statusapp_agent.core.draft import Draft
from statusapp_agent.core.hours import BusinessHours, business_hours, next_on
from statusapp_agent.core.model import Delivery, When
from statusapp_agent.core.oncall import Duty, reach, who
from statusapp_agent.core.oncall_words import duty_in_words, moment
from statusapp_agent.core.phrases import listed
from statusapp_agent.core.roster import Roster, reference
from statusapp_agent.core.routing import Route, RouteStep


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is on call, seen from a moment; ``agent`` are the agent's own settings, with its hours of business."""

    roster: Roster
    now: datetime
    agent: Mapping[str, Any]

    def timed(self, found: Route) -> Route:
        """Return a route for an incident that opens now: steps that wait for their hours wait, each channel once.

        What waits beyond its delay is not sent any more once somebody has acknowledged, whatever its condition was:
        it was held back because it is not urgent then, and is kept because nobody may have seen it.
        """
        business = business_hours(self.agent)
        steps: dict[str, RouteStep] = {}
        for step in found.steps:
            candidate = self._timed(step, business)
            if step.channel not in steps or candidate.after_s < steps[step.channel].after_s:
                steps[step.channel] = candidate
        return Route(tuple(sorted(steps.values(), key=lambda step: step.after_s)), found.source)

    def _timed(self, step: RouteStep, business: BusinessHours | None) -> RouteStep:
        if step.hours is None or business is None:
            return step
        due = self.now + timedelta(seconds=step.after_s)
        begins = next_on(business, due, within=step.hours == "business")
        if begins <= due:
            return step
        when = When.UNACKNOWLEDGED if step.when is When.ALWAYS else step.when
        return replace(step, after_s=(begins - self.now).total_seconds(), when=when, waits_until=begins)

    def people(self, step: RouteStep) -> list[str]:
        """Return who is on call at the step's time, by name; empty for a channel that names no rotation."""
        at = self.now + timedelta(seconds=step.after_s)
        return [person.name for text in step.on_call for person in reach(self.roster, text, at)]

    def words(self, step: RouteStep) -> str:
        """Return whom a step reaches: ``to Ana (on call until Mon 09:00)``, or why nobody; empty without a rotation."""
        at = self.now + timedelta(seconds=step.after_s)
        said = [self._reached(text, at) for text in step.on_call]
        return f"to {listed(said)}" if said else ""

    def _reached(self, text: str, at: datetime) -> str:
        rotation = self.roster.rotations.get(reference(text).rotation)
        if rotation is None:
            return f"nobody (there is no rotation {text})"
        zone = ZoneInfo(rotation.timezone)
        duties: dict[str, Duty] = {}
        for duty in who(self.roster, rotation, at):
            duties.setdefault(duty.person, duty)
        reached = [duties[person.name] for person in reach(self.roster, text, at) if person.name in duties]
        return listed(duty_in_words(duty, at, zone) for duty in reached) if reached else f"nobody ({text} has a gap)"

    def waiting(self, step: RouteStep) -> str:
        """Return until when a step waits for its hours, in words; empty when it does not wait for them."""
        business = business_hours(self.agent)
        if step.waits_until is None or business is None:
            return ""
        begin = "business hours begin" if step.hours == "business" else "business hours end"
        return f"at {moment(step.waits_until, self.now, business.zone)}, when {begin},"


def audience_of(draft: Draft) -> Audience:
    """Return who is on call as a step sees it."""
    return Audience(draft.settled("roster"), draft.now, draft.settled("agent"))


def hours_begin(draft: Draft, delivery: Delivery) -> datetime | None:
    """Return when the hours begin that a message still waits for; None when they are on, or it waits for none.

    Judged once more at its turn: the clock or the hours of business may have been set since the incident opened.
    """
    business = business_hours(draft.settled("agent"))
    if delivery.hours is None or delivery.attempts or business is None:
        return None
    begins = next_on(business, draft.now, within=delivery.hours == "business")
    return begins if begins > draft.now else None
