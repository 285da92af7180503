"""A world in which everything goes wrong at once: faulty sends, crashes, a dead network, changing settings.

All chance comes from one seeded generator, so that a run can be repeated. Wrong couriers can be played as well, to see
that the oracle notices them.
"""

import random
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from statusapp_agent.core import events as ev
from statusapp_agent.core.incident import NotAllowedError, dedup_key
from statusapp_agent.core.model import Action, Again, Delivered, DeliveryState, Purpose, Step, Tier, When
from statusapp_agent.core.outbox import MAY_OPEN
from statusapp_agent.core.retry import due_at
from statusapp_agent.core.routing import route
from statusapp_agent.core.state import Look
from tests.support.world import (
    INSTALL,
    LAN,
    LOST_ANSWER,
    NOT_NOW,
    POISON,
    TOO_OFTEN,
    WRONG_KEY,
    World,
    account,
    channel,
    monitor,
)

TIER = Tier(
    "x",
    (
        Step(channel="pd"),
        Step(channel="pd2", when=When.UNDELIVERED, after_s=30),
        Step(channel="mail", when=When.UNACKNOWLEDGED, after_s=60),
    ),
)
CHANNELS = (channel("pd"), channel("pd2", settings="key-2"), channel("mail", "email", settings="smtp"))
SETTINGS = (
    {},
    {"a": {"channels": ("pd2",)}},
    {"a": {"channels": ("pd", "pd2")}},
    {"a": None},
    {"pd2": None},
    {"pd2": {"settings": "key-2-moved"}},
    {"b": {"settings": "https://elsewhere.lan", "channels": ("pd2", "mail")}},
)
LATEST_S = 100
"""How late a duplicate may arrive: the second resolve comes two minutes after the first."""


def _monitor(name, **changes):
    common = {"interval_s": 10.0, "retry_interval_s": 5.0, "failures": 2, "recoveries": 2, "flap_after": 0}
    return monitor(name, **{**common, **changes})


MONITORS = (_monitor("a"), _monitor("b", tier="x"), _monitor("c", channels=("pd", "mail"), depends_on=("a",)))


@dataclass
class Flight:
    """A try that is under way; ``arrives`` when it lands, unless it has arrived as it left."""

    delivery: object
    record: object
    lands_at: object
    outcome: object
    arrives: bool


