"""Monitors as clients see them: one state out of all that is remembered, and why it is that one, in words."""

from datetime import datetime, timedelta

from statusapp_agent.core.audience import Audience
from statusapp_agent.core.escalation import in_words as escalation_in_words
from statusapp_agent.core.health import HealthState, is_flapping
from statusapp_agent.core.phrases import clock, sentence
from statusapp_agent.core.quiet import hold_now, tier_of
from statusapp_agent.core.routing import Route, route, route_in_words, step_in_words
from statusapp_agent.core.sight import Sight
from statusapp_agent.core.state import State, Watch
from statusapp_agent.views.results import milliseconds, result_view
from statusapp_shared.protocol import MonitorState, MonitorView, RouteStepView, RouteView

WORST_FIRST: tuple[MonitorState, ...] = (
    "down",
    "degraded",
    "blind",
    "held",
    "pending",
    "maintenance",
    "paused",
    "up",
)


_CONFIRMED: dict[HealthState, MonitorState] = {
    HealthState.PENDING: "pending",
    HealthState.UP: "up",
    HealthState.DEGRADED: "degraded",
    HealthState.DOWN: "down",
}


def monitor_state(watch: Watch) -> MonitorState:
    """Return the one word for how a monitor stands: what people decided comes before what checks say."""
    if watch.paused:
        return "paused"
    if watch.maintenance_until is not None:
        return "maintenance"
    if watch.held_by is not None:
        return "held"
    if watch.health.state is HealthState.DOWN:
        return "down"
    if watch.blind is not None:
        return "blind"
    return _CONFIRMED[watch.health.state]


def _reason(watch: Watch, state: MonitorState, now: datetime) -> str:
    said = watch.health.reason
    match state:
        case "paused":
            return "paused: it is not checked, and nobody is told"
        case "maintenance" if watch.maintenance_until is not None:
            return f"maintenance until {clock(watch.maintenance_until, now)}; last: {said}"
        case "held":
            return f"held: {watch.held_by}, which it depends on, explains it; last: {said}"
        case "blind":
            return watch.blind or said
        case "down" if watch.quiet_until is not None and watch.incident is None:
            again = clock(watch.quiet_until, now)
            return f"{said}; resolved by hand, a new incident opens at {again} if it goes on"
        case _:
            return said


def _since(watch: Watch, state: MonitorState) -> datetime | None:
    if state in ("paused", "maintenance"):
        return None  # when it began is not remembered, and the health's own moment would be a wrong answer
    return watch.blind_since if state == "blind" else watch.health.since


def monitor_view(state: State, watch: Watch, now: datetime, due_in_s: float | None) -> MonitorView:
    """Return a monitor; ``due_in_s`` are the seconds until its next check, None when none is planned."""
    monitor = watch.monitor
    sight = state.sights.get(monitor.name) or Sight()
    word = monitor_state(watch)
    incident = state.incidents.get(watch.incident) if watch.incident else None
    last = sight.last
    return MonitorView(
        name=monitor.name,
        kind=monitor.kind,
        target=monitor.target,
        url=monitor.url,
        state=word,
        reason=_reason(watch, word, now),
        since=_since(watch, word),
        last_check_at=last.started_at if last else None,
        next_check_at=None if due_in_s is None or watch.paused else now + timedelta(seconds=due_in_s),
        latency_ms=milliseconds(last.latency_s) if last else None,
        interval_s=monitor.interval_s,
        timeout_s=monitor.timeout_s,
        retry_interval_s=monitor.retry_interval_s,
        failures=monitor.failures,
        recoveries=monitor.recoveries,
        degraded_above_s=monitor.degraded_above_s,
        severity=monitor.severity.value,
        tier=monitor.tier,
        channels=None if monitor.channels is None else list(monitor.channels),
        depends_on=list(monitor.depends_on),
        runbook=monitor.runbook,
        notes=monitor.notes,
        tags=list(monitor.tags),
        flapping=is_flapping(watch.health, monitor, now),
        incident_id=watch.incident,
        incident_number=incident.number if incident else None,
        last_result=result_view(last) if last else None,
        recent_latency_ms=[milliseconds(latency_s) for latency_s in sight.latencies],
    )


def route_of(state: State, watch: Watch) -> Route:
    """Return who would be told if a monitor failed now."""
    live = {record.name: record.channel for record in state.channels.values() if not record.retired}
    return route(watch.monitor, live, state.tiers)


def _then(state: State, watch: Watch, now: datetime) -> list[str]:
    """Return what follows when nobody acknowledges, and what would hold the pages back then, in words."""
    tier = tier_of(watch.monitor, state.tiers)
    found = [escalation_in_words(tier.escalation)] if tier is not None and tier.escalation is not None else []
    hold = hold_now(state, watch.monitor, now)
    return [*found, f"But pages wait now: {hold.reason}"] if hold is not None else found


def route_view(state: State, watch: Watch, now: datetime) -> RouteView:
    """Return who would be told if a monitor failed at a moment, and what would hold the pages back, in words."""
    audience = Audience(state.roster, now, state.agent)
    found = audience.timed(route_of(state, watch))
    return RouteView(
        monitor=watch.monitor.name,
        source=found.source,
        sentence=sentence(route_in_words(watch.monitor.name, found, audience), *_then(state, watch, now)),
        steps=[
            RouteStepView(
                channel=step.channel,
                kind=step.kind,
                when=step.when.value,
                after_s=step.after_s,
                text=step_in_words(step, audience),
                hours=step.hours,
                people=audience.people(step),
            )
            for step in found.steps
        ],
    )
