"""Prometheus text format for the agent's own health and every monitor: names, states and numbers, nothing else.

Loaded when somebody asks for it: most agents never need the library.
"""

from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from statusapp_agent.core.health import HealthState
from statusapp_agent.core.state import State

_UP = {HealthState.UP: 1.0, HealthState.DEGRADED: 1.0, HealthState.DOWN: 0.0}


def exposition(state: State, now: datetime, started_at: datetime, version: str) -> str:
    """Return everything as Prometheus reads it. A monitor that was not checked yet, or is blind, has no ``up``."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Snapshot([*_agent(state, now, started_at, version), *_monitors(state), *_channels(state)]))
    return generate_latest(registry).decode()


class _Snapshot(Collector):
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> list[Metric]:
        """Return what was gathered."""
        return self._families


def _agent(state: State, now: datetime, started_at: datetime, version: str) -> list[Metric]:
    info = GaugeMetricFamily("statusapp_agent_info", "The version that runs.", labels=["version"])
    info.add_metric([version], 1)
    running = CounterMetricFamily("statusapp_agent_uptime_seconds", "Seconds since the agent started.")
    running.add_metric([], max(0.0, (now - started_at).total_seconds()))
    pending = GaugeMetricFamily("statusapp_deliveries_pending", "Messages that are on their way.")
    pending.add_metric([], sum(each.pending for each in state.deliveries.values()))
    incidents = GaugeMetricFamily("statusapp_incidents_open", "Incidents that are not over.", labels=["status"])
    for status in ("open", "acknowledged"):
        count = sum(each.status == status and each.purpose == "real" for each in state.incidents.values())
        incidents.add_metric([status], count)
    return [info, running, pending, incidents]


def _monitors(state: State) -> list[Metric]:
    up = GaugeMetricFamily(
        "statusapp_monitor_up", "1 while it is not confirmed down, 0 while it is.", labels=["monitor"]
    )
    degraded = GaugeMetricFamily("statusapp_monitor_degraded", "1 while it is slow or faulty.", labels=["monitor"])
    blind = GaugeMetricFamily("statusapp_monitor_blind", "1 while its results do not count.", labels=["monitor"])
    paused = GaugeMetricFamily("statusapp_monitor_paused", "1 while somebody has paused it.", labels=["monitor"])
    latency = GaugeMetricFamily("statusapp_monitor_latency_seconds", "Of its last check.", labels=["monitor"])
    checked = GaugeMetricFamily("statusapp_monitor_last_check_timestamp_seconds", "Unix time.", labels=["monitor"])
    for name, watch in sorted(state.watches.items()):
        blind.add_metric([name], float(watch.blind is not None))
        paused.add_metric([name], float(watch.paused))
        known = _UP.get(watch.health.state)
        if known is not None and watch.blind is None:
            up.add_metric([name], known)
            degraded.add_metric([name], float(watch.health.state is HealthState.DEGRADED))
        last = state.sights[name].last if name in state.sights else None
        if last is not None:
            checked.add_metric([name], last.started_at.timestamp())
            if last.latency_s is not None:
                latency.add_metric([name], last.latency_s)
    return [up, degraded, blind, paused, latency, checked]


def _channels(state: State) -> list[Metric]:
    broken = GaugeMetricFamily("statusapp_channel_broken", "1 while it can send nothing.", labels=["channel"])
    for name, record in sorted(state.channels.items()):
        if not record.retired:
            broken.add_metric([name], float(record.broken is not None))
    return [broken]
