"""The story of an incident as far as the outbox knows it: what an archive of mails and threads keeps.

The whole timeline is in the database, which a step never reads; what is told of it here is made of what is in mind.
"""

from typing import Any

from statusapp_agent.core.draft import Draft
from statusapp_agent.core.model import Action, DeliveryState, Incident

_MOST = 60
_PAGES = (Action.TRIGGER, Action.TEST)


def story(draft: Draft, incident: Incident) -> list[dict[str, Any]]:
    """Return what has happened so far, oldest first: ``at`` in ISO 8601, ``text`` for people; the middle may be cut."""
    after_s = (incident.opened_at - incident.began_at).total_seconds()
    lines = {(incident.opened_at, f"confirmed after {after_s:.1f} s: {incident.cause}")}
    if after_s > 0:
        lines.add((incident.began_at, "the first check failed"))
    for row in draft.deliveries(incident.id):
        if row.action in _PAGES and row.state is DeliveryState.DELIVERED and row.delivered_at is not None:
            lines.add((row.delivered_at, f"{row.channel} was told: {row.reason}"))
        elif row.action in _PAGES and row.state is DeliveryState.REFUSED:
            lines.add((row.last_attempt_at or row.created_at, f"{row.channel} could not be told: {row.reason}"))
        elif row.action is Action.UPDATE:
            lines.add((row.created_at, str(row.notice.get("reason") or "")))
    if incident.acknowledged_at is not None:
        by = f"acknowledged by {incident.acknowledged_by} via {incident.acknowledged_via}"
        lines.add((incident.acknowledged_at, by))
    if incident.resolved_at is not None:
        lines.add((incident.resolved_at, f"resolved by {incident.resolved_by} via {incident.resolved_via}"))
    told = [{"at": at.isoformat(), "text": text} for at, text in sorted(lines)]
    return told if len(told) <= _MOST else [*told[: _MOST // 2], *told[-_MOST // 2 :]]
