"""A delivery's turn and its end: what a try may do, and what follows from its outcome."""

from dataclasses import replace
from datetime import timedelta

from statusapp_agent.core import incident as life
from statusapp_agent.core.accepted import accept
from statusapp_agent.core.audience import hours_begin
from statusapp_agent.core.budget import admit, spend
from statusapp_agent.core.draft import Draft
from statusapp_agent.core.incident import RECOVERY
from statusapp_agent.core.mending import page_over_successor, revive
from statusapp_agent.core.model import (
    Accepted,
    Action,
    Again,
    Delivered,
    Delivery,
    DeliveryState,
    Incident,
    IncidentStatus,
    NotNeeded,
    Outcome,
    Purpose,
    Refused,
    When,
)
from statusapp_agent.core.outbox import (
    MAY_OPEN,
    STALE_TEST_AFTER,
    cancel,
    cancel_lane,
    close_lane,
    lanes,
    may_be_open_there,
    settle,
    was_closed,
)
from statusapp_agent.core.quiet import hold_back
from statusapp_agent.core.retry import hold_s, retry_delay_s
from statusapp_agent.core.state import ChannelRecord, Send, Wake
from statusapp_agent.core.verifying import accepted, waits_for_fate, was_reached

_OPENING = (Action.TRIGGER, Action.TEST)
PARKED_FOR = timedelta(hours=1)
"""How often a broken channel's record is looked at on behalf of a resolve; mending it wakes the resolve at once."""


def attempting(draft: Draft, number: int) -> None:
    """Give a delivery its turn: write the try down and have it sent, or say why it is not needed any more."""
    delivery = draft.delivery(number)
    if delivery is None or not delivery.pending or delivery.sending:
        return
    record = draft.channel(delivery.channel)
    incident = draft.incident(delivery.incident)
    if record is None:
        cancel(draft, delivery, "its channel is gone")
        return
    if incident is not None and waits_for_fate(draft, delivery, incident):
        return
    if incident is not None and (reason := _not_needed(draft, delivery, incident)):
        _pass_over(draft, delivery, incident, reason)
        draft.effects.append(Wake(record.name))
        return
    if delivery.accepted_at is not None:
        # It has left: asking what became of it is no further try, and nothing below can hold it back any more.
        asking = replace(delivery, sending=True, next_attempt_at=None)
        draft.save(asking)
        draft.effects.append(Send(asking, record))
        return
    if _must_wait(draft, delivery, record, incident):
        return
    delivery, held_back = admit(draft, delivery, record)
    record = draft.channel(delivery.channel) or record
    if held_back is not None:
        _refuse(draft, delivery, record, Refused(held_back))
        draft.effects.append(Wake(record.name))
        return
    trying = replace(
        delivery, attempts=delivery.attempts + 1, sending=True, last_attempt_at=draft.now, next_attempt_at=None
    )
    trying = replace(trying, held="", held_until=None)
    draft.save(trying)
    draft.effects.append(Send(trying, record))


def _must_wait(draft: Draft, delivery: Delivery, record: ChannelRecord, incident: Incident | None) -> bool:
    """Put a message off, or refuse it, where its hours, a broken channel or a silence ask for it; return whether."""
    if (begins := hours_begin(draft, delivery)) is not None:
        draft.save(replace(delivery, not_before=begins))
        draft.effects.append(Wake(record.name))
        return True
    testing = incident is not None and incident.purpose is Purpose.TEST
    if record.broken and delivery.action is Action.RESOLVE and not record.retired:
        _park(draft, delivery, record.broken)
        return True
    if record.broken and not testing and not delivery.maybe_sent and delivery.action is not Action.RESOLVE:
        _refuse(draft, delivery, record, Refused(f"not sent, the channel is broken: {record.broken}"))
        draft.effects.append(Wake(record.name))
        return True
    return hold_back(draft, delivery, incident)


def _park(draft: Draft, delivery: Delivery, broken: str) -> None:
    """Keep a resolve until its channel is mended: nothing else would ever close what is open at the other side."""
    draft.save(
        replace(
            delivery,
            sending=False,
            next_attempt_at=draft.now + PARKED_FOR,
            reason=f"waits until the channel is mended: {broken}",
        )
    )


def _pass_over(draft: Draft, delivery: Delivery, incident: Incident, reason: str) -> None:
    """Take a message out of its lane instead of trying it, and with a page that never left all that follows it."""
    if incident.is_open and incident.purpose is Purpose.TEST:
        cancel(draft, delivery, reason)
        end_test(draft, incident, delivery.channel, ok=False, reason=f"{reason}; last: {delivery.reason}")
    elif not incident.is_open:
        _give_up_opening(draft, delivery, incident)
    else:
        cancel_lane(draft, incident, delivery.channel, reason)


