"""A settings file, or what the database holds, becomes settings: every fault is found, each with its place."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path as FilePath
from typing import Any

from statusapp_agent.core.model import Channel, Monitor, Person, Tier
from statusapp_agent.core.roster import Rotation
from statusapp_agent.kinds import ChannelKind, CheckKind
from statusapp_agent.settings import roster_build
from statusapp_agent.settings.build import Build, Builder
from statusapp_agent.settings.faults import Fault, Findings, SettingsError
from statusapp_agent.settings.links import check_links, warn_of_silence, without_circles
from statusapp_agent.settings.locate import Path, Places, locate
from statusapp_agent.settings.values import NOUNS, AgentSettings, Entry, Settings

MOST_BYTES = 1_048_576
_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")

Checks = Mapping[str, CheckKind[Any]]
Channels = Mapping[str, ChannelKind[Any]]
Where = dict[tuple[str, str], Path]


def read_settings(
    text: str,
    file: str,
    checks: Checks,
    channels: Channels,
    *,
    region: str = "",
    environment: Mapping[str, str] | None = None,
    given: Mapping[str, str] | None = None,
    known: Settings | None = None,
) -> Settings:
    """Read the text of a settings file; raise `SettingsError` with all its faults.

    ``region`` is the default region. ``environment`` resolves ``{ env = ... }`` as far as it can; ``given`` are
    values that a client has read, by path. ``known`` are settings that the file is added to: it may use their names.
    """
    document = _parse(text, file)
    findings = Findings(file, locate(text))
    builder = Builder(findings, checks, channels, FilePath(file).parent, environment or {}, given or {})
    settings, where = _build(document, builder, region)
    settings = replace(settings, file=file, places=_by_name(findings, where))
    merged = settings if known is None else added_to(known, settings)
    lost = _named_but_broken(document, settings)
    check_links(_with_names(merged, lost), where, channels, findings)
    if findings.faults:
        raise SettingsError(findings.ordered())
    warn_of_silence(merged, where, findings)
    return replace(settings, warnings=tuple(findings.warnings))


def from_documents(
    documents: Mapping[str, Any], checks: Checks, channels: Channels, *, region: str = "", file: str = "database"
) -> Settings:
    """Rebuild settings from `Settings.documents`, at the agent's start; never raises.

    An entry that cannot be read is left out and told in ``faults``; a name that leads nowhere is told, and the entry
    stays; circles of dependencies are cut.
    """
    findings = Findings(file, Places())
    builder = Builder(findings, checks, channels, FilePath("/"), {}, {})
    settings, where = _build(documents, builder, region)
    check_links(settings, where, channels, findings)
    return replace(
        without_circles(settings), file=file, warnings=tuple(findings.warnings), faults=tuple(findings.ordered())
    )


def added_to(current: Settings, wanted: Settings) -> Settings:
    """Return current settings with the entries of others added or replaced; the agent's table is the others'."""
    return Settings(
        agent=wanted.agent,
        channels={**current.channels, **wanted.channels},
        tiers={**current.tiers, **wanted.tiers},
        monitors={**current.monitors, **wanted.monitors},
        maintenance={**current.maintenance, **wanted.maintenance},
        people={**current.people, **wanted.people},
        rotations={**current.rotations, **wanted.rotations},
        overrides={**current.overrides, **wanted.overrides},
        file=wanted.file,
        places=wanted.places,
    )


def agent_settings(document: Mapping[str, Any], region: str) -> AgentSettings:
    """Return the agent's settings of a document that has been read before; raise `SettingsError` if it is not sound."""
    findings = Findings("settings", Places())
    built = Builder(findings, {}, {}, FilePath("/"), {}, {}).agent(document, ("agent",), region)
    if built is None:
        raise SettingsError(findings.ordered())
    return built


def _parse(text: str, file: str) -> dict[str, Any]:
    if len(text) > MOST_BYTES or len(text.encode(errors="replace")) > MOST_BYTES:
        raise SettingsError([Fault(file, None, None, "the file is larger than 1 MiB, which is no settings file")])
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise SettingsError([Fault(file, None, None, "the file is nested too deeply")]) from None
    except ValueError as fault:  # a TOMLDecodeError, or a number that Python refuses to read
        said = str(fault)
        place = _PLACE.search(said)
        line = int(place.group(1)) if place and place.group(1) else text.count("\n") + 1 if place else None
        sentence = _PLACE.sub("", said)
        message = f"this is not TOML: {sentence[:1].lower()}{sentence[1:]}"
        raise SettingsError([Fault(file, line, None, message)]) from None


