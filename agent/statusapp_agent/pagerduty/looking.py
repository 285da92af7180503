"""One look at an account for many incidents: what is open is listed once, the rest is asked for one by one, bounded.

The API is asked serially and seldom. A story is read when its incident has changed, and those of a few others in turn,
because notes and notifications change nothing that a list shows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from statusapp_agent.core.counterpart import Fate, Happening, Report
from statusapp_agent.pagerduty.account import Account
from statusapp_agent.pagerduty.client import RestError, Trouble
from statusapp_agent.pagerduty.reading import happenings, sighting
from statusapp_agent.pagerduty.shapes import RestIncident, read, read_all

AT_ONCE = 20
"""So many incidents are asked for one by one in a look; the others have their turn in the next."""
STORIES = 5
ASK_WHY_AFTER = timedelta(seconds=20)
_MOST_OPEN = 1_000
_CLOCKS_DIFFER = timedelta(minutes=2)
_MOST_MERGES = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: the page ``opening`` with its dedup key, and what is known of it from earlier looks.

    ``hasty``: somebody waits before a screen.
    """

    opening: int
    dedup_key: str
    integration_key: str
    accepted_at: datetime
    fate: Fate = Fate.ACCEPTED
    id: str | None = None
    past: tuple[str, ...] = ()
    hasty: bool = False


@dataclass(slots=True)
class Memory:
    """What looks before have left: how each incident looked, and in which look its story was last read."""

    looks: int = 0
    shown: dict[int, Any] = field(default_factory=dict)
    read_in: dict[int, int] = field(default_factory=dict)
    asked_why_at: dict[int, datetime] = field(default_factory=dict)

    def keep(self, openings: Iterable[int]) -> None:
        """Forget all others."""
        wanted = set(openings)
        for each in (self.shown, self.read_in, self.asked_why_at):
            for gone in set(each) - wanted:
                del each[gone]


@dataclass(frozen=True, slots=True)
class _Found:
    wanted: Wanted
    incident: RestIncident | None
    merged_from: RestIncident | None = None


async def open_incidents(account: Account) -> list[RestIncident]:
    """Return what is open in the account, newest first, however old."""
    query = [("statuses[]", "triggered"), ("statuses[]", "acknowledged"), ("date_range", "all")]
    query.append(("sort_by", "created_at:desc"))
    return read_all(RestIncident, await account.client.pages("/incidents", "incidents", query, _MOST_OPEN))


async def look(
    account: Account, wanted: Sequence[Wanted], memory: Memory, now: datetime, listed: Sequence[RestIncident]
) -> list[Report]:
    """Return a report for each page that could be looked at. Raises RestError when the account does not answer."""
    memory.looks += 1
    memory.keep(each.opening for each in wanted)
    found = [await _find(account, each, listed) for each in _turns(wanted, listed)]
    stories = _stories(found, memory)
    return [await _report(account, each, memory, now, story=each.wanted.opening in stories) for each in found]


def _turns(wanted: Sequence[Wanted], listed: Sequence[RestIncident]) -> list[Wanted]:
    """Return those that are looked at now: all that the list shows, and a few that must be asked for one by one."""
    ids, keys = {each.id for each in listed}, {each.incident_key for each in listed}
    shown = [each for each in wanted if each.id in ids or (each.id is None and each.dedup_key in keys)]
    single = [each for each in wanted if each not in shown]
    # What nobody knows the fate of goes first.
    single.sort(key=lambda each: (each.fate is not Fate.ACCEPTED, each.accepted_at))
    return [*shown, *single[:AT_ONCE]]


async def _find(account: Account, wanted: Wanted, listed: Sequence[RestIncident]) -> _Found:
    incident = next((each for each in listed if each.id is not None and each.id == wanted.id), None)
    if incident is None and wanted.id is not None:
        incident = await _by_id(account, wanted.id)
    if incident is None and wanted.id is None:
        incident = next((each for each in listed if _is_of(each, wanted)), None) or await _by_key(account, wanted)
    first, hops = None, 0
    while incident is not None and incident.merged_into is not None and hops < _MOST_MERGES:
        first, hops = first or incident, hops + 1
        incident = await _by_id(account, incident.merged_into) or incident
    return _Found(wanted, incident, first)


def _is_of(incident: RestIncident, wanted: Wanted) -> bool:
    return incident.incident_key == wanted.dedup_key and incident.id not in wanted.past


async def _by_id(account: Account, incident: str) -> RestIncident | None:
    try:
        return read(RestIncident, (await account.client.get(f"/incidents/{incident}")).get("incident"))
    except RestError as fault:
        if fault.trouble is Trouble.MISSING:
            return None
        raise


async def _by_key(account: Account, wanted: Wanted) -> RestIncident | None:
    query = [("incident_key", wanted.dedup_key), ("date_range", "all"), ("sort_by", "created_at:desc")]
    answer = await account.client.get("/incidents", [*query, ("limit", "25")])
    listed = answer.get("incidents")
    found = read_all(RestIncident, listed if isinstance(listed, list) else [])
    fitting = [each for each in found if each.id not in wanted.past and _may_be_of(each, wanted)]
    return next((each for each in fitting if each.is_open), None) or next(iter(fitting), None)


