"""Figures for Prometheus: the agent's own health and every monitor, on a listener of its own that is off by default.

``[agent] metrics_listen = "127.0.0.1:9187"`` turns it on. It only tells; names of monitors are the most private thing
in it, and no secret is.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import uvicorn

from statusapp_agent.clock import Clock
from statusapp_agent.core.state import State
from statusapp_agent.views.monitors import monitor_state
from statusapp_agent.wire.hostport import parse_hostport

if TYPE_CHECKING:
    from prometheus_client import Metric

log = logging.getLogger("statusapp.metrics")

STATES = ("pending", "up", "degraded", "down", "paused", "maintenance", "held", "blind")
DEFAULT_PORT = 9187
_LOOK_EVERY_S = 2.0


class Collector:
    """Reads the state whenever somebody scrapes; keeps nothing."""

    def __init__(self, state: State, clock: Clock, healthy: Callable[[], bool]) -> None:
        self._state = state
        self._clock = clock
        self._healthy = healthy

    def collect(self) -> "Iterator[Metric]":
        """Yield every metric as it is now."""
        from prometheus_client.core import GaugeMetricFamily

        now = self._clock.now()
        monitor = GaugeMetricFamily("statusapp_monitor_state", "1 for the state it is in.", labels=["monitor", "state"])
        latency = GaugeMetricFamily(
            "statusapp_monitor_latency_seconds", "Latency of the last check.", labels=["monitor"]
        )
        last = GaugeMetricFamily("statusapp_monitor_last_check_timestamp_seconds", "Start of it.", labels=["monitor"])
        for name, watch in sorted(self._state.watches.items()):
            current = monitor_state(watch)
            for state in STATES:
                monitor.add_metric([name, state], float(state == current))
            seen = self._state.sights[name].last
            if seen is not None:
                last.add_metric([name], seen.started_at.timestamp())
                if seen.latency_s is not None:
                    latency.add_metric([name], seen.latency_s)
        yield from (monitor, latency, last)
        incidents = GaugeMetricFamily("statusapp_incidents_open", "Open incidents.", labels=["acknowledged"])
        real = [each for each in self._state.incidents.values() if each.is_open and each.purpose == "real"]
        taken = sum(each.acknowledged_at is not None for each in real)
        incidents.add_metric(["yes"], taken)
        incidents.add_metric(["no"], len(real) - taken)
        yield incidents
        waiting = GaugeMetricFamily("statusapp_deliveries_waiting", "Messages not delivered yet.", labels=["channel"])
        for name, record in sorted(self._state.channels.items()):
            if not record.retired:
                waiting.add_metric([name], len(self._state.waiting.get(name, ())))
        yield waiting
        oldest = [each.created_at for each in self._state.deliveries.values() if each.pending and not each.not_before]
        age_s = max(((now - at).total_seconds() for at in oldest), default=0.0)
        yield GaugeMetricFamily("statusapp_oldest_delivery_seconds", "Age of the oldest waiting message.", value=age_s)
        yield GaugeMetricFamily("statusapp_healthy", "Whether it can page.", value=float(self._healthy()))


class Metrics:
    """Serves the collector where the settings say, from when they say so until they do not."""

    def __init__(self, state: State, clock: Clock, healthy: Callable[[], bool]) -> None:
        self._state = state
        self._collector = Collector(state, clock, healthy)
        self.address: str | None = None

    async def run(self) -> None:
        """Follow the settings, for ever."""
        while True:
            wanted = self._state.agent.get("metrics_listen")
            if wanted is None:
                await asyncio.sleep(_LOOK_EVERY_S)
                continue
            try:
                listening = listen(wanted)
            except OSError as fault:
                log.error("metrics cannot be served on %s: %s", wanted, fault.strerror)
                await asyncio.sleep(_LOOK_EVERY_S * 15)
                continue
            await self._serve(listening, wanted)

    async def _serve(self, listening: socket.socket, wanted: str) -> None:
        # Late: the agent pays for it when it is turned on.
        from prometheus_client import CollectorRegistry, make_asgi_app

        registry = CollectorRegistry(auto_describe=False)
        registry.register(self._collector)
        config = uvicorn.Config(
            make_asgi_app(registry), log_config=None, lifespan="off", access_log=False, timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        # Without the handlers for signals that Server.serve would install: this is not the main program.
        serving = asyncio.create_task(server._serve([listening]))  # noqa: SLF001
        self.address = "{}:{}".format(*listening.getsockname()[:2])
        log.info("metrics are served on %s", self.address)
        try:
            while self._state.agent.get("metrics_listen") == wanted:  # noqa: ASYNC110 - settings ring no bell
                await asyncio.sleep(_LOOK_EVERY_S)
        finally:
            self.address = None
            server.should_exit = True
            with contextlib.suppress(asyncio.CancelledError):
                await serving
            listening.close()


def listen(address: str) -> socket.socket:
    """Return a listening socket for ``host:port``; raises OSError."""
    where = parse_hostport(address)
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    return socket.create_server(
        (where.host, where.port or 0 if where.port is not None else DEFAULT_PORT), family=family
    )
