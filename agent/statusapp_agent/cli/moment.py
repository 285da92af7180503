"""Moments of the past as people write them: a clock time, a date with one, or how long ago."""

import re
from datetime import datetime, timedelta

_CLOCK = re.compile(r"(?:(yesterday|today)\s+)?(\d{1,2}):(\d{2})(?::(\d{2}))?", re.IGNORECASE)
_AGO = re.compile(r"(\d+)\s*(s|m|min|h|d)(?:\s+ago)?", re.IGNORECASE)
_UNIT = {"s": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days"}


def past_moment(text: str, now: datetime) -> datetime:
    """Return the moment that is meant, aware; ``now`` is aware and local. Raises ValueError with a sentence.

    A clock time alone is the latest such time; what names no zone is local.
    """
    plain = text.strip()
    if match := _AGO.fullmatch(plain):
        return now - timedelta(**{_UNIT[match[2].lower()]: min(int(match[1]), 10_000)})
    if match := _CLOCK.fullmatch(plain):
        return _clock(match, now)
    try:
        found = datetime.fromisoformat(plain)
    except ValueError:
        examples = '"02:10", "yesterday 02:10", "2026-03-02 02:10" or "2h ago"'
        raise ValueError(f"{text!r} is no moment; write it as {examples}.") from None
    at = found if found.tzinfo is not None else found.replace(tzinfo=now.tzinfo)
    if at > now:
        raise ValueError(f"{text!r} has not come yet; leave it out to ask about now.")
    return at


def _clock(match: re.Match[str], now: datetime) -> datetime:
    day, hour, minute, second = match[1], int(match[2]), int(match[3]), int(match[4] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(f"{match[0]!r} is no time of day.")
    at = now.replace(hour=hour, minute=minute, second=second, microsecond=0)
    if day is not None and day.lower() == "yesterday":
        return at - timedelta(days=1)
    if at > now:
        if day is not None:
            raise ValueError(f"{match[0]!r} has not come yet; leave it out to ask about now.")
        return at - timedelta(days=1)
    return at
