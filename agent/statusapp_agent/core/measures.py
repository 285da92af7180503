"""All figures of a range from one place: those of `figures`, what pages cost people, availability, and the change.

Command line, API, reports and the desktop show what `measure` returns and compute nothing themselves.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from types import MappingProxyType

from statusapp_agent.core.availability import Availability, availability
from statusapp_agent.core.figures import By, Darkness, Figure, Figures, figure_of, figures, members, opened_in
from statusapp_agent.core.incident import RECOVERY
from statusapp_agent.core.model import Incident
from statusapp_agent.core.periods import Grain, Period, grain_of, slices
from statusapp_agent.core.state import BlindTime

FALSE_ALARM_WITHIN = timedelta(minutes=10)
REOPENED_WITHIN = timedelta(minutes=30)
SLEEP_FROM_HOUR, SLEEP_UNTIL_HOUR = 22, 7
WORK_FROM_HOUR, WORK_UNTIL_HOUR = 8, 18

MORE_DEFINITIONS: Mapping[str, str] = MappingProxyType(
    {
        "page": "From opened, or the end of a step's delay, to the first accepted page, over paged incidents.",
        "paged": "Incidents of which at least one page was accepted.",
        "escalated": "Incidents that went on to a further step because nobody had acknowledged.",
        "reopened": "Incidents of a monitor whose last one had ended no more than 30 min before.",
        "false_alarms": "Incidents that ended by themselves within 10 min, and that nobody acknowledged.",
        "asleep": "Incidents of which a page was accepted between 22:00 and 07:00, local time.",
        "after_hours": "Incidents of which a page was accepted outside of Monday to Friday 08:00 to 18:00, local time.",
        "availability": "The share of the time seen in which a monitor was not down; down from the first failing check "
        "to the end of the incident. Blind time is in neither.",
    }
)


@dataclass(frozen=True, slots=True)
class Page:
    """One accepted page of an incident; ``escalation``: sent because nobody had acknowledged.

    ``due_at`` is when its step had come, None for at once.
    """

    incident: str
    channel: str
    accepted_at: datetime
    escalation: bool = False
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """What figures are made from. Each part must hold all that touches the range and the one before it.

    ``channels`` are by incident, ``tags`` and ``watched_since`` by monitor.
    """

    incidents: Sequence[Incident] = ()
    blind: Sequence[BlindTime] = ()
    pages: Sequence[Page] = ()
    channels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    watched_since: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counts:
    """What incidents cost people, in numbers of incidents; ``page_s`` from due to the first accepted page."""

    paged: int
    escalated: int
    reopened: int
    false_alarms: int
    asleep: int
    after_hours: int
    page_s: Figure | None


@dataclass(frozen=True, slots=True)
class Slice:
    """One day, week or month of a trend."""

    since: datetime
    until: datetime
    incidents: int
    never_acknowledged: int
    mtta_s: Figure | None
    mttr_s: Figure | None


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of a range, those of the range before it, and how they went."""

    period: Period
    figures: Figures
    counts: Counts
    groups: Mapping[str, Counts]
    availability: tuple[Availability, ...]
    before: Figures
    before_counts: Counts
    grain: Grain
    trend: tuple[Slice, ...]


def measure(record: Record, period: Period, now: datetime, by: By | None = None, zone: tzinfo = UTC) -> Measured:
    """Return every figure of a period."""
    counted = opened_in(record.incidents, period.since, period.until)
    earlier = opened_in(record.incidents, period.before, period.since)
    pages = _first_pages(record.pages)
    again = _reopened(record.incidents)
    groups = {} if by is None else members(counted, by, record.channels, zone, record.tags)
    grain = grain_of(period.since, period.until)
    return Measured(
        period=period,
        figures=figures(
            record.incidents, record.blind, period.since, period.until, now, by, record.channels, zone, record.tags
        ),
        counts=_counts(counted, pages, again, zone),
        groups={
            key: _counts(group, _of_channel(pages, key) if by == "channel" else pages, again, zone)
            for key, group in groups.items()
        },
        availability=availability(
            record.incidents, Darkness(record.blind, now), record.watched_since, period.since, period.until, now
        ),
        before=figures(record.incidents, record.blind, period.before, period.since, now),
        before_counts=_counts(earlier, pages, again, zone),
        grain=grain,
        trend=_trend(record, counted, period, now, zone, grain),
    )


