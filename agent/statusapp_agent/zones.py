"""Time zones by their names, and the one that this computer is set to."""

import os
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

_LOCALTIME = Path("/etc/localtime")


def named_zone(name: str) -> tzinfo:
    """Return the zone of a name such as ``Europe/Berlin``; raises ValueError with a sentence."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f'There is no time zone "{name[:60]}": write one such as "Europe/Berlin".') from None


def local_zone() -> tzinfo:
    """Return this computer's zone: by ``TZ``, by where ``/etc/localtime`` leads, else its present distance from UTC."""
    named = os.environ.get("TZ", "").removeprefix(":")
    if not named and _LOCALTIME.is_symlink():
        named = str(_LOCALTIME.resolve()).rpartition("zoneinfo/")[2]
    try:
        return ZoneInfo(named)
    except (KeyError, ValueError, OSError):
        return datetime.now().astimezone().tzinfo or UTC