def _build(document: Mapping[str, Any], builder: Builder, region: str) -> tuple[Settings, Where]:
    findings = builder.findings
    right = ["agent", *NOUNS]
    for key in document:
        if key not in right:
            findings.fault((key,), f'there is no table "{key}" in a settings file', key, right)
    raw_agent = document.get("agent", {})
    agent = None
    if isinstance(raw_agent, Mapping):
        agent = builder.agent(raw_agent, ("agent",), region)
    else:
        findings.fault(("agent",), '"agent" must be a table: write [agent]')
    where: Where = {}
    builds: dict[str, Build] = {
        "channels": builder.channel,
        "tiers": builder.tier,
        "monitors": builder.monitor,
        "maintenance": builder.maintenance,
        "people": partial(roster_build.person, builder),
        "rotations": partial(roster_build.rotation, builder),
        "overrides": partial(roster_build.override, builder),
    }
    lists = {noun: _list(document.get(noun, []), noun, build, findings, where) for noun, build in builds.items()}
    settings = Settings(
        agent=agent or AgentSettings(region=region),
        channels=lists["channels"],
        tiers=lists["tiers"],
        monitors=lists["monitors"],
        maintenance=lists["maintenance"],
        people=lists["people"],
        rotations=lists["rotations"],
        overrides=lists["overrides"],
        secrets=builder.secrets,
    )
    return settings, where


def _list(raw: Any, noun: str, build: Build, findings: Findings, where: Where) -> dict[str, Entry[Any]]:
    entries: dict[str, Entry[Any]] = {}
    if not isinstance(raw, list):
        findings.fault((noun,), f'"{noun}" must be a list of tables: write [[{noun}]]')
        return entries
    for position, table in enumerate(raw):
        at: Path = (noun, position)
        if not isinstance(table, Mapping):
            findings.fault(at, f'"{noun}" must be a list of tables: write [[{noun}]]')
            continue
        name = table.get("name")
        if isinstance(name, str) and (noun, name) in where:
            findings.fault((*at, "name"), f'there are two {noun} called "{name}": give one another name')
            continue
        if isinstance(name, str):
            where[noun, name] = at
        if (entry := build(table, at)) is not None:
            entries[entry.value.name] = entry
            where.setdefault((noun, entry.value.name), at)  # an override's name may be made of what it says
    return entries


def _by_name(findings: Findings, where: Where) -> Places:
    """Return the places of elements by list and name, as a plan needs them."""
    lines = {at: key for key, at in where.items()}
    named: dict[Path, int] = {}
    for path, line in findings.places.lines.items():
        if path[:2] in lines:
            named[(*lines[path[:2]], *path[2:])] = line
    return Places(named)


def _named_but_broken(document: Mapping[str, Any], settings: Settings) -> dict[str, set[str]]:
    """Return names of entries that were left out for faults of their own: what refers to them is not at fault."""
    return {
        noun: {table["name"] for table in document.get(noun, []) if _has_name(table)} - settings.entries(noun).keys()
        for noun in NOUNS
        if isinstance(document.get(noun, []), list)
    }


def _has_name(table: Any) -> bool:
    return isinstance(table, Mapping) and isinstance(table.get("name"), str)


def _with_names(settings: Settings, lost: Mapping[str, set[str]]) -> Settings:
    return replace(
        settings,
        channels={
            **{name: Entry(Channel(name, "", None), {}) for name in lost.get("channels", ())},
            **settings.channels,
        },
        tiers={**{name: Entry(Tier(name, ()), {}) for name in lost.get("tiers", ())}, **settings.tiers},
        monitors={
            **{name: Entry(Monitor(name, "", None), {}) for name in lost.get("monitors", ())},
            **settings.monitors,
        },
        people={**{name: Entry(Person(name), {}) for name in lost.get("people", ())}, **settings.people},
        rotations={
            **{name: Entry(Rotation(name, "UTC", ()), {}) for name in lost.get("rotations", ())},
            **settings.rotations,
        },
    )
