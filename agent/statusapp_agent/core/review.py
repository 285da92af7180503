"""A review of a week, a month or a quarter, in words: what happened, what changed, what to do. Drawn elsewhere."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from statusapp_agent.core.figures import Figure, opened_in
from statusapp_agent.core.measures import Measured, Page, Record
from statusapp_agent.core.model import Incident
from statusapp_agent.core.patterns import Pattern
from statusapp_agent.core.periods import Rhythm
from statusapp_agent.core.phrases import length

_ALIKE = 0.1
_BEFORE = {"weekly": "the week before", "monthly": "the month before", "quarterly": "the quarter before"}


@dataclass(frozen=True, slots=True)
class Line:
    """One incident of a review: how long it lasted (None: it still does), who had it, where to read on."""

    incident: Incident
    lasted_s: float | None
    paged: tuple[str, ...]
    url: str | None


@dataclass(frozen=True, slots=True)
class ChannelUse:
    """How a channel was used in the period; ``trouble`` says what is wrong with it now."""

    name: str
    pages: int
    escalations: int
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a review needs beside figures: channels as they are now, settings that changed, who can be asked."""

    channel_troubles: Mapping[str, str | None] = field(default_factory=dict)
    settings_changes: Sequence[tuple[datetime, str]] = ()
    people: Sequence[str] = ()
    dashboard_url: str | None = None
    sample: bool = False


@dataclass(frozen=True, slots=True)
class Review:
    """A whole review; ``heat`` counts incidents by weekday (Monday first) and local hour."""

    rhythm: Rhythm
    title: str
    zone: tzinfo
    made_at: datetime
    measured: Measured
    summary: tuple[str, ...]
    changes: tuple[str, ...]
    todo: tuple[Pattern, ...]
    lines: tuple[Line, ...]
    heat: tuple[tuple[int, ...], ...]
    responders: tuple[tuple[str, int], ...]
    channels: tuple[ChannelUse, ...]
    settings_changes: tuple[tuple[datetime, str], ...]
    sample: bool


def review(
    rhythm: Rhythm,
    measured: Measured,
    record: Record,
    patterns: Sequence[Pattern],
    around: Circumstances,
    now: datetime,
    zone: tzinfo,
) -> Review:
    """Put a review together from the figures of its period and what belongs to them."""
    period = measured.period
    counted = opened_in(record.incidents, period.since, period.until)
    pages: dict[str, list[Page]] = {}
    for page in record.pages:
        pages.setdefault(page.incident, []).append(page)
    responders = Counter(each.acknowledged_by for each in counted if each.acknowledged_by)
    channels = _channels(counted, pages, around)
    return Review(
        rhythm=rhythm,
        title=period.title if period.until <= now else f"{period.title}, so far",
        zone=zone,
        made_at=now,
        measured=measured,
        summary=tuple(_summary(measured, responders, _BEFORE[rhythm])),
        changes=tuple(_changes(measured, _BEFORE[rhythm])),
        todo=(*_open_ones(counted), *_said_once(patterns), *_unused(rhythm, channels, responders, around)),
        lines=tuple(_line(each, pages, around) for each in counted),
        heat=_heat(counted, zone),
        responders=tuple(responders.most_common()),
        channels=channels,
        settings_changes=tuple(around.settings_changes),
        sample=around.sample,
    )


def _line(incident: Incident, pages: Mapping[str, Sequence[Page]], around: Circumstances) -> Line:
    ended = incident.resolved_at
    lasted = None if ended is None else (ended.astimezone(UTC) - incident.began_at.astimezone(UTC)).total_seconds()
    names = dict.fromkeys(page.channel for page in pages.get(incident.id, ()))
    base = around.dashboard_url
    return Line(incident, lasted, tuple(names), f"{base.rstrip('/')}/incidents/{incident.id}" if base else None)


def _heat(incidents: Sequence[Incident], zone: tzinfo) -> tuple[tuple[int, ...], ...]:
    found = [[0] * 24 for _ in range(7)]
    for incident in incidents:
        local = incident.opened_at.astimezone(zone)
        found[local.weekday()][local.hour] += 1
    return tuple(tuple(row) for row in found)


def _channels(
    incidents: Sequence[Incident], pages: Mapping[str, Sequence[Page]], around: Circumstances
) -> tuple[ChannelUse, ...]:
    sent = [page for each in incidents for page in pages.get(each.id, ())]
    used = Counter(page.channel for page in sent)
    escalated = Counter(page.channel for page in sent if page.escalation)
    return tuple(
        ChannelUse(name, used[name], escalated[name], around.channel_troubles.get(name))
        for name in sorted({*used, *around.channel_troubles})
    )


