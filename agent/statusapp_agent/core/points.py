"""The points of the troubleshooting list, performed on monitors and on the agent itself; channels have their own."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Final, Literal

from statusapp_agent.core import chain
from statusapp_agent.core.canary import verdict
from statusapp_agent.core.chain import Scene
from statusapp_agent.core.health import is_flapping
from statusapp_agent.core.model import Delivery
from statusapp_agent.core.paging_facts import PagingFacts
from statusapp_agent.core.phrases import clock, count, lasting, listed, sentence
from statusapp_agent.core.routing import route
from statusapp_agent.core.state import State
from statusapp_agent.core.told import OPENING, Link, told
from statusapp_agent.kinds import Finding

Verdict = Literal["pass", "fail", "unknown"]

WATCHED: Final = "Is it watched?"
FAILING: Final = "Is it failing?"
TOLD: Final = "Would somebody be told?"
WORKS: Final = "Does the channel work?"
ABLE: Final = "Can StatusApp do its work?"

LONGEST_WAIT = timedelta(minutes=1)
"""How long a message may wait: the same minute after which the agent counts as unable to page."""


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """What was found out about a channel outside of the core.

    ``findings`` are what its kind says of its settings and secrets; ``secrets`` the fields whose secret could be read;
    ``vault`` is the vault's sentence when one could not. ``service_exists`` and ``service`` are what the REST API says
    of the service behind the key, None and empty when it was not asked; ``paging`` is all that it says of the road on.
    """

    findings: tuple[Finding, ...] = ()
    secrets: frozenset[str] = frozenset()
    vault: str | None = None
    service_exists: bool | None = None
    service: str = ""
    paging: PagingFacts | None = None


@dataclass(frozen=True, slots=True)
class BackupFacts:
    """What the restore drill found: the newest copy was opened, checked and read as a restore would; or why not.

    ``made_at`` is None when there is no copy at all.
    """

    made_at: datetime | None
    monitors: int = 0
    channels: int = 0
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the edge found out for the doctor.

    ``backup`` is the newest copy of the state, None when nobody looked. ``proxies`` are the proxy variables that are
    set, with their values without credentials; ``problems`` the agent's own, one sentence each; ``muted`` until when
    notices are silent, by monitor, with ``None`` for all of them.
    """

    channels: Mapping[str, ChannelFacts] = field(default_factory=dict)
    proxies: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    muted: Mapping[str | None, datetime] = field(default_factory=dict)
    backup: BackupFacts | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """One point: what was looked at, how it went, in words, and what to do unless it passed.

    A ``note`` is worth showing although it passed.
    """

    group: str
    point: str
    verdict: Verdict
    text: str
    remedy: str | None = None
    note: bool = False


def point_of(group: str, point: str, link: Link, *, ends: Verdict = "fail", open_: Verdict = "unknown") -> Point:
    """Return a link of the chain as a point: ``ends`` and ``open_`` are what its False and its None mean here."""
    judged: Verdict = "pass" if link.ok else ends if link.ok is False else open_
    return Point(group, point, judged, link.text, None if judged == "pass" else link.remedy)


def monitor_points(scene: Scene, facts: Facts) -> list[Point]:
    """Perform the points of one monitor, in the order in which a page travels."""
    found = [
        point_of(WATCHED, "Checks", chain.watched(scene), ends="unknown" if scene.watch.paused else "fail"),
        point_of(WATCHED, "Maintenance", chain.in_service(scene), ends="unknown"),
        point_of(WATCHED, "Silence", chain.loud(scene), ends="unknown"),
        point_of(WATCHED, "Our own sight", chain.sighted(scene), ends="unknown"),
        point_of(FAILING, "State", chain.failing(scene), ends="pass"),
        point_of(FAILING, "Confirmation", chain.confirmed(scene), ends="unknown", open_="pass"),
        _flapping(scene),
        point_of(FAILING, "Dependency", chain.unheld(scene), ends="unknown", open_="pass"),
    ]
    by_hand = chain.reopened(scene)
    if by_hand is not None:
        found.append(point_of(FAILING, "Resolved by hand", by_hand, ends="unknown"))
    recovery_open: Verdict = "unknown" if scene.down else "pass"
    found.append(point_of(FAILING, "Recovery", chain.recovering(scene.watch, scene.now), open_=recovery_open))
    found.append(point_of(TOLD, "Route", chain.routed(scene)))
    found += _second_channel(scene)
    return [*found, *_pages(scene), *_mute(facts, scene.name, scene.now, scene.zone)]


def _flapping(scene: Scene) -> Point:
    link = chain.calm(scene)
    flaps = is_flapping(scene.health, scene.monitor, scene.now)
    return Point(FAILING, "Flapping", "unknown" if flaps else "pass", link.text, link.remedy if flaps else None)


def _second_channel(scene: Scene) -> Iterable[Point]:
    """What is of the first tier should not hang on one channel alone."""
    steps = route(scene.monitor, scene.channels, scene.state.tiers).steps
    if scene.monitor.tier == "1" and len(steps) == 1:
        text = f"{steps[0].channel} is the only channel of it: while that fails, nobody is told."
        yield Point(TOLD, "Backup", "unknown", text, "Give tier 1 a second channel, of another kind.")


