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
    """One step of a route: a channel by name, or every channel of a kind, after a delay and on a condition.

    ``hours`` is ``business`` or ``after``: it waits until these are on.
    """

    channel: str | None = None
    kind: str | None = None
    when: When = When.ALWAYS
    after_s: float = 0.0
    hours: str | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """One escalation level after the first: whom it pages, ``after_s`` the incident opened, unless acknowledged.

    ``channels`` empty means those of the route; ``everybody`` means every channel there is.
    """

    after_s: float
    channels: tuple[str, ...] = ()
    everybody: bool = False


@dataclass(frozen=True, slots=True)
class Escalation:
    """What follows when nobody acknowledges: further levels, then the last one ``repeat`` times, ``every_s`` apart.

    ``every_s`` after the last of these the incident has been answered by nobody.
    """

    levels: tuple[Level, ...]
    repeat: int = 0
    every_s: float = 900.0


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of local time in which pages wait; the end may be on the next day.

    Incidents at least as bad as ``except_severity`` page all the same.
    """

    start_minute: int
    end_minute: int
    timezone: str = "UTC"
    except_severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Tier:
    """A named preset of route steps, with what follows when nobody acknowledges and when its pages wait."""

    name: str
    notify: tuple[Step, ...]
    escalation: Escalation | None = None
    quiet: QuietHours | None = None


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
class Budget:
    """How many messages a channel that costs money may send: a calendar month (UTC), an hour, an hour and monitor."""

    per_month: int
    per_hour: int
    per_monitor_hour: int


@dataclass(frozen=True, slots=True)
class Spent:
    """Messages that left at a moment, about one monitor."""

    at: datetime
    monitor: str
    messages: int


@dataclass(frozen=True, slots=True)
class Usage:
    """What a channel with a budget has sent: ``month`` (``2026-11``) and how many in it; the last hour, one by one.

    ``announced_until``: the last page before a pause said so, and there is no need to say it again before then.
    """

    month: str = ""
    sent: int = 0
    recent: tuple[Spent, ...] = ()
    announced_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to reach somebody, as the settings say it. ``settings`` belongs to the kind.

    ``on_call`` are the rotations that they name, in the order and with the words in which they stand there.
    ``keeps_open``: what it is told stays open at the other side until that is told of the end.
    """

    name: str
    kind: str
    settings: Any
    auto_resolve: bool = True
    max_per_minute: int = 60
    on_call: tuple[str, ...] = ()
    budget: Budget | None = None
    keeps_open: bool = True


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

    Weekly on ``days`` (0 is Monday; every day when empty) at ``start_minute`` of local time in ``timezone``, or monthly
    on ``month_days`` (1 to 31; -1 is the last), or once, from ``starts_at`` on. With ``weeks`` (1 to 5; -1 is the last)
    ``days`` are those of these weeks of the month: day 5 of week 1 is the first Saturday. It is about the named
    ``monitors`` and those with one of the ``tags``; about all when both are empty.
    """

    name: str
    monitors: tuple[str, ...]
    duration_s: float
    days: tuple[int, ...] = ()
    start_minute: int = 0
    timezone: str = "UTC"
    starts_at: datetime | None = None
    month_days: tuple[int, ...] = ()
    weeks: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mute:
    """Pages of one monitor, or of all (``monitor`` empty), wait until an end: somebody asked for silence."""

    monitor: str
    until: datetime
    by: str
    since: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One sentence that is told without paging, with others, once ``ready_at`` has come."""

    key: str
    text: str
    ready_at: datetime


class IncidentStatus(StrEnum):
    """The states of an incident; core.incident holds the table of what may follow what."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Purpose(StrEnum):
    """Why an incident exists: only ``REAL`` ones count in figures. ``STORM``: one page for many real ones."""

    REAL = "real"
    TEST = "test"
    DRILL = "drill"
    STORM = "storm"


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
    say and type; ``id`` is unique for ever and part of the key at PagerDuty. ``level`` is the escalation level reached,
    ``escalates_at`` when the next is due. ``storm`` is the id of the umbrella incident that is paged for this one.
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
    level: int = 1
    escalates_at: datetime | None = None
    nobody_answered_at: datetime | None = None
    storm: str | None = None

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
    the same. ``when`` is judged once, when ``not_before`` has come. ``accepted_at``: the other side took it then, and
    its final word is still asked for. ``unconfirmed``: it was taken, and whether it arrived is not known and will not
    be. ``doubtful``: it did not arrive, and what is tried once more gives nobody a reason to wait. ``hours`` are those
    whose beginning it waits for.
    the same. ``when`` is judged once, when ``not_before`` has come. ``held`` is why it waits (until ``held_until``)
    though its time has come: quiet hours, a mute. ``storm`` is the umbrella incident that is paged in its place.
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
    hours: str | None = None
    accepted_at: datetime | None = None
    unconfirmed: bool = False
    doubtful: bool = False
    held: str = ""
    held_until: datetime | None = None
    storm: str | None = None

    @property
    def pending(self) -> bool:
        """Whether it still has to be carried."""
        return self.state is DeliveryState.PENDING


@dataclass(frozen=True, slots=True)
class Delivered:
    """The other side took it. ``receipt`` is what it said (ids, its own key); ``detail`` one sentence for people.

    ``confirmed`` is False where it was taken and nobody will ever say whether it arrived: that reaches nobody for sure,
    so steps for what was not delivered are still taken. ``spent`` are messages that cost money, of this try alone.
    """

    detail: str = "accepted"
    receipt: Facts = field(default_factory=dict)
    confirmed: bool = True
    spent: int = 0


@dataclass(frozen=True, slots=True)
class Accepted:
    """The other side took it, and says later whether it arrived: ask again in ``after_s``, and never send it again.

    It is neither delivered nor failed. ``receipt`` holds what to ask by, and comes back in the next try.
    """

    detail: str
    receipt: Facts
    after_s: float
    spent: int = 0


@dataclass(frozen=True, slots=True)
class NotNeeded:
    """Nobody has to be told this over this channel; it was not sent."""

    reason: str


@dataclass(frozen=True, slots=True)
class Again:
    """Not now: try again.

    ``after_s`` is what the other side asked for. ``maybe_sent``: it left, and no readable answer came.
    ``hold_channel``: the whole channel must wait (rate limit). ``slow``: a fault that time alone rarely mends
    (certificate, 403). ``receipt`` is what was done all the same (some of several recipients told): it is kept with
    the delivery and handed to its next try; empty leaves what was kept before. ``doubtful``: what was sent did not
    arrive, and is tried once more; those who wait for this to fail need wait no longer. ``spent`` as in `Delivered`.
    """

    reason: str
    after_s: float | None = None
    maybe_sent: bool = False
    hold_channel: bool = False
    slow: bool = False
    receipt: Facts = field(default_factory=dict)
    doubtful: bool = False
    spent: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """Never try this again. ``channel_broken``: the fault is the channel's (a wrong key), not this message's."""

    reason: str
    channel_broken: bool = False
    spent: int = 0


Outcome = Delivered | Accepted | Again | Refused | NotNeeded


@dataclass(frozen=True, slots=True)
class Beat:
    """What a heartbeat monitor knows of its reporter: times are aware UTC, ``message`` is the reporter's own."""

    watching_since: datetime
    last_at: datetime | None = None
    started_at: datetime | None = None
    failed: bool = False
    message: str = ""
    excused_until: datetime | None = None
