"""The points of the troubleshooting list that concern on-call: gaps, people who cannot be reached, lost overrides."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from statusapp_agent.core.model import Channel, Person
from statusapp_agent.core.oncall import gaps, reach, who
from statusapp_agent.core.oncall_words import moment, rotation_in_words
from statusapp_agent.core.phrases import count, length, listed
from statusapp_agent.core.points import TOLD, Point
from statusapp_agent.core.roster import Roster, Rotation, reference

AHEAD: Final = timedelta(days=14)
_NAMED = 3
_CONTACTS: Final[Mapping[str, tuple[str, str]]] = {
    "sms": ("phone", "a phone number"),
    "email": ("email", "an e-mail address"),
    "slack": ("slack_id", "a Slack ID"),
}
"""By kind of channel: the contact of a person that it needs, and what people call that."""


def oncall_points(roster: Roster, channels: Mapping[str, Channel], now: datetime) -> list[Point]:
    """Perform the points of all rotations, and of the channels that reach whoever is on call."""
    found = [point for name in sorted(roster.rotations) for point in _rotation(roster, roster.rotations[name], now)]
    found += [point for name in sorted(channels) for point in channel_on_call(roster, channels[name], now)]
    return [*found, *_overrides(roster, now)]


def _rotation(roster: Roster, rotation: Rotation, now: datetime) -> Iterable[Point]:
    zone, title = ZoneInfo(rotation.timezone), f"On call in {rotation.name}"
    on = who(roster, rotation, now)
    text = rotation_in_words(rotation.name, on, now, zone)
    if not on:
        yield Point(
            TOLD, title, "fail", text, f"`statusapp oncall override {rotation.name} PERSON --until 8h` helps now."
        )
    else:
        yield Point(TOLD, title, "pass", text)
    missing = [span for span in gaps(roster, rotation, now, now + AHEAD) if span[0] > now or on]
    if not missing:
        return
    named = [_span(span, now, rotation) for span in missing[:_NAMED]]
    more = [f"{len(missing) - _NAMED} more"] if len(missing) > _NAMED else []
    text = f"Nobody is on call in {rotation.name} {listed([*named, *more])}, within the next 14 days."
    cure = "Give the rotation a layer that covers it, or an override: `statusapp oncall override`."
    yield Point(TOLD, f"Gaps in {rotation.name}", "fail", text, cure)


def _span(span: tuple[datetime, datetime], now: datetime, rotation: Rotation) -> str:
    zone = ZoneInfo(rotation.timezone)
    lasts = length((span[1] - span[0]).total_seconds())
    return f"from {moment(span[0], now, zone)} to {moment(span[1], now, zone)} ({lasts})"


def channel_on_call(roster: Roster, channel: Channel, now: datetime) -> Iterable[Point]:
    """Tell whom a channel reaches now, and who of its rotations cannot be reached by it at all."""
    for text in channel.on_call:
        title = f"{channel.name}, who is on call"
        people = reach(roster, text, now)
        if not people:
            look = "`statusapp oncall` shows who is on call, and when somebody is again."
            yield Point(TOLD, title, "fail", f"{channel.name} would reach nobody now: {text} has nobody on call.", look)
        else:
            named = listed(person.name for person in people)
            yield Point(TOLD, title, "pass", f"{channel.name} would reach {named} now.")
        yield from _unreachable(roster, channel, text)


def _unreachable(roster: Roster, channel: Channel, text: str) -> Iterable[Point]:
    needed = _CONTACTS.get(channel.kind)
    if needed is None:
        return
    field, words = needed
    without = [person.name for person in _candidates(roster, text) if not getattr(person, field)]
    if without:
        one = len(without) == 1
        said = (
            f"{listed(without)} {'has' if one else 'have'} no {words.partition(' ')[2]}, and {channel.name} needs it."
        )
        cure = f"Give {'it' if one else 'them'} as `{field}` under [[people]]."
        yield Point(TOLD, f"{channel.name}, contacts", "fail", said, cure)


def _candidates(roster: Roster, text: str) -> list[Person]:
    """Return everybody whom a reference may come to reach: of its level, or of all; overrides included."""
    wanted = reference(text)
    rotation = roster.rotations.get(wanted.rotation)
    if rotation is None:
        return []
    layers = [layer for level, layer in enumerate(rotation.layers, 1) if wanted.level in (None, 0, level)]
    names = [name for layer in layers for name in layer.people]
    names += [each.person for each in roster.overrides if each.rotation == rotation.name]
    return [roster.people[name] for name in dict.fromkeys(names) if name in roster.people]


def _overrides(roster: Roster, now: datetime) -> Iterable[Point]:
    """Find overrides whose person or rotation is not there (any more): the settings were mended by hand."""
    lost: Collection[str] = [
        each.name
        for each in roster.overrides
        if each.ends_at > now
        and (
            each.person not in roster.people
            or each.rotation not in roster.rotations
            or each.level > len(roster.rotations[each.rotation].layers)
        )
    ]
    if lost:
        text = f"{count(len(lost), 'override')} of nobody or of nothing: {listed(lost)}."
        yield Point(TOLD, "Overrides", "fail", text, "`statusapp oncall remove NAME` takes it away.")
