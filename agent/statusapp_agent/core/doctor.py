"""The troubleshooting list, performed: for one channel, for one monitor, or for everything."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

from statusapp_agent.core.chain import Scene, live_channels
from statusapp_agent.core.channel_points import assigned, channel_points
from statusapp_agent.core.model import Channel
from statusapp_agent.core.oncall_points import channel_on_call, oncall_points
from statusapp_agent.core.paging_points import paging_points
from statusapp_agent.core.phrases import count, unknown_name
from statusapp_agent.core.points import (
    ABLE,
    FAILING,
    TOLD,
    WATCHED,
    WORKS,
    BackupFacts,
    ChannelFacts,
    Facts,
    Point,
    Verdict,
    agent_points,
    monitor_points,
)
from statusapp_agent.core.routing import route
from statusapp_agent.core.state import State

__all__ = [
    "BackupFacts",
    "ChannelFacts",
    "Diagnosis",
    "Facts",
    "Point",
    "Verdict",
    "concerned",
    "doctor",
    "told_by",
]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All points of a subject (None: of everything), ordered as a page travels, and their sum in one sentence."""

    subject: str | None
    sentence: str
    findings: tuple[Point, ...]


_ORDER = (WATCHED, FAILING, TOLD, WORKS, ABLE)


def doctor(state: State, facts: Facts, now: datetime, subject: str | None = None, zone: tzinfo = UTC) -> Diagnosis:
    """Perform the list. For everything, only what does not pass is told of each monitor and channel, the rest in sum.

    A monitor brings the channels along that it notifies. Times are told in ``zone``. Raises LookupError, with a
    sentence, when ``subject`` is neither a channel nor a monitor.
    """
    live = live_channels(state)
    if subject is not None and subject not in state.watches and subject not in live:
        raise LookupError(unknown_name(subject, [*live, *state.watches], "channel or monitor"))
    users = _users(state, live)
    monitors = [name for name in state.watches if subject in (None, name)]
    channels = [name for name in live if subject is None or name == subject or subject in users[name]]
    of_monitors = {name: monitor_points(Scene(state, state.watches[name], live, now, zone), facts) for name in monitors}
    of_channels = {name: _channel_points(state, facts, name, users[name], now, zone) for name in channels}
    carrying = {record.channel.name for record in state.channels.values()} if subject is None else channels
    found = [
        *_missing(state, live, subject),
        *_told(of_monitors, subject, "monitor"),
        *_told(of_channels, subject, "channel"),
        *_on_call(state, live, subject, channels, now),
        *agent_points(state, facts, carrying, now, zone),
    ]
    findings = tuple(sorted(found, key=lambda point: _ORDER.index(point.group)))
    return Diagnosis(subject, _in_sum(findings), findings)


def _on_call(
    state: State, live: Mapping[str, Channel], subject: str | None, channels: Collection[str], now: datetime
) -> list[Point]:
    """Return what concerns on-call: all of it for everything, else of the channels that are looked at."""
    if subject is None:
        return oncall_points(state.roster, live, now)
    return [point for name in channels for point in channel_on_call(state.roster, live[name], now)]


def concerned(state: State, subject: str | None) -> set[str]:
    """Return the names of the channels that a diagnosis of ``subject`` looks at."""
    users = _users(state, live_channels(state))
    return {name for name, monitors in users.items() if subject in (None, name) or subject in monitors}


def told_by(state: State, channel: str) -> list[str]:
    """Return the monitors that would use a channel now, sorted."""
    return sorted(_users(state, live_channels(state)).get(channel, ()))


def _users(state: State, live: Mapping[str, Channel]) -> Mapping[str, set[str]]:
    """Return for each channel the monitors that would use it now."""
    users: dict[str, set[str]] = {name: set() for name in live}
    for name, watch in state.watches.items():
        for step in route(watch.monitor, live, state.tiers).steps:
            users[step.channel].add(name)
    return users


def _channel_points(
    state: State, facts: Facts, name: str, users: Collection[str], now: datetime, zone: tzinfo
) -> list[Point]:
    record = state.channels[name]
    actions = state.actions.get(record.channel.kind, frozenset())
    known = facts.channels.get(name)
    points = channel_points(record, known, actions, now, zone)
    if known is not None and known.paging is not None:
        points += paging_points(name, known.paging, [state.watches[user].monitor for user in sorted(users)], zone)
    return [assigned(record, users), *points] if state.watches else points


def _missing(state: State, live: Mapping[str, Channel], subject: str | None) -> Iterable[Point]:
    if subject is None and not state.watches:
        text = "Nothing is watched yet. Most people begin with their router."
        yield Point(WATCHED, "Monitors", "unknown", text, "Add a monitor.")
    if subject is None and not live:
        text = "Nobody is told yet. An incident would only show here and in the tray."
        yield Point(WORKS, "Channels", "fail" if state.watches else "unknown", text, "Create a channel, and test it.")


def _told(found: Mapping[str, list[Point]], subject: str | None, noun: str) -> list[Point]:
    """Return all points of the subject itself; of others only what does not pass, by name, and how many do."""
    own = found.get(subject, []) if subject is not None else []
    others = {name: points for name, points in found.items() if name != subject}
    return [*own, *(point for group in _ORDER for point in _in_short(others, group, noun))]


def _in_short(found: Mapping[str, list[Point]], group: str, noun: str) -> Iterable[Point]:
    concerned = fine = 0
    for name, points in found.items():
        here = [point for point in points if point.group == group]
        concerned += bool(here)
        fine += bool(here) and all(point.verdict == "pass" for point in here)
        for point in here:
            if point.verdict != "pass" or point.note:
                yield replace(point, point=f"{name}, {point.point[0].lower()}{point.point[1:]}")
    if fine:
        every = f"{count(fine, noun)} pass{'es' if fine == 1 else ''}"
        some = f"{fine} of {count(concerned, noun)} pass{'es' if fine == 1 else ''}"
        yield Point(group, f"{noun.capitalize()}s", "pass", f"{every if fine == concerned else some} every point here.")


def _in_sum(findings: Sequence[Point]) -> str:
    failed = [point for point in findings if point.verdict == "fail"]
    unknown = sum(point.verdict == "unknown" for point in findings)
    of = f"of {count(len(findings), 'point')}"
    if failed:
        hand = "needs a hand" if len(failed) == 1 else "need a hand, first of all"
        return f"{len(failed)} {of} {hand}: {failed[0].point}. {failed[0].text}"
    if unknown:
        return f"Nothing is known to be wrong; {unknown} {of} {'is' if unknown == 1 else 'are'} not known."
    return f"All {count(len(findings), 'point')} pass."
