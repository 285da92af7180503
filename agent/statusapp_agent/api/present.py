"""The present moment as views: gathers what each view needs from the running parts of the agent."""

import asyncio
import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from statusapp_agent.api.problems import ProblemError
from statusapp_agent.api.secrets import SecretBook, vault_fault
from statusapp_agent.api.services import Services
from statusapp_agent.core.events import Event
from statusapp_agent.core.model import Delivery, Incident, Purpose
from statusapp_agent.core.phrases import unknown_name
from statusapp_agent.core.state import ChannelRecord, Watch
from statusapp_agent.views.agent import ProcessFacts, agent_view
from statusapp_agent.views.channels import SecretFacts, channel_view, told_by
from statusapp_agent.views.incidents import PAGERDUTY, incident_view
from statusapp_agent.views.monitors import monitor_view
from statusapp_agent.views.pagerduty import drift, sync_view
from statusapp_agent.views.status import status_view
from statusapp_shared.pagerduty import SyncView
from statusapp_shared.protocol import AgentView, ChannelView, IncidentView, MonitorView, StatusView

DECIDE_WITHIN_S = 20.0
"""Below the 30 s that clients wait: a sentence is better than a time-out."""


class Present:
    """Views of what is now. Nothing here waits, but for secrets and for decisions."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.secrets = SecretBook(services.vault)

    # Finding

    def watch(self, name: str) -> Watch:
        """Return a monitor's watch; raises a 404."""
        watch = self.services.engine.state.watches.get(name)
        if watch is None:
            raise _unknown(name, list(self.services.engine.state.watches), "monitor")
        return watch

    def record(self, name: str) -> ChannelRecord:
        """Return a channel's record; raises a 404."""
        record = self.services.engine.state.channels.get(name)
        if record is None or record.retired:
            raise _unknown(name, [record.name for record in self.live()], "channel")
        return record

    def live(self) -> list[ChannelRecord]:
        """Return the channels of the settings, sorted."""
        records = self.services.engine.state.channels
        return [records[name] for name in sorted(records) if not records[name].retired]

    def kinds(self) -> dict[str, str]:
        """Return the kind of every channel, retired ones included."""
        return {name: record.channel.kind for name, record in self.services.engine.state.channels.items()}

    def deliveries(self, incident: str) -> list[Delivery]:
        """Return the deliveries in mind of an incident, in order."""
        state = self.services.engine.state
        return [state.deliveries[number] for number in sorted(state.by_incident.get(incident, ()))]

    # Views

    def monitor(self, watch: Watch) -> MonitorView:
        """Return a monitor."""
        engine = self.services.engine
        due_s = engine.timetable.due_of(watch.monitor.name)
        due_in_s = None if due_s is None else max(0.0, due_s - self.services.clock.monotonic())
        return monitor_view(engine.state, watch, self.services.clock.now(), due_in_s)

    def incident(self, incident: Incident) -> IncidentView:
        """Return an incident as lists show it."""
        install = self.services.engine.state.install
        return incident_view(incident, install, self.kinds(), self.deliveries(incident.id))

    async def look_at_secrets(self) -> Mapping[str, SecretFacts]:
        """Look at the secrets of all channels; views made right after show what was seen."""
        return await self.secrets.look(record.channel for record in self.live())

    async def channel(self, record: ChannelRecord) -> ChannelView:
        """Return a channel."""
        await self.secrets.look([record.channel])
        return self.channel_as_known(record, told_by(self.services.engine.state))

    def channel_as_known(self, record: ChannelRecord, told: Mapping[str, list[str]]) -> ChannelView:
        """Return a channel with what is known of its secrets already."""
        state = self.services.engine.state
        monitors = told.get(record.name, [])
        now = self.services.clock.now()
        return channel_view(state, record, monitors, self.secrets.known(record.name), now, self.sync_of(record))

    def sync_of(self, record: ChannelRecord) -> SyncView | None:
        """Return how a PagerDuty channel is kept in step; None for one of another kind."""
        if record.channel.kind != PAGERDUTY or self.services.sync is None:
            return None
        facts = self.services.sync.facts(record.name)
        return sync_view(self.services.engine.state, record, facts, self.services.clock.now())

    def channels_as_known(self) -> list[ChannelView]:
        """Return all channels with what is known of their secrets already."""
        told = told_by(self.services.engine.state)
        return [self.channel_as_known(record, told) for record in self.live()]

    def agent_as_known(self) -> AgentView:
        """Return the agent with what is known of secrets already."""
        live = {record.name: self.secrets.known(record.name) for record in self.live()}
        facts = process_facts(self.services, vault_fault(live))
        view = agent_view(self.services.engine.state, facts, self.services.clock.now())
        synced = [each for record in self.live() if (each := self.sync_of(record)) is not None]
        return view.model_copy(update={"sync": synced, "drift": drift(synced)})

    def status_as_known(self) -> StatusView:
        """Return everything at a glance, all of one moment."""
        state = self.services.engine.state
        opened = [each for each in state.incidents.values() if each.is_open and each.purpose is Purpose.REAL]
        return status_view(
            (self.monitor(watch) for watch in state.watches.values()),
            (self.incident(each) for each in opened),
            self.agent_as_known(),
        )

    # Doing

    async def decide(self, event: Event) -> None:
        """Have the core decide a command; raises its NotAllowedError, and a 503 when the engine does not come to it."""
        try:
            async with asyncio.timeout(DECIDE_WITHIN_S):
                await self.services.engine.ask(event)
        except TimeoutError as late:
            sentence = f"The agent has not come to it within {DECIDE_WITHIN_S:g} s; see `statusapp agent status`."
            raise ProblemError(503, "late", sentence) from late


def _unknown(name: str, known: list[str], noun: str) -> ProblemError:
    return ProblemError(404, f"no_{noun}", unknown_name(name[:200], known, noun))


def process_facts(services: Services, fault_of_vault: str | None, *, audited: bool = True) -> ProcessFacts:
    """Return what only the process and the disk know; ``audited``: with what the auditor found besides."""
    engine = services.engine
    return ProcessFacts(
        version=services.version,
        pid=os.getpid(),
        mode=services.mode,
        data_dir=str(services.data_dir),
        socket=str(services.socket),
        started_at=services.started_at,
        database_bytes=_bytes_of(engine.writer.state.path),
        samples_bytes=_bytes_of(engine.writer.samples.path),
        resident_bytes=_resident(),
        checks_running=services.runner.running,
        schedule_lag_s=engine.lag_s,
        idle_s=services.clock.monotonic() - engine.last_step_at,
        database_fault=engine.writer.fault,
        vault_fault=fault_of_vault,
        notices=tuple(services.notices),
        audit=tuple(services.audit) if audited else (),
    )


def _bytes_of(database: Path) -> int:
    total = 0
    for suffix in ("", "-wal"):
        try:
            total += database.with_name(database.name + suffix).stat().st_size
        except OSError:
            continue
    return total


def _resident() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return pages * os.sysconf("SC_PAGE_SIZE")


HISTORY_FAULTS = (sqlite3.Error, OSError)
"""What reading a database may end with: then what is in mind is all there is, and it is enough to go on."""
