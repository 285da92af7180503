"""One monitor's recorded results with other settings beside its own: how many outages, and how much later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from statusapp_agent.core.model import Monitor, Result
from statusapp_agent.core.phrases import length
from statusapp_agent.core.replay import Outage, Replay
from statusapp_agent.core.sight import percentile

_FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Two replays: ``later_s`` is the median by which the outages in both would have been noticed later.

    ``gone`` are outages that the other settings would not have confirmed, ``longest_gone_s`` the longest of these.
    """

    changed: dict[str, Any]
    checks: int
    now: tuple[Outage, ...]
    then: tuple[Outage, ...]
    gone: tuple[Outage, ...]
    later_s: float | None
    longest_gone_s: float | None
    degraded_now: int
    degraded_then: int
    sentence: str


class Comparison:
    """Takes results in their order, once, and judges them by both settings."""

    def __init__(self, monitor: Monitor, other: Monitor) -> None:
        self._now, self._then = Replay(monitor), Replay(other)

    def take(self, result: Result) -> None:
        """Judge one result twice."""
        self._now.take(result)
        self._then.take(result)

    def end(self) -> WhatIf:
        """Return what came of it."""
        now, then = self._now.outages, self._then.outages
        matched = [(one, other) for one in now if (other := _same(one, then)) is not None]
        gone = [one for one in now if _same(one, then) is None]
        later = percentile([(other.opened_at - one.opened_at).total_seconds() for one, other in matched], 0.5)
        longest = max(((one.ended_at - one.began_at).total_seconds() for one in gone if one.ended_at), default=None)
        changed = _changed(self._now.monitor, self._then.monitor)
        return WhatIf(
            changed=changed,
            checks=self._now.checks,
            now=tuple(now),
            then=tuple(then),
            gone=tuple(gone),
            later_s=later,
            longest_gone_s=longest,
            degraded_now=self._now.degraded,
            degraded_then=self._then.degraded,
            sentence=_sentence(self._now, self._then, changed, later, len(gone), longest),
        )


def _same(outage: Outage, others: Sequence[Outage]) -> Outage | None:
    """Return the first of other outages that overlaps this one."""
    ended = outage.ended_at or _FOREVER
    return next(
        (each for each in others if each.began_at < ended and (each.ended_at or _FOREVER) > outage.began_at), None
    )


_NAMES = {"failures": "failures", "recoveries": "recoveries", "degraded_above_s": "degraded_above"}


def _changed(monitor: Monitor, other: Monitor) -> dict[str, Any]:
    return {name: getattr(other, name) for name in _NAMES if getattr(other, name) != getattr(monitor, name)}


def _sentence(
    now: Replay, then: Replay, changed: dict[str, Any], later_s: float | None, gone: int, longest_s: float | None
) -> str:
    if not changed:
        return f"These are the settings in force: {_outages(len(now.outages))} in {now.checks:,} checks."
    if not now.checks:
        return "No result is kept for that time, so nothing can be said."
    how = " and ".join(
        f"{_NAMES[name]} = {_value(name, value)} instead of {_value(name, getattr(now.monitor, name))}"
        for name, value in changed.items()
    )
    parts = [f"With {how} you would have had {_outages(len(then.outages))}, not {len(now.outages)}"]
    if len(then.outages) == len(now.outages):
        parts = [f"With {how} you would have had the same number of outages, {len(now.outages)}"]
    if later_s:
        parts.append(f"noticed {length(abs(later_s))} {'later' if later_s > 0 else 'earlier'}")
    said = ", ".join(parts) + "."
    if gone and longest_s is not None:
        said += (
            f" Of the {gone} that go, the longest lasted {length(longest_s)}."
            if gone > 1
            else (f" The one that goes lasted {length(longest_s)}.")
        )
    if now.degraded != then.degraded:
        said += f" It would have been degraded {_times(then.degraded)}, not {_times(now.degraded)}."
    return said


def _value(name: str, value: float | None) -> str:
    if value is None:
        return "nothing"
    return f"{value * 1000:.0f} ms" if name == "degraded_above_s" else str(value)


def _times(count: int) -> str:
    return {0: "never", 1: "once"}.get(count, f"{count} times")


def _outages(count: int) -> str:
    return "no outage" if not count else f"{count} outage{'s' if count != 1 else ''}"
