"""Time zones of queries."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from statusapp_agent.api.problems import ProblemError


def zone_of(name: str | None) -> tzinfo:
    """Return a time zone by its name, this machine's where none is named; raises a 422."""
    if name is None:
        return datetime.now().astimezone().tzinfo or UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        sentence = f'There is no time zone "{name[:40]}": write one such as "Europe/Berlin".'
        raise ProblemError(422, "zone", sentence) from None
