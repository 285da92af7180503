"""Times, lengths and lists as people read them, for the sentences that the core makes. The present is handed in."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from difflib import get_close_matches

_UNITS = ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s"))


def length(seconds: float) -> str:
    """Return a length of time in its two largest units: ``6 min 12 s``; below 10 s with one decimal, then ms."""
    if seconds < 0.9995:
        return f"{max(0.0, seconds) * 1000:.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    whole = round(seconds)
    for unit_s, unit, part_s, part in _UNITS:
        if whole >= unit_s:
            rest = whole % unit_s // part_s
            return f"{whole // unit_s} {unit}" + (f" {rest} {part}" if rest else "")
    return f"{whole} s"


def between(began: datetime, ended: datetime) -> str:
    """Return the length between two moments, none where a clock was set back in between."""
    return length(max(0.0, (ended - began).total_seconds()))


def lasting(began: datetime, now: datetime) -> str:
    """Return how long something has lasted, in whole seconds: it goes on while it is read."""
    seconds = int((now - began).total_seconds())
    return length(seconds) if seconds >= 1 else "less than 1 s"


def ago(at: datetime, now: datetime) -> str:
    """Return how long ago something was: ``12 s ago``."""
    return f"{lasting(at, now)} ago"


def clock(at: datetime, now: datetime, zone: tzinfo = UTC) -> str:
    """Return a moment: the clock alone on the day of ``now``, else the date as well; UTC is named."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    named = " UTC" if zone is UTC else ""
    if local.date() == today.date():
        return f"{local:%H:%M:%S}{named}"
    return f"{_date(local, today)} {local:%H:%M}{named}"


def _date(local: datetime, today: datetime) -> str:
    return f"{local.day} {local:%b}" + ("" if local.year == today.year else f" {local.year}")


def sentence(*parts: str) -> str:
    """Return texts as sentences in a row: each ends, and none that is empty leaves a gap."""
    return " ".join(_ended(part.strip()) for part in parts if part.strip())


def capital(text: str) -> str:
    """Return a text with a capital at its beginning; what follows stays as it is."""
    return text[:1].upper() + text[1:]


def _ended(text: str) -> str:
    return text if text[-1] in ".?:" else f"{text}."


def listed(names: Iterable[str]) -> str:
    """Return names as people list them: ``a, b and c``."""
    known = list(names)
    return known[0] if len(known) == 1 else f"{', '.join(known[:-1])} and {known[-1]}" if known else "none"


def count(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: ``1 check``, ``2 checks``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def unknown_name(name: str, known: Sequence[str], noun: str) -> str:
    """Return the sentence for a name that nothing has, with the nearest one that something has."""
    nearest = get_close_matches(name, known, n=1, cutoff=0.5)
    if nearest:
        return f"There is no {noun} {name!r}; the nearest name is {nearest[0]!r}."
    return f"There is no {noun} {name!r}; " + (
        f"there is {listed(sorted(known)[:5])}." if known else "there is none yet."
    )
