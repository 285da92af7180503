"""What is said of an incident: its line, who has it, who was told. Pure."""

from datetime import datetime

from statusapp_desktop.mirror import Mirror
from statusapp_desktop.words import clock, counted, length, tr
from statusapp_shared.protocol import IncidentView


def whole(text: str) -> str:
    """Return a cause as a sentence: with a capital, unless it begins with a name or an address, and with its stop."""
    text = text.strip()
    first = text.partition(" ")[0]
    if first.isalpha() and first.islower():
        text = text[:1].upper() + text[1:]
    return text if not text or text[-1] in ".!?" else f"{text}."


def band_words(incident: IncidentView, mirror: Mirror, unseen: int) -> str:
    """Return the cause, who was told, and what else waits."""
    told = sorted(
        {each.channel for each in mirror.deliveries.values() if _reached(each.incident_id, each.state, incident)}
    )
    said = [whole(incident.cause)]
    if told:
        said.append(tr("Told by {channels}; nobody has acknowledged.", channels=", ".join(told)))
    else:
        said.append(tr("Nobody has acknowledged."))
    if unseen > 1:
        said.append(counted(unseen - 1, "{n} more incident waits.", "{n} more incidents wait."))
    return " ".join(said)


def _reached(incident_id: str | None, state: str, incident: IncidentView) -> bool:
    return incident_id == incident.id and state == "delivered"


def who_has_it(incident: IncidentView) -> str:
    """Return who has an incident, or how it ended."""
    if incident.status == "resolved":
        if incident.resolved_by:
            return tr("resolved by {who}", who=incident.resolved_by)
        return tr("resolved by itself") if incident.acknowledged_at else tr("over, never acknowledged")
    if incident.status == "acknowledged":
        return tr("{who} has it", who=incident.acknowledged_by or tr("somebody"))
    return tr("nobody has it")


def chip_words(incident: IncidentView) -> str:
    """Return who has an incident and by what way, as it stands beside its title."""
    who = who_has_it(incident)
    via = incident.acknowledged_via if incident.status == "acknowledged" else None
    return f"{who[:1].upper()}{who[1:]}" + (f", {via}" if via else "")


def lasted(incident: IncidentView, now: datetime) -> str:
    """Return how long an incident lasted, or has lasted."""
    return length(((incident.resolved_at or now) - incident.began_at).total_seconds())


def menu_line(incident: IncidentView, now: datetime) -> str:
    """Return an incident as one line of a menu."""
    return tr(
        "{monitor}: down {length}, {who}",
        monitor=incident.monitor,
        length=lasted(incident, now),
        who=who_has_it(incident),
    )


def share_name(incident: IncidentView) -> str:
    """Return a file's name for an incident."""
    safe = "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in incident.monitor)
    return f"incident-{incident.number}-{safe}"


def at_words(incident: IncidentView, now: datetime) -> str:
    """Return when an incident was opened."""
    return clock(incident.opened_at, now)
