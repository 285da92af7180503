"""How fast incidents are seen, taken and mended: MTTA, MTTR, MTTD and counts over a range of time.

An incident belongs to the range in which it was opened. A figure with nothing to count is None, never 0.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType
from typing import Literal

from statusapp_agent.core.model import Incident, Purpose, Scope
from statusapp_agent.core.sight import percentile
from statusapp_agent.core.state import BlindTime

By = Literal["monitor", "channel", "responder", "tier", "tag", "hour", "weekday", "cause"]
Stretch = tuple[datetime, datetime]
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

DEFINITIONS: Mapping[str, str] = MappingProxyType(
    {
        "mtta": "Mean time to acknowledge: from opened to the first explicit acknowledgement, "
        "over acknowledged incidents only.",
        "mttr": "Mean time to resolve: from opened to resolved, less the blind time in between, "
        "over resolved incidents.",
        "mttd": "Mean time to detect: from the first failing check to opened, less the blind time in between, "
        "over all incidents.",
        "incidents": "Incidents opened in this range; tests, drills and incidents merged into others are left out.",
        "acknowledged": "Incidents that somebody acknowledged; a resolve alone is no acknowledgement.",
        "never_acknowledged": "Incidents that nobody acknowledged, resolved or open; counted apart, never as 0 s.",
        "blind": "Time in which StatusApp could not see all that it watches: stopped, asleep or without network; "
        "overlapping stretches count once.",
    }
)
"""The definition of each figure, one sentence each, to be printed with it."""


@dataclass(frozen=True, slots=True)
class Figure:
    """Mean, median and 90th percentile (nearest rank) in seconds, over ``count`` incidents."""

    mean: float
    p50: float
    p90: float
    count: int


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of one group: a monitor, a channel, a responder, a tier or an hour of the day (``"00"`` to 23)."""

    key: str
    incidents: int
    acknowledged: int
    never_acknowledged: int
    mtta_s: Figure | None
    mttr_s: Figure | None
    mttd_s: Figure | None


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a range of time, ``blind_s`` being the blind seconds in it up to now."""

    since: datetime
    until: datetime
    incidents: int
    open: int
    acknowledged: int
    never_acknowledged: int
    resolved: int
    blind_s: float
    mtta_s: Figure | None
    mttr_s: Figure | None
    mttd_s: Figure | None
    groups: tuple[Group, ...]
    definitions: Mapping[str, str]


_NONE: Mapping[str, tuple[str, ...]] = MappingProxyType({})


def figures(
    incidents: Sequence[Incident],
    blind: Sequence[BlindTime],
    since: datetime,
    until: datetime,
    now: datetime,
    by: By | None = None,
    channels: Mapping[str, tuple[str, ...]] = _NONE,
    zone: tzinfo = UTC,
    tags: Mapping[str, tuple[str, ...]] = _NONE,
) -> Figures:
    """Return the figures of the incidents that were opened in ``[since, until)``, whichever others are handed in.

    ``blind`` must hold every stretch that touches one of these incidents or the range. ``channels`` names for each
    incident id the channels it was told over; an incident counts in the group of each. ``zone`` is that of the hours
    and weekdays. ``tags`` names those of each monitor.
    """
    # Two datetimes of one zone are compared and subtracted by wall clock in Python: only UTC gives real seconds.
    since, until, now = since.astimezone(UTC), until.astimezone(UTC), now.astimezone(UTC)
    counted = opened_in(incidents, since, until)
    darkness = Darkness(blind, now)
    total = _group("", counted, darkness)
    still_open = sum(each.is_open for each in counted)
    return Figures(
        since=since,
        until=until,
        incidents=total.incidents,
        open=still_open,
        acknowledged=total.acknowledged,
        never_acknowledged=total.never_acknowledged,
        resolved=total.incidents - still_open,
        blind_s=darkness.within(since, until, None),
        mtta_s=total.mtta_s,
        mttr_s=total.mttr_s,
        mttd_s=total.mttd_s,
        groups=_groups(darkness, by, members(counted, by, channels, zone, tags)) if by is not None else (),
        definitions=DEFINITIONS,
    )


def opened_in(incidents: Iterable[Incident], since: datetime, until: datetime) -> list[Incident]:
    """Return what figures count: real incidents opened in ``[since, until)`` that were not merged into others."""
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    return [
        each
        for each in incidents
        if each.purpose is Purpose.REAL and each.merged_into is None and since <= each.opened_at.astimezone(UTC) < until
    ]


class Darkness:
    """The blind time that targets of each scope have seen: stretches in order, without overlap."""

    def __init__(self, blind: Iterable[BlindTime], now: datetime) -> None:
        found = [(each.scope, each.began_at.astimezone(UTC), (each.ended_at or now).astimezone(UTC)) for each in blind]
        # A stretch is written down for each scope that was blind, so a nearer one says nothing of those beyond it;
        # a stopped or sleeping agent (HOST) sees nothing at all.
        self._stretches: dict[Scope | None, list[Stretch]] = {
            scope: merged((began, ended) for dark, began, ended in found if dark in (Scope.HOST, scope))
            for scope in Scope
        }
        self._stretches[None] = merged((began, ended) for _, began, ended in found)
        self._begins = {scope: [began for began, _ in known] for scope, known in self._stretches.items()}

    def within(self, began: datetime, ended: datetime, scope: Scope | None) -> float:
        """Return the blind seconds between two moments in UTC, for a target of a scope; None: of any."""
        begins = self._begins[scope]
        first, last = max(0, bisect_right(begins, began) - 1), bisect_left(begins, ended)
        overlaps = (min(light, ended) - max(dark, began) for dark, light in self._stretches[scope][first:last])
        return sum(max(0.0, overlap.total_seconds()) for overlap in overlaps)


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Return stretches in order with their overlaps joined; what ends before it begins is left out."""
    joined: list[Stretch] = []
    for began, ended in sorted(stretches):
        if ended <= began:  # a clock that was set back while we were blind
            continue
        if joined and began <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(ended, joined[-1][1]))
        else:
            joined.append((began, ended))
    return joined


