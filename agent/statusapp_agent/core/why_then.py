"""Why somebody was, or was not, paged for a monitor at a moment in the past, from what was written down at the time.

The rules that are not written down with every incident (how many failures confirm, windows, the route) are those of the
settings in force now; where they were changed since, the answer says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from statusapp_agent.core.maintenance import active, covers
from statusapp_agent.core.model import CheckStatus, Delivery, Incident, Maintenance, Monitor, Scope, TimelineEntry
from statusapp_agent.core.phrases import between, clock, count, listed, sentence
from statusapp_agent.core.routing import Route, step_in_words
from statusapp_agent.core.state import BlindTime
from statusapp_agent.core.told import OPENING, question, told
from statusapp_agent.core.watching import REOPEN_AFTER
from statusapp_agent.core.why import Step, Why


@dataclass(frozen=True, slots=True)
class Seen:
    """One result of the history."""

    at: datetime
    status: CheckStatus
    message: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did, by the audit log."""

    at: datetime
    by: str
    deed: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """What is written of a monitor around a moment: results and incidents in order; ``holding`` are others' incidents.

    ``blind`` are stretches that touch the moment, ``deeds`` what was done to it before, and to the settings.
    """

    at: datetime
    seen: Sequence[Seen] = ()
    incidents: Sequence[Incident] = ()
    holding: Sequence[Incident] = ()
    timelines: Mapping[str, Sequence[TimelineEntry]] = field(default_factory=dict)
    deliveries: Mapping[str, Sequence[Delivery]] = field(default_factory=dict)
    blind: Sequence[BlindTime] = ()
    deeds: Sequence[Deed] = ()


def why_then(monitor: Monitor, past: Past, windows: Sequence[Maintenance], found: Route, zone: tzinfo) -> Why:
    """Tell the chain as it stood at the moment."""
    subject = f"{monitor.name} at {clock(past.at, past.at, zone)} on {_day(past.at, zone)}"
    incident = next((each for each in past.incidents if _open_at(each, past.at)), None)
    steps = [_watched(past, zone), _failing(monitor, past, zone)]
    if incident is not None:
        steps.append(_was_open(incident, past, zone))
        return Why(subject, (*steps, *_pages(incident, past, zone), _taken(incident, past, zone)))
    return Why(
        subject,
        (
            *steps,
            _no_incident(past, zone),
            _confirmed(monitor, past, zone),
            _held(past, zone),
            _maintenance(monitor, past, windows, zone),
            _blind(past, zone),
            _by_hand(past, zone),
            _route(found),
            *_changed(past, zone),
        ),
    )


def _day(at: datetime, zone: tzinfo) -> str:
    local = at.astimezone(zone)
    return f"{local.day} {local:%b} {local.year}"


def _open_at(incident: Incident, at: datetime) -> bool:
    return incident.opened_at <= at and (incident.resolved_at is None or at < incident.resolved_at)


def _watched(past: Past, zone: tzinfo) -> Step:
    asked = "Was it watched?"
    last = next((each for each in reversed(past.deeds) if each.deed in ("pause", "resume")), None)
    if last is not None and last.deed == "pause":
        return Step(asked, f"No: it was paused by {last.by} since {clock(last.at, past.at, zone)}.", False)
    away = next((each for each in past.blind if each.scope is Scope.HOST and _covers(each, past.at)), None)
    if away is not None:
        return Step(asked, sentence(f"No: nothing was checked, {_stretch(away, past.at, zone)}: {away.cause}"), False)
    if not past.seen:
        return Step(asked, "Not known: no result is kept from around that time.", None)
    return Step(asked, f"Yes: {count(len(past.seen), 'result')} from around that time.", True)


def _failing(monitor: Monitor, past: Past, zone: tzinfo) -> Step:
    asked = "Did it fail then?"
    before = [each for each in past.seen if each.at <= past.at]
    reach = timedelta(seconds=max(120.0, 3 * monitor.interval_s))
    if not before or past.at - before[-1].at > reach:
        return Step(asked, "Not known: no check is kept from shortly before.", None)
    last = before[-1]
    text = f"at {clock(last.at, past.at, zone)} it was {last.status.value}"
    if last.status is CheckStatus.DOWN:
        return Step(asked, sentence(f"Yes: {text}: {last.message}"), True)
    if last.status is CheckStatus.UNKNOWN:
        return Step(asked, sentence(f"It could not be checked: {text}: {last.message}"), False)
    near = [each for each in past.seen if each.status is CheckStatus.DOWN]
    failed = f"The nearest failure was at {clock(_nearest(near, past.at).at, past.at, zone)}" if near else ""
    return Step(asked, sentence(f"No: {text}", failed), False)


def _nearest(seen: Sequence[Seen], at: datetime) -> Seen:
    return min(seen, key=lambda each: abs(each.at - at))


def _was_open(incident: Incident, past: Past, zone: tzinfo) -> Step:
    text = f"Yes, #{incident.number}, opened at {clock(incident.opened_at, past.at, zone)}: {incident.cause}"
    return Step("Was an incident open?", sentence(text, f"`statusapp incidents why {incident.number}` tells all"), True)


def _pages(incident: Incident, past: Past, zone: tzinfo) -> list[Step]:
    sent = [each for each in past.deliveries.get(incident.id, ()) if each.action in OPENING]
    if not sent:
        routes = [each.text for each in past.timelines.get(incident.id, ()) if each.kind == "route"]
        return [Step("Who was told?", sentence("Nobody: no message was made", *routes), False)]
    steps = []
    for delivery in sent:
        link = told(delivery, past.at, zone)
        late = delivery.delivered_at is not None and delivery.delivered_at > past.at
        later = "That was after the moment that you ask about" if late else ""
        steps.append(Step(question(delivery), sentence(link.text, later), False if late else link.ok))
    return steps


