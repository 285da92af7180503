"""Fills an empty data folder with a plausible past, written by the agent's own store, and marked as sample data."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path

from statusapp_agent import channels as channel_package
from statusapp_agent import checks as check_package
from statusapp_agent.core.model import Incident, Scope
from statusapp_agent.core.state import Audit, BlindTime, Change, Documents, Effect, Log, Save, Watch
from statusapp_agent.demo.household import REGION, THINGS
from statusapp_agent.demo.quarter import Life, live
from statusapp_agent.demo.weather import weather
from statusapp_agent.kinds import ChannelKind, CheckKind, discover
from statusapp_agent.settings import Settings, read_settings
from statusapp_agent.settings.stored import flat
from statusapp_agent.store.database import prepare_folder, transaction
from statusapp_agent.store.rollups import HOUR_MS, store_hours, sum_day
from statusapp_agent.store.samples import SampleStore
from statusapp_agent.store.state_store import StateStore

SEED = 7
MARK = "sample"
Progress = Callable[[str], None]


def fill(folder: Path, settings_text: str, since: datetime, until: datetime, seed: int, say: Progress) -> int:
    """Write the sample past into a data folder that does not exist yet or is empty; return the number of incidents.

    Raises FileExistsError when there is something in it: sample data never mix with real ones.
    """
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty: sample data need a folder of their own")
    prepare_folder(folder)
    settings = _settings(settings_text)
    install = str(uuid.uuid5(uuid.NAMESPACE_DNS, f"sample {seed} {until.isoformat()}"))
    state = StateStore(folder / "state.db", folder / "backups")
    samples = SampleStore(folder / "samples.db")
    try:
        sky = weather(since, until, seed)
        lives: dict[str, Life] = {}
        for thing in THINGS:
            say(thing.name)
            monitor = settings.monitors[thing.name].value
            life = live(thing, monitor, sky.troubles[thing.name], sky.asleep, since, until, seed, install)
            _write_results(samples, thing.name, life, until)
            life.rows.clear()
            lives[thing.name] = life
        state.set_meta(install=install, created=since.isoformat(), **{MARK: f"made from seed {seed}"})
        changes = [Change(at, text, None, "website", "Ana") for at, text in sky.changes]
        blind = [BlindTime(Scope.HOST, "this computer slept", began, ended) for began, ended in sky.asleep]
        state.commit(_effects(settings, lives, changes, blind, since, until))
    finally:
        state.close()
        samples.close()
    return sum(len(life.incidents) for life in lives.values())


def is_sample(folder: Path) -> bool:
    """Whether a data folder was filled by `fill`."""
    if not (folder / "state.db").exists():
        return False
    store = StateStore(folder / "state.db", folder / "backups")
    try:
        return MARK in store.remembered().meta
    finally:
        store.close()


def _settings(text: str) -> Settings:
    return read_settings(
        text,
        "sample.toml",
        discover(check_package, CheckKind),
        discover(channel_package, ChannelKind),
        region=REGION,
    )


def _write_results(samples: SampleStore, name: str, life: Life, until: datetime) -> None:
    connection = samples.connection
    with transaction(connection):
        number = samples.number(name, life.rows[0].at_ms)
        days = set()
        for hour, rows in groupby(life.rows, key=lambda row: row.at_ms // HOUR_MS * HOUR_MS):
            store_hours(connection, hour, [(number, list(rows))])
            days.add(hour // (24 * HOUR_MS) * 24 * HOUR_MS)
        for day in days:
            sum_day(connection, number, day)
    samples.append([], until)


def _effects(
    settings: Settings,
    lives: dict[str, Life],
    changes: Iterable[Change],
    blind: Iterable[BlindTime],
    since: datetime,
    until: datetime,
) -> list[tuple[datetime, Effect]]:
    """Return everything that the state is told, incidents and deliveries numbered in the order of their times."""
    found: list[tuple[datetime, Effect]] = [(since, Save(Documents(flat(settings))))]
    numbers: dict[str, Incident] = {}
    everything = sorted((each for life in lives.values() for each in life.incidents), key=lambda each: each.opened_at)
    for number, incident in enumerate(everything, 1):
        numbers[incident.id] = replace(incident, number=number)
        found.append((incident.opened_at, Save(numbers[incident.id])))
    sent = sorted((each for life in lives.values() for each in life.deliveries), key=lambda each: each.created_at)
    found += [(each.created_at, Save(replace(each, id=number))) for number, each in enumerate(sent, 1)]
    for life in lives.values():
        found += [(entry.at, Log(incident, entry)) for incident, entry in life.timeline]
        found += [
            (each.acknowledged_at, _audit(numbers[each.id]))
            for each in life.incidents
            if each.acknowledged_at is not None
        ]
    found += [(since + (until - since) * part, Audit("Ana", "settings", "")) for part in (0.55, 0.8)]
    found += [(each.at, Save(each)) for each in changes]
    found += [(each.began_at, Save(each)) for each in blind]
    for name, life in lives.items():
        still_open = life.incidents[-1].id if life.incidents and life.incidents[-1].is_open else None
        watch = Watch(settings.monitors[name].value, health=life.health, incident=still_open)
        found.append((until, Save(watch)))
    return sorted(found, key=lambda pair: pair[0])


def _audit(incident: Incident) -> Audit:
    return Audit(incident.acknowledged_by or "", "acknowledge", f"#{incident.number}", incident.monitor)


def quarter_before(now: datetime, days: float) -> tuple[datetime, datetime]:
    """Return the range of sample data: so many days, up to now."""
    until = now.astimezone(UTC).replace(microsecond=0)
    return until - timedelta(days=days), until
