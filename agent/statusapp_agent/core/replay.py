"""What if a monitor had other thresholds: its recorded results, judged again by the same rules that judge live ones.

What cannot be replayed is left out and said: the canaries of that time, and checks that other settings would have made
at other moments.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from statusapp_agent.core.health import Flip, Health, HealthState, observe
from statusapp_agent.core.model import CheckStatus, Monitor, Result
from statusapp_agent.core.phrases import count, length


@dataclass(frozen=True, slots=True)
class Replayed:
    """One outage of a replay: its first bad check, its confirmation, and its end if it had one."""

    began_at: datetime
    opened_at: datetime
    over_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Two replays of the same results. ``later_s`` is by how much the outages in both would have been confirmed later.

    ``dropped`` are the outages that would not have paged.
    """

    before: tuple[Replayed, ...]
    after: tuple[Replayed, ...]
    dropped: tuple[Replayed, ...]
    later_s: float | None
    results: int
    sentence: str


def replay(monitor: Monitor, results: Iterable[Result]) -> tuple[Replayed, ...]:
    """Return the outages that results, oldest first, would have been with a monitor's thresholds."""
    health, found = Health(), list[Replayed]()
    for result in results:
        if result.status is CheckStatus.UNKNOWN:
            continue
        at = result.started_at
        first = health.first_failure_at or at
        judged = observe(health, monitor, result, at, 0, gated=False)
        if judged.flip is Flip.DOWN:
            found.append(Replayed(first, at))
        elif found and found[-1].over_at is None and judged.health.state is not HealthState.DOWN:
            found[-1] = Replayed(found[-1].began_at, found[-1].opened_at, at)
        health = judged.health
    return tuple(found)


def what_if(monitor: Monitor, other: Monitor, results: Sequence[Result]) -> WhatIf:
    """Compare a monitor's thresholds with others over the same results."""
    before, after = replay(monitor, results), replay(other, results)
    pairs = [(old, new) for old in before for new in after if _overlap(old, new)]
    kept = {old for old, _ in pairs}
    dropped = tuple(old for old in before if old not in kept)
    delays = [(new.opened_at - old.opened_at).total_seconds() for old, new in pairs]
    later_s = sum(delays) / len(delays) if delays else None
    sentence = _sentence(monitor, other, before, after, dropped, later_s)
    return WhatIf(before, after, dropped, later_s, len(results), sentence)


def _overlap(one: Replayed, other: Replayed) -> bool:
    return (other.over_at is None or one.began_at <= other.over_at) and (
        one.over_at is None or other.began_at <= one.over_at
    )


def _sentence(
    monitor: Monitor,
    other: Monitor,
    before: Sequence[Replayed],
    after: Sequence[Replayed],
    dropped: Sequence[Replayed],
    later_s: float | None,
) -> str:
    what = _difference(monitor, other)
    if len(before) == len(after) and not dropped and not later_s:
        return f"{what}, nothing would have been otherwise: {count(len(after), 'page')}."
    parts = [f"{what}, you would have had {count(len(after), 'page')}, not {len(before)}"]
    kept = len(before) - len(dropped)
    if kept and later_s:
        word = "later" if later_s > 0 else "sooner"
        parts.append(
            f", and noticed the {count(kept, 'other outage' if dropped else 'outage')} {length(abs(later_s))} {word}"
        )
    text = "".join(parts) + "."
    ended = [(each.over_at - each.began_at).total_seconds() for each in dropped if each.over_at is not None]
    if ended:
        text += f" The longest that would not have paged lasted {length(max(ended))}."
    return text


def _difference(monitor: Monitor, other: Monitor) -> str:
    changed = [
        f"{name} = {getattr(other, name)} instead of {getattr(monitor, name)}"
        for name in ("failures", "recoveries", "flap_after")
        if getattr(other, name) != getattr(monitor, name)
    ]
    if other.degraded_above_s != monitor.degraded_above_s:
        now, then = (
            "none" if each is None else length(each) for each in (other.degraded_above_s, monitor.degraded_above_s)
        )
        changed.append(f"degraded_above = {now} instead of {then}")
    return f"With {', '.join(changed)}" if changed else "With the same thresholds"
