"""What comes again: at a time of day, after a change, together; and what that suggests, in words.

Each pattern needs several incidents before it is said: a suggestion that is wrong half of the time is not read again.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise

from statusapp_agent.core.figures import cause_of
from statusapp_agent.core.measures import REOPENED_WITHIN, is_false_alarm
from statusapp_agent.core.model import Incident, Monitor
from statusapp_agent.core.state import Change

LEAST = 3
"""Fewer incidents are no pattern."""
MOSTLY = 0.6
TOGETHER = timedelta(minutes=2)
AFTER_CHANGE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Pattern:
    """One thing that comes again: what it is, what to do, and the numbers of its incidents."""

    kind: str
    monitors: tuple[str, ...]
    sentence: str
    suggestion: str
    incidents: tuple[int, ...]


def patterns(
    incidents: Sequence[Incident],
    changes: Sequence[Change],
    monitors: Mapping[str, Monitor],
    zone: tzinfo = UTC,
) -> tuple[Pattern, ...]:
    """Return what comes again among the incidents of a period, those with the most incidents first.

    ``incidents`` are those that figures count; ``changes`` are those of the period; ``monitors`` are watched now.
    """
    found = [
        *_at_a_time(incidents, zone),
        *_after_changes(incidents, changes),
        *_together(incidents, monitors),
        *_flapping(incidents),
        *_too_nervous(incidents, monitors),
    ]
    return tuple(sorted(found, key=lambda each: (-len(each.incidents), each.kind, each.monitors)))


def _by_monitor(incidents: Iterable[Incident]) -> dict[str, list[Incident]]:
    found: dict[str, list[Incident]] = {}
    for incident in sorted(incidents, key=lambda each: each.opened_at.astimezone(UTC)):
        found.setdefault(incident.monitor, []).append(incident)
    return found


def _numbers(incidents: Iterable[Incident]) -> tuple[int, ...]:
    return tuple(sorted({each.number for each in incidents}))


def _at_a_time(incidents: Sequence[Incident], zone: tzinfo) -> Iterable[Pattern]:
    groups: dict[tuple[str, str], list[Incident]] = {}
    for incident in incidents:
        groups.setdefault((incident.monitor, cause_of(incident)), []).append(incident)
    for (monitor, cause), some in groups.items():
        hour, _ = Counter(each.began_at.astimezone(zone).hour for each in some).most_common(1)[0]
        there = [each for each in some if each.began_at.astimezone(zone).hour == hour]
        days = {each.began_at.astimezone(zone).date() for each in there}
        if len(days) < LEAST or len(there) < MOSTLY * len(some):
            continue
        minutes = sorted(each.began_at.astimezone(zone).minute for each in there)
        around = f"{hour:02d}:{minutes[len(minutes) // 2]:02d}"
        yield Pattern(
            "time of day",
            (monitor,),
            f"{monitor} failed at about {around} on {len(days)} days, {_of(len(there), len(some))} with this cause: "
            f"{cause}.",
            f"Look at what starts then. If it must be so, add a maintenance window for {monitor} around {around}.",
            _numbers(there),
        )


def _of(some: int, all_: int) -> str:
    return "every time" if some == all_ else f"{some} of {all_} times"


def _after_changes(incidents: Sequence[Incident], changes: Sequence[Change]) -> Iterable[Pattern]:
    for monitor, some in _by_monitor(incidents).items():
        mine = [each for each in changes if each.monitor in (None, monitor)]
        after = [(each, change) for each in some if (change := _change_before(each, mine)) is not None]
        broke = {change.at for _, change in after}
        if len(broke) < LEAST or len(after) < MOSTLY * len(some):
            continue
        yield Pattern(
            "after a change",
            (monitor,),
            f"{monitor} failed within 30 min of a change {len(broke)} times; there were {len(mine)} changes, and "
            f"{len(some)} incidents in all.",
            "Try changes out elsewhere first, or announce them with a maintenance window; and look at what those "
            "that went well have in common.",
            _numbers(each for each, _ in after),
        )


def _change_before(incident: Incident, changes: Iterable[Change]) -> Change | None:
    began = incident.began_at.astimezone(UTC)
    near = [each for each in changes if timedelta(0) <= began - each.at.astimezone(UTC) <= AFTER_CHANGE]
    return max(near, key=lambda each: each.at.astimezone(UTC), default=None)


def _together(incidents: Sequence[Incident], monitors: Mapping[str, Monitor]) -> Iterable[Pattern]:
    groups = _by_monitor(incidents)
    names = sorted(groups)
    for index, one in enumerate(names):
        for other in names[index + 1 :]:
            if _related(one, other, monitors):
                continue
            pairs = _pairs(groups[one], groups[other])
            if len(pairs) < LEAST or len(pairs) < MOSTLY * min(len(groups[one]), len(groups[other])):
                continue
            later = sum(b.began_at.astimezone(UTC) >= a.began_at.astimezone(UTC) for a, b in pairs)
            parent, child = (one, other) if 2 * later >= len(pairs) else (other, one)
            yield Pattern(
                "together",
                (parent, child),
                f"{child} went down with {parent} {len(pairs)} times, each time within 2 min; {child} had "
                f"{len(groups[child])} incidents, {parent} {len(groups[parent])}.",
                f'If {child} needs {parent}, write depends_on = ["{parent}"] for {child}: one page is sent then.',
                _numbers(each for pair in pairs for each in pair),
            )


def _related(one: str, other: str, monitors: Mapping[str, Monitor]) -> bool:
    return any(
        name in _all_parents(child, monitors) for child, name in ((one, other), (other, one)) if child in monitors
    )


def _all_parents(name: str, monitors: Mapping[str, Monitor]) -> set[str]:
    found: set[str] = set()
    left = [name]
    while left:
        for parent in monitors[current].depends_on if (current := left.pop()) in monitors else ():
            if parent not in found:
                found.add(parent)
                left.append(parent)
    return found


def _pairs(some: Sequence[Incident], others: Sequence[Incident]) -> list[tuple[Incident, Incident]]:
    """Return incidents of two monitors that began together, each used once; both are in order of time."""
    found, free = [], list(others)
    for one in some:
        began = one.began_at.astimezone(UTC)
        near = [each for each in free if abs(each.began_at.astimezone(UTC) - began) <= TOGETHER]
        if near:
            other = min(near, key=lambda each: abs(each.began_at.astimezone(UTC) - began))
            free.remove(other)
            found.append((one, other))
    return found


def _flapping(incidents: Sequence[Incident]) -> Iterable[Pattern]:
    for monitor, some in _by_monitor(incidents).items():
        again = [
            after
            for before, after in pairwise(some)
            if before.resolved_at is not None
            and after.opened_at.astimezone(UTC) - before.resolved_at.astimezone(UTC) <= REOPENED_WITHIN
        ]
        if len(again) < LEAST:
            continue
        yield Pattern(
            "flapping",
            (monitor,),
            f"{monitor} came back {len(again)} times within 30 min of its recovery.",
            f"It is not mended when it answers again. Raise recoveries of {monitor}, or lower flap_after, so that one "
            "incident stays open until it is calm.",
            _numbers(again),
        )


def _too_nervous(incidents: Sequence[Incident], monitors: Mapping[str, Monitor]) -> Iterable[Pattern]:
    for monitor, some in _by_monitor(incidents).items():
        false = [each for each in some if is_false_alarm(each)]
        if monitor not in monitors or len(false) < LEAST or len(false) < MOSTLY * len(some):
            continue
        failures = monitors[monitor].failures
        lengths = sorted(_length_s(each) for each in false if each.resolved_at is not None)
        usual = max(1, round(lengths[len(lengths) // 2] / 60))
        yield Pattern(
            "false alarms",
            (monitor,),
            f"{len(false)} of {len(some)} incidents of {monitor} ended by themselves, as a rule after {usual} min, "
            "and nobody acknowledged them.",
            f"See what more patience would have done: statusapp analytics what-if {monitor} --failures {failures + 3}.",
            _numbers(false),
        )


def _length_s(incident: Incident) -> float:
    ended: datetime = incident.resolved_at or incident.opened_at
    return (ended.astimezone(UTC) - incident.began_at.astimezone(UTC)).total_seconds()
