"""Times, lengths and states as people read them: pure functions, with the present handed in."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final

from statusapp_agent.fields import parse_duration

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400

# What a target or a provider says may hold terminal commands (C0, C1) or turn the reading direction round (bidi).
_CONTROL_CODES = (*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_CONTROLS: Final = dict.fromkeys(_CONTROL_CODES, "\N{REPLACEMENT CHARACTER}")


def harmless(value: Any) -> Any:
    """Return decoded JSON with every character replaced that could command a terminal; line ends and tabs stay."""
    if isinstance(value, str):
        return value.translate(_CONTROLS)
    if isinstance(value, list):
        return [harmless(item) for item in value]
    if isinstance(value, dict):
        return {harmless(key): harmless(item) for key, item in value.items()}
    return value


def _two(big: int, big_unit: str, small: int, small_unit: str) -> str:
    return f"{big} {big_unit}" + (f" {small} {small_unit}" if small else "")


def length(seconds: float) -> str:
    """Return a length of time in its two largest units: ``6 min 12 s``; below 10 s with one decimal, then ms."""
    if seconds < 0.95:
        return f"{max(seconds, 0) * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return _two(whole // _MINUTE, "min", whole % _MINUTE, "s")
    minutes = whole // _MINUTE
    if whole < _DAY:
        return _two(minutes // 60, "h", minutes % 60, "min")
    hours = minutes // 60
    return _two(hours // 24, "d", hours % 24, "h")


def milliseconds(value: float | None) -> str:
    """Return a latency as ``23 ms`` or ``1.2 s``; nothing known is an empty text."""
    if value is None:
        return ""
    return f"{value:.1f} ms" if value < 9.95 else length(value / 1000)


def size(count: int) -> str:
    """Return a number of bytes as ``3.4 MB``."""
    if count < 1000:
        return f"{count} B"
    power = min(int(math.log10(count) // 3), 4)
    return f"{count / 1000**power:.1f} {('B', 'kB', 'MB', 'GB', 'TB')[power]}"


def age(at: datetime | None, now: datetime) -> str:
    """Return how long ago something was, in its largest unit: ``3 min ago``; ``now`` up to ten seconds."""
    if at is None:
        return "never"
    seconds = (now - at).total_seconds()
    if seconds < -1:
        return f"in {_coarse(-seconds)}"
    return "now" if seconds <= 10 else f"{_coarse(seconds)} ago"


def _coarse(seconds: float) -> str:
    for unit_s, unit in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= unit_s:
            return f"{int(seconds // unit_s)} {unit}"
    return f"{int(seconds)} s"


def clock(at: datetime, now: datetime, zone: tzinfo | None = None, *, seconds: bool = False) -> str:
    """Return a local time: the clock alone today, with the weekday this week, else with the date."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    time = local.strftime("%H:%M:%S" if seconds else "%H:%M")
    days = (today.date() - local.date()).days
    if days == 0:
        return time
    if 0 < days < 7:
        return f"{local:%a} {time}"
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local.day} {local:%b}{year} {time}"


def since(text: str, now: datetime) -> datetime:
    """Return the moment in UTC that ``30d``, ``12h`` or an RFC 3339 date names; raise ValueError with a sentence."""
    try:
        return now - timedelta(seconds=parse_duration(text))
    except (ValueError, OverflowError):
        pass
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(
            f'{text!r} is neither a length such as "30d" or "12h" nor a date such as "2026-01-31" or '
            '"2026-01-31T08:00:00Z"'
        ) from None


def incident_id(text: str) -> str:
    """Return what the API calls the incident that people write ``42`` or ``#42``."""
    return text.strip().removeprefix("#")


def count(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: ``1 monitor``, ``2 monitors``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


@dataclass(frozen=True, slots=True)
class Mark:
    """The sign of a state: told apart by its shape alone; ``style`` only repeats it."""

    shape: str
    plain: str
    style: str


FINE = Mark("✓", "+", "green")
DEGRADED = Mark("▲", "!", "yellow")
DOWN = Mark("■", "X", "bold red")
ACKNOWLEDGED = Mark("□", "o", "blue")
BLIND = Mark("◌", "?", "bright_black")

MARKS: Final[Mapping[str, Mark]] = {
    "up": FINE,
    "degraded": DEGRADED,
    "down": DOWN,
    "blind": BLIND,
    "unknown": BLIND,
    "maintenance": Mark("⬡", "#", "magenta"),
    "paused": Mark("‖", "=", "bright_black"),
    "held": Mark("◇", "-", "bright_black"),
    "pending": Mark("○", ".", "bright_black"),
    "open": DOWN,
    "acknowledged": ACKNOWLEDGED,
    "resolved": FINE,
    "ok": FINE,
    "untested": BLIND,
    "delayed": DEGRADED,
    "broken": DOWN,
    "locked": DOWN,
    "delivered": FINE,
    "refused": DOWN,
    "cancelled": Mark("\N{MULTIPLICATION SIGN}", "x", "bright_black"),
    "pass": FINE,
    "fail": DOWN,
}
"""By the state's own word, whatever it is a state of."""
