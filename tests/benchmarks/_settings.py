"""Settings files (TOML) for the benchmarks: many web addresses, perhaps a channel to a stand-in."""

from collections.abc import Iterable

KEY = "0123456789abcdef0123456789abcdef"

_PAGERDUTY = """
[[channels]]
name = "{name}"
kind = "pagerduty"
integration_key = "{key}"
events_url = "{origin}"
max_per_minute = {limit}
"""


def watching(
    urls: Iterable[str], *, interval_s: float, channel: str = "", umbrella_above: int = 0, **common: object
) -> str:
    """Return settings that ask these addresses; ``common`` are further keys of every monitor, as TOML values.

    No canaries: all is on loopback. No umbrella incidents unless asked for: each incident is measured by itself.
    """
    further = "".join(f"{key} = {value}\n" for key, value in common.items())
    monitors = "".join(
        f'[[monitors]]\nname = "m{number}"\nkind = "http"\nurl = "{url}"\ninterval = "{interval_s:g}s"\n{further}'
        for number, url in enumerate(urls)
    )
    return f"[agent]\ncanaries = []\nstorm_threshold = {umbrella_above}\n{channel}\n{monitors}"


def pagerduty(origin: str, limit: int, *, name: str = "pd", key: str = KEY) -> str:
    """Return a PagerDuty channel; each key has a rate of its own."""
    return _PAGERDUTY.format(name=name, key=key, origin=origin, limit=limit)