def _not_needed(draft: Draft, delivery: Delivery, incident: Incident) -> str | None:
    """Judge a step's condition, once its time has come."""
    if incident.purpose is Purpose.TEST and incident.is_open and draft.now - delivery.created_at > STALE_TEST_AFTER:
        return "the test is too old to be of use"
    if delivery.action not in MAY_OPEN:
        return None
    if not incident.is_open:
        return "over before it could be sent"
    if delivery.attempts > 0 or delivery.action is Action.UPDATE:
        return None
    if delivery.when is When.UNACKNOWLEDGED and incident.status is IncidentStatus.ACKNOWLEDGED:
        return f"not needed: acknowledged by {incident.acknowledged_by}"
    if delivery.when is When.UNDELIVERED:
        for other in draft.deliveries(incident.id):
            if was_reached(draft, other, incident):
                return f"not needed: {other.channel} was reached"
    return None


def attempted(draft: Draft, number: int, outcome: Outcome) -> None:
    """Take the end of a try in."""
    delivery = draft.delivery(number)
    record = draft.channel(delivery.channel) if delivery is not None else None
    if delivery is None or record is None or not delivery.sending:
        return
    record = _spend(draft, delivery, record, outcome)
    match outcome:
        case Delivered():
            _deliver(draft, delivery, record, outcome)
        case Accepted():
            accept(draft, delivery, outcome)
            if delivery.accepted_at is None:
                _channel_answers(draft, delivery, record)
        case NotNeeded(reason):
            _leave_out(draft, delivery, reason)
        case Again():
            _again(draft, delivery, record, outcome)
        case Refused():
            _refuse(draft, delivery, record, outcome)
    draft.effects.append(Wake(delivery.channel))


def _spend(draft: Draft, delivery: Delivery, record: ChannelRecord, outcome: Outcome) -> ChannelRecord:
    """Count what a try has cost."""
    if isinstance(outcome, NotNeeded) or not outcome.spent:
        return record
    incident = draft.incident(delivery.incident)
    usage = spend(record.usage, draft.now, incident.monitor if incident is not None else "", outcome.spent)
    counted = replace(record, usage=usage)
    draft.save(counted)
    return counted


def _leave_out(draft: Draft, delivery: Delivery, reason: str) -> None:
    """The channel has nothing to say to anybody."""
    cancel(draft, delivery, reason)
    incident = draft.incident(delivery.incident)
    if incident is None:
        return
    if incident.purpose is Purpose.TEST and incident.is_open:
        end_test(draft, incident, delivery.channel, ok=False, reason=reason)
    else:
        settle(draft, incident)


def _deliver(draft: Draft, delivery: Delivery, record: ChannelRecord, outcome: Delivered) -> None:
    done = replace(
        delivery,
        state=DeliveryState.DELIVERED,
        sending=False,
        delivered_at=draft.now,
        reason=outcome.detail,
        receipt=outcome.receipt,
        unconfirmed=not outcome.confirmed,
    )
    draft.save(done)
    _channel_answers(draft, delivery, record)
    incident = draft.incident(delivery.incident)
    if incident is None:
        return
    took_s = (draft.now - delivery.created_at).total_seconds()
    tries = f", {delivery.attempts} tries" if delivery.attempts > 1 else ""
    draft.log(incident, "told", f"{delivery.channel}: {delivery.action.value} {outcome.detail} ({took_s:.2f} s{tries})")
    expected = accepted(draft, done, incident)
    if incident.purpose is Purpose.TEST and incident.is_open and expected is None:
        end_test(draft, incident, record.name, ok=True, reason=outcome.detail)
    else:
        settle(draft, incident)


def _channel_answers(draft: Draft, delivery: Delivery, record: ChannelRecord) -> None:
    """Note that a channel works; what waits for it need not wait any longer."""
    mended = replace(
        record,
        broken=None,
        held_until=None,
        held_reason="",
        held_count=0,
        failing_since=None,
        last_error=None,
        last_delivered_at=draft.now,
    )
    draft.save(mended)
    if record.failing_since is not None or record.broken is not None:
        for number in sorted(draft.state.waiting.get(record.name, ())):
            other = draft.delivery(number)
            if other is not None and other.pending and not other.sending and other.next_attempt_at is not None:
                draft.save(replace(other, next_attempt_at=None))
    if record.broken is not None:
        revive(draft, mended, f"{record.name} works again", besides=delivery.incident)


def _again(draft: Draft, delivery: Delivery, record: ChannelRecord, outcome: Again) -> None:
    waiting = replace(
        delivery,
        sending=False,
        maybe_sent=delivery.maybe_sent or outcome.maybe_sent,
        reason=outcome.reason,
        receipt=outcome.receipt or delivery.receipt,
        accepted_at=None if outcome.doubtful else delivery.accepted_at,
        doubtful=delivery.doubtful or outcome.doubtful,
    )
    if not outcome.doubtful:
        _channel_fails(draft, delivery, record, outcome)
    incident = draft.incident(delivery.incident)
    if incident is not None and not incident.is_open and delivery.action in MAY_OPEN:
        _give_up_opening(draft, waiting, incident)
        return
    age_s = (draft.now - delivery.created_at).total_seconds()
    delay = timedelta(seconds=retry_delay_s(waiting, age_s, outcome))
    draft.save(replace(waiting, next_attempt_at=draft.now + delay))
    if incident is not None and (delivery.attempts == 1 or outcome.reason != delivery.reason):
        draft.log(
            incident, "delayed", f"{delivery.channel}: {delivery.action.value} not delivered yet: {outcome.reason}"
        )
    if incident is not None and outcome.doubtful and delivery.action in _OPENING:
        hasten(draft, incident)


