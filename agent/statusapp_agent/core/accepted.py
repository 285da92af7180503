"""Messages that the other side took and whose end it tells later, such as texts: asked for, never sent again.

Such a delivery stays pending, with ``accepted_at`` and what to ask by in its receipt, so that a restart goes on asking.
It is no success yet: what waits for a page that was not delivered does not take it for one. Once somebody has the
incident in hand, or it is over, nobody needs the answer: the lane goes on at once.
"""

from dataclasses import replace
from datetime import timedelta

from statusapp_agent.core.draft import Draft
from statusapp_agent.core.model import Accepted, Delivery, DeliveryState, Incident

NO_ANSWER = "accepted, delivery unknown"


def accept(draft: Draft, delivery: Delivery, outcome: Accepted) -> None:
    """Note that the other side took a message, and when to ask what became of it."""
    draft.save(
        replace(
            delivery,
            sending=False,
            accepted_at=delivery.accepted_at or draft.now,
            next_attempt_at=draft.now + timedelta(seconds=max(1.0, outcome.after_s)),
            reason=outcome.detail,
            receipt=outcome.receipt,
        )
    )
    incident = draft.incident(delivery.incident)
    if incident is not None and delivery.accepted_at is None:
        draft.log(incident, "accepted", f"{delivery.channel}: {delivery.action.value} {outcome.detail}")


def ask_no_more(draft: Draft, incident: Incident, channel: str, reason: str) -> None:
    """Let a lane go on whose head waits for the other side's final word: that word would change nothing any more."""
    for delivery in draft.deliveries(incident.id):
        if delivery.channel == channel and delivery.pending and delivery.accepted_at is not None:
            settled = replace(
                delivery,
                state=DeliveryState.DELIVERED,
                sending=False,
                next_attempt_at=None,
                delivered_at=delivery.accepted_at,
                unconfirmed=True,
                reason=f"{NO_ANSWER}: not asked for any more, {reason}",
            )
            draft.save(settled)
