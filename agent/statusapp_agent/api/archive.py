"""Incidents, past and present: the database's rows, with what is in mind laid over them.

What is in mind is newer, and it is all there is while the disk takes no writes.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from statusapp_agent.api.present import HISTORY_FAULTS, Present
from statusapp_agent.api.problems import ProblemError
from statusapp_agent.core.model import Delivery, Incident
from statusapp_agent.store import history
from statusapp_agent.store.history import Story
from statusapp_agent.views.incidents import incident_view, related_views
from statusapp_shared.protocol import IncidentView

log = logging.getLogger("statusapp.api")

SHORTEST_PREFIX = 4
"""Fewer characters of an id are taken for a number only."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which incidents a list is about; ``purpose`` None stands for real ones."""

    open_only: bool = False
    since: datetime | None = None
    monitor: str | None = None
    purpose: str | None = None
    limit: int = 100


class Archive:
    """Reads incidents for requests, beside the event loop."""

    def __init__(self, present: Present) -> None:
        self._present = present
        self._path = present.services.engine.writer.state.path

    async def find(self, text: str) -> str:
        """Return the id that a person means by a number, an id or the beginning of one; raises a 404 or a 409."""
        wanted = text.strip().lstrip("#").lower()
        if not wanted.isascii() or not wanted.isalnum():
            raise _no_such(text)
        found = _matching(wanted, self._present.services.engine.state.incidents.values())
        if found != [wanted]:
            try:
                found = sorted({*found, *await asyncio.to_thread(history.find_incident, self._path, wanted)})
            except HISTORY_FAULTS as fault:
                log.warning("the history cannot be read: %s", fault)
        if not found:
            raise _no_such(text)
        if len(found) > 1:
            raise ProblemError(
                409, "ambiguous", f"{text[:40]!r} may be any of several incidents; write more of the id."
            )
        return found[0]

    async def story(self, incident: str) -> Story:
        """Return an incident with its deliveries and its timeline."""
        state = self._present.services.engine.state
        written: Story | None = None
        try:
            written = await asyncio.to_thread(history.story, self._path, incident)
        except HISTORY_FAULTS as fault:
            log.warning("the history cannot be read: %s", fault)
        current = state.incidents.get(incident) or (written.incident if written else None)
        if current is None:
            raise _no_such(incident)
        deliveries = {each.id: each for each in (written.deliveries if written else ())}
        deliveries |= {each.id: each for each in self._present.deliveries(incident)}
        return Story(current, written.timeline if written else (), _in_order(deliveries.values()))

    async def view(self, incident: str) -> IncidentView:
        """Return an incident whole."""
        found = await self.story(incident)
        state = self._present.services.engine.state
        whole = incident_view(
            found.incident, state.install, self._present.kinds(), found.deliveries, found.timeline, whole=True
        )
        return whole.model_copy(update={"related": related_views(found.incident, state)})

    async def incidents(self, wanted: Wanted) -> list[Incident]:
        """Return incidents, latest first."""
        found: dict[str, Incident] = {}
        try:
            rows = await asyncio.to_thread(self._read, wanted)
            found = {each.id: each for each in rows}
        except HISTORY_FAULTS as fault:
            log.warning("the history cannot be read: %s", fault)
        found |= self._present.services.engine.state.incidents
        chosen = [each for each in found.values() if _is_wanted(each, wanted)]
        return sorted(chosen, key=lambda each: -each.number)[: wanted.limit]

    def _read(self, wanted: Wanted) -> list[Incident]:
        return history.incidents(
            self._path,
            open_only=wanted.open_only,
            since=wanted.since,
            monitor=wanted.monitor,
            purpose=wanted.purpose or "real",
            limit=wanted.limit,
        )


def _in_order(deliveries: Iterable[Delivery]) -> tuple[Delivery, ...]:
    return tuple(sorted(deliveries, key=lambda each: each.id))


def _matching(wanted: str, incidents: Iterable[Incident]) -> list[str]:
    known: Sequence[Incident] = list(incidents)
    exact = [each.id for each in known if each.id == wanted or str(each.number) == wanted]
    if exact or len(wanted) < SHORTEST_PREFIX:
        return exact
    return [each.id for each in known if each.id.startswith(wanted)]


def _is_wanted(incident: Incident, wanted: Wanted) -> bool:
    return (
        incident.purpose == (wanted.purpose or "real")
        and (incident.is_open or not wanted.open_only)
        and (wanted.since is None or incident.opened_at >= wanted.since)
        and wanted.monitor in (None, incident.monitor)
    )


def _no_such(text: str) -> ProblemError:
    sentence = f"There is no incident {text[:40]!r}; `statusapp incidents list` shows those that there are."
    return ProblemError(404, "no_incident", sentence)