def _give_up_opening(draft: Draft, opening: Delivery, incident: Incident) -> None:
    """The incident ended while its trigger was on the way, and the try failed."""
    cancel(draft, opening, f"over before it could be sent: {opening.reason}")
    for other in lanes(draft, incident)[opening.channel]:
        if other.pending:
            cancel(draft, other, "not needed: the trigger was not delivered")
    automatic = incident.resolved_via == RECOVERY
    close_lane(draft, incident, opening.channel, "over; a try of the trigger may have arrived", automatic=automatic)
    settle(draft, incident)


def _channel_fails(draft: Draft, delivery: Delivery, record: ChannelRecord, outcome: Again) -> None:
    failing = replace(record, failing_since=record.failing_since or draft.now, last_error=outcome.reason)
    if outcome.hold_channel:
        # Several tries may be on their way when the other side has enough: all their answers are one hold.
        fresh = record.held_until is None or draft.now >= record.held_until
        count = record.held_count if fresh else max(0, record.held_count - 1)
        until = draft.now + timedelta(seconds=hold_s(outcome, count, delivery.id))
        failing = replace(
            failing,
            held_until=until if fresh or record.held_until is None else max(until, record.held_until),
            held_reason=outcome.reason,
            held_count=count + 1,
        )
    draft.save(failing)


def _refuse(draft: Draft, delivery: Delivery, record: ChannelRecord, outcome: Refused) -> None:
    if outcome.channel_broken:
        record = replace(record, broken=outcome.reason, last_error=outcome.reason)
        draft.save(record)
    incident = draft.incident(delivery.incident)
    if outcome.channel_broken and delivery.action is Action.RESOLVE and not record.retired:
        _park(draft, delivery, outcome.reason)
        return
    draft.save(
        replace(delivery, state=DeliveryState.REFUSED, sending=False, next_attempt_at=None, reason=outcome.reason)
    )
    if incident is None:
        return
    draft.log(incident, "refused", f"{delivery.channel}: {delivery.action.value} refused: {outcome.reason}")
    if incident.purpose is Purpose.TEST:
        end_test(draft, incident, record.name, ok=False, reason=outcome.reason)
        return
    if delivery.action in _OPENING:
        _after_refused_page(draft, delivery, incident)
    settle(draft, incident)


def _after_refused_page(draft: Draft, delivery: Delivery, incident: Incident) -> None:
    if incident.is_open and not was_closed(draft, incident, delivery.channel):
        page_over_successor(draft, delivery, incident)
    lane = lanes(draft, incident)[delivery.channel]
    unknown_there = not any(may_be_open_there(each) for each in lane if each.action in _OPENING)
    for other in draft.deliveries(incident.id):
        if not other.pending or other.sending:
            continue
        if other.channel == delivery.channel and unknown_there:
            cancel(draft, other, "not needed: the trigger was refused")
    hasten(draft, incident)


def hasten(draft: Draft, incident: Incident) -> None:
    """Take the steps for what was not delivered now, if no page is left that could still be."""
    if not _nothing_else_hopeful(draft, incident):
        return
    for other in draft.deliveries(incident.id):
        waits = other.pending and not other.sending and other.not_before is not None
        if waits and other.when is When.UNDELIVERED:
            draft.save(replace(other, not_before=None))
            draft.effects.append(Wake(other.channel))


def _nothing_else_hopeful(draft: Draft, incident: Incident) -> bool:
    """Whether no unconditional page of the incident was delivered or is still on its way."""
    return not any(
        d.action in _OPENING
        and d.when is When.ALWAYS
        and d.state in (DeliveryState.PENDING, DeliveryState.DELIVERED)
        and not (d.unconfirmed or d.doubtful)
        for d in draft.deliveries(incident.id)
    )


def end_test(draft: Draft, incident: Incident, channel: str, *, ok: bool, reason: str) -> None:
    """Close a test: note on the channel how it went, and leave nothing open at the other side."""
    record = draft.channel(channel)
    if record is not None:
        draft.save(replace(record, tested_at=draft.now, test_ok=ok, test_reason=reason))
    if not incident.is_open:
        settle(draft, incident)
        return
    text = f"test {'delivered' if ok else 'failed'}: {reason}"
    closed, entry = life.resolve(incident, draft.now, text, "statusapp", "test")
    draft.save(closed)
    draft.log(closed, entry.kind, entry.text)
    for name in lanes(draft, closed):
        close_lane(draft, closed, name, "the test is over")
    settle(draft, closed)
