"""The household of the sample data: what it watches, how well each thing keeps, and what happens to it in a quarter."""

from dataclasses import dataclass
from typing import Literal

INTERVAL_S = 120.0
RETRY_S = 10.0
REGION = "Sample data, not real"


@dataclass(frozen=True, slots=True)
class Thing:
    """One monitor: usual latency, outages a quarter, their usual length, and what the check says then."""

    name: str
    tier: str
    tags: tuple[str, ...]
    latency_ms: float
    outages: float
    minutes: float
    cause: str
    degraded_above_ms: float | None = None
    habit: Literal["nightly", "flaps", "with nas", "after changes", ""] = ""


THINGS = (
    Thing("router", "1", ("network",), 4, 3, 14, "no answer within 10.0 s"),
    Thing("internet", "1", ("network",), 18, 5, 9, "no answer within 10.0 s"),
    Thing("pi-hole", "1", ("network",), 9, 1, 6, "connection refused"),
    Thing("nas", "1", ("storage",), 22, 3, 38, "connection refused"),
    Thing("photo-library", "2", ("storage", "family"), 85, 0, 0, "HTTP status 502", 900, "with nas"),
    Thing("nextcloud", "2", ("storage", "family"), 140, 0, 0, "no answer within 10.0 s", 1500, "nightly"),
    Thing("backup", "2", ("storage",), 30, 2, 130, "HTTP status 500"),
    Thing("jellyfin", "3", ("family",), 60, 0, 0, "connection refused", None, "flaps"),
    Thing("home-assistant", "1", ("family",), 35, 2, 12, "HTTP status 503"),
    Thing("door-camera", "2", ("family",), 120, 2, 55, "no answer within 10.0 s"),
    Thing("website", "1", ("outside",), 180, 1, 7, "HTTP status 503", 260, "after changes"),
    Thing("mail", "1", ("outside",), 95, 1, 25, "connection refused"),
    Thing("vpn", "2", ("outside", "network"), 40, 2, 18, "the TLS handshake failed"),
    Thing("printer", "3", ("family",), 12, 4, 200, "no answer within 10.0 s"),
)

PEOPLE = ("Ana", "Ana", "Ana", "Ben", "Ben", "Chris")
CHANGES = (
    "Deploy website 2.{n}",
    "Deploy website 2.{n}: new theme",
    "Renew the certificate of the website",
    "Deploy website 2.{n}: faster search",
)


_TIER_1 = """\
[[tiers]]
name = "1"
notify = [{ channel = "pagerduty" }, { channel = "pagerduty-backup", when = "unacknowledged", after = "10m" }]
"""


def settings_text(targets: str, pagerduty: str, key_file: str) -> str:
    """Return the household's settings; every address is a stand-in on loopback."""
    parts = [
        f'[agent]\nregion = "{REGION}"\ncanaries = []\n',
        *(
            f'[[channels]]\nname = "{name}"\nkind = "pagerduty"\nintegration_key = {{ file = "{key_file}" }}\n'
            f'events_url = "{pagerduty}"\n'
            for name in ("pagerduty", "pagerduty-backup")
        ),
        _TIER_1,
        '[[tiers]]\nname = "2"\nnotify = [{ channel = "pagerduty" }]\n',
        '[[tiers]]\nname = "3"\nnotify = [{ channel = "pagerduty-backup", when = "unacknowledged", after = "1h" }]\n',
        *(_monitor(thing, targets) for thing in THINGS),
    ]
    return "\n".join(parts)


def _monitor(thing: Thing, targets: str) -> str:
    lines = [
        "[[monitors]]",
        f'name = "{thing.name}"',
        'kind = "http"',
        f'url = "{targets}{thing.name}"',
        f'interval = "{INTERVAL_S:.0f}s"',
        f'retry_interval = "{RETRY_S:.0f}s"',
        f"failures = {2 if thing.habit in ('nightly', 'flaps') else 3}",
        f'tier = "{thing.tier}"',
        f"tags = [{', '.join(repr(tag) for tag in thing.tags)}]",
        f'runbook = "https://wiki.example/{thing.name}"',
    ]
    if thing.degraded_above_ms is not None:
        lines.append(f'degraded_above = "{thing.degraded_above_ms:.0f}ms"')
    return "\n".join(lines) + "\n"
