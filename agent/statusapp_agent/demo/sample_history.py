"""Writes the invented quarter into a data folder, as the agent itself would have written it."""

import json
import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from statusapp_agent.core import incident as life
from statusapp_agent.core.model import (
    Action,
    CheckStatus,
    Delivery,
    DeliveryState,
    Incident,
    Monitor,
    Result,
    Scope,
    TimelineEntry,
)
from statusapp_agent.core.state import Audit, BlindTime, Change, Effect, Log, Save
from statusapp_agent.demo.quarter import PROFILES, Outage, Profile, blind_stretches, changes, outages
from statusapp_agent.store.rollups import roll_up
from statusapp_agent.store.samples import SampleStore
from statusapp_agent.store.state_store import StateStore

SEED = 2026
RAW_DAYS = 3
RAW_EVERY_S = 60.0
BY = "sample data"


def fill(folder: Path, days: int, now: datetime, told: Callable[[float], None], seed: int = SEED) -> int:
    """Fill the data folder with that many days of sample data; return how many incidents; ``told`` the share done."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = outages(days, now, seed)
    state = StateStore(folder / "state.db", folder / "backups")
    samples = SampleStore(folder / "samples.db")
    try:
        install = str(uuid.uuid5(uuid.NAMESPACE_DNS, f"sample-{seed}.statusapp.invalid"))
        state.set_meta(install=install)
        state.commit(_effects(found, install, days, now, seed))
        told(0.2)
        _results(samples, found, days, now, seed, told)
    finally:
        samples.close()
        state.close()
    return len(found)


def _effects(found: list[Outage], install: str, days: int, now: datetime, seed: int) -> list[tuple[datetime, Effect]]:
    batch: list[tuple[datetime, Effect]] = [(now, Audit(BY, "filled", "history", f"{days} days of sample data"))]
    deliveries = 0
    for number, outage in enumerate(found, start=1):
        incident, entries = _incident(outage, install, number, now)
        batch += [(entry.at, Log(incident.id, entry)) for entry in entries]
        batch.append((now, Save(incident)))
        for delivery in _deliveries(outage, incident, deliveries):
            deliveries = delivery.id
            batch.append((now, Save(delivery)))
    batch += [
        (now, Save(BlindTime(Scope.HOST, why, began, ended))) for began, ended, why in blind_stretches(days, now, seed)
    ]
    batch += [(now, Save(Change(at, summary, None, None, BY))) for at, summary in changes(days, now, seed)]
    return batch


def _incident(outage: Outage, install: str, number: int, now: datetime) -> tuple[Incident, list[TimelineEntry]]:
    profile = outage.profile
    monitor = Monitor(profile.name, "http", None, severity=profile.severity, tier=profile.tier, tags=profile.tags)
    incident, entry = life.opened(install, number, monitor, profile.cause, outage.began_at, outage.opened_at, Scope.LAN)
    entries = [entry]
    if outage.taken_at is not None:
        incident, entry = life.acknowledge(incident, outage.taken_at, outage.by or "", outage.via or "")
        entries.append(entry)
    if outage.over_at < now:
        incident, entry = life.resolve(
            incident, outage.over_at, "recovered: 2 good checks in a row", "statusapp", life.RECOVERY
        )
        entries.append(entry)
    context = {"tier": profile.tier, "tags": list(profile.tags), "kind": "http", "error": profile.error, "sample": True}
    return replace(incident, context=context), entries


def _deliveries(outage: Outage, incident: Incident, last: int) -> Iterator[Delivery]:
    told: list[tuple[Action, str, datetime, float, datetime | None]] = [
        (Action.TRIGGER, "pagerduty", outage.opened_at, outage.accepted_after_s, None)
    ]
    if outage.escalated:
        due = outage.opened_at + timedelta(minutes=5)
        told.append((Action.TRIGGER, "sms", due, outage.accepted_after_s * 4, due))
    if outage.taken_at is not None:
        told.append((Action.ACKNOWLEDGE, "pagerduty", outage.taken_at, outage.accepted_after_s, None))
    if incident.resolved_at is not None:
        told.append((Action.RESOLVE, "pagerduty", incident.resolved_at, outage.accepted_after_s, None))
    for number, (action, channel, at, after_s, not_before) in enumerate(told, start=last + 1):
        yield Delivery(
            number,
            channel,
            action,
            {},
            at,
            incident=incident.id,
            severity=incident.severity,
            state=DeliveryState.DELIVERED,
            not_before=not_before,
            attempts=1,
            delivered_at=at + timedelta(seconds=after_s),
            reason="sample data",
        )


def _results(
    samples: SampleStore,
    found: list[Outage],
    days: int,
    now: datetime,
    seed: int,
    told: Callable[[float], None],
) -> None:
    """Write hours for the whole time, and single results for the last days."""
    dice = random.Random(seed + 3)  # noqa: S311
    down: dict[str, list[Outage]] = {}
    for outage in found:
        down.setdefault(outage.profile.name, []).append(outage)
    raw_since = (now - timedelta(days=min(days, RAW_DAYS))).replace(minute=0, second=0, microsecond=0)
    begins = (now - timedelta(days=days)).replace(minute=0, second=0, microsecond=0)
    for place, profile in enumerate(PROFILES):
        first = Result(CheckStatus.UP, begins, profile.latency_s)
        samples.append([(profile.name, first)], now)
        _hours(samples, profile, down.get(profile.name, []), begins, raw_since, dice)
        rows = _raw(profile, down.get(profile.name, []), raw_since, now, dice)
        samples.append([(profile.name, result) for result in rows], now)
        told(0.2 + 0.7 * (place + 1) / len(PROFILES))
    samples.connection.execute("INSERT OR REPLACE INTO rolled VALUES ('hour', ?)", (int(raw_since.timestamp() * 1000),))
    roll_up(samples.connection, now)
    told(1.0)


def _is_down(at: datetime, rows: list[Outage]) -> bool:
    return any(each.began_at <= at < each.over_at for each in rows)


def _latency(profile: Profile, at: datetime, dice: random.Random) -> float:
    busy = 1.0 + 0.35 * (at.hour in range(18, 23))
    return profile.latency_s * busy * dice.lognormvariate(0, 0.25)


def _raw(profile: Profile, rows: list[Outage], since: datetime, now: datetime, dice: random.Random) -> Iterator[Result]:
    at = since + timedelta(seconds=dice.uniform(0, RAW_EVERY_S))
    while at < now:
        if _is_down(at, rows):
            yield Result(CheckStatus.DOWN, at, None, profile.cause, profile.error)
        else:
            yield Result(CheckStatus.UP, at, _latency(profile, at, dice), "answers")
        at += timedelta(seconds=RAW_EVERY_S)


def _hours(
    samples: SampleStore, profile: Profile, rows: list[Outage], begins: datetime, ends: datetime, dice: random.Random
) -> None:
    number = samples.connection.execute("SELECT id FROM monitor WHERE name = ?", (profile.name,)).fetchone()["id"]
    checks, at, made = 120, begins, []
    while at < ends:
        bad = sum(_is_down(at + timedelta(minutes=minute), rows) for minute in range(0, 60, 2)) * checks // 30
        usual = int(_latency(profile, at, dice) * 1_000_000)
        line = (usual, usual, int(usual * 1.5), int(usual * 2.4)) if bad < checks else (None,) * 4
        made.append((number, int(at.timestamp() * 1000), checks - bad, 0, bad, 0, *line))
        at += timedelta(hours=1)
    samples.connection.executemany("INSERT OR REPLACE INTO hour VALUES (?,?,?,?,?,?,?,?,?,?)", made)
    days: dict[int, list[tuple[Any, ...]]] = {}
    for row in made:
        days.setdefault(row[1] // 86_400_000 * 86_400_000, []).append(row)
    samples.connection.executemany(
        "INSERT OR REPLACE INTO day VALUES (?,?,?,?,?,?,?,?,?,?)",
        [
            (number, day, sum(r[2] for r in group), 0, sum(r[4] for r in group), 0, *_middle(group))
            for day, group in days.items()
        ],
    )


def _middle(group: list[tuple[Any, ...]]) -> tuple[int | None, ...]:
    known = [row[6:] for row in group if row[6] is not None]
    if not known:
        return (None,) * 4
    means = sorted(row[0] for row in known)
    p90 = sorted(row[2] for row in known)
    return (sum(means) // len(means), means[len(means) // 2], p90[len(p90) // 2], max(row[3] for row in known))


def settings_text(shop_url: str) -> str:
    """Return the settings of the sample's monitors, all aimed at one server on this machine."""
    lines = ["[agent]", 'region = "sample data"', "canaries = []", ""]
    for profile in PROFILES:
        lines += [
            "[[monitors]]",
            f"name = {json.dumps(profile.name)}",
            'kind = "http"',
            f"url = {json.dumps(shop_url + profile.name)}",
            'interval = "10s"',
            f'severity = "{profile.severity.value}"',
            f'tier = "{profile.tier}"',
            f"tags = {json.dumps(list(profile.tags))}",
            'notes = "Sample data: invented, for trying things out."',
            "",
        ]
    return "\n".join(lines)
