"""What is new about an incident, neither its beginning nor its end: told to the channels that keep a thread of it."""

from statusapp_agent.core.draft import Draft
from statusapp_agent.core.model import Action, Delivery, Incident
from statusapp_agent.core.outbox import enqueue, lanes, may_be_open_there, opening_of, was_closed

PAGED_BY_NEWS = frozenset({"pagerduty"})
"""Kinds to which an update is a trigger once more: a note there would page somebody who has it in hand already."""


def tell_news(draft: Draft, incident: Incident, text: str) -> list[str]:
    """Queue an update on every channel that knows an open incident, or will in a moment; return the channels."""
    if not incident.is_open:
        return []
    return [
        channel
        for channel in lanes(draft, incident)
        if _hears(draft, incident, channel) and enqueue(draft, incident, channel, Action.UPDATE, text) is not None
    ]


def _hears(draft: Draft, incident: Incident, channel: str) -> bool:
    record, opening = draft.channel(channel), opening_of(draft, incident, channel)
    if record is None or record.channel.kind in PAGED_BY_NEWS or opening is None:
        return False
    return not was_closed(draft, incident, channel) and (may_be_open_there(opening) or _due(draft, opening))


def _due(draft: Draft, opening: Delivery) -> bool:
    """Whether a page is leaving; one that waits for its hour tells what is true then."""
    return opening.pending and (opening.not_before is None or opening.not_before <= draft.now)
