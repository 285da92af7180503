"""Incidents and their deliveries as clients see them."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from statusapp_agent.core.incident import dedup_key
from statusapp_agent.core.model import Action, Delivery, DeliveryState, Incident, TimelineEntry
from statusapp_agent.core.related import related
from statusapp_agent.core.state import State
from statusapp_agent.core.verifying import VERIFIES
from statusapp_agent.store.rows import unstamp
from statusapp_shared.pagerduty import RelatedView
from statusapp_shared.protocol import DeliveryView, IncidentView, PagerDutyView, TimelineView

PAGERDUTY = "pagerduty"


def delivery_view(delivery: Delivery) -> DeliveryView:
    """Return one message of one channel."""
    return DeliveryView(
        id=delivery.id,
        incident_id=delivery.incident,
        channel=delivery.channel,
        action=delivery.action.value,
        state=delivery.state.value,
        attempts=delivery.attempts,
        next_attempt_at=delivery.next_attempt_at,
        not_before=delivery.not_before,
        delivered_at=delivery.delivered_at,
        reason=delivery.reason,
        maybe_sent=delivery.maybe_sent,
        accepted_at=delivery.accepted_at,
        unconfirmed=delivery.unconfirmed,
    )


def timeline_view(entry: TimelineEntry) -> TimelineView:
    """Return one line of an incident's story."""
    source: Literal["statusapp", "pagerduty"] = "pagerduty" if entry.source == "pagerduty" else "statusapp"
    return TimelineView(at=entry.at, kind=entry.kind, text=entry.text, by=entry.by, via=entry.via, source=source)


def incident_view(
    incident: Incident,
    install: str,
    kinds: Mapping[str, str],
    deliveries: Iterable[Delivery] = (),
    timeline: Iterable[TimelineEntry] = (),
    *,
    whole: bool = False,
) -> IncidentView:
    """Return an incident; with ``whole`` its deliveries and its story too.

    ``kinds`` names the kind of each channel: what PagerDuty took is told apart from what others did.
    """
    sent = tuple(deliveries)
    return IncidentView(
        id=incident.id,
        number=incident.number,
        monitor=incident.monitor,
        purpose=incident.purpose.value,
        status=incident.status.value,
        severity=incident.severity.value,
        cause=incident.cause,
        began_at=incident.began_at,
        opened_at=incident.opened_at,
        acknowledged_at=incident.acknowledged_at,
        acknowledged_by=incident.acknowledged_by,
        acknowledged_via=incident.acknowledged_via,
        resolved_at=incident.resolved_at,
        resolved_by=incident.resolved_by,
        resolved_via=incident.resolved_via,
        snoozed_until=incident.snoozed_until,
        dedup_key=dedup_key(install, incident),
        pagerduty=pagerduty_view(incident, sent, kinds),
        children=list(incident.children),
        level=incident.level,
        nobody_answered_at=incident.nobody_answered_at,
        storm=incident.storm,
        deliveries=[delivery_view(delivery) for delivery in sent] if whole else [],
        timeline=[timeline_view(entry) for entry in timeline] if whole else [],
    )


def related_views(incident: Incident, state: State) -> list[RelatedView]:
    """Return the open incidents that may be the same trouble as an open one."""
    depends_on = {name: watch.monitor.depends_on for name, watch in state.watches.items()}
    return [
        RelatedView(id=each.incident.id, number=each.incident.number, monitor=each.incident.monitor, why=each.why)
        for each in related(incident, state.incidents.values(), depends_on)
    ]


_STATUS_AFTER = {
    Action.TRIGGER: "triggered",
    Action.TEST: "triggered",
    Action.ACKNOWLEDGE: "acknowledged",
    Action.RESOLVE: "resolved",
}


def pagerduty_view(
    incident: Incident, deliveries: Iterable[Delivery], kinds: Mapping[str, str]
) -> PagerDutyView | None:
    """Return what is known of an incident at PagerDuty: what its REST API said, else what its Events API took."""
    seen = incident.context.get(PAGERDUTY)
    if isinstance(seen, Mapping):
        return PagerDutyView(
            id=_text(seen, "id"),
            url=_text(seen, "url"),
            status=_text(seen, "status"),
            verified=bool(seen.get("id")),
            words=_text(seen, "words"),
            escalates_at=unstamp(_text(seen, "escalates_at")),
        )
    status, words = None, "sent (unverified)"
    for delivery in deliveries:
        if (
            delivery.state is DeliveryState.DELIVERED
            and delivery.action in _STATUS_AFTER
            and kinds.get(delivery.channel) == PAGERDUTY
        ):
            status = _STATUS_AFTER[delivery.action]
            if delivery.receipt.get(VERIFIES):
                words = "accepted; whether an incident was made is being looked up"
    return None if status is None else PagerDutyView(id=None, url=None, status=status, verified=False, words=words)


def _text(seen: Mapping[str, Any], name: str) -> str | None:
    value = seen.get(name)
    return None if value is None else str(value)