def _seen_s(began: datetime, ended: datetime, scope: Scope, darkness: Darkness) -> float:
    """Return the seconds between two moments that were not blind; 0 where a clock was set back in between."""
    began, ended = began.astimezone(UTC), ended.astimezone(UTC)
    if ended <= began:
        return 0.0
    return max(0.0, (ended - began).total_seconds() - darkness.within(began, ended, scope))


def figure_of(lengths_s: Sequence[float]) -> Figure | None:
    """Return the figure of some lengths in seconds; None when there is none."""
    p50, p90 = percentile(lengths_s, 0.5), percentile(lengths_s, 0.9)
    if p50 is None or p90 is None:
        return None
    return Figure(sum(lengths_s) / len(lengths_s), p50, p90, len(lengths_s))


def _group(key: str, incidents: Sequence[Incident], darkness: Darkness) -> Group:
    to_acknowledge = [
        max(0.0, (each.acknowledged_at.astimezone(UTC) - each.opened_at.astimezone(UTC)).total_seconds())
        for each in incidents
        if each.acknowledged_at is not None
    ]
    to_resolve = [
        _seen_s(each.opened_at, each.resolved_at, each.scope, darkness)
        for each in incidents
        if each.resolved_at is not None
    ]
    to_detect = [_seen_s(each.began_at, each.opened_at, each.scope, darkness) for each in incidents]
    return Group(
        key=key,
        incidents=len(incidents),
        acknowledged=len(to_acknowledge),
        never_acknowledged=len(incidents) - len(to_acknowledge),
        mtta_s=figure_of(to_acknowledge),
        mttr_s=figure_of(to_resolve),
        mttd_s=figure_of(to_detect),
    )


def _groups(darkness: Darkness, by: By, known: Mapping[str, Sequence[Incident]]) -> tuple[Group, ...]:
    found = [_group(key, known[key], darkness) for key in known]
    if by not in ("hour", "weekday"):
        found.sort(key=lambda group: -group.incidents)
    return tuple(found)


def members(
    incidents: Iterable[Incident],
    by: By,
    channels: Mapping[str, tuple[str, ...]],
    zone: tzinfo,
    tags: Mapping[str, tuple[str, ...]] = _NONE,
) -> dict[str, list[Incident]]:
    """Return the incidents of each group, the groups in the order of their keys; weekdays begin with Monday."""
    found: dict[str, list[Incident]] = {}
    for incident in incidents:
        for key in _keys(incident, by, channels, zone, tags):
            found.setdefault(key, []).append(incident)
    order = WEEKDAYS.index if by == "weekday" else str
    return {key: found[key] for key in sorted(found, key=order)}


def _keys(
    incident: Incident,
    by: By,
    channels: Mapping[str, tuple[str, ...]],
    zone: tzinfo,
    tags: Mapping[str, tuple[str, ...]],
) -> Iterable[str]:
    """Return the groups that an incident belongs to: none for a responder that there was not."""
    match by:
        case "monitor":
            return (incident.monitor,)
        case "channel":
            return dict.fromkeys(channels.get(incident.id, ()))
        case "responder":
            return (incident.acknowledged_by,) if incident.acknowledged_by else ()
        case "tier":
            return (str(incident.context.get("tier") or "none"),)
        case "tag":
            return dict.fromkeys(tags.get(incident.monitor, ())) or ("none",)
        case "hour":
            return (f"{incident.opened_at.astimezone(zone).hour:02d}",)
        case "weekday":
            return (WEEKDAYS[incident.opened_at.astimezone(zone).weekday()],)
        case "cause":
            return (cause_of(incident),)


_LENGTHS = re.compile(r"\b\d+(?:\.\d+)? ?(?=(?:ms|s|min|h|d|%|bytes?)\b)")


def cause_of(incident: Incident) -> str:
    """Return the cause without the lengths of time in it: what differs from one time to the next is no other cause."""
    return _LENGTHS.sub("\N{HORIZONTAL ELLIPSIS} ", incident.cause.strip()) or "no cause given"