def _taken(incident: Incident, past: Past, zone: tzinfo) -> Step:
    asked = "Had somebody taken it by then?"
    at = incident.acknowledged_at
    if at is None or at > past.at:
        later = f"; {incident.acknowledged_by} did at {clock(at, past.at, zone)}" if at is not None else ""
        return Step(asked, f"Not yet{later}.", None)
    who = f"{incident.acknowledged_by} via {incident.acknowledged_via}"
    return Step(asked, f"Yes, {who} at {clock(at, past.at, zone)}: from then on nobody is paged again.", True)


def _no_incident(past: Past, zone: tzinfo) -> Step:
    later = next((each for each in past.incidents if each.opened_at > past.at), None)
    earlier = next((each for each in reversed(past.incidents) if each.opened_at <= past.at), None)
    told_of = []
    if later is not None:
        told_of.append(f"#{later.number} opened only at {clock(later.opened_at, past.at, zone)}")
    if earlier is not None and earlier.resolved_at is not None:
        told_of.append(f"#{earlier.number} was over since {clock(earlier.resolved_at, past.at, zone)}")
    return Step("Was an incident open?", sentence("No", "; ".join(told_of)), False)


def _confirmed(monitor: Monitor, past: Past, zone: tzinfo) -> Step:
    asked, streak = "Was a failure confirmed?", 0
    for each in reversed([seen for seen in past.seen if seen.at <= past.at]):
        if each.status is not CheckStatus.DOWN:
            break
        streak += 1
    if not past.seen:
        return Step(asked, f"Not known; {count(monitor.failures, 'failure')} in a row would have been.", None)
    if streak == 0:
        return Step(asked, f"There was none to confirm; {count(monitor.failures, 'failure')} in a row would.", None)
    if streak >= monitor.failures:
        return Step(asked, f"Yes: {count(streak, 'failure')} in a row, {monitor.failures} confirm.", True)
    after = next((each for each in past.seen if each.at > past.at and each.status is not CheckStatus.DOWN), None)
    then = f"It answered again at {clock(after.at, past.at, zone)}" if after is not None else ""
    return Step(asked, sentence(f"No: {streak} of {count(monitor.failures, 'failure')} in a row", then), False)


def _held(past: Past, zone: tzinfo) -> Step:
    asked = "Did something that it depends on explain it?"
    holding = next((each for each in past.holding if _open_at(each, past.at)), None)
    if holding is None:
        return Step(asked, "No open incident held it.", True)
    text = f"Yes: it was held by #{holding.number} {holding.monitor}, open since"
    return Step(asked, f"{text} {clock(holding.opened_at, past.at, zone)}, which was paged instead.", False)


def _maintenance(monitor: Monitor, past: Past, windows: Sequence[Maintenance], zone: tzinfo) -> Step:
    asked, on = "Was maintenance on?", active(tuple(windows), past.at)
    mine = [each for each in windows if each.name in on and covers(each, monitor.name)]
    if not mine:
        return Step(asked, "No window of today's settings covers that moment.", True)
    told_of = listed(f"{each.name} until {clock(on[each.name], past.at, zone)}" for each in mine)
    return Step(asked, f"Yes: {told_of}; failures open no incident then.", False)


def _covers(stretch: BlindTime, at: datetime) -> bool:
    return stretch.began_at <= at and (stretch.ended_at is None or at < stretch.ended_at)


def _stretch(stretch: BlindTime, at: datetime, zone: tzinfo) -> str:
    until = f"to {clock(stretch.ended_at, at, zone)}" if stretch.ended_at is not None else "on"
    return f"from {clock(stretch.began_at, at, zone)} {until}"


def _blind(past: Past, zone: tzinfo) -> Step:
    asked = "Could the fault be ours?"
    dark = next((each for each in past.blind if each.scope is not Scope.HOST and _covers(each, past.at)), None)
    if dark is None:
        return Step(asked, "No blind time is noted for that moment.", True)
    text = f"Yes: {_stretch(dark, past.at, zone)} what is in the {dark.scope.value} could not be judged: {dark.cause}"
    return Step(asked, sentence(text), False)


def _by_hand(past: Past, zone: tzinfo) -> Step:
    asked = "Had somebody resolved it by hand?"
    for each in past.incidents:
        ended = each.resolved_at
        if ended is None or not ended <= past.at < ended + REOPEN_AFTER or each.resolved_by in (None, "statusapp"):
            continue
        text = f"Yes, {each.resolved_by} resolved #{each.number} {between(ended, past.at)} before"
        again = clock(ended + REOPEN_AFTER, past.at, zone)
        return Step(asked, f"{text}: if it goes on failing, it pages again from {again} on.", False)
    return Step(asked, "No.", True)


def _route(found: Route) -> Step:
    asked = "Who would have been told?"
    if not found.steps:
        return Step(asked, sentence(f"Nobody, by today's settings: {found.source}"), False)
    return Step(asked, f"By today's settings: {'; '.join(step_in_words(step) for step in found.steps)}.", True)


def _changed(past: Past, zone: tzinfo) -> list[Step]:
    recent = [each for each in past.deeds if past.at - each.at <= timedelta(days=1)][-5:]
    if not recent:
        return []
    told_of = "; ".join(
        f"{clock(each.at, past.at, zone)} {each.deed} by {each.by}" + (f" ({each.detail})" if each.detail else "")
        for each in recent
    )
    return [Step("What was done in the day before?", sentence(told_of), None)]
