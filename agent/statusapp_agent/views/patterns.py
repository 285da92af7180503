"""Patterns and replays, for clients."""

from collections.abc import Iterable
from datetime import datetime

from statusapp_agent.core.patterns import Pattern
from statusapp_agent.core.replay import Outage
from statusapp_agent.core.what_if import WhatIf
from statusapp_shared.patterns import OutageView, PatternView, WhatIfView


def pattern_view(pattern: Pattern) -> PatternView:
    """Return one pattern."""
    return PatternView(
        kind=pattern.kind,
        monitors=list(pattern.monitors),
        sentence=pattern.sentence,
        suggestion=pattern.suggestion,
        incidents=list(pattern.incidents),
    )


def what_if_view(monitor: str, since: datetime, until: datetime, found: WhatIf) -> WhatIfView:
    """Return what other settings would have done."""
    return WhatIfView(
        monitor=monitor,
        since=since,
        until=until,
        changed=found.changed,
        checks=found.checks,
        outages=_outages(found.now),
        outages_then=_outages(found.then),
        gone=_outages(found.gone),
        later_s=found.later_s,
        longest_gone_s=found.longest_gone_s,
        degraded=found.degraded_now,
        degraded_then=found.degraded_then,
        sentence=found.sentence,
    )


def _outages(outages: Iterable[Outage]) -> list[OutageView]:
    return [
        OutageView(began_at=each.began_at, opened_at=each.opened_at, ended_at=each.ended_at, cause=each.cause)
        for each in outages
    ]
