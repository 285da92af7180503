"""Everything at a glance, and the sentence that says it."""

from collections import Counter
from collections.abc import Iterable, Sequence

from statusapp_agent.core.phrases import count, listed
from statusapp_agent.views.monitors import WORST_FIRST
from statusapp_shared.protocol import AgentView, IncidentView, MonitorView, StatusView

_NAMED = 3
_RANK = {state: rank for rank, state in enumerate(WORST_FIRST)}


def status_view(monitors: Iterable[MonitorView], incidents: Iterable[IncidentView], agent: AgentView) -> StatusView:
    """Return monitors worst first, what is open latest first, and all of it as one sentence."""
    ordered = sorted(monitors, key=lambda monitor: (_RANK[monitor.state], monitor.name))
    counted = Counter(monitor.state for monitor in ordered)
    opened = sorted(incidents, key=lambda incident: -incident.number)
    return StatusView(
        sentence=status_sentence(ordered, opened, agent),
        counts={state: counted[state] for state in WORST_FIRST if counted[state]},
        monitors=ordered,
        incidents=opened,
        agent=agent,
    )


def status_sentence(ordered: Sequence[MonitorView], opened: Sequence[IncidentView], agent: AgentView) -> str:
    """Return what somebody who looks for one second has to know."""
    said = [_of_monitors(ordered)]
    unseen = sum(incident.status == "open" for incident in opened)
    if unseen:
        said.append(f"{count(unseen, 'incident')} {'is' if unseen == 1 else 'are'} not acknowledged.")
    said += agent.problems[:1]
    return " ".join(said)


def _of_monitors(ordered: Sequence[MonitorView]) -> str:
    total = len(ordered)
    if not total:
        return "Nothing is watched yet."
    for state, words in (("down", "down"), ("degraded", "degraded"), ("blind", "not to be seen")):
        names = [monitor.name for monitor in ordered if monitor.state == state]
        if names:
            verb = "is" if len(names) == 1 else "are"
            return f"{len(names)} of {count(total, 'monitor')} {verb} {words}: {_few(names)}."
    good = sum(monitor.state == "up" for monitor in ordered)
    if good == total:
        return "The monitor is up." if total == 1 else f"All {total:,} monitors are up."
    if total == 1:
        return f"The monitor is {ordered[0].state}."
    return f"{good} of {count(total, 'monitor')} {'is' if good == 1 else 'are'} up, none is down."


def _few(names: Sequence[str]) -> str:
    if len(names) <= _NAMED:
        return listed(names)
    return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"
