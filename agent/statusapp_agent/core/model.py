"""The values that everything is made of: immutable, without behaviour beyond naming and arithmetic.

Times are aware UTC datetimes; durations are seconds as floats with the unit in the name. Words are those of the
domain list in CONTRIBUTING.md, and mean the same in the database, on the wire and on the screen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

Facts = Mapping[str, Any]
EMPTY: Facts = {}


class Severity(StrEnum):
    """How bad an incident of a monitor is; the four words of PagerDuty's Events API."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


class CheckStatus(StrEnum):
    """What one check saw. ``UNKNOWN``: it could not be carried out, for a reason that is ours and not the target's."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


class Scope(StrEnum):
    """How far away a target is: decides which canaries vouch for the road to it."""

    HOST = "host"
    LAN = "lan"
    INTERNET = "internet"

    @property
    def rank(self) -> int:
        """0 for the nearest."""
        return list(Scope).index(self)


@dataclass(frozen=True, slots=True)
class Result:
    """One finished check.

    ``phases`` are seconds by name (dns, connect, tls, first_byte, transfer). ``error`` is a stable class such as
    ``connect_refused`` or ``http_status``; ``message`` is one sentence for people. ``facts`` are what the check learnt
    (certificate expiry, HTTP status ...). ``scope`` tells which canaries may excuse a failure. ``recheck_s`` asks for
    the next check earlier than the interval would.
    """

    status: CheckStatus
    started_at: datetime
    latency_s: float | None = None
    message: str = ""
    error: str | None = None
    phases: Mapping[str, float] = field(default_factory=dict)
    facts: Facts = field(default_factory=dict)
    scope: Scope = Scope.HOST
    recheck_s: float | None = None

    @property
    def failed(self) -> bool:
        """Whether this counts towards opening an incident."""
        return self.status is CheckStatus.DOWN


class When(StrEnum):
    """On which condition a route step is taken once its delay is over."""

    ALWAYS = "always"
    UNACKNOWLEDGED = "unacknowledged"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a route: a channel by name, or every channel of a kind, after a delay and on a condition."""

    channel: str | None = None
    kind: str | None = None
    when: When = When.ALWAYS
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Tier:
    """A named preset of route steps."""

    name: str
    notify: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Monitor:
    """One thing that is watched, as the settings say it. ``settings`` belongs to the kind; core never looks inside.

    ``failures`` and ``recoveries`` are consecutive checks that confirm; ``flap_after`` is the number of outages within
    an hour from which on recoveries are damped (0: never).
    """

    name: str
    kind: str
    settings: Any
    target: str = ""
    url: str | None = None
    interval_s: float = 60.0
    timeout_s: float = 10.0
    retry_interval_s: float = 10.0
    failures: int = 3
    recoveries: int = 2
    degraded_above_s: float | None = None
    severity: Severity = Severity.CRITICAL
    tier: str | None = None
    channels: tuple[str, ...] | None = None
    depends_on: tuple[str, ...] = ()
    runbook: str | None = None
    tags: tuple[str, ...] = ()
    notes: str | None = None
    flap_after: int = 5


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to reach somebody, as the settings say it. ``settings`` belongs to the kind."""

    name: str
    kind: str
    settings: Any
    auto_resolve: bool = True
    max_per_minute: int = 60


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be reached: ``phone`` in E.164, ``slack_id`` as Slack has it (``U...``), a zone by its name."""

    name: str
    phone: str | None = None
    email: str | None = None
    slack_id: str | None = None
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Maintenance:
    """A window in which failures of some monitors open no incident.

    Weekly on ``days`` (0 is Monday; every day when empty) at ``start_minute`` of local time in ``timezone``, or once,
    from ``starts_at`` on. ``monitors`` empty means all.
    """

    name: str
    monitors: tuple[str, ...]
    duration_s: float
    days: tuple[int, ...] = ()
    start_minute: int = 0
    timezone: str = "UTC"
    starts_at: datetime | None = None


