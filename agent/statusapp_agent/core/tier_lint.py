"""Whom monitors wake, and whether they should: pages at night that were not needed, and outages that told nobody."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, timedelta, tzinfo

from statusapp_agent.core.measures import Page, in_sleep, is_false_alarm
from statusapp_agent.core.model import Incident, Monitor
from statusapp_agent.core.patterns import LEAST, Pattern

LONG = timedelta(hours=1)
_TOO_MANY = 0.6
_FEW_MONITORS = 5


def tier_lint(
    incidents: Sequence[Incident],
    pages: Iterable[Page],
    monitors: Mapping[str, Monitor],
    latencies: Mapping[str, tuple[float, float]],
    zone: tzinfo,
) -> tuple[Pattern, ...]:
    """Return what the routes and thresholds of monitors ask to be looked at.

    ``latencies`` are the usual median and 95th percentile of each monitor, in seconds.
    """
    sent: dict[str, list[Page]] = {}
    for page in pages:
        sent.setdefault(page.incident, []).append(page)
    found = [*_all_page(incidents, sent, monitors)]
    for name, monitor in sorted(monitors.items()):
        mine = [each for each in incidents if each.monitor == name]
        found += [*_nights(monitor, mine, sent, zone), *_silent(monitor, mine, sent)]
        if name in latencies:
            found += _slow(monitor, *latencies[name])
    return tuple(found)


def _all_page(
    incidents: Sequence[Incident], sent: Mapping[str, Sequence[Page]], monitors: Mapping[str, Monitor]
) -> Iterable[Pattern]:
    paging = {each.monitor for each in incidents if each.id in sent} & set(monitors)
    failed = {each.monitor for each in incidents} & set(monitors)
    if len(failed) >= _FEW_MONITORS and len(paging) > _TOO_MANY * len(failed):
        yield Pattern(
            "tiers",
            tuple(sorted(paging)),
            f"{len(paging)} of the {len(failed)} monitors that failed paged somebody.",
            "Keep paging for what cannot wait until morning, tier 1; give the rest tier 2 or 3.",
            (),
        )


def _nights(
    monitor: Monitor, mine: Sequence[Incident], sent: Mapping[str, Sequence[Page]], zone: tzinfo
) -> Iterable[Pattern]:
    at_night = [each for each in mine if any(in_sleep(page.accepted_at, zone) for page in sent.get(each.id, ()))]
    needless = [each for each in at_night if is_false_alarm(each)]
    if len(needless) >= LEAST and 2 * len(needless) > len(at_night):
        yield Pattern(
            "tiers",
            (monitor.name,),
            f"{monitor.name} woke somebody on {len(at_night)} nights; {len(needless)} times it was over by itself and "
            "untouched.",
            f"{monitor.name} can wait until morning: give it a lower tier than {monitor.tier or 'now'}, or more "
            "failures.",
            tuple(sorted(each.number for each in needless)),
        )


def _silent(monitor: Monitor, mine: Sequence[Incident], sent: Mapping[str, Sequence[Page]]) -> Iterable[Pattern]:
    unheard = [
        each
        for each in mine
        if each.id not in sent
        and each.acknowledged_at is None
        and each.resolved_at is not None
        and each.resolved_at.astimezone(UTC) - each.opened_at.astimezone(UTC) >= LONG
    ]
    if unheard:
        times = "once" if len(unheard) == 1 else f"{len(unheard)} times"
        yield Pattern(
            "tiers",
            (monitor.name,),
            f"{monitor.name} was down for more than an hour {times}, and nobody was paged.",
            f"If somebody should have known, give {monitor.name} a higher tier.",
            tuple(sorted(each.number for each in unheard)),
        )


def _slow(monitor: Monitor, p50_s: float, p95_s: float) -> Iterable[Pattern]:
    above = monitor.degraded_above_s
    if above is None:
        return
    if p95_s > above:
        yield Pattern(
            "threshold",
            (monitor.name,),
            f"{monitor.name} counts as degraded above {_ms(above)}, but answers within {_ms(p95_s)} in 95 of 100 "
            f"checks, within {_ms(p50_s)} as a rule.",
            f'That is too tight: degraded_above = "{_ms(p95_s * 1.5, "")}ms" would tell of what is unusual.',
            (),
        )
    elif above > 5 * p95_s:
        yield Pattern(
            "threshold",
            (monitor.name,),
            f"{monitor.name} counts as degraded above {_ms(above)}, and answers within {_ms(p95_s)} in 95 of 100 "
            "checks.",
            f'It could be five times as slow unnoticed: degraded_above = "{_ms(p95_s * 2, "")}ms" would tell.',
            (),
        )


def _ms(seconds: float, unit: str = " ms") -> str:
    number = seconds * 1000
    return f"{number if number < 10 else round(number, -1 if number >= 100 else 0):.0f}{unit}"
