"""Which notices should be on the screen, from what is known. Pure: what changed is the difference of two answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from statusapp_desktop.incident_words import lasted, who_has_it, whole
from statusapp_desktop.mirror import Contact, Mirror
from statusapp_desktop.words import counted, tr
from statusapp_shared.protocol import IncidentView

STORM = 4
"""From this many on they are one notice."""
SILENT_AFTER = timedelta(seconds=30)
"""An agent that is restarted is back by then."""
Urgency = Literal["critical", "normal", "low"]


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice as it should be shown; ``key`` is an incident's id, or "storm", "agent", "away"."""

    key: str
    title: str
    body: str
    urgency: Urgency
    buttons: tuple[tuple[str, str], ...]
    """Pairs of what is done ("acknowledge", "open") and the words on the button."""
    sound: bool = False


def wanted(mirror: Mirror, now: datetime, *, muted: bool) -> list[Notice]:
    """Return the notices that belong on the screen now. No running times: what did not change is not shown again."""
    found = _agent(mirror, now)
    if muted:
        return found
    unseen = mirror.unseen()
    if len(unseen) >= STORM:
        return [*found, _storm(unseen)]
    return found + [_incident(each, mirror) for each in unseen]


def _agent(mirror: Mirror, now: datetime) -> list[Notice]:
    if mirror.contact is not Contact.LOST or mirror.heard_at is None or now - mirror.heard_at < SILENT_AFTER:
        return []
    body = tr("What the window shows is from before. Monitoring may have stopped.")
    return [Notice("agent", tr("The agent does not answer"), body, "critical", (("open", tr("Open")),))]


def _incident(incident: IncidentView, mirror: Mirror) -> Notice:
    told = sorted(
        {
            each.channel
            for each in mirror.deliveries.values()
            if each.incident_id == incident.id and each.state == "delivered" and each.action == "trigger"
        }
    )
    body = whole(incident.cause)
    if told:
        body += " " + tr("Told by {channels}.", channels=", ".join(told))
    urgency: Urgency = {"critical": "critical", "error": "normal"}.get(incident.severity, "low")  # type: ignore[assignment]
    buttons = (("acknowledge", tr("Acknowledge")), ("open", tr("Open")))
    title = tr("{monitor} is down", monitor=incident.monitor)
    return Notice(incident.id, title, body, urgency, buttons, sound=urgency == "critical")


def _storm(unseen: list[IncidentView]) -> Notice:
    first = unseen[-1]
    title = tr("{n} monitors are down", n=len(unseen))
    body = tr("{monitor} was the first: {cause}", monitor=first.monitor, cause=whole(first.cause))
    return Notice("storm", title, body, "critical", (("open", tr("Open")),), sound=True)


def away(incidents: Iterable[IncidentView], since: datetime, now: datetime) -> Notice | None:
    """Return the list of what came and went since somebody last looked; what still waits has a notice of its own."""
    missed = [
        each
        for each in incidents
        if each.purpose == "real" and each.status != "open" and each.opened_at > since and each.opened_at < now
    ]
    if not missed:
        return None
    missed.sort(key=lambda each: each.number)
    lines = [
        tr("{monitor}, {length}, {who}.", monitor=each.monitor, length=lasted(each, now), who=who_has_it(each))
        for each in missed[:3]
    ]
    if len(missed) > 3:
        lines.append(tr("And {n} more.", n=len(missed) - 3))
    title = counted(len(missed), "While you were away: {n} incident", "While you were away: {n} incidents")
    return Notice("away", title, "\n".join(lines), "low", (("open", tr("Show")),))


@dataclass(frozen=True, slots=True)
class Step:
    """What to do to the screen."""

    show: tuple[Notice, ...]
    withdraw: tuple[str, ...]


def difference(shown: Mapping[str, Notice], closed: Mapping[str, Notice], should: Iterable[Notice]) -> Step:
    """Return what to show and withdraw; what a person has closed stays closed until its title or urgency changes."""
    by_key = {each.key: each for each in should}
    show = []
    for key, notice in by_key.items():
        before = closed.get(key)
        if shown.get(key) == notice or (before is not None and _alike(before, notice)):
            continue
        show.append(notice)
    return Step(tuple(show), tuple(key for key in shown if key not in by_key))


def _alike(one: Notice, other: Notice) -> bool:
    return (one.title, one.urgency) == (other.title, other.urgency)
