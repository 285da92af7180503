"""What there is in a stand-in PagerDuty account besides incidents: people, services, policies, schedules. No I/O.

Ids look as they do there, and are unique within their kind alone. Whoever sets a scene up changes these values; times
are aware, durations minutes where the API has minutes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

EMPTY_MEMBER = "empty_member"


@dataclass(slots=True)
class User:
    """A person; ``contact_methods`` and ``notification_rules`` are as the API shows them, without ids."""

    id: str
    name: str
    email: str
    contact_methods: list[dict[str, Any]] = field(default_factory=list)
    notification_rules: list[dict[str, Any]] = field(default_factory=list)
    teams: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Schedule:
    """Who is on call in turn: everybody in ``users`` at once, but for the ``gaps`` (from, until) and those ``away``.

    ``shifts``: of the new kind (API v3). A member `EMPTY_MEMBER` is a turn of nobody's.
    """

    id: str
    name: str
    users: list[str]
    time_zone: str = "Etc/UTC"
    gaps: list[tuple[datetime, datetime]] = field(default_factory=list)
    shifts: bool = False

    def on_call(self, at: datetime) -> list[str]:
        """Return the ids of who is on call at a moment."""
        return [] if any(since <= at < until for since, until in self.gaps) else list(self.users)


@dataclass(slots=True)
class Level:
    """One rule of a policy: its targets' ids (users or schedules), and the minutes before the next one."""

    targets: list[str]
    delay_min: int = 30


@dataclass(slots=True)
class Policy:
    """An escalation policy."""

    id: str
    name: str
    levels: list[Level]
    num_loops: int = 0


@dataclass(slots=True)
class Service:
    """A service with its Events API V2 integration. Time-outs are seconds; None means never."""

    id: str
    name: str
    policy: str
    integration_id: str
    integration_key: str
    disabled: bool = False
    acknowledgement_timeout: int | None = 1800
    auto_resolve_timeout: int | None = 14400
    urgency: str = "high"
    grouped: bool = False
    orchestrated: bool = False
    suppressed: bool = False
    teams: list[str] = field(default_factory=list)


@dataclass(slots=True)
class MaintenanceWindow:
    """A time in which services make no incidents."""

    id: str
    services: list[str]
    starts_at: datetime
    ends_at: datetime


@dataclass(slots=True)
class Token:
    """A REST key. ``user`` is whose it is, None for the account's; ``writes``: full access, not read-only."""

    value: str
    writes: bool = False
    user: str | None = None


@dataclass(slots=True)
class Account:
    """Everything, by id. ``most_...`` are limits of the plan, refused with ``limit_status``: 402, or 400."""

    users: dict[str, User] = field(default_factory=dict)
    schedules: dict[str, Schedule] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    maintenance: dict[str, MaintenanceWindow] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    most_schedules: int | None = None
    most_policies: int | None = None
    limit_status: int = 402
    abilities: set[str] = field(default_factory=lambda: {"teams", "urgencies", "service_support_hours"})

    def user_by_email(self, email: str) -> User | None:
        """Return who writes under an address."""
        return next((user for user in self.users.values() if user.email.lower() == email.strip().lower()), None)

    def service_of(self, routing_key: str) -> Service | None:
        """Return the service of an integration key."""
        return next((one for one in self.services.values() if one.integration_key == routing_key), None)

    def on_call(self, policy: Policy, level: int, at: datetime) -> list[tuple[str, str | None]]:
        """Return user ids with the schedule (or None) that puts them on call at a level, counted from 1."""
        if not 1 <= level <= len(policy.levels):
            return []
        found: list[tuple[str, str | None]] = []
        for target in policy.levels[level - 1].targets:
            schedule = self.schedules.get(target)
            if schedule is not None:
                found += [(user, schedule.id) for user in schedule.on_call(at)]
            elif target in self.users:
                found.append((target, None))
        return found

    def in_maintenance(self, service: Service, at: datetime) -> bool:
        """Whether a service makes no incidents now."""
        return any(
            service.id in window.services and window.starts_at <= at < window.ends_at
            for window in self.maintenance.values()
        )

    def somebody(self, policy: Policy, at: datetime) -> bool:
        """Whether any level of a policy has a person on call."""
        levels = range(1, len(policy.levels) + 1)
        return any(who != EMPTY_MEMBER for level in levels for who, _ in self.on_call(policy, level, at))

    def drops(self, event: Mapping[str, Any], at: datetime) -> bool:
        """Whether an event is taken and then dropped without a word (section 1.7 of the notes on PagerDuty)."""
        service = self.service_of(str(event["routing_key"]))
        if service is None:
            return False
        if service.disabled or service.suppressed or self.in_maintenance(service, at):
            return True
        policy = self.policies.get(service.policy)
        if event["event_action"] != "trigger" or policy is None:
            return False
        return not self.somebody(policy, at)


def small_account(routing_key: str, token: str, *, writes: bool = True) -> Account:
    """Return an account like a home's: two people, one schedule, one policy of two levels, one service."""
    ana = User("PANA001", "Ana Lindt", "ana@example.org", _reachable("push", "sms"), _rules())
    ben = User("PBEN001", "Ben Ode", "ben@example.org", _reachable("phone", "sms"), _rules())
    account = Account(users={ana.id: ana, ben.id: ben})
    account.schedules["PSCHED1"] = Schedule("PSCHED1", "Home on call", [ana.id])
    account.policies["PPOLICY"] = Policy("PPOLICY", "Default", [Level(["PSCHED1"], 15), Level([ben.id], 15)])
    account.services["PSERVIC"] = Service("PSERVIC", "Home", "PPOLICY", "PINTEGR", routing_key)
    account.tokens[token] = Token(token, writes=writes)
    return account


def _reachable(*kinds: str) -> list[dict[str, Any]]:
    shown = {"push": ("push_notification_contact_method", "phone"), "sms": ("sms_contact_method", "5550100")}
    methods = []
    for kind in kinds:
        of_kind, address = shown.get(kind, ("phone_contact_method", "5550100"))
        methods.append({"type": of_kind, "summary": kind.title(), "address": address, "blacklisted": False})
    return methods


def _rules() -> list[dict[str, Any]]:
    return [{"urgency": "high", "start_delay_in_minutes": 0, "method": 0}]