class IncidentStatus(StrEnum):
    """The states of an incident; core.incident holds the table of what may follow what."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Purpose(StrEnum):
    """Why an incident exists: only ``REAL`` ones count in figures."""

    REAL = "real"
    TEST = "test"
    DRILL = "drill"


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of an incident's story: when, what kind, in words, by whom if it was a person, and who tells it."""

    at: datetime
    kind: str
    text: str
    by: str | None = None
    via: str | None = None
    source: str = "statusapp"


@dataclass(frozen=True, slots=True)
class Incident:
    """One outage of one monitor.

    ``began_at`` is the first failing check, ``opened_at`` the confirmation. ``number`` is the short code that people
    say and type; ``id`` is unique for ever and part of the key at PagerDuty.
    """

    id: str
    number: int
    monitor: str
    severity: Severity
    cause: str
    began_at: datetime
    opened_at: datetime
    status: IncidentStatus = IncidentStatus.OPEN
    purpose: Purpose = Purpose.REAL
    scope: Scope = Scope.HOST
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    acknowledged_via: str | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    resolved_via: str | None = None
    snoozed_until: datetime | None = None
    merged_into: str | None = None
    children: tuple[str, ...] = ()
    context: Facts = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether it is not resolved yet."""
        return self.status is not IncidentStatus.RESOLVED


class Action(StrEnum):
    """What a delivery tells its channel."""

    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    UPDATE = "update"
    TEST = "test"
    CHANGE = "change"


class DeliveryState(StrEnum):
    """What has become of a delivery; nothing leaves the last three."""

    PENDING = "pending"
    DELIVERED = "delivered"
    REFUSED = "refused"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message of one channel: a row of the outbox.

    ``notice`` is what is told, fixed when the delivery is made, so that every try says the same. ``sending``: a try has
    been written down and its end has not. ``maybe_sent``: at least one try ended without a readable answer.
    ``credential`` names the version of the channel's secrets that the accepted trigger used, so that its resolve uses
    the same. ``when`` is judged once, when ``not_before`` has come.
    """

    id: int
    channel: str
    action: Action
    notice: Facts
    created_at: datetime
    incident: str | None = None
    severity: Severity = Severity.CRITICAL
    state: DeliveryState = DeliveryState.PENDING
    when: When = When.ALWAYS
    not_before: datetime | None = None
    next_attempt_at: datetime | None = None
    attempts: int = 0
    last_attempt_at: datetime | None = None
    sending: bool = False
    maybe_sent: bool = False
    delivered_at: datetime | None = None
    reason: str = ""
    credential: int | None = None
    receipt: Facts = field(default_factory=dict)

    @property
    def pending(self) -> bool:
        """Whether it still has to be carried."""
        return self.state is DeliveryState.PENDING


@dataclass(frozen=True, slots=True)
class Delivered:
    """The other side took it. ``receipt`` is what it said (ids, its own key); ``detail`` one sentence for people."""

    detail: str = "accepted"
    receipt: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Again:
    """Not now: try again.

    ``after_s`` is what the other side asked for. ``maybe_sent``: it left, and no readable answer came.
    ``hold_channel``: the whole channel must wait (rate limit). ``slow``: a fault that time alone rarely mends
    (certificate, 403). ``receipt`` is what was done all the same (some of several recipients told): it is kept with
    the delivery and handed to its next try; empty leaves what was kept before.
    """

    reason: str
    after_s: float | None = None
    maybe_sent: bool = False
    hold_channel: bool = False
    slow: bool = False
    receipt: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """Never try this again. ``channel_broken``: the fault is the channel's (a wrong key), not this message's."""

    reason: str
    channel_broken: bool = False


Outcome = Delivered | Again | Refused


@dataclass(frozen=True, slots=True)
class Beat:
    """What a heartbeat monitor knows of its reporter: times are aware UTC, ``message`` is the reporter's own."""

    watching_since: datetime
    last_at: datetime | None = None
    started_at: datetime | None = None
    failed: bool = False
    message: str = ""
    excused_until: datetime | None = None
