"""How PagerDuty channels are kept in step, as clients see it: pure judgements over what looks have left."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from statusapp_agent.core.counterpart import Counterpart
from statusapp_agent.core.phrases import ago
from statusapp_agent.core.state import ChannelRecord, State
from statusapp_shared.pagerduty import SyncView


@dataclass(frozen=True, slots=True)
class SyncFacts:
    """What only the looking task knows of a channel: its last answer, its trouble, what is open there alone."""

    has_key: bool
    writes: bool = False
    answered_at: datetime | None = None
    trouble: str | None = None
    strays: int = 0
    requests: int = 0


def sync_view(state: State, record: ChannelRecord, facts: SyncFacts, now: datetime) -> SyncView:
    """Return how one PagerDuty channel is kept in step."""
    mine = [each for each in state.counterparts.values() if each.channel == record.channel.name and not each.settled]
    differing = [_difference(state, each) for each in mine if each.difference]
    if facts.strays:
        differing.append(f"{facts.strays} open at PagerDuty under our name, and not here; they are being resolved")
    if not facts.has_key:
        word, reason = "off", "no api_key: pages are sent, but whether anybody was paged is not known"
    elif facts.trouble is not None:
        word, reason = "failing", facts.trouble
    elif facts.answered_at is None:
        word, reason = "waiting", "PagerDuty was not asked yet"
    else:
        word, reason = "ok", f"last answer {ago(facts.answered_at, now)}"
    return SyncView.model_validate(
        {
            "channel": record.name,
            "state": word,
            "reason": reason,
            "answered_at": facts.answered_at,
            "open": len(mine),
            "drift": len(differing),
            "differences": differing,
            "writes": facts.writes,
            "requests": facts.requests,
        }
    )


def _difference(state: State, counterpart: Counterpart) -> str:
    incident = state.incidents.get(counterpart.incident)
    name = f"#{incident.number} {incident.monitor}" if incident is not None else counterpart.incident
    done = f"; {counterpart.remedy}" if counterpart.remedy else ""
    return f"{name}: {counterpart.difference}{done}"


def drift(views: Iterable[SyncView]) -> int | None:
    """Return how many incidents stand otherwise at PagerDuty than here; None where that cannot be known."""
    known = [view for view in views if view.state == "ok"]
    return sum(view.drift for view in known) if known else None