class Storm(World):
    """Plays monitors, canaries, the courier and the faults, second by second."""

    def __init__(self, seed: int, *, wrong: str | None = None, umbrella_above: int = 0):
        self.chance = random.Random(seed)
        self.wrong = wrong
        self.faults = 0.0
        self.net = True
        self.broken_targets: set[str] = set()
        self.flying: list[Flight] = []
        self.late: list[tuple[object, object, object]] = []
        self.tries: dict[tuple[str, object], str] = {}
        self.duplicates = 0
        self.next_check: dict[str, object] = {}
        self.round_ends: object = None
        self.asked_to_look = False
        self.crashes = 0
        self.version = 1
        agent = {"storm_threshold": umbrella_above}
        super().__init__(*MONITORS, channels=CHANNELS, tiers=[TIER], canary_scopes=[LAN], agent=agent)

    # What happens

    def happen(self, what: str, which: int) -> None:
        """Let one thing happen; what does not fit the moment is refused, as it would be for a person."""
        names = sorted(self.monitors)
        name = names[which % len(names)]
        with suppress(NotAllowedError):
            getattr(self, f"_{what}")(name, which)

    def _fail(self, name, _):
        self.broken_targets.add(name)

    def _mend(self, name, _):
        self.broken_targets.discard(name)

    def _pass(self, _, which):
        self.play(5 + 7 * which)

    def _faulty(self, _, which):
        self.faults = (0.0, 0.4, 0.4, 0.9)[which % 4]

    def _network(self, _, which):
        self.net = which % 3 > 0

    def _crash(self, _, which):
        self.play(which)
        self.crash()

    def _acknowledge(self, name, which):
        if incident := self._of(name):
            self.do(ev.Acknowledge(incident, f"person {which}", "cli"))

    def _resolve(self, name, which):
        if incident := self._of(name):
            self.do(ev.Resolve(incident, f"person {which}", "cli"))

    def _snooze(self, name, which):
        if incident := self._of(name):
            self.do(ev.Snooze(incident, self.now + timedelta(seconds=30 * which), "ann", "cli"))

    def _pause(self, name, which):
        self.do(ev.Pause(name, "ann") if which % 2 else ev.Resume(name, "ann"))

    def _secret(self, _, which):
        self.version += 1
        name = sorted(self.channels)[which % len(self.channels)]
        self.do(ev.SecretChanged(name, {"key": self.version}, "ann"))

    def _test(self, _, which):
        name = sorted(self.channels)[which % len(self.channels)]
        self.do(ev.TestChannel(name, f"{len(self.ever):032x}", which % 5 == 0, "ann"))

    def _mute(self, name, which):
        self.do(ev.MuteFor(name if which % 2 else "", timedelta(seconds=20 * which + 1), "ann"))

    def _unmute(self, name, which):
        self.do(ev.Unmute(name if which % 3 == 0 else "", "ann"))

    def _take_back(self, name, _):
        if incident := self._of(name):
            self.do(ev.TakeBack(incident, "ann", "cli"))

    def _umbrella(self, _, which):
        """Do to an umbrella incident what people do to incidents."""
        found = [each for each in self.ever.values() if each.purpose is Purpose.STORM and each.is_open]
        for umbrella in found[:1]:
            deed = (ev.Acknowledge, ev.Resolve, ev.TakeBack)[which % 3]
            self.do(deed(umbrella.id, "ann", "cli"))

    def _settings(self, _, which):
        changes = SETTINGS[which % len(SETTINGS)]

        def changed(values):
            kept = [each for each in values if changes.get(each.name, {}) is not None]
            return [replace(each, **changes.get(each.name, {})) for each in kept]

        self.apply(monitors=changed(MONITORS), channels=changed(CHANNELS))

    def _of(self, name):
        watch = self.state.watches.get(name)
        return watch.incident if watch else None

    # The play

    def play(self, seconds: int, step: int = 1) -> None:
        """Let time pass."""
        for _ in range(0, seconds, step):
            self.tick(step)
            self._arrive_late()
            self._check_what_is_due()
            self._canaries()
            self._courier()

    def _check_what_is_due(self):
        for name in list(self.state.watches):
            if self.now < self.next_check.get(name, self.now):
                continue
            down = name in self.broken_targets or not self.net
            effects = self.check(name, down="refused" if down else None, ms=None if down else 20)
            self.asked_to_look |= any(isinstance(each, Look) for each in effects)
            self.next_check[name] = self.now + timedelta(seconds=5)

    def _canaries(self):
        if self.round_ends is not None and self.now >= self.round_ends:
            self.round_ends = None
            self.end_look(self.rounds, alive=self.net)
        if self.round_ends is None and (self.asked_to_look or self.state.blind):
            self.asked_to_look = False
            self.begin_look()
            self.round_ends = self.now + timedelta(seconds=2)

    def _courier(self):
        for flight in [each for each in self.flying if each.lands_at <= self.now]:
            self.flying.remove(flight)
            if flight.arrives:
                self.arrive(flight.delivery, flight.record)
            current = self.state.deliveries.get(flight.delivery.id)
            moved = current is not None and current.channel != flight.delivery.channel
            self.end(flight.delivery.id, NOT_NOW if moved and flight.outcome is WRONG_KEY else flight.outcome)
        for _ in range(100):
            ready = self.due()
            if not ready:
                return
            self._try(ready[0])
        raise AssertionError("the courier never came to rest")

    def due(self):
        """Return what may be tried; a courier that lets later messages overtake looks beyond the head of a lane."""
        if self.wrong != "overtakes":
            return super().due()
        pending = [each for each in self.pending() if not each.sending and due_at(each, self.now) <= self.now]
        return sorted((each for each in pending if each.channel in self.state.channels), key=lambda each: -each.id)

    def _try(self, delivery):
        begun = self.begin(delivery.id)
        if begun is None:
            return
        delivery, record = begun
        if delivery.incident is not None and delivery.action is not Action.CHANGE:
            lane = (delivery.incident, account(record))
            letter = "T" if delivery.action in (Action.TRIGGER, Action.TEST) else delivery.action.value[0].upper()
            self.tries[lane] = self.tries.get(lane, "") + letter
        if self.wrong == "marks first":
            self.end(delivery.id, Delivered())
            if self.faults and self.chance.random() < 0.1:
                self.crash()
                return
            self.arrive(delivery, record)
            return
        outcome = self._meet(delivery, record)
        if self.wrong == "forgets lost answers" and isinstance(outcome, Again):
            outcome = replace(outcome, maybe_sent=False)
        lands_at = self.now + timedelta(seconds=self.chance.choice((0, 0, 1, 8)))
        self.flying.append(Flight(delivery, record, lands_at, outcome or Delivered(), arrives=outcome is None))
        if self.faults and self.chance.random() < 0.03:
            self.crash()

    def _meet(self, delivery, record):
        """Return what a try meets, None if it is taken; a page of every seventh incident is one that never is."""
        opening = delivery.action in (Action.TRIGGER, Action.TEST, Action.UPDATE)
        if not self.net:
            return NOT_NOW
        incident = self.ever.get(delivery.incident or "")
        if delivery.action is Action.TRIGGER and incident is not None and incident.number % 7 == 6:
            return POISON
        if self.chance.random() >= self.faults:
            return None
        fault = self.chance.choice(("refused", "lost", "lost", "late", "late", "429", "500", "key"))
        if fault == "lost":
            return self.arrive(delivery, record, outcome=LOST_ANSWER)
        if fault == "late":
            if opening:
                arrives = self.now + timedelta(seconds=self.chance.randrange(1, LATEST_S))
                self.late.append((arrives, delivery, record))
            return LOST_ANSWER
        if fault == "key" and not record.retired:
            return WRONG_KEY
        return {"429": TOO_OFTEN, "500": Again("500")}.get(fault, NOT_NOW)

    def _arrive_late(self):
        for each in [each for each in self.late if each[0] <= self.now]:
            self.late.remove(each)
            self.duplicates += 1
            self.arrive(each[1], each[2])

    def crash(self):
        """Stop at once; what is under way has left, and nobody hears of it."""
        self.crashes += 1
        self.late += [(each.lands_at, each.delivery, each.record) for each in self.flying if each.arrives]
        self.flying.clear()
        self.round_ends, self.asked_to_look = None, False
        self.restart()

    def settle_down(self):
        """End all faults and mutes, mend the channels, and wait until everything that waits has had its turn."""
        self.faults, self.net = 0.0, True
        if self.state.mutes:
            self.do(ev.Unmute("", "ann"))
        self.play(150)
        for name in sorted(self.channels):
            self.do(ev.TestChannel(name, f"{len(self.ever):032x}", False, "ann"))
        self.play(2000, step=5)