def _n(count: int, one: str, many: str | None = None) -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _names(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _summary(measured: Measured, responders: Mapping[str, int], before: str) -> list[str]:
    figures, counts = measured.figures, measured.counts
    blind = f" {length(figures.blind_s)} were blind, and are in no figure." if figures.blind_s else ""
    if not figures.incidents:
        watched = len(measured.availability)
        quiet = (
            f"Nothing happened: {_n(watched, 'monitor')} watched, no incident." if watched else "Nothing was watched."
        )
        return [quiet + blind]
    against = _against(figures.incidents, measured.before.incidents, before)
    said = [f"There were {_n(figures.incidents, 'incident')}, {against}."]
    if figures.incidents == 1:
        said = [f"There was one incident, {against}."]
    if figures.open:
        said.append(f"{_n(figures.open, 'is', 'are')} still open.")
    if figures.mtta_s is not None:
        who = _names([name for name, _ in sorted(responders.items(), key=lambda item: -item[1])])
        said.append(
            f"{who} acknowledged {figures.acknowledged}, half of them within {length(figures.mtta_s.p50)}; "
            f"nobody acknowledged the other {figures.never_acknowledged}."
            if figures.never_acknowledged
            else f"{who} acknowledged every one, half of them within {length(figures.mtta_s.p50)}."
        )
    else:
        said.append("Nobody acknowledged any of them.")
    if figures.mttr_s is not None:
        said.append(f"Half of them were over within {length(figures.mttr_s.p50)}.")
    cost = []
    if counts.asleep:
        cost.append(f"{_n(counts.asleep, 'time')} somebody was paged at night")
    if counts.false_alarms:
        cost.append(f"{_n(counts.false_alarms, 'incident')} ended untouched within 10 min")
    paragraphs = [" ".join(said)]
    if cost or blind:
        last = f"{_names(cost)[0].upper()}{_names(cost)[1:]}." if cost else ""
        paragraphs.append(f"{last}{blind}".strip())
    return paragraphs


def _against(now: int, then: int, before: str) -> str:
    if now == then:
        return f"as many as {before}"
    return f"{abs(now - then)} {'more' if now > then else 'fewer'} than {before}"


def _changes(measured: Measured, before: str) -> list[str]:
    figures, then = measured.figures, measured.before
    pairs: list[tuple[str, Figure | None, Figure | None]] = [
        ("Acknowledging took", figures.mtta_s, then.mtta_s),
        ("Resolving took", figures.mttr_s, then.mttr_s),
        ("Noticing took", figures.mttd_s, then.mttd_s),
    ]
    said = []
    for what, now, was in pairs:
        if now is None or was is None or abs(now.mean - was.mean) <= _ALIKE * max(now.mean, was.mean):
            continue
        said.append(f"{what} {length(now.mean)} on average; it was {length(was.mean)}.")
    counts, were = measured.counts, measured.before_counts
    for name, now_n, was_n in (
        ("Pages at night", counts.asleep, were.asleep),
        ("Escalations", counts.escalated, were.escalated),
        ("Incidents that came back within 30 min", counts.reopened, were.reopened),
        ("False alarms", counts.false_alarms, were.false_alarms),
    ):
        if now_n != was_n:
            said.append(f"{name}: {now_n}, {_against(now_n, was_n, before)}.")
    return said


def _open_ones(incidents: Sequence[Incident]) -> list[Pattern]:
    return [
        Pattern(
            "open",
            (each.monitor,),
            f"{each.monitor} is still down: {each.cause}",
            "Resolve it, or pause the monitor if it is meant to be off."
            if each.acknowledged_at
            else "Nobody has it. Acknowledge it, or pause the monitor if it is meant to be off.",
            (each.number,),
        )
        for each in incidents
        if each.is_open
    ]


def _said_once(patterns: Sequence[Pattern]) -> list[Pattern]:
    """Leave out that alarms are false, or wake people, where what explains them is said already."""
    explained: dict[str, set[int]] = {}
    for each in patterns:
        if each.kind in ("time of day", "flapping", "after a change"):
            explained.setdefault(each.monitors[0], set()).update(each.incidents)
    return [
        each
        for each in patterns
        if each.kind not in ("false alarms", "tiers")
        or not each.incidents
        or len(set(each.incidents) & explained.get(each.monitors[0], set())) * 2 < len(each.incidents)
    ]


def _unused(
    rhythm: Rhythm, channels: Sequence[ChannelUse], responders: Mapping[str, int], around: Circumstances
) -> list[Pattern]:
    found = [
        Pattern("channel", (), f"{each.name}: {each.trouble}", f"Test it: statusapp channels test {each.name}.", ())
        for each in channels
        if each.trouble
    ]
    if rhythm != "quarterly":
        return found
    found += [
        Pattern(
            "channel",
            (),
            f"{each.name} carried no page in this quarter.",
            "If that is as meant, test it once, so that it works when it must; else take it out of its tiers.",
            (),
        )
        for each in channels
        if not each.pages and not each.trouble
    ]
    total = sum(responders.values())
    for name, taken in responders.items():
        if total >= 5 and taken == total and len(around.people) > 1:
            found.append(
                Pattern(
                    "people", (), f"{name} took all {total} incidents.", "Share the load: look at the schedule.", ()
                )
            )
    found += [
        Pattern("people", (), f"{name} took no incident in this quarter.", "Check that pages reach them.", ())
        for name in around.people
        if total >= 5 and name not in responders
    ]
    return found
