"""What stands in the cells of the monitors' table, and a row as one sentence. Pure."""

from datetime import datetime

from statusapp_desktop.states import state_word
from statusapp_desktop.words import age, clock, latency, length, tr
from statusapp_shared.protocol import IncidentView, MonitorView


def column_title(key: str) -> str:
    """Return the title of a column."""
    return {
        "name": tr("Monitor"),
        "now": tr("Now"),
        "latency": tr("Latency"),
        "strip": tr("24 hours"),
        "since": tr("For, or checked"),
        "kind": tr("Kind"),
        "tier": tr("Tier"),
        "channels": tr("Told"),
        "interval": tr("Every"),
    }.get(key, "")


def cell_text(monitor: MonitorView, incident: IncidentView | None, column: str, now: datetime) -> str:
    """Return what stands in a cell; what is drawn instead of written is empty."""
    match column:
        case "name":
            return monitor.name
        case "now":
            return _now(monitor)
        case "since":
            return _since(monitor, incident, now)
        case "kind":
            return monitor.kind
        case "tier":
            return monitor.tier or "—"
        case "interval":
            return length(monitor.interval_s)
        case "channels":
            return ", ".join(monitor.channels) if monitor.channels is not None else tr("by tier")
        case _:
            return ""


def _now(monitor: MonitorView) -> str:
    if monitor.state in ("pending", "paused", "maintenance"):
        return "—"
    if monitor.state in ("down", "blind", "held"):
        return state_word(monitor.state)
    return "—" if monitor.latency_ms is None else latency(monitor.latency_ms)


def _since(monitor: MonitorView, incident: IncidentView | None, now: datetime) -> str:
    if monitor.state in ("down", "degraded", "blind") and monitor.since is not None:
        began = monitor.since if incident is None else incident.began_at
        lasting = length((now - began).total_seconds())
        if incident is not None and incident.status == "acknowledged":
            return tr("{length}, with {who}", length=lasting, who=incident.acknowledged_by or tr("somebody"))
        return lasting
    if monitor.last_check_at is None:
        return tr("not checked yet")
    return age(monitor.last_check_at, now)


def sentence(monitor: MonitorView, now: datetime) -> str:
    """Return a row as one sentence."""
    checked = "" if monitor.last_check_at is None else tr(", checked at {at}", at=clock(monitor.last_check_at, now))
    return tr(
        "{name}: {state}{checked}. {reason}",
        name=monitor.name,
        state=state_word(monitor.state),
        checked=checked,
        reason=monitor.reason,
    )
