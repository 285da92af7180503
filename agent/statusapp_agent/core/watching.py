"""What a finished check means: health, incidents opened and closed, parents that explain children, blind time."""

from dataclasses import replace
from datetime import timedelta

from statusapp_agent.core import incident as life
from statusapp_agent.core.audience import audience_of
from statusapp_agent.core.canary import GateVerdict, is_away, verdict
from statusapp_agent.core.changes import remind
from statusapp_agent.core.children import below
from statusapp_agent.core.children import in_words as child_in_words
from statusapp_agent.core.children import note as note_child
from statusapp_agent.core.draft import Draft
from statusapp_agent.core.escalation import begun, route_now
from statusapp_agent.core.flapping import note as note_flapping
from statusapp_agent.core.health import (
    Flip,
    HealthState,
    Judgement,
    changes_nothing,
    forget_streak,
    observe,
    vouch,
)
from statusapp_agent.core.model import CheckStatus, Incident, Purpose, Result, Scope
from statusapp_agent.core.outbox import close_lanes, open_lanes
from statusapp_agent.core.routing import told_in_words
from statusapp_agent.core.state import BlindTime, Look, Reschedule, Watch
from statusapp_agent.core.storm import patience, take_in

REOPEN_AFTER = timedelta(minutes=10)
"""How long something may go on failing after a person resolved its incident, before it pages again."""


def checked(draft: Draft, name: str, result: Result) -> None:
    """Take a finished check in."""
    watch = draft.watch(name)
    if watch is None or watch.paused:
        return
    draft.saw(name, result)
    if (
        watch.blind is None
        and watch.health.seen_up_on == _network(draft)
        and changes_nothing(watch.health, watch.monitor, result)
        and not _explains(draft, name)
    ):
        return
    if result.status is CheckStatus.UNKNOWN:
        _unknown(draft, watch, result)
        return
    if result.failed:
        _failed(draft, watch, result)
    else:
        _answered(draft, watch, result)


def _unknown(draft: Draft, watch: Watch, result: Result) -> None:
    """Nothing was learnt: either there is nothing to know yet (no error), or we could not look."""
    if result.error is not None:
        _go_blind(draft, watch, result.message)
    elif watch.health.reason != result.message:
        draft.save(replace(watch, health=replace(watch.health, reason=result.message), blind=None, blind_since=None))
    draft.effects.append(Reschedule(watch.monitor.name, _next_in_s(watch, result)))


def _explains(draft: Draft, name: str) -> bool:
    """Whether some child is held until this monitor has been checked."""
    children = (draft.watch(child) for child in draft.state.held)
    return any(child is not None and child.held_by == name for child in children)


def _network(draft: Draft) -> str | None:
    return draft.state.network


def _answered(draft: Draft, watch: Watch, result: Result) -> None:
    judged = observe(watch.health, watch.monitor, result, draft.now, 0, gated=False)
    health = judged.health
    if health.seen_up_on != _network(draft):
        health = replace(health, seen_up_on=_network(draft))
    _take(draft, replace(watch, health=health, blind=None, blind_since=None, held_by=None), judged, result)


def _failed(draft: Draft, watch: Watch, result: Result) -> None:
    if is_away(watch.health.seen_up_on, _network(draft), result.scope):
        _go_blind(draft, watch, "away from the network on which it was last seen up")
        return
    gated = _is_gated(draft, result.scope)
    gate = _gate(draft, result.scope)
    if gated and watch.health.state is not HealthState.DOWN:
        draft.effects.append(Look())
    judged = observe(watch.health, watch.monitor, result, draft.now, draft.state.rounds_begun, gated=gated)
    still_blind = gated and not gate.open and watch.blind is not None
    blind = (watch.blind, watch.blind_since) if still_blind else (None, None)
    _take(draft, replace(watch, health=judged.health, blind=blind[0], blind_since=blind[1]), judged, result)


def _is_gated(draft: Draft, scope: Scope) -> bool:
    """Whether some canary vouches for the road to a scope."""
    return any(canary.rank <= scope.rank for canary in draft.settled("canary_scopes"))


