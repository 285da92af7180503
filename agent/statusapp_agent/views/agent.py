"""The agent's own health as clients see it: pure judgements over facts that others have gathered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from statusapp_agent.core.canary import is_away, verdict
from statusapp_agent.core.model import Scope
from statusapp_agent.core.phrases import length
from statusapp_agent.core.state import ChannelRecord, State
from statusapp_agent.views.quiet import silences
from statusapp_shared.protocol import API_VERSION, AgentView

LATE_S = 60.0
"""How long a page may wait for its channel before the agent calls itself unable to page (fault I10)."""
STUCK_S = 10.0
"""The loop decides something every second; a silence this long means that nothing is decided."""

CanaryState = Literal["off", "unknown", "home", "away", "offline", "portal"]


@dataclass(frozen=True, slots=True)
class ProcessFacts:
    """What only the process and the disk know. ``notices`` are what the start met and got over.

    ``audit`` is what the auditor found besides.
    """

    version: str
    pid: int
    mode: Literal["user", "system"]
    data_dir: str
    socket: str
    started_at: datetime
    database_bytes: int
    samples_bytes: int
    resident_bytes: int
    checks_running: int
    schedule_lag_s: float | None
    idle_s: float
    database_fault: str | None
    vault_fault: str | None
    notices: tuple[str, ...] = ()
    audit: tuple[str, ...] = ()


def oldest_waiting(state: State, now: datetime) -> tuple[float, str] | None:
    """Return how many seconds the oldest delivery that is due has waited, and its channel; None when none is."""
    waits = [
        ((now - max(each.created_at, each.not_before or each.created_at)).total_seconds(), each.channel)
        for numbers in state.waiting.values()
        for each in (state.deliveries[number] for number in numbers)
        if (each.not_before is None or each.not_before <= now) and not each.held
    ]
    return max(waits, default=None)


def canary(state: State) -> tuple[CanaryState, str]:
    """Return whether we can see, by the canaries that reach farthest, and why."""
    if not state.canary_scopes:
        return "off", "the settings turn the canaries off"
    if state.round is None:
        return "unknown", "the canaries have not been looked at yet"
    farthest = max(state.canary_scopes, key=lambda scope: scope.rank)
    gate = verdict(state.round, farthest)
    if gate.open and _away(state):
        return "away", f"in another network than the one at home; {gate.reason}"
    return gate.state, gate.reason


def _away(state: State) -> bool:
    for name in state.suspects:
        last = state.sights[name].last if name in state.sights else None
        if last is not None and is_away(state.watches[name].health.seen_up_on, state.network, Scope(last.scope)):
            return True
    return False


def problems(facts: ProcessFacts, oldest: tuple[float, str] | None, channels: Iterable[ChannelRecord]) -> list[str]:
    """Return what keeps the agent from paging, or may, one sentence each; nothing when all is well."""
    found: list[str] = []
    known = [record for record in channels if not record.retired]
    if facts.idle_s > STUCK_S:
        found.append(f"Nothing was decided for {length(facts.idle_s)}: the agent hangs; restart it.")
    found += [sentence for sentence in facts.audit if sentence not in found]
    if facts.database_fault is not None:
        found.append(_ended(facts.database_fault))
    if facts.vault_fault is not None:
        found.append(_ended(facts.vault_fault))
    found += [_ended(f"{record.name} cannot send: {record.broken}") for record in known if record.broken]
    if oldest is not None and oldest[0] > LATE_S:
        waited_s, name = oldest
        said = next((record.last_error for record in known if record.name == name and record.last_error), None)
        found.append(_ended(f"{name} has not taken a message for {length(waited_s)}: {said or 'it gave no reason'}"))
    return found


def _ended(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def agent_view(state: State, facts: ProcessFacts, now: datetime) -> AgentView:
    """Return the agent as it stands now."""
    oldest = oldest_waiting(state, now)
    wrong = problems(facts, oldest, state.channels.values())
    word, why = canary(state)
    return AgentView(
        api_version=API_VERSION,
        version=facts.version,
        pid=facts.pid,
        mode=facts.mode,
        data_dir=facts.data_dir,
        socket=facts.socket,
        started_at=facts.started_at,
        uptime_s=max(0.0, (now - facts.started_at).total_seconds()),
        database_bytes=facts.database_bytes,
        samples_bytes=facts.samples_bytes,
        resident_bytes=facts.resident_bytes,
        monitors=len(state.watches),
        checks_running=facts.checks_running,
        deliveries_waiting=sum(len(numbers) for numbers in state.waiting.values()),
        oldest_waiting_s=None if oldest is None else max(0.0, oldest[0]),
        canary=word,
        canary_reason=why,
        schedule_lag_ms=None if facts.schedule_lag_s is None else round(facts.schedule_lag_s * 1000, 3),
        healthy=not wrong,
        problems=[*wrong, *facts.notices, *silences(state, now)],
    )
