"""Escalation of our own, for what no other service does: further levels, repetition, and the end that nobody answered.

An incident has reached a level and knows when the next is due; both are saved with it, so that a restart forgets
nothing. An acknowledgement from anywhere stops the clock; when it ends (a snooze is over, it is taken back) the ladder
begins again at its first rung. While pages are held back the clock waits for the end of the silence.
"""

from dataclasses import replace
from datetime import timedelta

from statusapp_agent.core.audience import audience_of
from statusapp_agent.core.draft import Draft
from statusapp_agent.core.model import (
    Action,
    Delivery,
    DeliveryState,
    Escalation,
    Incident,
    IncidentStatus,
    Level,
    Monitor,
    Purpose,
    When,
)
from statusapp_agent.core.outbox import enqueue, lanes, open_lanes
from statusapp_agent.core.phrases import count, length, listed
from statusapp_agent.core.quiet import held, tier_of
from statusapp_agent.core.routing import Route, route
from statusapp_agent.core.state import Wake

STANDARD = Escalation((Level(900.0), Level(1800.0, everybody=True)))
"""At once, after 15 minutes and after 30: whom the route names, the same again, then everybody."""
_OWN_ESCALATION = frozenset({"pagerduty"})
"""It escalates by its own policy, and takes a second trigger of an open incident for the first one."""


def in_words(policy: Escalation) -> str:
    """Return what follows when nobody acknowledges, as one sentence without its full stop."""
    parts = []
    for level in policy.levels:
        whom = "every channel" if level.everybody else listed(level.channels) if level.channels else "the same again"
        parts.append(f"{whom} after {length(level.after_s)}")
    if policy.repeat:
        parts.append(f"{count(policy.repeat, 'repetition')} every {length(policy.every_s)}")
    return f"Unless somebody acknowledges: {'; '.join(parts)}; at the end every channel that works, once more"


def begun(draft: Draft, monitor: Monitor, incident: Incident) -> Incident:
    """Return a new incident with its clock set, if its monitor's tier has an escalation."""
    policy = _policy_of_monitor(draft, monitor)
    return incident if policy is None else replace(incident, escalates_at=draft.now + _delay(policy, 1))


def tick(draft: Draft) -> None:
    """Take every incident a level further whose time has come."""
    for incident in draft.incidents():
        if incident.escalates_at is None or draft.now < incident.escalates_at or not _climbs(incident):
            continue
        policy = policy_of(draft, incident)
        if policy is None:
            draft.save(replace(incident, escalates_at=None))
        elif (hold := held(draft, incident)) is not None:
            draft.save(replace(incident, escalates_at=hold.until + _delay(policy, incident.level)))
        elif incident.level <= len(policy.levels) + policy.repeat:
            _climb(draft, incident, policy)
        else:
            _nobody(draft, incident)


def _climbs(incident: Incident) -> bool:
    return incident.status is IncidentStatus.OPEN and incident.purpose is not Purpose.TEST and incident.storm is None


def policy_of(draft: Draft, incident: Incident) -> Escalation | None:
    """Return the escalation of an incident; an umbrella's is that of its first member that has one."""
    if incident.purpose is Purpose.STORM:
        found = (policy_of(draft, member) for member in draft.members(incident.id))
        return next((policy for policy in found if policy is not None), None)
    watch = draft.watch(incident.monitor)
    return None if watch is None else _policy_of_monitor(draft, watch.monitor)


def route_now(draft: Draft, monitor: Monitor) -> Route:
    """Return who is told about a monitor by the settings as they are now."""
    return audience_of(draft).timed(route(monitor, draft.live_channels(), draft.settled("tiers")))


def _policy_of_monitor(draft: Draft, monitor: Monitor) -> Escalation | None:
    tier = tier_of(monitor, draft.settled("tiers"))
    return tier.escalation if tier is not None else None


def _delay(policy: Escalation, reached: int) -> timedelta:
    """Return the time from one level to what follows it."""
    if reached > len(policy.levels):
        return timedelta(seconds=policy.every_s)
    before = policy.levels[reached - 2].after_s if reached > 1 else 0.0
    return timedelta(seconds=policy.levels[reached - 1].after_s - before)


