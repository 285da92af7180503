"""Why somebody was, or was not, paged: the chain from the check to the person, with the reasons that were kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from statusapp_agent.core import chain
from statusapp_agent.core.chain import Scene
from statusapp_agent.core.health import FLAP_WINDOW, HealthState
from statusapp_agent.core.incident import RECOVERY
from statusapp_agent.core.model import Delivery, Incident, IncidentStatus, Purpose, TimelineEntry
from statusapp_agent.core.phrases import between, capital, clock, count, listed, sentence, unknown_name
from statusapp_agent.core.routing import route
from statusapp_agent.core.sight import Sight
from statusapp_agent.core.state import State, Watch
from statusapp_agent.core.told import OPENING, Link, question, told, works
from statusapp_agent.core.why_there import there


@dataclass(frozen=True, slots=True)
class Step:
    """One link of the chain: ``ok`` is False where it ends, None where that is not known or nothing was to be done."""

    question: str
    answer: str
    ok: bool | None


@dataclass(frozen=True, slots=True)
class Why:
    """The whole chain for one incident (``#42 nas``) or for one monitor as it stands now (its name)."""

    subject: str
    steps: tuple[Step, ...]


def why_monitor(state: State, name: str, now: datetime, zone: tzinfo = UTC) -> Why:
    """Tell why somebody is, or is not, paged for a monitor now; times are told in ``zone``.

    Raises LookupError, with a sentence, when there is no such monitor.
    """
    watch = state.watches.get(name)
    if watch is None:
        raise LookupError(unknown_name(name, list(state.watches), "monitor"))
    scene = Scene(state, watch, chain.live_channels(state), now, zone)
    by_hand = chain.reopened(scene)
    links = [
        ("Is it watched?", chain.watched(scene)),
        ("Does it fail?", chain.failing(scene)),
        ("Is the failure confirmed?", chain.confirmed(scene)),
        ("Is it flapping?", chain.calm(scene)),
        ("Does something that it depends on explain it?", chain.unheld(scene)),
        ("Is maintenance on?", chain.in_service(scene)),
        ("Is it muted, or are the hours quiet?", chain.loud(scene)),
        *([("Was it resolved by hand?", by_hand)] if by_hand else []),
        ("Could the fault be ours?", chain.sighted(scene)),
        ("Who is told?", chain.routed(scene)),
    ]
    steps = [Step(asked, link.text, link.ok) for asked, link in links]
    incident = scene.incident
    if incident is None:
        return Why(name, (*steps, *_channels(scene)))
    deliveries = [state.deliveries[number] for number in sorted(state.by_incident.get(incident.id, ()))]
    steps += _deliveries(deliveries, now, zone)
    steps += _escalated(incident, now, zone)
    return Why(name, (*steps, _acknowledged(incident, now, zone), _over(incident, [], watch, now, zone)))


def _channels(scene: Scene) -> list[Step]:
    found = route(scene.monitor, scene.channels, scene.state.tiers)
    known = [scene.state.channels[step.channel] for step in found.steps]
    links = [(record.name, works(record, scene.now, scene.zone)) for record in known]
    return [Step(f"Does {name} work?", link.text, link.ok) for name, link in links]


def why_incident(
    incident: Incident,
    timeline: Sequence[TimelineEntry],
    deliveries: Sequence[Delivery],
    watch: Watch | None,
    sight: Sight | None,
    zone: tzinfo = UTC,
) -> Why:
    """Tell why somebody was, or was not, paged for an incident, from what is written about it.

    ``watch`` and ``sight`` are those of its monitor now, None when it is gone. Times are told in ``zone``, without the
    date where it is the day on which the incident opened.
    """
    today = incident.opened_at
    current = watch if watch is not None and watch.incident == incident.id else None
    steps = [_began(incident, sight if current is not None else None, zone)]
    if incident.purpose is Purpose.REAL:
        steps += _judged(incident, timeline, watch)
    if incident.purpose is not Purpose.TEST:
        steps.append(_route(timeline, deliveries))
    steps += _deliveries(deliveries, today, zone)
    steps += [Step(asked, text, ok) for asked, text, ok in there(incident, timeline, today, zone)]
    if incident.purpose is not Purpose.TEST:
        steps += _escalated(incident, today, zone)
        steps.append(_acknowledged(incident, today, zone))
    steps.append(_over(incident, timeline, current, today, zone))
    return Why(f"#{incident.number} {incident.monitor}", tuple(steps))


def _began(incident: Incident, sight: Sight | None, zone: tzinfo) -> Step:
    local = incident.began_at.astimezone(zone)
    at = f"{local.day} {local:%b} {local.year} at {clock(incident.began_at, incident.began_at, zone)}"
    if incident.purpose is not Purpose.REAL:
        return Step("What was it?", sentence(f"A {incident.purpose.value}, on {at}: {incident.cause}"), True)
    text = f"Yes, from {at} on: {incident.cause}"
    recent = [seen.status for seen in sight.recent] if sight is not None else []
    now = f"The last {count(len(recent), 'check')}, oldest first: {', '.join(recent)}" if recent else ""
    return Step("Did a check fail?", sentence(text, now), True)


def _judged(incident: Incident, timeline: Sequence[TimelineEntry], watch: Watch | None) -> list[Step]:
    """Tell how the failure became an incident. That it did proves that nothing held it back then."""
    opened = next((entry.text for entry in timeline if entry.kind == "opened"), "")
    after = f"after {between(incident.began_at, incident.opened_at)}"
    return [
        Step("Was the failure confirmed?", sentence(f"Yes, {opened}" if opened else f"Yes, {after}"), True),
        _flapping(incident, watch),
        _dependency(incident, watch),
        Step("Was maintenance on?", _maintenance(incident), True),
        Step(
            "Could the fault be ours?",
            "No: the canaries on the road to it answered before it was confirmed, or none vouches for that road.",
            True,
        ),
    ]


def _flapping(incident: Incident, watch: Watch | None) -> Step:
    asked = "Was it flapping?"
    if watch is None or incident.opened_at not in watch.health.outages:
        return Step(asked, "Not known any more: only the latest outages are kept in mind.", None)
    earliest = incident.opened_at - FLAP_WINDOW
    outages = sum(earliest <= at <= incident.opened_at for at in watch.health.outages)
    limit = watch.monitor.flap_after
    if limit <= 0 or outages < limit:
        return Step(asked, f"No: {count(outages, 'outage')} within an hour.", True)
    text = f"Yes: {outages} outages within an hour, so it stays open until it has been good for a while."
    return Step(asked, text, True)


def _dependency(incident: Incident, watch: Watch | None) -> Step:
    asked = "Did something that it depends on explain it?"
    if incident.merged_into is not None:
        return Step(asked, f"It was merged into the incident {incident.merged_into}, which is paged for both.", False)
    parents = watch.monitor.depends_on if watch is not None else ()
    text = f"No: {listed(parents)} did not explain it" if parents else "No"
    held = f"Held because they depend on it: {listed(incident.children)}" if incident.children else ""
    return Step(asked, sentence(text, held), True)


def _maintenance(incident: Incident) -> str:
    if incident.resolved_via == "maintenance":
        return "Not when it opened; a window began later, and closed it."
    return "No: it opened outside of any window."


def _route(timeline: Sequence[TimelineEntry], deliveries: Sequence[Delivery]) -> Step:
    routes = [entry.text for entry in timeline if entry.kind == "route"]
    told_anyone = any(delivery.action in OPENING for delivery in deliveries)
    missing = "Nobody: no message was made." if not told_anyone else "Its channels, as below."
    return Step("Who is told?", sentence(*map(capital, routes)) if routes else missing, told_anyone)


def _deliveries(deliveries: Sequence[Delivery], today: datetime, zone: tzinfo) -> list[Step]:
    in_order = sorted(deliveries, key=lambda delivery: delivery.id)
    return [_step(question(delivery), told(delivery, today, zone)) for delivery in in_order]


def _step(asked: str, link: Link) -> Step:
    return Step(asked, link.text, link.ok)


def _escalated(incident: Incident, today: datetime, zone: tzinfo) -> list[Step]:
    """Tell how far it has escalated, where it does at all or has."""
    asked = "Has it escalated?"
    if incident.nobody_answered_at is not None:
        at = clock(incident.nobody_answered_at, today, zone)
        return [Step(asked, f"Yes, to its end: nobody had answered at {at}, and every channel was tried.", False)]
    following = f", the next is due at {clock(incident.escalates_at, today, zone)}" if incident.escalates_at else ""
    if incident.level == 1 and not following:
        return []
    reached = "Not yet" if incident.level == 1 else f"Level {incident.level} was reached"
    return [Step(asked, f"{reached}{following if incident.is_open else ''}.", None)]


def _acknowledged(incident: Incident, today: datetime, zone: tzinfo) -> Step:
    asked = "Has somebody taken it?"
    if incident.acknowledged_at is None:
        return Step(asked, "Nobody acknowledged it." if not incident.is_open else "Nobody yet.", None)
    by = f"{incident.acknowledged_by} via {incident.acknowledged_via}"
    took = between(incident.opened_at, incident.acknowledged_at)
    text = f"Yes, {by} at {clock(incident.acknowledged_at, today, zone)}, {took} after it opened"
    if incident.snoozed_until is not None:
        return Step(asked, sentence(f"{text}, snoozed until {clock(incident.snoozed_until, today, zone)}"), True)
    again = "Its snooze is over, and nobody has taken it again" if incident.status is IncidentStatus.OPEN else ""
    return Step(asked, sentence(text, again), None if again else True)


def _over(
    incident: Incident, timeline: Sequence[TimelineEntry], watch: Watch | None, today: datetime, zone: tzinfo
) -> Step:
    asked = "Is it over?"
    if incident.resolved_at is None:
        if watch is None or watch.health.state is not HealthState.DOWN:
            return Step(asked, "Not yet.", None)
        left = chain.recovering(watch, today)
        return Step(asked, sentence(left.text, left.remedy or ""), None)
    reason = next((entry.text for entry in reversed(timeline) if entry.kind == "resolved"), "")
    by = "by itself" if incident.resolved_via == RECOVERY else f"by {incident.resolved_by} via {incident.resolved_via}"
    text = f"Yes, {by} at {clock(incident.resolved_at, today, zone)}, "
    text += f"{between(incident.opened_at, incident.resolved_at)} after it opened"
    if reason.startswith("resolved by "):
        reason = ""
    left_open = [entry.text for entry in timeline if entry.kind == "kept_open"]
    return Step(asked, sentence(f"{text}: {reason}" if reason else text, *left_open), True)
