"""Whether a page that was accepted has paged anybody: who waits for that answer, and what counts as reached."""

from dataclasses import replace
from datetime import timedelta

from statusapp_agent.core.counterpart import FATE_WITHIN, Counterpart, Fate
from statusapp_agent.core.draft import Draft
from statusapp_agent.core.model import Action, Delivery, DeliveryState, Incident, When
from statusapp_agent.core.state import Wake

VERIFIES = "verifies"
"""In a receipt: the channel can look up what became of the page."""
WRITES = "writes"
"""In a receipt: the channel has somebody in whose name it may write there."""
_OPENING = (Action.TRIGGER, Action.TEST)
_LOOK_AGAIN = timedelta(seconds=2)


def accepted(draft: Draft, delivery: Delivery, incident: Incident) -> Counterpart | None:
    """Note that a page was accepted whose fate can be looked up; return what stands for it there."""
    if delivery.action not in _OPENING or not delivery.receipt.get(VERIFIES):
        return None
    return expect(draft, delivery, incident)


def expect(draft: Draft, delivery: Delivery, incident: Incident) -> Counterpart:
    """Have the incident of an accepted page looked for; a page on a lane whose incident is open there adds nothing."""
    known = of_lane(draft, incident, delivery.channel)
    if known is None:
        name = delivery.channel.partition("~")[0]
        writes = bool(delivery.receipt.get(WRITES))
        known = Counterpart(delivery.id, incident.id, name, delivery.delivered_at or draft.now, writes=writes)
    elif known.open_there:
        return known
    else:
        known = replace(
            known,
            accepted_at=draft.now,
            fate=Fate.ACCEPTED,
            why="",
            past=(*known.past, known.id) if known.id else known.past,
            id=None,
            status=None,
            ended_at=None,
            ended_by=None,
            ended_how="",
            again_at=None,
            settled=False,
        )
    draft.save(known)
    return known


def of_lane(draft: Draft, incident: Incident, channel: str) -> Counterpart | None:
    """Return what stands for an incident over a channel."""
    for counterpart in draft.counterparts(incident.id):
        opening = draft.delivery(counterpart.opening)
        if opening is not None and opening.channel == channel:
            return counterpart
    return None


def lane_of(draft: Draft, counterpart: Counterpart) -> str | None:
    """Return the channel over which its pages went, under the name that it has now; None when it is gone."""
    opening = draft.delivery(counterpart.opening)
    return opening.channel if opening is not None and draft.channel(opening.channel) is not None else None


def fate_of(draft: Draft, delivery: Delivery, incident: Incident) -> Fate | None:
    """Return what is known of an accepted page; None where it cannot be looked up, or was not in time."""
    found = of_lane(draft, incident, delivery.channel)
    if found is None or (found.fate is Fate.ACCEPTED and draft.now - found.accepted_at > FATE_WITHIN):
        return None
    return found.fate


def was_reached(draft: Draft, delivery: Delivery, incident: Incident) -> bool:
    """Whether a page reached its channel, and somebody through it as far as that can be known."""
    if delivery.action not in _OPENING or delivery.state is not DeliveryState.DELIVERED or delivery.unconfirmed:
        return False
    return fate_of(draft, delivery, incident) is not Fate.NOBODY


def waits_for_fate(draft: Draft, delivery: Delivery, incident: Incident) -> bool:
    """Put a step off that is for the case that nothing was delivered, while it is not known whether anybody was paged.

    Return whether that was done. A channel that surely was reached leaves nothing to wait for.
    """
    if delivery.when is not When.UNDELIVERED or delivery.attempts > 0 or not incident.is_open:
        return False
    others = [each for each in draft.deliveries(incident.id) if was_reached(draft, each, incident)]
    open_questions = [each for each in others if fate_of(draft, each, incident) is Fate.ACCEPTED]
    if not open_questions or len(open_questions) < len(others):
        return False
    draft.save(replace(delivery, not_before=draft.now + _LOOK_AGAIN))
    draft.effects.append(Wake(delivery.channel))
    return True


def release(draft: Draft, incident: Incident, reason: str) -> list[str]:
    """Let the steps that waited for a condition go at once; return their channels. Each still judges its condition."""
    released = []
    for delivery in draft.deliveries(incident.id):
        waits = delivery.pending and delivery.when is not When.ALWAYS and delivery.attempts == 0
        if waits and incident.is_open and delivery.not_before is not None:
            draft.save(replace(delivery, not_before=None, reason=reason))
            draft.effects.append(Wake(delivery.channel))
            released.append(delivery.channel)
    return released