def _gate(draft: Draft, scope: Scope) -> GateVerdict:
    seen = draft.settled("round")
    if seen is None:
        return GateVerdict(open=False, state="unknown", reason="the canaries have not been looked at yet")
    return verdict(seen, scope)


def _take(draft: Draft, watch: Watch, judged: Judgement, result: Result) -> None:
    """Write the judgement down and do what its flip asks for; check sooner while something is on its way."""
    draft.save(watch)
    name = watch.monitor.name
    if judged.flip is Flip.UP:
        _went_up(draft, watch)
    else:
        reconsider(draft, name)
    for child in sorted(draft.state.held):
        held = draft.watch(child)
        if held is not None and held.held_by == name:
            reconsider(draft, child)
    current = draft.watch(name) or watch
    draft.effects.append(Reschedule(name, _next_in_s(current, result)))


def _next_in_s(watch: Watch, result: Result) -> float | None:
    if result.recheck_s is not None:
        return max(0.05, min(result.recheck_s, watch.monitor.interval_s))
    if not watch.health.settled and watch.monitor.retry_interval_s < watch.monitor.interval_s:
        return watch.monitor.retry_interval_s
    return None


def _go_blind(draft: Draft, watch: Watch, reason: str) -> None:
    if watch.health.state is HealthState.DOWN or (watch.blind == reason and not watch.health.suspect):
        return
    health = forget_streak(watch.health, reason) if watch.health.suspect else watch.health
    since = watch.blind_since or draft.now
    draft.save(replace(watch, health=health, blind=reason, blind_since=since))


def looked(draft: Draft, number: int) -> None:
    """Judge everything that waits for the canaries, after a round has ended."""
    for scope in Scope:
        if _is_gated(draft, scope):
            _note_blind_time(draft, scope, _gate(draft, scope))
    for name in sorted(draft.state.suspects):
        watch = draft.watch(name)
        if watch is not None and not watch.paused:
            _judge_suspect(draft, watch, number)


def _judge_suspect(draft: Draft, watch: Watch, number: int) -> None:
    last = draft.last(watch.monitor.name)
    scope = last.scope if last is not None else Scope.INTERNET
    gate = _gate(draft, scope)
    health = watch.health
    if gate.open:
        if watch.blind is not None and not health.suspect:
            draft.effects.append(Reschedule(watch.monitor.name, 0.0))
            return
        judged = vouch(health, watch.monitor, last.message if last else "", draft.now, number)
        if judged.flip is Flip.DOWN and last is not None:
            _take(draft, replace(watch, health=judged.health, blind=None, blind_since=None), judged, last)
            return
        if judged.health != health:
            draft.save(replace(watch, health=judged.health))
        if judged.health.vouched_at is not None and health.failures >= watch.monitor.failures:
            # Only the last slice of the sandwich is missing: one more check, begun after the canaries answered.
            draft.effects.append(Reschedule(watch.monitor.name, 0.0))
    elif health.suspect:
        _go_blind(draft, watch, gate.reason)


def _note_blind_time(draft: Draft, scope: Scope, gate: GateVerdict) -> None:
    running = draft.state.blind.get(scope)
    if gate.open and running is not None:
        draft.save(replace(running, ended_at=draft.now))
    elif not gate.open and running is None:
        draft.save(BlindTime(scope, gate.reason, draft.now))


def reconsider(draft: Draft, name: str) -> None:
    """Open the incident of a monitor that is down and has none, if nothing holds it back (any more)."""
    watch = draft.watch(name)
    if watch is None or watch.health.state is not HealthState.DOWN or watch.incident is not None or watch.paused:
        return
    if watch.maintenance_until is not None:
        return
    if watch.quiet_until is not None and draft.now < watch.quiet_until:
        return
    parent = _excusing_parent(draft, watch, seen=frozenset({name}))
    if parent is not None:
        _hold(draft, watch, parent)
        return
    open_incident(draft, watch)


