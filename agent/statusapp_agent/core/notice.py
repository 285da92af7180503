"""What a channel is told about an incident: one JSON-able dict, the same for every kind of channel.

It is made when the delivery is made and stored with it, so that every try says the same. Keys may be missing or None;
times are ISO 8601 in UTC, latencies milliseconds.
"""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from statusapp_agent.core.draft import Draft
from statusapp_agent.core.incident import dedup_key
from statusapp_agent.core.model import Action, DeliveryState, Incident, Monitor, Purpose
from statusapp_agent.core.phrases import capital
from statusapp_agent.core.sight import Sight, percentile
from statusapp_agent.core.story import story


def iso(at: datetime | None) -> str | None:
    """Return a time as text, None as None."""
    return None if at is None else at.isoformat()


def notice(draft: Draft, incident: Incident, action: Action, reason: str) -> dict[str, Any]:
    """Return what is told about an incident, with all that is known of its monitor now."""
    state = draft.state
    dashboard = state.agent.get("dashboard_url")
    told: dict[str, Any] = {
        "action": action.value,
        "purpose": incident.purpose.value,
        "dedup_key": dedup_key(state.install, incident),
        "severity": incident.severity.value,
        "at": iso(draft.now),
        "reason": reason,
        "incident": _incident(incident, dashboard),
        "region": state.agent.get("region"),
        "agent": {"version": state.version, "install": state.install},
        "dashboard_url": dashboard,
        "told": _told(draft, incident),
        "story": story(draft, incident),
        "by": incident.acknowledged_by if action is Action.ACKNOWLEDGE else incident.resolved_by,
        "via": incident.acknowledged_via if action is Action.ACKNOWLEDGE else incident.resolved_via,
    }
    # An acknowledgement and an end as well: a message that is edited in place, or kept, must stay whole.
    return told | _circumstances(draft, incident)


def _incident(incident: Incident, dashboard: str | None) -> dict[str, Any]:
    return {
        "id": incident.id,
        "number": incident.number,
        "monitor": incident.monitor,
        "status": incident.status.value,
        "cause": incident.cause,
        "began_at": iso(incident.began_at),
        "opened_at": iso(incident.opened_at),
        "acknowledged_at": iso(incident.acknowledged_at),
        "acknowledged_by": incident.acknowledged_by,
        "resolved_at": iso(incident.resolved_at),
        "resolved_by": incident.resolved_by,
        "url": f"{dashboard.rstrip('/')}/incidents/{quote(incident.id)}" if dashboard else None,
    }


def _told(draft: Draft, incident: Incident) -> list[dict[str, Any]]:
    """Return which channels were paged so far, or could not be, and when: an archive wants to know who knew."""
    pages = (row for row in draft.deliveries(incident.id) if row.action in (Action.TRIGGER, Action.TEST))
    return [
        {"channel": row.channel, "state": row.state.value, "at": iso(row.delivered_at or row.last_attempt_at)}
        for row in pages
        if row.state in (DeliveryState.DELIVERED, DeliveryState.REFUSED) or row.attempts
    ]


def _circumstances(draft: Draft, incident: Incident) -> dict[str, Any]:
    watch = draft.watch(incident.monitor)
    if incident.purpose is Purpose.STORM:
        # Its own name first, so that a summary reads "Storm #21: 37 monitors down, worst first: ...".
        name = capital(incident.monitor)
        return {"monitor": {"name": name}, "check": {"status": "down"}, "children": list(incident.children)}
    if watch is None:
        return {"monitor": {"name": incident.monitor}, "check": {"status": incident.status.value}}
    monitor = watch.monitor
    sight = draft.sight(monitor.name)
    return {
        "monitor": _monitor(monitor),
        "check": _check(monitor, sight),
        "confirmation": {
            "failures": monitor.failures,
            "after_s": round((incident.opened_at - incident.began_at).total_seconds(), 3),
        },
        # One number for each of the last checks, oldest first: what a chart shows.
        "latencies_ms": [_ms(seconds) for seconds in sight.latencies],
        "recent": [
            {
                "at": iso(seen.at),
                "status": seen.status,
                "latency_ms": _ms(seen.latency_s),
                "message": seen.message[:200],
            }
            for seen in sight.recent
        ],
        "dependents": sorted(
            other.monitor.name for other in draft.state.watches.values() if monitor.name in other.monitor.depends_on
        )
        if draft.state.watches
        else [],
        "children": list(incident.children),
        "changes": [
            {"at": iso(change.at), "summary": change.summary, "link": change.link}
            for change in draft.state.changes
            if change.monitor in (None, monitor.name) and (draft.now - change.at).total_seconds() <= 86_400
        ][-5:],
    }


def _monitor(monitor: Monitor) -> dict[str, Any]:
    return {
        "name": monitor.name,
        "kind": monitor.kind,
        "target": monitor.target,
        "url": monitor.url,
        "tier": monitor.tier,
        "tags": list(monitor.tags),
        "runbook": monitor.runbook,
        "notes": monitor.notes,
        "interval_s": monitor.interval_s,
        "failures": monitor.failures,
    }


def _check(monitor: Monitor, sight: Sight) -> dict[str, Any]:
    last = sight.last
    return {
        "status": last.status.value if last else None,
        "error": last.error if last else None,
        "message": last.message if last else None,
        "latency_ms": _ms(last.latency_s) if last else None,
        "p50_ms": _ms(percentile(sight.latencies, 0.5)),
        "p95_ms": _ms(percentile(sight.latencies, 0.95)),
        "samples": len(sight.latencies),
        "threshold_ms": _ms(monitor.degraded_above_s),
        "phases_ms": {name: _ms(seconds) for name, seconds in last.phases.items()} if last else {},
        "facts": dict(last.facts) if last else {},
    }


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)


def change_notice(draft: Draft, summary: str, link: str | None, monitor: str | None, details: Any) -> dict[str, Any]:
    """Return what is told about a change that somebody made."""
    return {
        "action": Action.CHANGE.value,
        "at": iso(draft.now),
        "summary": summary,
        "source": monitor or draft.state.agent.get("region") or "statusapp",
        "link": link,
        "monitor": monitor,
        "details": dict(details),
        "region": draft.state.agent.get("region"),
    }
