"""Settings files (TOML) for the benchmarks: many web addresses, perhaps a channel to a stand-in."""

from collections.abc import Iterable

KEY = "0123456789abcdef0123456789abcdef"

_PAGERDUTY = """
[[channels]]
name = "pd"
kind = "pagerduty"
integration_key = {{ env = "BENCH_KEY" }}
events_url = "{origin}"
max_per_minute = {limit}
"""


def watching(urls: Iterable[str], *, interval_s: float, channel: str = "", **common: object) -> str:
    """Return settings that ask these addresses; ``common`` are further keys of every monitor, as TOML values.

    No canaries: all is on loopback. No umbrella incidents: each incident is measured by itself.
    """
    further = "".join(f"{key} = {value}\n" for key, value in common.items())
    monitors = "".join(
        f'[[monitors]]\nname = "m{number}"\nkind = "http"\nurl = "{url}"\ninterval = "{interval_s:g}s"\n{further}'
        for number, url in enumerate(urls)
    )
    return f"[agent]\ncanaries = []\nstorm_threshold = 0\n{channel}\n{monitors}"


def pagerduty(origin: str, limit: int) -> str:
    """Return a PagerDuty channel called ``pd``; its key is in the variable BENCH_KEY."""
    return _PAGERDUTY.format(origin=origin, limit=limit)