def _climb(draft: Draft, incident: Incident, policy: Escalation) -> None:
    again = incident.level > len(policy.levels)
    # A repetition is the last level once more; without further levels, the route once more.
    level = policy.levels[min(incident.level, len(policy.levels)) - 1] if policy.levels else Level(0.0)
    reached = incident.level + 1
    climbed = replace(incident, level=reached, escalates_at=draft.now + _delay(policy, reached))
    draft.save(climbed)
    since = length((draft.now - incident.opened_at).total_seconds())
    name = f"repetition {reached - 1 - len(policy.levels)}" if again else f"level {reached}"
    reason = f"{name} after {since}: nobody has acknowledged"
    told = _page(draft, climbed, _channels(draft, climbed, level), reason)
    draft.log(climbed, "escalated", f"{reason}; told: {listed(told)}")


def _channels(draft: Draft, incident: Incident, level: Level) -> list[str]:
    live = draft.live_channels()
    if level.everybody:
        return sorted(live)
    if level.channels:
        return [name for name in level.channels if name in live]
    watch = draft.watch(incident.monitor)
    if incident.purpose is Purpose.STORM or watch is None:
        return [name for name in lanes(draft, incident) if name in live]
    return list(dict.fromkeys(step.channel for step in route_now(draft, watch.monitor).steps))


def _page(draft: Draft, incident: Incident, channels: list[str], reason: str) -> list[str]:
    """Page on these channels, each in the way that is loud there; return those that have something new to say."""
    told = []
    for channel in channels:
        record = draft.channel(channel)
        waiting = _waiting_page(draft, incident, channel)
        if waiting is not None:
            if waiting.attempts == 0 and waiting.not_before is not None:
                draft.save(replace(waiting, not_before=None, when=When.UNACKNOWLEDGED, reason=reason))
                draft.effects.append(Wake(channel))
                told.append(channel)
            continue
        knows = record is not None and record.channel.kind in _OWN_ESCALATION and _was_told(draft, incident, channel)
        action = Action.UPDATE if knows else Action.TRIGGER
        if enqueue(draft, incident, channel, action, reason, when=When.UNACKNOWLEDGED) is not None:
            told.append(channel)
    return told


def _waiting_page(draft: Draft, incident: Incident, channel: str) -> Delivery | None:
    lane = lanes(draft, incident).get(channel, [])
    return next((each for each in lane if each.action is Action.TRIGGER and each.pending), None)


def _was_told(draft: Draft, incident: Incident, channel: str) -> bool:
    lane = lanes(draft, incident).get(channel, [])
    return any(each.action is Action.TRIGGER and each.state is DeliveryState.DELIVERED for each in lane)


def _nobody(draft: Draft, incident: Incident) -> None:
    """All levels and repetitions are over: say so, and try every channel that works."""
    since = length((draft.now - incident.opened_at).total_seconds())
    text = f"nobody answered in {since}, and the escalation is at its end"
    ended = replace(incident, nobody_answered_at=draft.now, escalates_at=None)
    draft.save(ended)
    working = sorted(record.name for record in draft.channels() if not record.retired and not record.broken)
    told = _page(draft, ended, working, text)
    draft.log(ended, "nobody_answered", f"{text}; told as a last resort: {listed(told)}")


def resumed(draft: Draft, incident: Incident) -> None:
    """Nobody has it in hand any more: the ladder begins again, and the steps that an acknowledgement stopped too."""
    policy = policy_of(draft, incident) if incident.storm is None else None
    clock = None if policy is None else draft.now + _delay(policy, 1)
    draft.save(replace(incident, level=1, escalates_at=clock, nobody_answered_at=None))
    watch = draft.watch(incident.monitor)
    if watch is None or watch.incident != incident.id or incident.storm is not None:
        return
    steps = [
        step
        for step in route_now(draft, watch.monitor).steps
        if step.when is When.UNACKNOWLEDGED and _waiting_page(draft, incident, step.channel) is None
    ]
    open_lanes(draft, incident, steps, "still failing, and nobody has it in hand any more")