def faults_at_rest(world: Storm) -> list[str]:
    """Judge a world at rest: what is open there is what is open here, and nothing was lost, doubled or overtaken."""
    found = [f"{row.channel} still has {row.action} pending: {row.reason}" for row in world.pending()]
    ours = {dedup_key(INSTALL, incident): incident for incident in world.ever.values()}
    found += [f"{each.key} is none of ours" for each in world.there.incidents if each.key not in ours]
    for incident in ours.values():
        found += _lost(world, incident) + _left_open(world, incident)
    for key, tries in world.tries.items():
        if not re.fullmatch(r"(T[TAU]*R*)*", tries):
            found.append(f"tries of {key} out of order: {tries}")
    return found


def _pd_openings(world, incident):
    rows = [row for row in world.deliveries_ever.values() if row.incident == incident.id]
    return [row for row in rows if row.action in (Action.TRIGGER, Action.TEST) and row.channel.startswith("pd")]


def _lost(world, incident):
    """Each incident is there once for each page that was taken, or the page says why it was not."""
    openings = _pd_openings(world, incident)
    delivered = [row for row in openings if row.state is DeliveryState.DELIVERED]
    there = world.there.of(dedup_key(INSTALL, incident))
    found = []
    if delivered and not there:
        found.append(f"#{incident.number} was delivered and never arrived")
    if any(row.state in (DeliveryState.REFUSED, DeliveryState.CANCELLED) and not row.reason for row in openings):
        found.append(f"#{incident.number} was not told, and nothing says why")
    # An update is a trigger once more there, so a late duplicate of one opens as well.
    tries = (row for row in world.deliveries_ever.values() if row.incident == incident.id and row.maybe_sent)
    uncertain = sum(row.action in MAY_OPEN for row in tries) and world.duplicates
    if len(there) > len(openings) + uncertain:
        found.append(f"#{incident.number} is there {len(there)} times for {len(openings)} pages")
    return found


def _left_open(world, incident):
    key = dedup_key(INSTALL, incident)
    open_there = sorted(each.account[0][:5] for each in world.there.open() if each.key == key)
    if incident.is_open and incident.purpose is Purpose.STORM:
        return _umbrella_missing(world, incident, open_there)
    if not incident.is_open or incident.purpose is not Purpose.REAL:
        return [f"#{incident.number} is over here and open there: {open_there}"] if open_there else []
    wanted, surplus = [], 0
    for step in route(world.monitors[incident.monitor], world.channels, world.tiers).steps:
        rows = [row for row in _pd_openings(world, incident) if row.channel.split("~")[0] == step.channel]
        if step.kind == "pagerduty" and not (rows and _excused(rows)):
            wanted.append(world.channels[step.channel].settings[:5])
        # A lost answer over a key that was replaced may have opened one there; it is closed with the incident.
        surplus += sum(row.maybe_sent and row.channel != step.channel for row in rows)
    unexplained = list(open_there)
    for each in wanted:
        if each in unexplained:
            unexplained.remove(each)
        else:
            return [f"#{incident.number} is open here and wants {sorted(wanted)}, but {open_there} is open there"]
    return [f"#{incident.number} is open there too often: {open_there}"] if len(unexplained) > surplus else []


def _umbrella_missing(world, umbrella, open_there):
    """An umbrella that is open here has members that are, and is open there unless its page was refused for itself."""
    members = [each for each in world.ever.values() if each.storm == umbrella.id and each.is_open]
    found = [] if members else [f"storm #{umbrella.number} is open for nobody"]
    for channel_name in ("pd", "pd2"):
        rows = [row for row in _pd_openings(world, umbrella) if row.channel == channel_name]
        if rows and not _excused(rows) and world.channels.get(channel_name) is not None and not open_there:
            found.append(f"storm #{umbrella.number} is open here, and nothing is open there")
    return found


def _excused(rows):
    """Whether the latest page of a channel was refused for itself, not needed, or an umbrella's is sent instead."""
    last = rows[-1]
    if last.storm is not None:
        return True
    needless = last.state is DeliveryState.CANCELLED and last.when is not When.ALWAYS
    return needless or (last.state is DeliveryState.REFUSED and last.reason == POISON.reason)
