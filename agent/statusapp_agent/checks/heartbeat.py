"""Heartbeat: somebody else must report in, and silence is the fault.

Nothing is asked of anybody: the verdict follows from the clock and from what the reporter last said. A miss is noticed
at the moment it happens, because every result says how long it stays true (``recheck_s``).
"""

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from pydantic import Field

from statusapp_agent.core.model import Beat, CheckStatus, Result, Scope
from statusapp_agent.fields import Duration, format_duration
from statusapp_agent.kinds import CheckKind, CheckTools, KindSettings
from statusapp_agent.wire.excerpt import excerpt

LONGEST_S = 366 * 86_400.0
"""A year: nothing that runs at home reports more rarely, and dates stay within what the calendar can express."""
SOONEST_RECHECK_S = 0.1
"""The wall clock and the timetable's differ by a little; a recheck that comes a moment early must not spin."""

TIMER_SLACK_S = 1.0
"""How early a steady reporter may be by its own timer: cron and systemd keep their moments to within a second."""


class HeartbeatSettings(KindSettings):
    """How often the reporter reports, and how late it may be."""

    every: Duration = Field(
        gt=0,
        le=LONGEST_S,
        title="Expected every",
        description="The longest time between two reports of a healthy reporter, at most a year.",
        examples=["1h"],
    )
    grace: Duration = Field(
        default=300.0,
        ge=0,
        le=LONGEST_S,
        title="Grace",
        description="How late a report may be before it counts as missing.",
        examples=["5m"],
    )


@dataclass(frozen=True, slots=True)
class Deadline:
    """When silence becomes a fault, and the sentence for it."""

    at: datetime
    missed: str


class HeartbeatCheck(CheckKind[HeartbeatSettings]):
    """The check of a reporter's silence."""

    name = "heartbeat"
    title = "Heartbeat"
    description = "A job or a device reports in by itself; silence, or a report of failure, is the fault."
    Settings = HeartbeatSettings
    # One miss is a fact and not a measurement, so there is nothing to confirm; the short interval costs no traffic.
    defaults = {"failures": 1, "recoveries": 1, "interval": "30s"}  # noqa: RUF012

    async def run(self, settings: HeartbeatSettings, tools: CheckTools) -> Result:
        """Judge the record as it stands now."""
        now = tools.now()
        return judge(tools.beat or Beat(watching_since=now), settings.every, settings.grace, now)

    def target(self, settings: HeartbeatSettings) -> str:
        """Return how often a report is expected, which is all there is to name."""
        return f"a report every {format_duration(settings.every)}"


def judge(beat: Beat, every_s: float, grace_s: float, now: datetime) -> Result:
    """Return the verdict on a reporter at ``now``."""
    facts = _facts(beat)
    if beat.failed:
        said = excerpt(" ".join(beat.message.split()))
        return _result(CheckStatus.DOWN, now, said or "the last report said that it failed", "reported_failure", facts)
    deadline = _deadline(beat, every_s, grace_s)
    left_s = (deadline.at - now).total_seconds()
    if left_s <= 0:
        return _result(CheckStatus.DOWN, now, deadline.missed, "heartbeat_missed", facts)
    facts["due_at"] = deadline.at.isoformat()
    # A job that has started once is alive, but nothing is known to work until something has been finished.
    status = CheckStatus.UNKNOWN if beat.last_at is None else CheckStatus.UP
    sentence = f"{_standing(beat)} due by {_time(deadline.at)}"
    return replace(_result(status, now, sentence, None, facts), recheck_s=max(SOONEST_RECHECK_S, left_s))


def excuse(beat: Beat, every_s: float, grace_s: float, gap_began: datetime, gap_ended: datetime) -> Beat:
    """Return the record after a time in which no report could reach us.

    Where an expected report may have been lost in the gap, the next one is expected one period after its end. A miss
    that was a fact before the gap stays one.
    """
    deadline = _deadline(beat, every_s, grace_s).at
    if gap_ended <= gap_began or deadline <= gap_began:
        return beat
    if not _may_have_lost(beat, every_s, grace_s, gap_began, gap_ended, deadline):
        return beat
    return replace(beat, excused_until=max(deadline, gap_ended + timedelta(seconds=every_s + grace_s)))


def _may_have_lost(
    beat: Beat, every_s: float, grace_s: float, gap_began: datetime, gap_ended: datetime, deadline: datetime
) -> bool:
    if beat.last_at is None or _running_since(beat):
        # A first report, or the end of a job, may come at any time, so any gap may have swallowed it. One excuse is
        # enough unless the deadline itself was slept through: nightly gaps must not postpone it for ever.
        sign = max(t for t in (beat.watching_since, beat.started_at, beat.last_at) if t is not None)
        excused = beat.excused_until is not None and beat.excused_until > sign
        return not excused or gap_ended >= deadline
    # A steady reporter comes about every period after its last report: did one of those moments fall into the gap?
    began_s = (gap_began - beat.last_at).total_seconds()
    ended_s = (gap_ended - beat.last_at).total_seconds()
    around_s = grace_s + TIMER_SLACK_S
    periods = max(1, math.ceil((began_s - around_s) / every_s))
    return periods * every_s - around_s <= ended_s


def _deadline(beat: Beat, every_s: float, grace_s: float) -> Deadline:
    period = timedelta(seconds=every_s + grace_s)
    known = beat.last_at or beat.watching_since
    at, missed = known + period, f"nothing reported in since {_time(known)}, expected every {format_duration(every_s)}"
    if started := _running_since(beat):
        # A start is a sign of life, once: a job that starts again and again and never ends is not a healthy one.
        at = min(started + period, known + 2 * period)
        missed = (
            f"started at {_time(started)} and did not finish by {_time(at)}, expected every {format_duration(every_s)}"
        )
    if beat.excused_until is not None and beat.excused_until > at:
        at = beat.excused_until
    return Deadline(at, missed)


def _running_since(beat: Beat) -> datetime | None:
    if beat.started_at is None or (beat.last_at is not None and beat.last_at > beat.started_at):
        return None
    return beat.started_at


def _standing(beat: Beat) -> str:
    if started := _running_since(beat):
        return f"running since {_time(started)}, its end is"
    if beat.last_at is not None:
        return f"last report at {_time(beat.last_at)}, the next one is"
    return "waiting for the first report, which is"


def _facts(beat: Beat) -> dict[str, str]:
    facts = {}
    if beat.last_at is not None:
        facts["last_report_at"] = beat.last_at.isoformat()
    if started := _running_since(beat):
        facts["running_since"] = started.isoformat()
    return facts


def _result(status: CheckStatus, now: datetime, message: str, error: str | None, facts: dict[str, str]) -> Result:
    return Result(status, now, message=message, error=error, facts=facts, scope=Scope.HOST)


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
