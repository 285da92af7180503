"""The tables of on-call become values of the core."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from statusapp_agent.core.hours import Hours
from statusapp_agent.core.model import Person
from statusapp_agent.core.roster import Layer, Override, Rotation
from statusapp_agent.settings.build import Builder
from statusapp_agent.settings.documents import dump
from statusapp_agent.settings.locate import Path
from statusapp_agent.settings.roster_tables import (
    HoursTable,
    LayerTable,
    OverrideTable,
    PersonTable,
    RotationTable,
    days_of,
    turn_hours,
)
from statusapp_agent.settings.silence import minute_of
from statusapp_agent.settings.tables import DAYS
from statusapp_agent.settings.values import Entry


def person(builder: Builder, raw: Mapping[str, Any], at: Path) -> Entry[Person] | None:
    """Build a person."""
    table = builder.table(PersonTable, raw, f'person "{raw.get("name")}"', at)
    if table is None:
        return None
    value = Person(table.name, table.phone, table.email, table.slack_id, table.timezone)
    return Entry(value, dump(table, exclude_defaults=True), dump(table))


def rotation(builder: Builder, raw: Mapping[str, Any], at: Path) -> Entry[Rotation] | None:
    """Build a rotation."""
    table = builder.table(RotationTable, raw, f'rotation "{raw.get("name")}"', at)
    if table is None:
        return None
    layers = tuple(_layer(layer) for layer in table.layers)
    value = Rotation(table.name, table.timezone, layers, table.remind, table.remind_before)
    return Entry(value, dump(table, exclude_defaults=True), dump(table))


def _layer(table: LayerTable) -> Layer:
    starts = date.fromisoformat(table.starts)
    if table.handoff_day is not None:
        starts += timedelta(days=(DAYS.index(table.handoff_day) - starts.weekday()) % 7)
    return Layer(
        people=tuple(table.people),
        turn_h=turn_hours(table.length),
        starts=starts,
        handoff_minute=minute_of(table.handoff),
        hours=tuple(_hours(each) for each in table.hours),
    )


def _hours(table: HoursTable) -> Hours:
    return Hours(days_of(table.days), minute_of(table.start), minute_of(table.end))


def override(builder: Builder, raw: Mapping[str, Any], at: Path) -> Entry[Override] | None:
    """Build an override."""
    subject = f'override of "{raw.get("rotation")}"'
    table = builder.table(OverrideTable, raw, subject, at)
    if table is None:
        return None
    starts, ends = (datetime.fromisoformat(at).astimezone(UTC) for at in (table.starts_at, table.ends_at))
    if ends <= starts:
        builder.findings.fault((*at, "ends_at"), f'{subject}: "ends_at" must be later than "starts_at"')
        return None
    named = table.model_copy(
        update={
            "name": table.name or name_of(table.rotation, table.person, table.level, starts, ends),
            "starts_at": starts.isoformat(),
            "ends_at": ends.isoformat(),
        }
    )
    value = Override(str(named.name), table.rotation, table.person, starts, ends, table.level)
    return Entry(value, dump(named, exclude_defaults=True), dump(named))


def override_entry(wanted: Override) -> Entry[Override]:
    """Return an override that was asked for, as if a file had said it."""
    table = OverrideTable(
        name=name_of(wanted.rotation, wanted.person, wanted.level, wanted.starts_at, wanted.ends_at),
        rotation=wanted.rotation,
        person=wanted.person,
        level=wanted.level,
        starts_at=wanted.starts_at.isoformat(),
        ends_at=wanted.ends_at.isoformat(),
    )
    value = replace(wanted, name=str(table.name))
    return Entry(value, dump(table, exclude_defaults=True), dump(table))


def name_of(rotation: str, person: str, level: int, starts: datetime, ends: datetime) -> str:
    """Return the name of an override without one: short enough to type, the same whenever it is read."""
    said = "\0".join((rotation, person, str(level), starts.isoformat(), ends.isoformat()))
    return f"{starts:%Y-%m-%d}-{hashlib.sha256(said.encode()).hexdigest()[:6]}"
