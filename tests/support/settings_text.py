"""Settings files for tests on real processes: one PagerDuty channel on loopback and quick monitors."""

from typing import Any

KEY = "a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6"
OTHER_KEY = "ffffeeeeddddccccbbbbaaaa99998888"
ENV = {"PD_KEY": KEY, "OTHER_PD_KEY": OTHER_KEY}

_QUICK: dict[str, Any] = {
    "interval": "200ms",
    "retry_interval": "100ms",
    "timeout": "2s",
    "failures": 2,
    "recoveries": 2,
    "flap_after": 0,
}


def channel(url: str, name: str = "pd", *, key: str = '{ env = "PD_KEY" }', per_minute: int = 10_000) -> str:
    """Return a channel to the stand-in at ``url``."""
    return (
        f'\n[[channels]]\nname = "{name}"\nkind = "pagerduty"\nintegration_key = {key}\n'
        f'events_url = "{url}"\nmax_per_minute = {per_minute}\n'
    )


def monitor(name: str, where: str, **keys: Any) -> str:
    """Return a monitor; ``where`` are its kind's own lines. It pages by ``pd`` unless told otherwise."""
    told = {} if "tier" in keys or "channels" in keys else {"channels": ["pd"]}
    lines = [f"{key} = {_written(value)}" for key, value in {**_QUICK, **told, **keys}.items()]
    return f'\n[[monitors]]\nname = "{name}"\n{where}' + "\n".join(lines) + "\n"


def _written(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_written(each) for each in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def settings(*tables: str, storm: int = 0) -> str:
    """Return a whole file: no canaries (everything is on loopback) and, unless asked for, no umbrella."""
    return f'[agent]\nregion = "test"\ncanaries = []\nstorm_threshold = {storm}\n' + "".join(tables)
