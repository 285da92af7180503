"""What applying settings would change, in words, and what they would be then. Pure: nothing is done here."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from statusapp_agent.kinds import ChannelKind
from statusapp_agent.settings.documents import OWN
from statusapp_agent.settings.faults import Findings, SettingsError
from statusapp_agent.settings.links import check_links
from statusapp_agent.settings.read import added_to, agent_settings
from statusapp_agent.settings.roster_links import check_hours
from statusapp_agent.settings.tables import AgentTable
from statusapp_agent.settings.values import NOUNS, AgentSettings, Document, Entry, Settings
from statusapp_agent.vault import Secret

Verb = Literal["create", "change", "delete"]


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a plan; ``details`` say what changes, never a secret."""

    verb: Verb
    noun: str
    name: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Changes in order, the settings after them, and warnings.

    ``secrets`` are those that the vault does not hold yet; ``gone`` are paths of elements that are deleted or do not
    name a secret any more: the vault may forget them once nothing pending needs them.
    """

    changes: list[Change]
    result: Settings
    warnings: list[str]
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    gone: tuple[str, ...] = ()


def plan(
    current: Settings,
    wanted: Settings,
    prune: bool,
    *,
    same_secret: Callable[[str, str], bool] = lambda _path, _value: False,
    holds_secret: Callable[[str], bool] = lambda _path: True,
    channels: Mapping[str, ChannelKind[Any]] | None = None,
) -> Plan:
    """Return how current settings become the wanted ones; raise `SettingsError` when the result contradicts itself.

    Without ``prune`` what is absent from the wanted ones stays. ``same_secret(path, value)`` asks the vault whether it
    holds that value, ``holds_secret(path)`` whether it holds any. ``channels`` are the kinds that tiers may name.
    """
    agent = _agent(current, wanted, prune)
    result = replace(wanted if prune else added_to(current, wanted), agent=agent, secrets={}, warnings=(), faults=())
    _check(result, wanted, channels)
    fresh = {path: secret for path, secret in wanted.secrets.items() if not same_secret(path, secret.reveal())}
    changes = _agent_changes(current.agent, agent)
    for noun in NOUNS:
        changes += _changes(noun, current.entries(noun), result.entries(noun), fresh)
    warnings = [*wanted.warnings, *_left_over(current, wanted, prune)]
    warnings += [
        f'"{path}" is said to be in the vault, which does not hold it: enter it with set-secret'
        for path in sorted(_vault_paths(wanted) - fresh.keys())
        if not holds_secret(path)
    ]
    gone = _secret_paths(current) - _secret_paths(result)
    return Plan(changes, result, warnings, fresh, tuple(sorted(gone)))


def _check(result: Settings, wanted: Settings, channels: Mapping[str, ChannelKind[Any]] | None) -> None:
    findings = Findings(wanted.file, wanted.places)
    where = {(noun, name): (noun, name) for noun in NOUNS for name in result.entries(noun)}
    steps = [step.kind for tier in result.tiers.values() for step in tier.value.notify if step.kind]
    check_links(result, where, channels if channels is not None else dict.fromkeys(steps), findings)
    check_hours(result, where, findings)
    if findings.faults:
        raise SettingsError(findings.ordered())


def _agent(current: Settings, wanted: Settings, prune: bool) -> AgentSettings:
    kept = {} if prune else current.agent.document
    document = {**kept, **wanted.agent.document}
    defaults = AgentTable().model_dump(mode="json", exclude_none=True)
    short = {key: value for key, value in document.items() if key not in defaults or defaults[key] != value}
    # Settings without a region of their own carry the default one.
    return agent_settings(short, wanted.agent.region or current.agent.region)


def _agent_changes(old: AgentSettings, new: AgentSettings) -> list[Change]:
    defaults = AgentTable().model_dump(mode="json", exclude_none=True)
    details = _differences({**defaults, **old.document}, {**defaults, **new.document})
    return [Change("change", "agent", "agent", tuple(details))] if details else []


def _changes(
    noun: str, old: Mapping[str, Entry[Any]], new: Mapping[str, Entry[Any]], fresh: Mapping[str, Secret]
) -> list[Change]:
    changes: list[Change] = []
    word = NOUNS[noun]
    for name, entry in new.items():
        prefix = f"{noun}/{name}/"
        replaced = [path.removeprefix(prefix) for path in fresh if path.startswith(prefix)]
        if name not in old:
            changes.append(Change("create", word, name, tuple(_described(entry.document))))
            continue
        details = _differences(old[name].full, entry.full) if old[name].document != entry.document else []
        details += [f"{key} replaced" for key in replaced]
        if details:
            changes.append(Change("change", word, name, tuple(details)))
    return changes + [Change("delete", word, name) for name in old if name not in new]


def _differences(old: Document, new: Document) -> list[str]:
    details = []
    for key in dict.fromkeys([*old, *new]):
        if key == OWN and isinstance(old.get(key, {}), Mapping) and isinstance(new.get(key, {}), Mapping):
            details += [f"{OWN}.{line}" for line in _differences(old.get(key, {}), new.get(key, {}))]
        elif old.get(key) != new.get(key):
            details.append(_difference(key, old.get(key), new.get(key)))
    return details


def _difference(key: str, old: Any, new: Any) -> str:
    if old is None:
        return f"{key} {_shown(new)}"
    if new is None:
        return f"{key} {_shown(old)} -> default"
    return f"{key} {_shown(old)} -> {_shown(new)}"


def _described(document: Document) -> list[str]:
    return [f"{key} {_shown(value)}" for key, value in document.items() if key != "name"]


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, str):
        return value or '""'
    if _is_reference(value):
        (place, name) = next(iter(value.items()))
        return "in the vault" if place == "vault" else f"from {place} {name}"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value) or "none"
    if isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
        return "; ".join(" ".join(f"{_shown(part)}" for part in item.values()) for item in value)
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:197]}..."


def _is_reference(value: Any) -> bool:
    return isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in {"env", "file", "keyring", "vault"}


def _secret_paths(settings: Settings) -> set[str]:
    return {
        f"{noun}/{name}/{key}"
        for noun in ("channels", "monitors")
        for name, entry in settings.entries(noun).items()
        for key, value in _own(entry.document).items()
        if _is_reference(value)
    }


def _vault_paths(settings: Settings) -> set[str]:
    return {
        f"{noun}/{name}/{key}"
        for noun in ("channels", "monitors")
        for name, entry in settings.entries(noun).items()
        for key, value in _own(entry.document).items()
        if _is_reference(value) and "vault" in value
    }


def _own(document: Document) -> dict[str, Any]:
    return {**document, **document.get(OWN, {})} if isinstance(document.get(OWN, {}), Mapping) else dict(document)


def _left_over(current: Settings, wanted: Settings, prune: bool) -> list[str]:
    if prune:
        return []
    counts = {noun: len(current.entries(noun).keys() - wanted.entries(noun).keys()) for noun in NOUNS}
    words = [f"{count} {noun if count > 1 else NOUNS[noun]}" for noun, count in counts.items() if count]
    if not words:
        return []
    return [f"{', '.join(words)} not in the file stay as they are: --prune would delete them"]
