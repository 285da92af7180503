"""A plausible quarter of a home lab, invented from a seed: which monitors there are, what broke, who took it, when.

Sample data, and marked as such wherever it goes: for screenshots, benchmarks, and trying things out.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from statusapp_agent.core.model import Severity


@dataclass(frozen=True, slots=True)
class Profile:
    """How one monitor behaves: outages a week, their usual length, how fast it answers; ``hour`` where they gather."""

    name: str
    tags: tuple[str, ...]
    tier: str
    severity: Severity
    a_week: float
    length_s: float
    latency_s: float
    cause: str
    error: str
    hour: int | None = None
    parent: str | None = None


PROFILES = (
    Profile(
        "router", ("network",), "1", Severity.CRITICAL, 0.25, 240, 0.002, "answered none of 3 pings", "ping_no_answer"
    ),
    Profile("dns", ("network",), "2", Severity.ERROR, 0.15, 90, 0.004, "no answer within 5 s", "dns_timeout"),
    Profile(
        "nas-web",
        ("storage",),
        "1",
        Severity.CRITICAL,
        0.6,
        900,
        0.045,
        "answered 503 Service Unavailable, expected 2xx",
        "http_status",
    ),
    Profile(
        "nas-backup",
        ("storage",),
        "2",
        Severity.ERROR,
        2.2,
        2400,
        0.05,
        "nothing reported in for 1 h 5 min, expected every 1 h",
        "heartbeat_late",
        hour=2,
    ),
    Profile(
        "photos",
        ("storage", "family"),
        "2",
        Severity.ERROR,
        0.5,
        600,
        0.12,
        "did not answer within 10 s",
        "timeout",
        parent="nas-web",
    ),
    Profile(
        "web-shop", ("business",), "1", Severity.CRITICAL, 0.4, 420, 0.18, "answered 502 Bad Gateway", "http_status"
    ),
    Profile(
        "shop-certificate",
        ("business",),
        "3",
        Severity.WARNING,
        0.05,
        7200,
        0.03,
        "the certificate has expired",
        "tls_expired",
    ),
    Profile(
        "mail",
        ("business",),
        "1",
        Severity.CRITICAL,
        0.2,
        1500,
        0.06,
        "port 25 refused the connection",
        "connect_refused",
    ),
    Profile(
        "camera-door",
        ("cameras",),
        "3",
        Severity.WARNING,
        2.6,
        75,
        0.03,
        "port 554 did not answer within 5 s",
        "connect_timeout",
    ),
    Profile(
        "camera-garden",
        ("cameras",),
        "3",
        Severity.WARNING,
        0.5,
        300,
        0.04,
        "port 554 did not answer within 5 s",
        "connect_timeout",
    ),
    Profile("printer", ("office",), "3", Severity.INFO, 0.3, 5400, 0.01, "no route to the host", "unreachable"),
    Profile(
        "home-assistant",
        ("family",),
        "2",
        Severity.ERROR,
        0.35,
        480,
        0.07,
        "answered 500 Internal Server Error",
        "http_status",
    ),
)
PEOPLE = (("Ana", "PagerDuty", 95.0), ("Ben", "SMS", 240.0), ("Chris", "desktop", 180.0))
CHANGES = ("docker upgraded", "router firmware 7.2", "shop deployed", "new disk in the NAS", "certificates renewed")
BLIND_CAUSES = ("the computer slept", "the agent was not running", "the network was not there")
DETECTION_S = 20.0


@dataclass(frozen=True, slots=True)
class Outage:
    """One invented outage: when it began, was confirmed, taken and over; ``quiet_s`` until the page was accepted."""

    profile: Profile
    began_at: datetime
    opened_at: datetime
    over_at: datetime
    taken_at: datetime | None = None
    by: str | None = None
    via: str | None = None
    accepted_after_s: float = 0.1
    escalated: bool = False


def outages(days: int, until: datetime, seed: int) -> list[Outage]:
    """Return the outages of the last ``days``, in order of opening; all of them are over."""
    dice = random.Random(seed)  # noqa: S311 - a story, not a secret
    since = until - timedelta(days=days)
    found = [each for profile in PROFILES for each in _of(profile, days, since, until, dice)]
    for root in [each for each in found if each.profile.name == "nas-web"]:
        child = next(profile for profile in PROFILES if profile.parent == "nas-web")
        if dice.random() < 0.7:
            found.append(_outage(child, root.began_at + timedelta(seconds=dice.uniform(5, 60)), until, dice))
    found = [each for each in found if each.over_at < until - timedelta(minutes=30)]
    return _apart(sorted(found, key=lambda each: each.opened_at))


def _of(profile: Profile, days: int, since: datetime, until: datetime, dice: random.Random) -> Iterator[Outage]:
    for day in range(days):
        begins = since + timedelta(days=day)
        if dice.random() < profile.a_week / 7:
            if profile.hour is None:
                began = begins + timedelta(seconds=dice.uniform(0, 86_400))
            else:
                night = begins.replace(hour=profile.hour, minute=0, second=0, microsecond=0)
                began = night + timedelta(seconds=dice.uniform(0, 900))
            yield _outage(profile, began, until, dice)


def _outage(profile: Profile, began: datetime, until: datetime, dice: random.Random) -> Outage:
    began = began.astimezone(UTC)
    opened = began + timedelta(seconds=DETECTION_S + dice.uniform(0, 5))
    over = opened + timedelta(seconds=min(6 * profile.length_s, dice.lognormvariate(0, 0.7) * profile.length_s))
    asleep = opened.hour >= 22 or opened.hour < 6
    answered = {"1": 0.95, "2": 0.6, "3": 0.15}[profile.tier]
    taken, by, via = None, None, None
    if dice.random() < answered:
        by, via, usual_s = PEOPLE[0] if profile.tier == "1" and dice.random() < 0.6 else dice.choice(PEOPLE)
        taken = opened + timedelta(seconds=usual_s * dice.lognormvariate(0, 0.6) * (2.2 if asleep else 1.0))
        if taken >= min(over, until):
            taken = by = via = None
    waited = (taken or over) - opened
    return Outage(
        profile,
        began,
        opened,
        over,
        taken,
        by,
        via,
        accepted_after_s=dice.lognormvariate(-2.0, 0.5),
        escalated=profile.tier == "1" and waited > timedelta(minutes=5),
    )


def _apart(found: list[Outage]) -> list[Outage]:
    """Return the outages without those that begin while the same monitor is still down."""
    over: dict[str, datetime] = {}
    kept = []
    for each in found:
        if each.began_at >= over.get(each.profile.name, each.began_at):
            kept.append(each)
            over[each.profile.name] = each.over_at + timedelta(minutes=1)
    return kept


def blind_stretches(days: int, until: datetime, seed: int) -> list[tuple[datetime, datetime, str]]:
    """Return stretches in which nothing was seen: about one a week, with its cause."""
    dice = random.Random(seed + 1)  # noqa: S311
    found = []
    for week in range(days // 7):
        began = until - timedelta(days=7 * (week + 1), seconds=-dice.uniform(0, 5 * 86_400))
        found.append((began, began + timedelta(seconds=dice.uniform(300, 7200)), dice.choice(BLIND_CAUSES)))
    return found


def changes(days: int, until: datetime, seed: int) -> list[tuple[datetime, str]]:
    """Return change events: about one in nine days."""
    dice = random.Random(seed + 2)  # noqa: S311
    count = max(1, days // 9)
    return sorted((until - timedelta(days=dice.uniform(0.2, days)), dice.choice(CHANGES)) for _ in range(count))
