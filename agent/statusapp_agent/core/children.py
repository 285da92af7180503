"""What fails because something that it depends on is down: held, listed with the incident of the root, never paged."""

from dataclasses import replace
from datetime import datetime, timedelta

from statusapp_agent.core.draft import Draft
from statusapp_agent.core.model import Action, DeliveryState, Incident, Purpose
from statusapp_agent.core.notice import notice
from statusapp_agent.core.outbox import enqueue, lanes, was_closed
from statusapp_agent.core.phrases import count, listed
from statusapp_agent.core.state import Watch

NEWS_AFTER = timedelta(seconds=30)
"""What hangs on a root fails within moments: told together, not one by one."""
_NAMED = 5
_MOST_REFRESHED = 50
"""A page that has not left yet is written anew for so many children; all of them are in the news that follow."""


def below(draft: Draft, root: str) -> tuple[str, ...]:
    """Return the monitors that a root explains, directly or through others that are held themselves."""
    found: list[str] = []
    names = [root]
    while names:
        parent = names.pop()
        for child in sorted(draft.held_by(parent)):
            if child not in found and child != root:
                found.append(child)
                names.append(child)
    return tuple(found)


def in_words(draft: Draft, child: str) -> str:
    """Return what a root's story says of a child that is held."""
    watch = draft.watch(child)
    return f"{child} fails too and is held: it depends on {watch.held_by if watch else 'it'}"


def root_incident(draft: Draft, parent: Watch) -> Incident | None:
    """Return the open incident that speaks for what depends on a monitor: its own, or that of what holds it."""
    seen: set[str] = set()
    current: Watch | None = parent
    while current is not None and current.monitor.name not in seen:
        if current.incident is not None:
            return draft.incident(current.incident)
        seen.add(current.monitor.name)
        current = draft.watch(current.held_by) if current.held_by else None
    return None


def note(draft: Draft, parent: Watch, child: str) -> None:
    """Write a held child down with the incident of its root; a page that has not left yet lists it."""
    incident = root_incident(draft, parent)
    if incident is None or child in incident.children:
        return
    grown = replace(incident, children=(*incident.children, child))
    draft.save(grown)
    draft.log(grown, "child", in_words(draft, child))
    if len(grown.children) > _MOST_REFRESHED:
        return
    for row in draft.deliveries(grown.id):
        if row.action is Action.TRIGGER and row.pending and row.attempts == 0 and not row.sending:
            draft.save(replace(row, notice=notice(draft, grown, row.action, row.reason)))


def tick(draft: Draft) -> None:
    """Tell those who know of a root's incident which others fail with it, once these have gathered."""
    for incident in draft.incidents():
        if incident.purpose is Purpose.STORM:
            continue  # its children are its members, and it tells of them itself
        told = int(incident.context.get("children_told", 0))
        if not incident.is_open or len(incident.children) <= told or draft.now < _due(incident):
            continue
        context = {**incident.context, "children_told": len(incident.children), "children_at": draft.now.isoformat()}
        draft.save(replace(incident, context=context))
        _tell(draft, incident)


def _due(incident: Incident) -> datetime:
    last = incident.context.get("children_at")
    return (datetime.fromisoformat(last) if last else incident.opened_at) + NEWS_AFTER


def _tell(draft: Draft, incident: Incident) -> None:
    names = incident.children[:_NAMED]
    more = len(incident.children) - len(names)
    listing = f"{', '.join(names)} and {more} more" if more else listed(names)
    text = f"{count(len(incident.children), 'monitor')} that depend on it fail too: {listing}"
    for channel, lane in lanes(draft, incident).items():
        arrived = [row for row in lane if row.action is Action.TRIGGER and row.state is DeliveryState.DELIVERED]
        if arrived and not was_closed(draft, incident, channel) and _knows_less(arrived[-1].notice, incident):
            enqueue(draft, incident, channel, Action.UPDATE, text)


def _knows_less(told: object, incident: Incident) -> bool:
    known = told.get("children", ()) if isinstance(told, dict) else ()
    return len(known) < len(incident.children)
