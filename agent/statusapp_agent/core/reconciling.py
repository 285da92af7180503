"""Our truth against PagerDuty's, for each incident that is open or was lately: what differs, and what is done about it.

here      | there                          | what is done
----------+--------------------------------+-----------------------------------------------------------------
open      | closed by its own time-out     | it pages again at once: nobody has decided anything
open      | resolved by somebody           | it pages again after ten minutes if it still fails, once
open      | none was made, and now it could | it pages again, once
acked     | triggered, and nobody undid it | the acknowledgement is sent again, once
resolved  | open                           | the resolve is sent again, more and more rarely, unless it is to stay
resolved  | resolved                       | agreed: the earlier end counts if nobody saw it fail after that
"""

from dataclasses import replace
from datetime import timedelta

from statusapp_agent.core.counterpart import MADE_WITHIN, Counterpart, Fate, Report
from statusapp_agent.core.draft import Draft
from statusapp_agent.core.health import HealthState
from statusapp_agent.core.incident import RECOVERY
from statusapp_agent.core.model import Action, CheckStatus, DeliveryState, Incident, IncidentStatus, Purpose, When
from statusapp_agent.core.outbox import enqueue, lanes, page_again
from statusapp_agent.core.verifying import lane_of
from statusapp_agent.core.watching import REOPEN_AFTER

HEAL_AFTER = timedelta(seconds=45)
"""PagerDuty shows a resolve only a while after it has accepted it."""
_LONGEST_HEAL = timedelta(minutes=15)
GIVE_UP_AFTER = timedelta(hours=24)


def reconcile(draft: Draft, opening: int, report: Report) -> None:
    """Compare, and do what the table says."""
    counterpart = draft.counterpart(opening)
    incident = draft.incident(counterpart.incident) if counterpart is not None else None
    lane = lane_of(draft, counterpart) if counterpart is not None else None
    if counterpart is None or incident is None:
        return
    if lane is None:
        draft.save(replace(counterpart, settled=not incident.is_open))
    elif incident.is_open:
        draft.save(_while_open(draft, counterpart, incident, lane, report))
    else:
        draft.save(_when_over(draft, counterpart, incident, lane))


def _while_open(draft: Draft, counterpart: Counterpart, incident: Incident, lane: str, report: Report) -> Counterpart:
    if counterpart.status == "resolved":
        return _ended_there(draft, counterpart, incident, lane)
    if counterpart.fate is Fate.NOBODY and counterpart.id is None and report.asked_why and not report.nobody:
        return _can_page_now(draft, counterpart, incident, lane)
    if incident.status is IncidentStatus.ACKNOWLEDGED and counterpart.status == "triggered":
        return _unheard(draft, counterpart, incident, lane)
    return replace(counterpart, difference="", remedy="")


def _ended_there(draft: Draft, counterpart: Counterpart, incident: Incident, lane: str) -> Counterpart:
    counterpart = replace(counterpart, defied=counterpart.defied or _failed_since(draft, counterpart, incident))
    target = draft.incident(incident.merged_into)
    if incident.purpose is not Purpose.REAL or (target is not None and target.is_open):
        return counterpart  # what it was merged into pages again, for both
    if _has_pending_page(draft, incident, lane):
        return counterpart
    if counterpart.ended_how == "time":
        page_again(draft, incident, lane, "PagerDuty closed it by its time-out, and it still fails")
        difference = "PagerDuty closed it by its auto-resolve time-out while it is down"
        return replace(counterpart, difference=difference, remedy="paged again", again=counterpart.again + 1)
    who = f"by {counterpart.ended_by}" if counterpart.ended_by else "there"
    difference = f"resolved {who} in PagerDuty, and it still fails"
    if counterpart.again_at is not None:
        return counterpart
    if counterpart.again > 0:
        if counterpart.remedy != "kept quiet until it recovers":
            draft.log(incident, "still_failing", f"{difference}: a second time, so it is kept quiet until it recovers")
        return replace(counterpart, difference=difference, remedy="kept quiet until it recovers")
    again_at = max(counterpart.ended_at or draft.now, draft.now - REOPEN_AFTER) + REOPEN_AFTER
    draft.log(incident, "still_failing", f"{difference}: it pages again at {again_at:%H:%M} UTC unless it recovers")
    _postpone(draft, incident)
    return replace(counterpart, again_at=again_at, difference=difference, remedy=f"pages again at {again_at:%H:%M} UTC")


def _postpone(draft: Draft, incident: Incident) -> None:
    """Somebody has looked at it: those who are told when nobody does wait for the grace as well."""
    for delivery in draft.deliveries(incident.id):
        waits = delivery.pending and delivery.when is When.UNACKNOWLEDGED and delivery.attempts == 0
        if waits and delivery.not_before is not None:
            draft.save(replace(delivery, not_before=delivery.not_before + REOPEN_AFTER))


def _failed_since(draft: Draft, counterpart: Counterpart, incident: Incident) -> bool:
    ended = counterpart.ended_at
    last = draft.last(incident.monitor)
    return ended is not None and last is not None and last.failed and last.started_at > ended


def _has_pending_page(draft: Draft, incident: Incident, lane: str) -> bool:
    return any(each.pending and each.action is Action.TRIGGER for each in lanes(draft, incident).get(lane, []))


