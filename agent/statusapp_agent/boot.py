"""From files to a state: open the databases, mend what can be mended, remember what was open.

A start costs what is open, not what once was. A damaged ``state.db`` is set aside, never deleted; the newest copy that
checks out takes its place, or an empty one, and everything is checked afresh.
"""

import json
import logging
import shutil
import sqlite3
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from statusapp_agent.core.model import Beat, Channel
from statusapp_agent.core.state import ChannelRecord, Save, State, Watch
from statusapp_agent.kinds import ChannelKind
from statusapp_agent.lookout import canary_scopes
from statusapp_agent.settings import Settings, from_documents
from statusapp_agent.settings.stored import agent_facts, whole
from statusapp_agent.store.copies import place, read_copy
from statusapp_agent.store.database import DamagedError, StoreError, set_aside
from statusapp_agent.store.rows import unpack
from statusapp_agent.store.samples import SampleStore
from statusapp_agent.store.state_store import REMINDED, Remembered, StateStore

log = logging.getLogger("statusapp.boot")


@dataclass(slots=True)
class Places:
    """Where the agent keeps its things, below one data folder."""

    data_dir: Path

    @property
    def state(self) -> Path:
        """What must not be lost."""
        return self.data_dir / "state.db"

    @property
    def samples(self) -> Path:
        """The history of results."""
        return self.data_dir / "samples.db"

    @property
    def backups(self) -> Path:
        """Verified copies of the state."""
        return self.data_dir / "backups"

    @property
    def reserve(self) -> Path:
        """Room that is given up when the disk is full."""
        return self.data_dir / "reserve"


def open_state(places: Places, now: datetime) -> tuple[StateStore, str | None]:
    """Open the state, mending it if need be; return it with a sentence about what had to be done, or None."""
    try:
        return _readable(places), None
    except DamagedError as damage:
        kept = set_aside(places.state, f"{now:%Y%m%d-%H%M%S}")
        log.error("%s; it was kept as %s", damage, kept.name)
    copy = _newest_good_copy(places.backups)
    if copy is None:
        return StateStore(places.state, places.backups), (
            f"the state was damaged and is kept as {kept.name}; there was no good copy, so the agent began empty: "
            "apply your settings again"
        )
    partial = places.data_dir / "state.partial"
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    shutil.copyfile(copy, partial)
    place(partial, places.state)
    restored = f"the state was damaged and is kept as {kept.name}; the copy {copy.name} took its place"
    return StateStore(places.state, places.backups), restored


def _readable(places: Places) -> StateStore:
    """Open the state and read it once. SQLite's own check sees pages and trees, not what stands in the rows."""
    store = StateStore(places.state, places.backups)
    try:
        store.remembered()
    except (sqlite3.DatabaseError, ValueError, KeyError, TypeError, StopIteration, AttributeError) as fault:
        store.close()
        raise DamagedError(f"{places.state} is damaged: a row cannot be read ({type(fault).__name__})") from fault
    return store


def _newest_good_copy(backups: Path) -> Path | None:
    for copy in sorted(backups.glob("state-*.db"), key=lambda path: path.stat().st_mtime, reverse=True):
        try:
            read_copy(copy)
        except StoreError as fault:
            log.warning("the copy %s is not usable: %s", copy.name, fault)
            continue
        return copy
    return None


def open_samples(places: Places, now: datetime) -> SampleStore:
    """Open the history; a damaged one is set aside and begun anew, because nothing depends on it."""
    try:
        return SampleStore(places.samples)
    except DamagedError as damage:
        log.error("%s; history begins anew", damage)
        set_aside(places.samples, f"{now:%Y%m%d-%H%M%S}")
        return SampleStore(places.samples)


def build_state(
    store: StateStore,
    checks: Mapping[str, Any],
    channels: Mapping[str, ChannelKind[Any]],
    version: str,
    region: str,
    now: datetime,
) -> tuple[State, Settings, list[str]]:
    """Return the state as it was left, the settings behind it, and what could not be read, in sentences."""
    remembered = store.remembered()
    install = remembered.meta.get("install")
    if install is None:
        install = str(uuid.uuid4())
        store.set_meta(install=install, created=now.astimezone(UTC).isoformat())
    settings = from_documents(whole(remembered.documents), checks, channels, region=region)
    state = State(install=install, version=version)
    state.actions = {name: kind.actions for name, kind in channels.items()}
    _fill(state, settings, remembered, channels, now)
    return state, settings, [fault.message for fault in settings.faults]


def _fill(
    state: State,
    settings: Settings,
    remembered: Remembered,
    channels: Mapping[str, ChannelKind[Any]],
    now: datetime,
) -> None:
    state.next_incident = remembered.next_incident
    state.next_delivery = remembered.next_delivery
    state.next_errand = remembered.next_errand
    state.tiers = settings.tiers_in_force()
    state.maintenance = tuple(entry.value for entry in settings.maintenance.values())
    state.roster = settings.roster()
    state.agent = agent_facts(settings)
    state.canary_scopes = canary_scopes(settings.agent.canaries)
    for name, entry in settings.monitors.items():
        body = remembered.watches.get(name)
        if body is not None:
            watch = unpack(Watch, body, monitor=entry.value)
        else:
            beat = Beat(watching_since=now) if entry.value.kind == "heartbeat" else None
            watch = Watch(monitor=entry.value, beat=beat)
        state.absorb([Save(watch)])
    for name, record in _records(settings, remembered, channels).items():
        state.channels[name] = record
    for value in (
        *remembered.incidents,
        *remembered.deliveries,
        *remembered.counterparts,
        *remembered.errands,
        *remembered.changes,
        *remembered.blind,
    ):
        state.absorb([Save(value)])
    for key, upto in remembered.meta.items():
        if key.startswith(REMINDED):
            state.reminded[key.removeprefix(REMINDED)] = datetime.fromisoformat(upto)
    for value in (*remembered.mutes, *remembered.digest):
        state.absorb([Save(value)])
    _drop_loose_ends(state)


def _records(
    settings: Settings, remembered: Remembered, channels: Mapping[str, ChannelKind[Any]]
) -> dict[str, ChannelRecord]:
    found = {name: ChannelRecord(name, entry.value) for name, entry in settings.channels.items()}
    for name, body in remembered.channels.items():
        record = _read_record(name, body, channels)
        if record is None:
            continue
        if record.retired:
            found[name] = record
        elif name in found:
            found[name] = replace(record, channel=found[name].channel)
    return found


def _read_record(name: str, body: str, channels: Mapping[str, ChannelKind[Any]]) -> ChannelRecord | None:
    written = json.loads(body)["channel"]
    kind = channels.get(written["kind"])
    if kind is None:
        log.warning("the channel %s is of kind %r, which this version does not have", name, written["kind"])
        return None
    settings = kind.Settings.model_validate(written.pop("settings"))
    channel = Channel(settings=settings, budget=kind.budget(settings), keeps_open=kind.keeps_open, **written)
    return unpack(ChannelRecord, body, channel=channel)


def _drop_loose_ends(state: State) -> None:
    """A monitor may remember an incident that an older copy of the state does not have."""
    for watch in list(state.watches.values()):
        if watch.incident is not None and watch.incident not in state.incidents:
            state.absorb([Save(replace(watch, incident=None))])