def _pages(scene: Scene) -> Iterable[Point]:
    """Judge the pages of the open incident: the latest over each channel."""
    if scene.incident is None:
        return
    notified = {step.channel for step in route(scene.monitor, scene.channels, scene.state.tiers).steps}
    latest: dict[str, Delivery] = {}
    for number in sorted(scene.state.by_incident.get(scene.incident.id, ())):
        delivery = scene.state.deliveries[number]
        name = delivery.channel.partition("~")[0]
        if delivery.action in OPENING and name in notified:
            latest[name] = delivery
    for name, delivery in latest.items():
        link = told(delivery, scene.now, scene.zone)
        # A later step waits for its time by intention.
        waits = delivery.pending and delivery.attempts == 0
        yield point_of(TOLD, f"Page over {name}", link, open_="pass" if waits or not delivery.pending else "unknown")


def _mute(facts: Facts, name: str | None, now: datetime, zone: tzinfo) -> Iterable[Point]:
    until = facts.muted.get(name)
    if until is not None and until > now:
        text = f"Muted until {clock(until, now, zone)}. Incidents still open and channels still page; "
        yield Point(TOLD, "Mute", "pass", f"{text}this computer stays silent.", note=True)


def agent_points(state: State, facts: Facts, channels: Collection[str], now: datetime, zone: tzinfo) -> list[Point]:
    """Perform the points of the agent itself; messages are looked at for these channels only."""
    problems = [
        Point(ABLE, "Agent", "fail", sentence(problem), "`statusapp agent status` says more.")
        for problem in facts.problems
    ]
    found = problems or [Point(ABLE, "Agent", "pass", "It knows of no problem of its own.")]
    found += _mute(facts, None, now, zone)
    found += [*_canaries(state, now, zone), *_waiting(state, channels, now)]
    return [*found, *_backup(state, facts.backup, now), _proxies(facts)]


def _canaries(state: State, now: datetime, zone: tzinfo) -> Iterable[Point]:
    title = "Canaries"
    if not state.canary_scopes:
        text = "Off: when our own network fails, everything beyond it looks down."
        yield Point(ABLE, title, "unknown", text, 'Name some under [agent], such as canaries = ["192.168.1.1"].')
        return
    if state.round is None:
        yield Point(ABLE, title, "unknown", "They have not been looked at yet.", "A round takes a few seconds.")
        return
    for scope in sorted(state.canary_scopes, key=lambda scope: scope.rank):
        gate = verdict(state.round, scope)
        running = state.blind.get(scope)
        since = f", since {clock(running.began_at, now, zone)}" if running is not None and not gate.open else ""
        check = None if gate.open else "Check the network of this computer: pages may not leave it, and wait."
        text = sentence(f"{gate.reason}{since}")
        yield Point(ABLE, f"{title} ({scope.value})", "pass" if gate.open else "fail", text, check)


def _waiting(state: State, channels: Collection[str], now: datetime) -> Iterable[Point]:
    """Find messages that are late: not those that a route or a second resolve makes wait."""
    title, late = "Messages", dict[str, list[Delivery]]()
    for delivery in state.deliveries.values():
        due = max(delivery.created_at, delivery.not_before or delivery.created_at)
        name = delivery.channel.partition("~")[0]
        if delivery.accepted_at is not None:
            continue  # it has left; only its end is asked for
        if delivery.pending and name in channels and now - due > LONGEST_WAIT:
            late.setdefault(name, []).append(delivery)
    for name, waiting in sorted(late.items()):
        first = min(waiting, key=lambda delivery: delivery.created_at)
        why = f": {first.reason}" if first.attempts else ""
        one = len(waiting) == 1
        text = f"{count(len(waiting), 'message')} for {name} {'has' if one else 'have'} waited"
        text += f" {lasting(first.created_at, now)}{why}"
        yield Point(ABLE, title, "fail", sentence(text), "Nothing is lost; what the channel answers stands above.")
    if not late:
        yield Point(ABLE, title, "pass", "None has waited for more than a minute.")


OLD_BACKUP = timedelta(days=2)


def _backup(state: State, drill: BackupFacts | None, now: datetime) -> Iterable[Point]:
    title = "Backup"
    if drill is None:
        return
    if drill.made_at is None:
        if state.watches or state.channels:
            text = "There is no copy of the state yet; one is made each night and after each change of the settings."
            yield Point(ABLE, title, "unknown", text, "`statusapp backup FILE` makes one now.")
        return
    age = lasting(drill.made_at, now)
    held = f"{count(drill.monitors, 'monitor')} and {count(drill.channels, 'channel')}"
    if drill.fault is not None:
        text = sentence(f"The newest copy, {age} old, could not be restored: {drill.fault}")
        yield Point(ABLE, title, "fail", text, "`statusapp backup FILE` makes a good one now; look at the disk.")
    elif now - drill.made_at > OLD_BACKUP:
        text = f"The newest copy is {age} old; none could be made since."
        yield Point(ABLE, title, "fail", text, "See `statusapp agent logs` for why; is the disk full?")
    else:
        yield Point(ABLE, title, "pass", f"The newest copy, {age} old, was read as a restore would: {held}.")


def _proxies(facts: Facts) -> Point:
    if not facts.proxies:
        return Point(ABLE, "Proxies", "pass", "No proxy variable is set: channels connect directly.")
    # What stands before the last @ of a proxy's address is a password, whoever handed it in.
    known = listed(f"{name} ({value.rpartition('@')[2]})" for name, value in sorted(facts.proxies.items()))
    return Point(ABLE, "Proxies", "pass", f"Set: {known}. Channels use them, checks do not.", note=True)
