"""What PagerDuty's REST API says of the road from a service to a telephone, as plain values for the doctor to judge.

Everything may be missing: what could not be asked stands in ``faults`` with the reason, by the part that it concerns.
Times are aware UTC, delays minutes as PagerDuty has them, time-outs seconds with None for never.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Part(StrEnum):
    """One thing that is asked of the API; each may fail by itself."""

    SERVICE = "service"
    MAINTENANCE = "maintenance"
    RULES = "rules"
    POLICY = "policy"
    ON_CALL = "on_call"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """A service. ``urgency`` is high, low, severity_based or support_hours; ``events_v2``: its integration is.

    ``teams`` are those that it is restricted to, none: everybody's.
    """

    id: str
    name: str
    status: str = "active"
    url: str | None = None
    acknowledgement_timeout_s: int | None = None
    auto_resolve_timeout_s: int | None = None
    urgency: str = "high"
    events_v2: bool = True
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WindowFacts:
    """A maintenance window of the service."""

    starts_at: datetime | None
    ends_at: datetime | None
    description: str = ""


@dataclass(frozen=True, slots=True)
class LevelFacts:
    """One level of the escalation policy: whom it names (people and schedules), and how long it waits for them."""

    delay_min: int
    people: tuple[str, ...] = ()
    schedules: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """All that it names."""
        return (*self.schedules, *self.people)


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """An escalation policy; ``loops`` is how often it begins again when nobody answers."""

    name: str
    levels: tuple[LevelFacts, ...]
    loops: int = 0


@dataclass(frozen=True, slots=True)
class TurnFacts:
    """Somebody's turn at a level, counted from 1; None at an end: for ever; no ``schedule``: named in the policy."""

    level: int
    person: str
    name: str
    schedule: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ScheduleFacts:
    """A schedule: ``zone`` by its IANA name, None where it is not told; ``shifts``: of the new, shift-based kind."""

    name: str
    zone: str | None = None
    shifts: bool = False


@dataclass(frozen=True, slots=True)
class MethodFacts:
    """A way to reach somebody; ``address`` is masked. A blacklisted one gets no messages."""

    kind: str
    address: str
    enabled: bool = True
    blacklisted: bool = False

    @property
    def works(self) -> bool:
        """Whether PagerDuty sends anything to it."""
        return self.enabled and not self.blacklisted


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """A notification rule of high urgency; ``method`` None when its contact method is gone."""

    delay_min: int
    method: MethodFacts | None


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """Somebody whom the policy may page."""

    name: str
    methods: tuple[MethodFacts, ...] = ()
    rules: tuple[RuleFacts, ...] = ()
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PagingFacts:
    """All that was found out for one channel, at a moment.

    ``service`` None without a fault: no service has this key. ``routed``: the key is an orchestration's, whose rules
    choose the service. ``until`` is how far turns were asked for.
    """

    at: datetime
    until: datetime
    service: ServiceFacts | None = None
    routed: bool = False
    windows: tuple[WindowFacts, ...] = ()
    suppressing: bool = False
    policy: PolicyFacts | None = None
    turns: tuple[TurnFacts, ...] = ()
    schedules: tuple[ScheduleFacts, ...] = ()
    people: tuple[PersonFacts, ...] = ()
    faults: Mapping[Part, str] = field(default_factory=dict)
