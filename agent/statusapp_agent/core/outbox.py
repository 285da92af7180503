"""What is told to whom, and in which order: deliveries from the moment they are made until they are at rest.

A lane is the deliveries of one incident on one channel, in the order they were made; only its head is ever tried, so
that no resolve can overtake its trigger. What a resolve does to a lane depends on how far its trigger got:

    the trigger                       | it            | a resolve
    ----------------------------------+---------------+--------------------------------------------
    never left this machine           | is cancelled  | is not needed
    is being sent                     | goes on       | waits behind it
    may have arrived (no answer read) | is cancelled  | is sent, and once more 2 minutes later
    was accepted                      | -             | is sent; once more if a try may have arrived late
    was taken, its end is asked for   | is not asked  | is sent
                                      | for any more  |
    was refused                       | -             | only if a try may have arrived before

A late duplicate of a trigger opens a new incident at the other side (PagerDuty never re-opens), hence the second
resolve. An update is a trigger once more there, so the same holds for it.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from statusapp_agent.core.accepted import ask_no_more
from statusapp_agent.core.digest import note_untold
from statusapp_agent.core.draft import Draft
from statusapp_agent.core.model import (
    Action,
    Delivery,
    DeliveryState,
    Incident,
    IncidentStatus,
    Purpose,
    When,
)
from statusapp_agent.core.notice import notice
from statusapp_agent.core.routing import RouteStep
from statusapp_agent.core.state import ChannelRecord, ForgetSecrets, Wake

SECOND_RESOLVE_AFTER = timedelta(minutes=2)
STALE_TEST_AFTER = timedelta(minutes=5)
ONCE_MORE = "once more:"
"""How the reason of a second resolve begins; a channel whose resolve opens nothing need not repeat it."""
_OPENING = (Action.TRIGGER, Action.TEST)
MAY_OPEN = (*_OPENING, Action.UPDATE)
"""What opens an incident at the other side if it arrives when none is open there."""


def enqueue(
    draft: Draft,
    incident: Incident,
    channel: str,
    action: Action,
    reason: str,
    *,
    when: When = When.ALWAYS,
    delay: timedelta = timedelta(0),
    hours: str | None = None,
) -> Delivery | None:
    """Put one message into the outbox; None when the channel is gone or cannot tell such a thing."""
    record = draft.channel(channel)
    if record is None or action not in draft.state.actions.get(record.channel.kind, frozenset()):
        return None
    delivery = Delivery(
        id=draft.next_delivery_id(),
        channel=channel,
        action=action,
        notice=notice(draft, incident, action, reason),
        created_at=draft.now,
        incident=incident.id,
        severity=incident.severity,
        when=when,
        not_before=draft.now + delay if delay else None,
        reason=reason,
        hours=hours,
    )
    draft.save(delivery)
    draft.effects.append(Wake(channel))
    return delivery


def open_lanes(
    draft: Draft,
    incident: Incident,
    steps: Iterable[RouteStep],
    reason: str,
    *,
    patience: timedelta = timedelta(0),
) -> list[str]:
    """Queue the triggers of a route, none to leave before ``patience`` is over; return the channels, in order."""
    told = []
    for step in steps:
        action = Action.TEST if incident.purpose is Purpose.TEST else Action.TRIGGER
        delay = max(timedelta(seconds=step.after_s), patience)
        hours = step.hours if step.waits_until is not None else None
        if enqueue(draft, incident, step.channel, action, reason, when=step.when, delay=delay, hours=hours):
            told.append(step.channel)
    return told


def acknowledge_lanes(draft: Draft, incident: Incident, reason: str, *, besides: str | None = None) -> None:
    """Tell every channel that was, or is just being, told of the incident that somebody has it in hand.

    ``besides`` is the channel over which we learnt of it.
    """
    for channel, lane in lanes(draft, incident).items():
        ask_no_more(draft, incident, channel, reason)
        for delivery in lane:
            if delivery.pending and delivery.when is When.UNACKNOWLEDGED and delivery.attempts == 0:
                cancel(draft, delivery, f"not needed: {reason}")
        if channel == besides or was_closed(draft, incident, channel):
            continue
        # Any page of the lane: the last may be a repetition that the acknowledgement has just made needless.
        pages = [each for each in _unclosed(lanes(draft, incident)[channel]) if each.action in _OPENING]
        if any(each.pending or may_be_open_there(each) for each in pages):
            enqueue(draft, incident, channel, Action.ACKNOWLEDGE, reason)


def page_again(draft: Draft, incident: Incident, channel: str, reason: str) -> None:
    """Page an open incident once more on a channel, and say there whether somebody has it in hand already."""
    enqueue(draft, incident, channel, Action.TRIGGER, reason)
    if incident.status is IncidentStatus.ACKNOWLEDGED:
        enqueue(draft, incident, channel, Action.ACKNOWLEDGE, f"acknowledged by {incident.acknowledged_by}")


def close_lanes(draft: Draft, incident: Incident, reason: str, *, automatic: bool = False) -> None:
    """Close the incident on every channel it may be open on."""
    for channel in lanes(draft, incident):
        close_lane(draft, incident, channel, reason, automatic=automatic)
    settle(draft, incident)


def close_lane(draft: Draft, incident: Incident, channel: str, reason: str, *, automatic: bool = False) -> None:
    """Close the incident on one channel, by the table above. ``automatic``: a recovery, which a channel may decline."""
    record = draft.channel(channel)
    ask_no_more(draft, incident, channel, reason)
    opening = opening_of(draft, incident, channel)
    if opening is None or record is None:
        return
    waiting = opening.pending and not opening.sending
    if waiting:
        cancel_lane(draft, incident, channel, f"over before it could be sent: {reason}")
    for delivery in lanes(draft, incident)[channel]:
        if delivery.action is Action.UPDATE and delivery.pending and not delivery.sending:
            cancel(draft, delivery, f"over before it could be sent: {reason}")
    unclosed = _unclosed(lanes(draft, incident)[channel])
    if not any(may_be_open_there(each) for each in unclosed):
        if waiting and opening.maybe_sent and not unclosed and record.channel.keeps_open:
            # It was closed while the try was under way whose answer was lost: the resolve that waits may be too early.
            _resolve_once_more(draft, incident, channel)
        return
    if automatic and not record.channel.auto_resolve:
        draft.log(incident, "kept_open", f"left open at {channel}: its automatic resolve is turned off")
        return
    enqueue(draft, incident, channel, Action.RESOLVE, reason)
    if record.channel.keeps_open and any(each.maybe_sent for each in unclosed):
        _resolve_once_more(draft, incident, channel)


def _unclosed(lane: list[Delivery]) -> list[Delivery]:
    """Return what opens in a lane and is not followed by a resolve that was sent or will be."""
    found: list[Delivery] = []
    for delivery in lane:
        if delivery.action in MAY_OPEN:
            found.append(delivery)
        elif delivery.action is Action.RESOLVE and delivery.state in (DeliveryState.PENDING, DeliveryState.DELIVERED):
            found.clear()
    return found


def was_closed(draft: Draft, incident: Incident, channel: str) -> bool:
    """Whether a lane was closed while its incident went on, because the monitor did not notify the channel any more."""
    lane = lanes(draft, incident).get(channel, [])
    openings = [delivery for delivery in lane if delivery.action in _OPENING]
    if not openings or openings[-1] not in _unclosed(lane):
        return bool(openings)
    last = openings[-1]
    return last.state is DeliveryState.CANCELLED and last.when is When.ALWAYS and last.storm is None


def may_be_open_there(opening: Delivery) -> bool:
    """Whether the other side may know an incident by this trigger."""
    taken = opening.state is DeliveryState.DELIVERED or opening.accepted_at is not None
    return taken or opening.sending or opening.maybe_sent


def _resolve_once_more(draft: Draft, incident: Incident, channel: str) -> None:
    why = f"{ONCE_MORE} a try of the trigger had no answer and may arrive late"
    enqueue(draft, incident, channel, Action.RESOLVE, why, delay=SECOND_RESOLVE_AFTER)


def lanes(draft: Draft, incident: Incident) -> dict[str, list[Delivery]]:
    """Return the deliveries of an incident by channel, each lane in its order."""
    found: dict[str, list[Delivery]] = {}
    for delivery in draft.deliveries(incident.id):
        found.setdefault(delivery.channel, []).append(delivery)
    return found


def opening_of(draft: Draft, incident: Incident, channel: str) -> Delivery | None:
    """Return the latest trigger of a lane."""
    openings = [d for d in lanes(draft, incident).get(channel, []) if d.action in _OPENING]
    return openings[-1] if openings else None


def cancel(draft: Draft, delivery: Delivery, reason: str) -> None:
    """Take a delivery out of the queue, with the reason."""
    draft.save(replace(delivery, state=DeliveryState.CANCELLED, sending=False, next_attempt_at=None, reason=reason))


def cancel_lane(draft: Draft, incident: Incident, channel: str, reason: str) -> None:
    """Take what waits in a lane out of it, but for what closes an earlier trigger."""
    for delivery in lanes(draft, incident).get(channel, []):
        if delivery.pending and not delivery.sending and delivery.action is not Action.RESOLVE:
            cancel(draft, delivery, reason)


def settle(draft: Draft, incident: Incident) -> None:
    """Let go of what is over: an incident at rest, and retired channels that carry nothing any more."""
    current = draft.incident(incident.id)
    if current is None or not draft.at_rest(current):
        return
    note_untold(draft, current)
    draft.evict(current.id)
    for name in lanes(draft, current):
        record = draft.channel(name)
        if record is not None and record.retired:
            drop_if_idle(draft, record)


def drop_if_idle(draft: Draft, record: ChannelRecord) -> None:
    """Forget a retired channel once no incident in mind has a lane on it, and the secrets that it alone used."""
    for incident in draft.incidents():
        if any(delivery.channel == record.name for delivery in draft.deliveries(incident.id)):
            return
    draft.drop_channel(record.name)
    in_use = {
        used
        for other in draft.channels()
        if other.channel.name == record.channel.name
        for used in other.secret_versions.items()
    }
    unused = {field: version for field, version in record.secret_versions.items() if (field, version) not in in_use}
    if unused:
        draft.effects.append(ForgetSecrets(record.channel.name, unused))
