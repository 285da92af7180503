"""The time zone of this computer, by its IANA name: from TZ, /etc/timezone or the link /etc/localtime."""

from collections.abc import Mapping
from pathlib import Path

_ROOTS = ("zoneinfo/posix/", "zoneinfo/right/", "zoneinfo/")


def host_zone(environment: Mapping[str, str], etc: Path = Path("/etc")) -> str | None:
    """Return the name, None where nothing tells it."""
    told = environment.get("TZ", "").strip().removeprefix(":")
    if told:
        return _below_zoneinfo(told) if told.startswith("/") else told
    try:
        written = (etc / "timezone").read_text("utf-8").strip()
        if written:
            return written
    except (OSError, UnicodeDecodeError):
        pass  # many systems have no such file
    try:
        return _below_zoneinfo(str((etc / "localtime").resolve(strict=True)))
    except OSError:
        return None


def _below_zoneinfo(path: str) -> str | None:
    for root in _ROOTS:
        _, found, name = path.partition(root)
        if found:
            return name
    return None