def _may_be_of(incident: RestIncident, wanted: Wanted) -> bool:
    """An incident that was over before the page left is an earlier one's."""
    return incident.resolved_at is None or incident.resolved_at > wanted.accepted_at - _CLOCKS_DIFFER


def _stories(found: Iterable[_Found], memory: Memory) -> set[int]:
    changed, same = set(), []
    for each in found:
        if each.incident is None:
            continue
        opening, looks = each.wanted.opening, _fingerprint(each.incident)
        if memory.shown.get(opening) != looks:
            changed.add(opening)
        else:
            same.append(opening)
    same.sort(key=lambda opening: memory.read_in.get(opening, 0))
    return changed | set(same[:STORIES])


def _fingerprint(incident: RestIncident) -> Any:
    return (
        incident.id,
        incident.status,
        incident.last_status_change_at,
        incident.updated_at,
        incident.urgency,
        tuple(each.assignee.id for each in incident.assignments),
        tuple((each.acknowledger.id, each.at) for each in incident.acknowledgements),
        tuple((each.type, each.at) for each in incident.pending_actions),
        incident.alert_counts,
    )


async def _report(account: Account, found: _Found, memory: Memory, now: datetime, *, story: bool) -> Report:
    wanted, incident = found.wanted, found.incident
    if incident is None or incident.id is None:
        why, asked = await _why(account, wanted, memory, now)
        return Report(wanted.opening, nobody=why, asked_why=asked)
    merged_from = found.merged_from.id if found.merged_from is not None else None
    told: tuple[Happening, ...] = ()
    if story:
        told = await _story(account, incident)
        memory.shown[wanted.opening] = _fingerprint(incident)
        memory.read_in[wanted.opening] = memory.looks
    grouped = _grouped(incident, wanted) if merged_from is None else ""
    since = _ours_since(found) or (wanted.accepted_at - _CLOCKS_DIFFER if grouped else None)
    if since is not None:
        told = (*_had_by_then(incident, since), *(each for each in told if each.at >= since))
    return Report(wanted.opening, sighting(incident, merged_from), told, grouped=grouped)


async def _story(account: Account, incident: RestIncident) -> tuple[Happening, ...]:
    """Return the log of an incident; what the list shows where the key may see the incident but not its log."""
    try:
        query = [("include[]", "channels")]
        return happenings(await account.client.pages(f"/incidents/{incident.id}/log_entries", "log_entries", query))
    except RestError as fault:
        if fault.partial:
            return _as_listed(incident)
        raise


def _as_listed(incident: RestIncident) -> tuple[Happening, ...]:
    """Return who has an incident, or ended it, by the incident alone."""
    found = []
    for each in incident.acknowledgements:
        if each.at is not None and each.acknowledger.is_user:
            name = each.acknowledger.shown
            key = f"{incident.id}-acknowledged-{each.acknowledger.id}-{each.at.isoformat()}"
            found.append(Happening(key, each.at, "acknowledged", f"acknowledged by {name} via PagerDuty", name))
    ended, by = incident.resolved_at or incident.last_status_change_at, incident.last_status_change_by
    if incident.status == "resolved" and ended is not None:
        person = by.shown if by.is_user else None
        who = f"by {person} via PagerDuty" if person else "at PagerDuty"
        found.append(
            Happening(f"{incident.id}-resolved-{ended.isoformat()}", ended, "resolved", f"resolved {who}", person)
        )
    return tuple(found)


def _grouped(incident: RestIncident, wanted: Wanted) -> str:
    """Return in words that the page went into an incident that others had opened; empty if it has its own."""
    if incident.incident_key == wanted.dedup_key or incident.created_at is None:
        return ""
    shared = (incident.alert_counts.all or 0) > 1
    if not shared and incident.created_at > wanted.accepted_at - _CLOCKS_DIFFER:
        return ""
    if incident.created_at > wanted.accepted_at - timedelta(seconds=5):
        return ""
    shown = f"#{incident.incident_number}" if incident.incident_number is not None else incident.id
    return f"grouped into the incident {shown}, which was open before"


def _ours_since(found: _Found) -> datetime | None:
    """Return since when another's incident stands for ours, by merging; what happened to it before is not ours."""
    return found.merged_from.resolved_at if found.merged_from is not None else None


def _had_by_then(incident: RestIncident, since: datetime) -> tuple[Happening, ...]:
    """Return that somebody had it in hand already when ours went into it."""
    return tuple(
        Happening(
            f"{incident.id}-held-{each.acknowledger.id}",
            since,
            "acknowledged",
            f"{each.acknowledger.shown} had it in hand already in PagerDuty",
            each.acknowledger.shown,
        )
        for each in incident.acknowledgements
        if each.at is not None and each.at < since and each.acknowledger.is_user
    )


async def _why(account: Account, wanted: Wanted, memory: Memory, now: datetime) -> tuple[str, bool]:
    """Look for the reason why there is no incident: not at once, and not in every look."""
    if wanted.fate is Fate.CREATED or now - wanted.accepted_at < ASK_WHY_AFTER:
        return "", False
    before = memory.asked_why_at.get(wanted.opening)
    pause = timedelta(seconds=60) if wanted.fate is Fate.NOBODY else timedelta(seconds=8)
    if before is not None and now - before < pause:
        return "", False
    memory.asked_why_at[wanted.opening] = now
    return (await account.why_nobody(wanted.integration_key)).why, True