def _trend(
    record: Record, counted: Sequence[Incident], period: Period, now: datetime, zone: tzinfo, grain: Grain
) -> tuple[Slice, ...]:
    found = []
    ordered = sorted(counted, key=lambda each: each.opened_at.astimezone(UTC))
    openings = [each.opened_at.astimezone(UTC) for each in ordered]
    begins, ends = max(period.since, now - _LONGEST_TREND), min(period.until, now)
    for since, until in slices(begins, ends, zone, grain) if begins < ends else ():
        part = figures(
            ordered[bisect_left(openings, since) : bisect_left(openings, until)], record.blind, since, until, now
        )
        found.append(Slice(since, until, part.incidents, part.never_acknowledged, part.mtta_s, part.mttr_s))
    return tuple(found)


def _first_pages(pages: Iterable[Page]) -> dict[str, list[Page]]:
    found: dict[str, list[Page]] = {}
    for page in sorted(pages, key=lambda each: each.accepted_at.astimezone(UTC)):
        found.setdefault(page.incident, []).append(page)
    return found


def _of_channel(pages: Mapping[str, Sequence[Page]], channel: str) -> dict[str, list[Page]]:
    found = {incident: [page for page in sent if page.channel == channel] for incident, sent in pages.items()}
    return {incident: sent for incident, sent in found.items() if sent}


def _reopened(incidents: Iterable[Incident]) -> frozenset[str]:
    """Return the ids of the incidents that came soon after the end of the last one of the same monitor."""
    ends: dict[str, datetime] = {}
    again = set()
    for incident in sorted(opened_in(incidents, _EVER, _NEVER), key=lambda each: each.opened_at.astimezone(UTC)):
        opened_at = incident.opened_at.astimezone(UTC)
        last = ends.get(incident.monitor)
        if last is not None and timedelta(0) <= opened_at - last <= REOPENED_WITHIN:
            again.add(incident.id)
        if incident.resolved_at is not None:
            ended = incident.resolved_at.astimezone(UTC)
            ends[incident.monitor] = ended if last is None else max(last, ended)
    return frozenset(again)


_LONGEST_TREND = timedelta(days=5 * 366)
_EVER = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)


def _counts(
    incidents: Sequence[Incident], pages: Mapping[str, Sequence[Page]], again: frozenset[str], zone: tzinfo
) -> Counts:
    sent = [(each, pages[each.id]) for each in incidents if each.id in pages]
    return Counts(
        paged=len(sent),
        escalated=sum(any(page.escalation for page in some) for _, some in sent),
        reopened=sum(each.id in again for each in incidents),
        false_alarms=sum(is_false_alarm(each) for each in incidents),
        asleep=sum(any(in_sleep(page.accepted_at, zone) for page in some) for _, some in sent),
        after_hours=sum(any(is_after_hours(page.accepted_at, zone) for page in some) for _, some in sent),
        page_s=figure_of(
            [
                max(0.0, (some[0].accepted_at.astimezone(UTC) - _due(each, some[0])).total_seconds())
                for each, some in sent
            ]
        ),
    )


def _due(incident: Incident, page: Page) -> datetime:
    opened_at = incident.opened_at.astimezone(UTC)
    return opened_at if page.due_at is None else max(opened_at, page.due_at.astimezone(UTC))


def is_false_alarm(incident: Incident) -> bool:
    """Whether it ended by itself within minutes and nobody had taken it."""
    if incident.acknowledged_at is not None or incident.resolved_at is None or incident.resolved_via != RECOVERY:
        return False
    return incident.resolved_at.astimezone(UTC) - incident.opened_at.astimezone(UTC) <= FALSE_ALARM_WITHIN


def in_sleep(at: datetime, zone: tzinfo) -> bool:
    """Whether a moment falls between 22:00 and 07:00 of a zone."""
    hour = at.astimezone(zone).hour
    return hour >= SLEEP_FROM_HOUR or hour < SLEEP_UNTIL_HOUR


def is_after_hours(at: datetime, zone: tzinfo) -> bool:
    """Whether a moment falls outside of Monday to Friday 08:00 to 18:00 of a zone."""
    local = at.astimezone(zone)
    return local.weekday() > 4 or not WORK_FROM_HOUR <= local.hour < WORK_UNTIL_HOUR
