"""What settings say of people and rotations: every name that is used must exist, wherever it stands."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from statusapp_agent.core.model import Action
from statusapp_agent.core.roster import reference
from statusapp_agent.settings.faults import Findings
from statusapp_agent.settings.locate import Path
from statusapp_agent.settings.values import Settings

PREFIX = "oncall:"
Where = Mapping[tuple[str, str], Path]


def on_call_of(settings: Any) -> Iterator[tuple[str, str]]:
    """Yield what a channel's settings name after ``oncall:``, with the key it stands at."""
    if not isinstance(settings, BaseModel):
        return
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        for text in value if isinstance(value, list | tuple) else (value,):
            if isinstance(text, str):
                yield from ((field.alias or name, rotation) for rotation in _named(text))


def _named(text: str) -> list[str]:
    """Return the rotations of one text: the whole of it, or words without blanks among others, as in mentions."""
    if text.startswith(PREFIX) and text.count(PREFIX) == 1 and "<" not in text:
        return [text.removeprefix(PREFIX)]
    return [word.removeprefix(PREFIX) for word in text.split() if word.startswith(PREFIX)]


def check_roster(settings: Settings, where: Where, kinds: Mapping[str, Any], to: Findings) -> None:
    """Add a fault for every name of a person, a rotation, a level or a channel that leads nowhere."""
    for name, entry in settings.rotations.items():
        at, subject = where.get(("rotations", name), ()), f'rotation "{name}"'
        for position, layer in enumerate(entry.value.layers):
            place = (*at, "layers", position, "people") if at else ()
            for person in layer.people:
                _exists(to, place, subject, "person", person, settings.people)
        if entry.value.remind is not None:
            _check_remind(settings, kinds, entry.value.remind, subject, (*at, "remind"), to)
    for name, written in settings.overrides.items():
        override = written.value
        at, subject = where.get(("overrides", name), ()), f'override of "{override.rotation}"'
        _exists(to, (*at, "person"), subject, "person", override.person, settings.people)
        _exists(to, (*at, "rotation"), subject, "rotation", override.rotation, settings.rotations)
        _check_level(settings, override.rotation, override.level, subject, (*at, "level"), to)
    for name, channel in settings.channels.items():
        for key, text in on_call_of(channel.value.settings):
            _check_reference(settings, text, f'channel "{name}"', (*where.get(("channels", name), ()), key), to)


def check_hours(settings: Settings, where: Where, to: Findings) -> None:
    """Add a fault for every step that asks for hours which the agent's settings do not name."""
    if settings.agent.business_hours is not None:
        return
    for name, tier in settings.tiers.items():
        for position, step in enumerate(tier.value.notify):
            if step.hours is not None:
                at = (*where.get(("tiers", name), ()), "notify", position, "hours")
                to.fault(at, f'tier "{name}": "hours" has no meaning yet: name business_hours under [agent]')


def _check_reference(settings: Settings, text: str, subject: str, at: Path, to: Findings) -> None:
    try:
        wanted = reference(text)
    except ValueError as fault:
        to.fault(at, f"{subject}: {fault}")
        return
    _exists(to, at, subject, "rotation", wanted.rotation, settings.rotations)
    if wanted.level:
        _check_level(settings, wanted.rotation, wanted.level, subject, at, to)


def _check_level(settings: Settings, rotation: str, level: int, subject: str, at: Path, to: Findings) -> None:
    entry = settings.rotations.get(rotation)
    layers = entry.value.layers if entry is not None else ()
    if layers and level > len(layers):
        has = f"the rotation has {len(layers)}" if len(layers) > 1 else "the rotation has only one"
        to.fault(at, f'{subject}: there is no level {level} of "{rotation}": {has}')


def _check_remind(
    settings: Settings, kinds: Mapping[str, Any], channel: str, subject: str, at: Path, to: Findings
) -> None:
    _exists(to, at, subject, "channel", channel, settings.channels)
    entry = settings.channels.get(channel)
    kind = kinds.get(entry.value.kind) if entry is not None else None
    if kind is not None and Action.CHANGE not in kind.actions:
        to.fault(at, f'{subject}: "{channel}" only takes pages, a hand-off is none: name one of another kind')


def _exists(to: Findings, at: Path, subject: str, what: str, name: str, known: Mapping[str, Any]) -> None:
    if name not in known:
        to.fault(at, f'{subject}: there is no {what} "{name}"', name, known)
