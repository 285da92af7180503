"""Everything the agent has in mind, as values by key, and what a step wants done about it.

`State` is read by `step` and changed only by `State.absorb`, with the effects that a step returned. It holds what is
open or on its way, not history: an incident leaves it when it is resolved and all its deliveries are at rest.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from statusapp_agent.core.canary import CanaryRound
from statusapp_agent.core.counterpart import Counterpart
from statusapp_agent.core.errand import Errand
from statusapp_agent.core.health import Health
from statusapp_agent.core.model import (
    Action,
    Beat,
    Channel,
    Delivery,
    DigestLine,
    Facts,
    Incident,
    Maintenance,
    Monitor,
    Mute,
    Purpose,
    Result,
    Scope,
    Tier,
    TimelineEntry,
    Usage,
)
from statusapp_agent.core.roster import Roster
from statusapp_agent.core.sight import Sight

REMEMBERED_OPENINGS = 100_000
"""The largest threshold of a storm that the settings take."""


@dataclass(frozen=True, slots=True)
class Watch:
    """A monitor with all that is remembered of it.

    ``blind`` is the reason why its results do not count now. ``held_by`` names the parent that explains its failure.
    ``quiet_until``: somebody resolved its incident by hand while it failed; it may open a new one from then on.
    """

    monitor: Monitor
    health: Health = field(default_factory=Health)
    paused: bool = False
    incident: str | None = None
    blind: str | None = None
    blind_since: datetime | None = None
    held_by: str | None = None
    maintenance_until: datetime | None = None
    quiet_until: datetime | None = None
    beat: Beat | None = None


@dataclass(frozen=True, slots=True)
class ChannelRecord:
    """A channel with all that is remembered of it.

    ``retired``: removed from the settings or replaced; kept under another name, with its own ``secret_versions`` (by
    field), until the incidents that it opened are closed. ``broken`` is why nothing can be sent until somebody mends
    it; ``held_until`` is when the other side will listen again. ``usage`` counts against its budget; ``replies`` are
    the ids of the messages from people that were taken in, so that each acts once.
    """

    name: str
    channel: Channel
    retired: bool = False
    secret_versions: Mapping[str, int] = field(default_factory=dict)
    broken: str | None = None
    held_until: datetime | None = None
    held_reason: str = ""
    held_count: int = 0
    failing_since: datetime | None = None
    last_error: str | None = None
    last_delivered_at: datetime | None = None
    tested_at: datetime | None = None
    test_ok: bool | None = None
    test_reason: str | None = None
    usage: Usage = field(default_factory=Usage)
    replies: tuple[str, ...] = ()
    drilled_at: datetime | None = None
    drill_ok: bool | None = None
    drill_reason: str | None = None
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BlindTime:
    """A stretch in which results of a scope could not be trusted; HOST: there were none at all, of any scope."""

    scope: Scope
    cause: str
    began_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A change event that is shown next to the incidents that follow it."""

    at: datetime
    summary: str
    link: str | None
    monitor: str | None
    by: str


@dataclass(frozen=True, slots=True)
class Reminded:
    """The hand-offs of a rotation have been told up to a moment."""

    rotation: str
    upto: datetime


@dataclass(frozen=True, slots=True)
class Documents:
    """The settings as they were written, by noun and name; ``agent`` has the empty name. Kept whole."""

    bodies: Mapping[tuple[str, str], Facts]


@dataclass(frozen=True, slots=True)
class Save:
    """Write a value down: whatever `State` keeps, or Documents."""

    value: Any


@dataclass(frozen=True, slots=True)
class Drop:
    """Forget a value: ``noun`` is watch, channel, mute or digest; what it did stays in the history."""

    noun: str
    name: str


@dataclass(frozen=True, slots=True)
class Evict:
    """An incident is over and all about it is said: it stays in the database alone."""

    incident: str


@dataclass(frozen=True, slots=True)
class Log:
    """Add a line to an incident's timeline."""

    incident: str
    entry: TimelineEntry


@dataclass(frozen=True, slots=True)
class Audit:
    """Add a line to the audit log: who did what to what."""

    by: str
    deed: str
    subject: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Saw:
    """Remember a result: in memory at once, in the history with the next batch."""

    monitor: str
    result: Result


@dataclass(frozen=True, slots=True)
class Reschedule:
    """Check a monitor after this many seconds instead of at its next turn; ``None``: back to its ordinary turns."""

    monitor: str
    after_s: float | None


@dataclass(frozen=True, slots=True)
class Look:
    """Look at the canaries, in a round that begins after this."""


@dataclass(frozen=True, slots=True)
class Send:
    """Try a delivery now: its try has been written down."""

    delivery: Delivery
    record: ChannelRecord


@dataclass(frozen=True, slots=True)
class Wake:
    """A channel has something new to carry, or may go on."""

    channel: str


@dataclass(frozen=True, slots=True)
class ForgetSecrets:
    """A retired channel is gone: its secrets of these versions (by field) may go too."""

    channel: str
    versions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Settle:
    """Replace the parts of the state that come from the settings or from the start, whole."""

    fields: Mapping[str, Any]


Effect = Save | Drop | Evict | Log | Audit | Saw | Reschedule | Look | Send | Wake | ForgetSecrets | Settle


