"""What comes again, and what other settings would have done, as clients see it."""

from typing import Any

from pydantic import AwareDatetime

from statusapp_shared.protocol import View


class PatternView(View):
    """One thing that comes again: what it is, what to do, and the numbers of its incidents."""

    kind: str
    monitors: list[str]
    sentence: str
    suggestion: str
    incidents: list[int]


class PatternsView(View):
    """The patterns of a range, those with the most incidents first."""

    since: AwareDatetime
    until: AwareDatetime
    zone: str
    items: list[PatternView]


class OutageView(View):
    """One outage as a replay confirms it."""

    began_at: AwareDatetime
    opened_at: AwareDatetime
    ended_at: AwareDatetime | None
    cause: str


class WhatIfView(View):
    """Recorded results judged by other settings: ``gone`` are outages that these would not have confirmed."""

    monitor: str
    since: AwareDatetime
    until: AwareDatetime
    changed: dict[str, Any]
    checks: int
    outages: list[OutageView]
    outages_then: list[OutageView]
    gone: list[OutageView]
    later_s: float | None
    longest_gone_s: float | None
    degraded: int
    degraded_then: int
    sentence: str
