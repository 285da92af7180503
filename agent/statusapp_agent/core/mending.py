"""A channel that was broken, or has a new identity: who has to be paged again over it."""

from statusapp_agent.core.draft import Draft
from statusapp_agent.core.model import Action, Delivery, DeliveryState, Incident, Purpose
from statusapp_agent.core.outbox import lanes, page_again
from statusapp_agent.core.routing import route
from statusapp_agent.core.state import ChannelRecord

_OPENING = (Action.TRIGGER, Action.TEST)


def revive(draft: Draft, record: ChannelRecord, reason: str, besides: str | None = None) -> None:
    """Page again for every open incident whose page this channel refused: once, now that it is mended."""
    for incident in draft.incidents():
        if not incident.is_open or incident.id == besides or incident.purpose is Purpose.TEST:
            continue
        opening = _latest_opening(draft, incident, record.channel.name)
        if (
            opening is not None
            and opening.state is DeliveryState.REFUSED
            and _is_notified(draft, incident, record.name)
        ):
            page_again(draft, incident, record.name, f"{reason}; the incident is still open")


def _is_notified(draft: Draft, incident: Incident, channel: str) -> bool:
    """Whether the incident's monitor (still) notifies a channel."""
    if incident.purpose is Purpose.STORM:
        return True
    watch = draft.watch(incident.monitor)
    if watch is None:
        return False
    found = route(watch.monitor, draft.live_channels(), draft.settled("tiers"))
    return any(step.channel == channel for step in found.steps)


def _latest_opening(draft: Draft, incident: Incident, channel: str) -> Delivery | None:
    """Return the latest trigger over a channel of the settings, whichever of its identities carried it."""
    found = None
    for delivery in draft.deliveries(incident.id):
        record = draft.channel(delivery.channel)
        if delivery.action in _OPENING and record is not None and record.channel.name == channel:
            found = delivery
    return found


def page_over_successor(draft: Draft, delivery: Delivery, incident: Incident) -> None:
    """What was on its way when its channel was replaced was refused there: the page goes over the new one."""
    record = draft.channel(delivery.channel)
    if record is None or not record.retired:
        return
    successor = draft.channel(record.channel.name)
    if successor is not None and not lanes(draft, incident).get(successor.name):
        page_again(draft, incident, successor.name, f"{record.channel.name} has new settings")