def page_after_grace(draft: Draft, opening: int) -> None:
    """Somebody resolved it there ten minutes ago: if it still fails it pages again, this once."""
    counterpart = draft.counterpart(opening)
    incident = draft.incident(counterpart.incident) if counterpart is not None else None
    lane = lane_of(draft, counterpart) if counterpart is not None else None
    if counterpart is None:
        return
    counterpart = replace(counterpart, again_at=None)
    watch = draft.watch(incident.monitor) if incident is not None else None
    down = watch is not None and watch.health.state is HealthState.DOWN and watch.blind is None
    if incident is not None and incident.is_open and lane is not None and down:
        counterpart = replace(counterpart, again=counterpart.again + 1, remedy="paged again")
        # Whoever had it in hand called it done: it is nobody's now.
        draft.save(replace(incident, status=IncidentStatus.OPEN))
        who = f"resolved by {counterpart.ended_by} in PagerDuty" if counterpart.ended_by else "resolved in PagerDuty"
        enqueue(draft, incident, lane, Action.TRIGGER, f"{who}, and it still fails")
    draft.save(counterpart)


def _can_page_now(draft: Draft, counterpart: Counterpart, incident: Incident, lane: str) -> Counterpart:
    reason = f"PagerDuty can page again; before: {counterpart.why}"
    page_again(draft, incident, lane, reason)
    return replace(counterpart, difference="nobody was paged", remedy="paged again", fate=Fate.ACCEPTED,
                   accepted_at=draft.now, why="", again=counterpart.again + 1)  # fmt: skip


def _unheard(draft: Draft, counterpart: Counterpart, incident: Incident, lane: str) -> Counterpart:
    """We told PagerDuty that somebody has it, and it does not know."""
    difference = "acknowledged here, triggered at PagerDuty"
    acks = [each for each in lanes(draft, incident).get(lane, []) if each.action is Action.ACKNOWLEDGE]
    told_at = acks[-1].delivered_at if acks and acks[-1].state is DeliveryState.DELIVERED else None
    if counterpart.status != "triggered" or told_at is None or draft.now - told_at < HEAL_AFTER:
        return counterpart
    if counterpart.remedy == "the acknowledgement was sent again":
        return replace(counterpart, difference=difference)
    enqueue(draft, incident, lane, Action.ACKNOWLEDGE, f"once more: acknowledged by {incident.acknowledged_by}")
    remedy = "the acknowledgement was sent again"
    return replace(counterpart, difference=difference, remedy=remedy, healed_at=draft.now)


def _when_over(draft: Draft, counterpart: Counterpart, incident: Incident, lane: str) -> Counterpart:
    if counterpart.open_there:
        return _still_open_there(draft, counterpart, incident, lane)
    unknown_there = counterpart.id is None
    if unknown_there and counterpart.fate is Fate.ACCEPTED and draft.now - counterpart.accepted_at < MADE_WITHIN:
        return counterpart
    if _has_pending_resolve(draft, incident, lane):
        return counterpart
    if not unknown_there:
        took = ""
        resolves = [each for each in lanes(draft, incident).get(lane, []) if each.action is Action.RESOLVE]
        if resolves and resolves[0].delivered_at is not None:
            took = f" ({(draft.now - resolves[0].delivered_at).total_seconds():.1f} s after it was told)"
        draft.log(incident, "closed", f"{counterpart.channel}: PagerDuty shows it resolved{took}")
    _earlier_end(draft, counterpart, incident)
    remedy = counterpart.remedy if counterpart.healed else ""
    return replace(counterpart, difference="", remedy=remedy, settled=True)


def _has_pending_resolve(draft: Draft, incident: Incident, lane: str) -> bool:
    return any(each.pending and each.action is Action.RESOLVE for each in lanes(draft, incident).get(lane, []))


def _earlier_end(draft: Draft, counterpart: Counterpart, incident: Incident) -> None:
    """Somebody resolved it there while we could not look: that is when it ended."""
    ended = counterpart.ended_at
    if ended is None or counterpart.ended_how != "person" or counterpart.defied or incident.resolved_at is None:
        return
    failed_after = any(
        glimpse.status == CheckStatus.DOWN.value and glimpse.at > ended
        for glimpse in draft.sight(incident.monitor).recent
    )
    if incident.resolved_via != RECOVERY or ended >= incident.resolved_at or failed_after:
        return
    at = max(ended, incident.acknowledged_at or incident.opened_at)
    draft.save(replace(incident, resolved_at=at, resolved_by=counterpart.ended_by, resolved_via="PagerDuty"))


def _still_open_there(draft: Draft, counterpart: Counterpart, incident: Incident, lane: str) -> Counterpart:
    record = draft.channel(lane)
    over_since = incident.resolved_at or draft.now
    if draft.now - over_since > GIVE_UP_AFTER:
        draft.log(incident, "given_up", f"{counterpart.channel}: PagerDuty still shows it open; close it there by hand")
        return replace(counterpart, settled=True)
    if record is not None and not record.channel.auto_resolve and incident.resolved_via == RECOVERY:
        return replace(counterpart, difference="", remedy="left open, as auto_resolve is off")
    told = [each for each in lanes(draft, incident).get(lane, []) if each.action is Action.RESOLVE]
    if any(each.pending for each in told):
        return counterpart
    last = max((each.delivered_at for each in told if each.delivered_at is not None), default=over_since)
    wait = min(HEAL_AFTER * 2**counterpart.healed, _LONGEST_HEAL)
    if draft.now - max(last, counterpart.healed_at or last) < wait:
        return counterpart
    enqueue(draft, incident, lane, Action.RESOLVE, "once more: PagerDuty still shows it open")
    if incident.purpose is Purpose.TEST and (live := draft.channel(counterpart.channel)) is not None:
        draft.save(replace(live, test_ok=False, test_reason="it appeared in PagerDuty, but did not close"))
    remedy = f"the resolve was sent again at {draft.now:%H:%M} UTC"
    return replace(
        counterpart,
        difference="over here, still open at PagerDuty",
        remedy=remedy,
        healed=counterpart.healed + 1,
        healed_at=draft.now,
    )
