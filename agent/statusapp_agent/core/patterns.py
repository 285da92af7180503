"""What comes back: incidents of one monitor at one time of day, after changes, or together with another's.

Each pattern is a sentence of fact and a suggestion, with the incidents that it rests on; nothing is said of fewer than
three, because two of anything is chance.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from statusapp_agent.core.figures import counts, kind_of_cause
from statusapp_agent.core.measures import is_false_alarm
from statusapp_agent.core.model import Incident, Monitor
from statusapp_agent.core.phrases import count
from statusapp_agent.core.state import Change

FEWEST = 3
SAME_TIME_SHARE = 0.6
NEAR = timedelta(minutes=30)
TOGETHER_WITHIN = timedelta(minutes=2)
TOGETHER_SHARE = 0.7
AFTER_CHANGE_WITHIN = timedelta(hours=1)
NOISY_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Pattern:
    """One thing that comes back. ``kind`` is time_of_day, after_change, together, noisy or unanswered."""

    kind: str
    monitor: str
    fact: str
    suggestion: str
    incidents: tuple[int, ...]


def patterns(
    incidents: Sequence[Incident], monitors: Mapping[str, Monitor], changes: Sequence[Change], zone: tzinfo
) -> tuple[Pattern, ...]:
    """Return the patterns among incidents, those of most incidents first."""
    chosen = sorted((each for each in incidents if counts(each)), key=lambda each: each.opened_at)
    by_monitor: dict[str, list[Incident]] = {}
    for each in chosen:
        by_monitor.setdefault(each.monitor, []).append(each)
    found: list[Pattern] = []
    for name, row in by_monitor.items():
        if len(row) >= FEWEST:
            monitor = monitors.get(name)
            seen = (_time_of_day(name, row, zone), _after_change(name, row, changes), _noisy(name, row, monitor))
            found += [pattern for pattern in seen if pattern is not None]
    found += _together(by_monitor, monitors)
    return tuple(sorted(found, key=lambda each: (-len(each.incidents), each.monitor, each.kind)))


def _numbers(incidents: Iterable[Incident]) -> tuple[int, ...]:
    return tuple(each.number for each in incidents)


def _time_of_day(name: str, row: list[Incident], zone: tzinfo) -> Pattern | None:
    """Return the half hour, either way, of the day in which most of a monitor's incidents began."""
    minutes = [(local := each.began_at.astimezone(zone)).hour * 60 + local.minute for each in row]
    reach = NEAR.seconds // 60

    def near(centre: int) -> list[int]:
        return [n for n, at in enumerate(minutes) if min((at - centre) % 1440, (centre - at) % 1440) <= reach]

    best = max((near(centre) for centre in minutes), key=len)
    days = {row[n].began_at.astimezone(zone).date() for n in best}
    if len(days) < FEWEST or len(best) < SAME_TIME_SHARE * len(row):
        return None
    first = min(best, key=lambda n: (minutes[n] - minutes[best[0]] + 720) % 1440)
    around = f"{minutes[first] // 60:02d}:{minutes[first] % 60:02d}"
    causes = {kind_of_cause(row[n]) for n in best}
    same = ", each time for the same reason" if len(causes) == 1 else ""
    return Pattern(
        "time_of_day",
        name,
        f"{name} failed around {around} on {count(len(days), 'day')}{same}.",
        f"Look at what runs at that time; if it is meant to be away, a maintenance window at {around} keeps it quiet.",
        _numbers(row[n] for n in best),
    )


def _after_change(name: str, row: list[Incident], changes: Sequence[Change]) -> Pattern | None:
    relevant = [each for each in changes if each.monitor in (None, name)]
    after = [
        each
        for each in row
        if any(timedelta(0) <= each.began_at - change.at <= AFTER_CHANGE_WITHIN for change in relevant)
    ]
    if len(after) < FEWEST or len(after) < SAME_TIME_SHARE * len(row):
        return None
    return Pattern(
        "after_change",
        name,
        f"{len(after)} of {count(len(row), 'incident')} of {name} began within an hour of a change.",
        f"Mute {name} while something is changed, or check it by hand before the change is called done.",
        _numbers(after),
    )


def _noisy(name: str, row: list[Incident], monitor: Monitor | None) -> Pattern | None:
    alarms = [each for each in row if is_false_alarm(each)]
    if len(alarms) >= FEWEST and len(alarms) >= NOISY_SHARE * len(row):
        more = f" failures = {monitor.failures + 1}" if monitor is not None else " one more failure"
        return Pattern(
            "noisy",
            name,
            f"{len(alarms)} of {count(len(row), 'incident')} of {name} went by themselves within 5 min, and nobody had "
            "acknowledged them.",
            f"Ask for{more} before it pages, or give it a tier that does not wake anybody.",
            _numbers(alarms),
        )
    unanswered = [each for each in row if each.acknowledged_at is None]
    if len(unanswered) == len(row) and len(alarms) < len(row):
        return Pattern(
            "unanswered",
            name,
            f"None of {count(len(row), 'incident')} of {name} was acknowledged.",
            "Either nobody sees these pages, or nobody needs them: check the route, or lower the tier.",
            _numbers(unanswered),
        )
    return None


def _together(by_monitor: Mapping[str, list[Incident]], monitors: Mapping[str, Monitor]) -> list[Pattern]:
    found: list[Pattern] = []
    times = {name: sorted(each.began_at for each in row) for name, row in by_monitor.items()}
    for name, row in by_monitor.items():
        if len(row) < FEWEST:
            continue
        for parent, others in times.items():
            if parent == name or _related(name, parent, monitors):
                continue
            with_it = [each for each in row if _any_within(others, each.began_at, TOGETHER_WITHIN)]
            led = [each for each in with_it if _any_within(others, each.began_at, timedelta(0))]
            if len(with_it) >= FEWEST and len(with_it) >= TOGETHER_SHARE * len(row) and 2 * len(led) > len(with_it):
                found.append(_pair(name, parent, row, with_it))
    return found


def _pair(name: str, parent: str, row: Sequence[Incident], with_it: Sequence[Incident]) -> Pattern:
    return Pattern(
        "together",
        name,
        f"{len(with_it)} of {count(len(row), 'incident')} of {name} came together with one of {parent}.",
        f'If {name} needs {parent}, say so: depends_on = ["{parent}"] makes one page of the two.',
        tuple(each.number for each in with_it),
    )


def _any_within(times: Sequence[datetime], at: datetime, after: timedelta) -> bool:
    """Whether one of some sorted moments lies in the two minutes before another one, or this long after it."""
    first = bisect_left(times, at - TOGETHER_WITHIN)
    return first < len(times) and times[first] <= at + after


def _related(one: str, other: str, monitors: Mapping[str, Monitor]) -> bool:
    """Whether one of the two depends on the other, over any number of steps."""
    return _leads_to(one, other, monitors, frozenset()) or _leads_to(other, one, monitors, frozenset())


def _leads_to(child: str, parent: str, monitors: Mapping[str, Monitor], seen: frozenset[str]) -> bool:
    monitor = monitors.get(child)
    if monitor is None or child in seen:
        return False
    return parent in monitor.depends_on or any(
        _leads_to(each, parent, monitors, seen | {child}) for each in monitor.depends_on
    )