@dataclass(slots=True)
class State:
    """What the agent knows now. ``incidents`` and ``deliveries`` hold what is open or not at rest yet."""

    install: str
    version: str = ""
    watches: dict[str, Watch] = field(default_factory=dict)
    sights: dict[str, Sight] = field(default_factory=lambda: defaultdict(Sight))
    channels: dict[str, ChannelRecord] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    deliveries: dict[int, Delivery] = field(default_factory=dict)
    counterparts: dict[int, Counterpart] = field(default_factory=dict)
    errands: dict[int, Errand] = field(default_factory=dict)
    tiers: Mapping[str, Tier] = field(default_factory=dict)
    maintenance: tuple[Maintenance, ...] = ()
    roster: Roster = field(default_factory=Roster)
    reminded: dict[str, datetime] = field(default_factory=dict)
    reminder_due: datetime | None = None
    agent: Facts = field(default_factory=dict)
    actions: Mapping[str, frozenset[Action]] = field(default_factory=dict)
    blind: dict[Scope, BlindTime] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    next_incident: int = 1
    next_delivery: int = 1
    next_errand: int = 1
    network: str | None = None
    canary_scopes: frozenset[Scope] = frozenset()
    rounds_begun: int = 0
    round_number: int = 0
    round: CanaryRound | None = None
    suspects: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)
    quiet: set[str] = field(default_factory=set)
    in_maintenance: set[str] = field(default_factory=set)
    by_incident: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    waiting: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    mutes: dict[str, Mute] = field(default_factory=dict)
    digest: dict[str, DigestLine] = field(default_factory=dict)
    storms: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    openings: "deque[datetime]" = field(default_factory=lambda: deque(maxlen=REMEMBERED_OPENINGS))

    def absorb(self, effects: Iterable[Effect]) -> None:
        """Take the effects of one step in; those that only ask for something to be done pass by."""
        for effect in effects:
            match effect:
                case Saw(monitor, result):
                    self.sights[monitor].take_in(result)
                case Save(value):
                    self._keep(value)
                case Drop(noun, name):
                    self._drop(noun, name)
                case Evict(incident):
                    self._evict(incident)
                case Settle(fields):
                    for name, value in fields.items():
                        setattr(self, name, value)
                case _:
                    pass

    def _keep(self, value: object) -> None:  # noqa: C901 - one line for each value
        match value:
            case Watch():
                self._keep_watch(value)
            case Incident():
                self._keep_incident(value)
            case Delivery():
                self._keep_delivery(value)
            case ChannelRecord():
                self.channels[value.name] = value
            case Counterpart():
                self.counterparts[value.opening] = value
            case Errand():
                self.next_errand = max(self.next_errand, value.id + 1)
                self.errands[value.id] = value
                if value.ended:
                    del self.errands[value.id]
            case BlindTime():
                if value.ended_at is None:
                    self.blind[value.scope] = value
                else:
                    self.blind.pop(value.scope, None)
            case Change():
                self.changes = (*self.changes[-19:], value)
            case Reminded():
                self.reminded[value.rotation] = value.upto
            case Mute():
                self.mutes[value.monitor] = value
            case DigestLine():
                self.digest[value.key] = value
            case Documents():
                pass
            case _:
                raise TypeError(f"cannot keep a {type(value).__name__}")

    def _keep_incident(self, incident: Incident) -> None:
        if incident.purpose is Purpose.REAL and incident.id not in self.incidents:
            self.openings.append(incident.opened_at)
        if incident.storm is not None:
            self.storms[incident.storm].add(incident.id)
        self.incidents[incident.id] = incident
        self.next_incident = max(self.next_incident, incident.number + 1)

    def _keep_watch(self, watch: Watch) -> None:
        name = watch.monitor.name
        self.watches[name] = watch
        for index, belongs in (
            (self.suspects, watch.health.suspect or watch.blind is not None),
            (self.held, watch.held_by is not None),
            (self.quiet, watch.quiet_until is not None),
            (self.in_maintenance, watch.maintenance_until is not None),
        ):
            if belongs:
                index.add(name)
            else:
                index.discard(name)

    def _keep_delivery(self, delivery: Delivery) -> None:
        self.next_delivery = max(self.next_delivery, delivery.id + 1)
        before = self.deliveries.get(delivery.id)
        if before is not None and before.channel != delivery.channel:
            self.waiting[before.channel].discard(delivery.id)
        if delivery.pending:
            self.waiting[delivery.channel].add(delivery.id)
        else:
            self.waiting[delivery.channel].discard(delivery.id)
        if delivery.incident is not None:
            self.by_incident[delivery.incident].add(delivery.id)
        elif not delivery.pending:
            self.deliveries.pop(delivery.id, None)
            return
        self.deliveries[delivery.id] = delivery

    def _drop(self, noun: str, name: str) -> None:
        if noun == "watch":
            self.watches.pop(name, None)
            self.sights.pop(name, None)
            for index in (self.suspects, self.held, self.quiet, self.in_maintenance):
                index.discard(name)
        elif noun == "mute":
            self.mutes.pop(name, None)
        elif noun == "digest":
            self.digest.pop(name, None)
        else:
            self.channels.pop(name, None)
            self.waiting.pop(name, None)

    def _evict(self, incident: str) -> None:
        self.incidents.pop(incident, None)
        self.storms.pop(incident, None)
        for number in self.by_incident.pop(incident, set()):
            self.deliveries.pop(number, None)
            self.counterparts.pop(number, None)
