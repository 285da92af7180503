"""What the passing of time means: snoozes and maintenance that end, blind time, a clock that was set."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from statusapp_agent.core import children, digest, escalation, mute, reminding, umbrella
from statusapp_agent.core import incident as life
from statusapp_agent.core.draft import Draft
from statusapp_agent.core.health import HealthState, forget_streak, with_clock
from statusapp_agent.core.maintenance import active, covers
from statusapp_agent.core.model import Action, Beat, DeliveryState, Maintenance, Scope
from statusapp_agent.core.outbox import enqueue, lanes, opening_of, was_closed
from statusapp_agent.core.retry import LONGEST_HOLD_S
from statusapp_agent.core.state import BlindTime, Look, Reschedule, Wake, Watch
from statusapp_agent.core.watching import close_incident, reconsider

SHORTEST_GAP = timedelta(seconds=15)
"""Shorter silences are within what checks are spread over, and are not worth a grey mark."""


def tick(draft: Draft) -> None:
    """Do what has become due: cheap when nothing has, because it runs every second."""
    for incident in draft.incidents():
        if incident.is_open and incident.snoozed_until is not None and draft.now >= incident.snoozed_until:
            _wake(draft, incident.id)
    follow_maintenance(draft)
    reminding.tick(draft)
    for due in (mute.tick, umbrella.tick, escalation.tick, children.tick, digest.tick):
        due(draft)
    for name in list(draft.state.quiet):
        reconsider(draft, name)
    if draft.state.blind:
        draft.effects.append(Look())


def _wake(draft: Draft, incident_id: str) -> None:
    incident = draft.incident(incident_id)
    if incident is None:
        return
    awake, entry = life.wake(incident, draft.now)
    draft.save(awake)
    draft.log(awake, entry.kind, entry.text)
    escalation.resumed(draft, awake)
    for channel in lanes(draft, awake):
        opening = opening_of(draft, awake, channel)
        told = opening is not None and opening.state is DeliveryState.DELIVERED
        if told and not was_closed(draft, awake, channel):
            enqueue(draft, awake, channel, Action.UPDATE, entry.text)


def follow_maintenance(draft: Draft) -> None:
    """Let windows begin and end: what is open closes when one begins, what is still down pages when it ends."""
    windows: tuple[Maintenance, ...] = draft.settled("maintenance")
    if not windows and not draft.state.in_maintenance:
        return
    on = active(windows, draft.now)
    ends: dict[str, datetime] = {}
    for window in windows:
        if window.name not in on:
            continue
        for name in draft.watch_names():
            watch = draft.watch(name)
            if watch is not None and covers(window, name, watch.monitor.tags):
                ends[name] = max(ends.get(name, on[window.name]), on[window.name])
    for name in sorted(draft.state.in_maintenance | set(ends)):
        watch = draft.watch(name)
        if watch is not None and watch.maintenance_until != ends.get(name):
            _set_maintenance(draft, watch, ends.get(name))


def _set_maintenance(draft: Draft, watch: Watch, until: datetime | None) -> None:
    name = watch.monitor.name
    if until is not None and watch.maintenance_until is None:
        close_incident(draft, name, f"maintenance until {until:%H:%M} UTC", via="maintenance")
        watch = draft.watch(name) or watch
    draft.save(replace(watch, maintenance_until=until))
    if until is None:
        reconsider(draft, name)


def gap(draft: Draft, began_at: datetime, ended_at: datetime, cause: str, beats: Mapping[str, Beat]) -> None:
    """Note that we saw nothing for a while; failures counted before it are too old to be confirmed by what follows."""
    length = ended_at - began_at
    if length >= SHORTEST_GAP:
        draft.save(BlindTime(Scope.HOST, cause, began_at, ended_at))
    for name in sorted(draft.state.suspects):
        watch = draft.watch(name)
        if watch is None or watch.paused:
            continue
        if watch.health.suspect and length > _streak_lasts(watch):
            draft.save(replace(watch, health=forget_streak(watch.health, f"not seen for a while: {cause}")))
        draft.effects.append(Reschedule(name, 0.0))
    for name, beat in beats.items():
        watch = draft.watch(name)
        if watch is not None:
            draft.save(replace(watch, beat=beat))
    if draft.settled("canary_scopes") and length >= SHORTEST_GAP:
        draft.effects.append(Look())


def _streak_lasts(watch: Watch) -> timedelta:
    """Return how long a failing streak may be interrupted and still count: a restart must not postpone a page."""
    return timedelta(seconds=max(60.0, 2 * watch.monitor.interval_s))


def started(draft: Draft) -> None:
    """Take up what was on its way when the agent ended: every try without an end may have arrived."""
    for number in sorted(draft.state.deliveries):
        delivery = draft.delivery(number)
        if delivery is not None and delivery.sending and delivery.accepted_at is not None:
            draft.save(replace(delivery, sending=False, next_attempt_at=None))
        elif delivery is not None and delivery.sending:
            why = "the agent stopped while it was being sent"
            draft.save(replace(delivery, sending=False, maybe_sent=True, next_attempt_at=None, reason=why))
    for watch in draft.state.watches.values():
        if watch.paused:
            continue
        if watch.health.suspect:
            # Rounds are counted from 1 again, and any of them begins after what was seen before.
            draft.save(replace(watch, health=replace(watch.health, needs_round=draft.state.rounds_begun + 1)))
        if watch.health.suspect or watch.health.state is HealthState.DOWN or watch.blind is not None:
            draft.effects.append(Reschedule(watch.monitor.name, 0.0))
    for name in draft.state.channels:
        draft.effects.append(Wake(name))
    follow_maintenance(draft)


def clock_stepped(draft: Draft, seconds: float) -> None:
    """Move what waits for a time of day along with the clock, so that nothing stalls and nothing is early."""
    shift = timedelta(seconds=seconds)
    latest = draft.now + timedelta(seconds=LONGEST_HOLD_S)
    for number in sorted(draft.state.deliveries):
        delivery = draft.delivery(number)
        if delivery is None or not delivery.pending:
            continue
        moved = replace(
            delivery,
            # What a silence holds back waits for a time of day: the clock as it is now says when.
            next_attempt_at=None if delivery.held else _moved(delivery.next_attempt_at, shift),
            # What waits for hours of the day does so by the clock as it is now.
            not_before=delivery.not_before if delivery.hours else _moved(delivery.not_before, shift),
        )
        if moved != delivery:
            draft.save(moved)
    for name in list(draft.state.channels):
        record = draft.channel(name)
        if record is not None and record.held_until is not None:
            draft.save(replace(record, held_until=min(record.held_until + shift, latest)))
        draft.effects.append(Wake(name))
    for incident in draft.incidents():
        moved_incident = replace(
            incident,
            snoozed_until=_moved(incident.snoozed_until, shift),
            escalates_at=_moved(incident.escalates_at, shift),
        )
        if moved_incident != incident:
            draft.save(moved_incident)
    for watch in draft.state.watches.values():
        moved_watch = replace(
            watch, health=with_clock(watch.health, shift), quiet_until=_moved(watch.quiet_until, shift)
        )
        if moved_watch != watch:
            draft.save(moved_watch)


def _moved(at: datetime | None, shift: timedelta) -> datetime | None:
    return None if at is None else at + shift