def _excusing_parent(draft: Draft, child: Watch, seen: frozenset[str]) -> Watch | None:
    """Return the nearest parent that is down, on its way there, or not checked since the child began to fail."""
    began = child.health.first_failure_at
    for name in child.monitor.depends_on:
        parent = draft.watch(name)
        if parent is None or name in seen or parent.paused or parent.blind is not None:
            continue
        last = draft.last(name)
        stale = began is not None and (last is None or last.started_at < began)
        if parent.health.state is HealthState.DOWN or parent.health.suspect or stale:
            return parent
        farther = _excusing_parent(draft, replace(child, monitor=parent.monitor), seen | {name})
        if farther is not None:
            return farther
    return None


def _hold(draft: Draft, watch: Watch, parent: Watch) -> None:
    name = watch.monitor.name
    if watch.held_by != parent.monitor.name:
        draft.save(replace(watch, held_by=parent.monitor.name))
    if parent.health.state is not HealthState.DOWN and not parent.health.suspect:
        draft.effects.append(Reschedule(parent.monitor.name, 0.0))
    note_child(draft, parent, name)


def open_incident(draft: Draft, watch: Watch) -> Incident:
    """Open an incident, write its story's beginning, and queue its pages."""
    health, monitor = watch.health, watch.monitor
    last = draft.last(monitor.name)
    began = health.first_failure_at or health.since or draft.now
    scope = last.scope if last is not None else Scope.HOST
    number = draft.next_incident_number()
    incident, entry = life.opened(draft.state.install, number, monitor, health.reason, began, draft.now, scope)
    found, audience = route_now(draft, monitor), audience_of(draft)
    context = {"tier": monitor.tier, "tags": list(monitor.tags), "kind": monitor.kind}
    incident = replace(incident, context=context, children=below(draft, monitor.name))
    incident = begun(draft, monitor, incident)
    draft.save(incident)
    draft.save(replace(watch, incident=incident.id, held_by=None, quiet_until=None))
    draft.log(incident, entry.kind, entry.text)
    draft.log(incident, "route", told_in_words(found, audience))
    remind(draft, incident)
    for child in incident.children:
        draft.log(incident, "child", child_in_words(draft, child))
    note_flapping(draft, watch, incident)
    if not take_in(draft, incident, found.steps):
        open_lanes(draft, incident, found.steps, entry.text, patience=patience(draft))
    return incident


def _went_up(draft: Draft, watch: Watch) -> None:
    close_incident(draft, watch.monitor.name, watch.health.reason, automatic=True)
    _release_children(draft, watch.monitor.name)


def _release_children(draft: Draft, parent: str) -> None:
    for name in sorted(draft.state.held):
        child = draft.watch(name)
        if child is not None and child.held_by == parent:
            _release(draft, child)


def _release(draft: Draft, child: Watch) -> None:
    """The parent answers again: a child that still fails is judged afresh, by checks made from now on."""
    current = draft.watch(child.monitor.name) or child
    health = current.health
    if health.state is HealthState.DOWN and current.incident is None:
        health = replace(
            forget_streak(replace(health, state=HealthState.PENDING), "its parent answers again"), failures=0
        )
    draft.save(replace(current, health=health, held_by=None))
    draft.effects.append(Reschedule(child.monitor.name, 0.0))
    _release_children(draft, child.monitor.name)


def close_incident(
    draft: Draft, name: str, reason: str, *, by: str = "statusapp", via: str = life.RECOVERY, automatic: bool = False
) -> None:
    """Resolve a monitor's open incident, if it has one, and close it wherever it was told."""
    watch = draft.watch(name)
    if watch is None:
        return
    incident = draft.incident(watch.incident)
    draft.save(replace(watch, incident=None, quiet_until=None))
    if incident is None or not incident.is_open:
        return
    closed, entry = life.resolve(incident, draft.now, reason, by, via)
    draft.save(closed)
    draft.log(closed, entry.kind, entry.text)
    if closed.purpose is Purpose.REAL or closed.purpose is Purpose.DRILL:
        close_lanes(draft, closed, reason, automatic=automatic)
