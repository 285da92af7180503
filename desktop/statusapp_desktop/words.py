"""Times and lengths as people say them. Pure: the time is handed in."""

from datetime import datetime, timedelta

from PySide6.QtCore import QCoreApplication

_DAY = 86_400


def tr(text: str, **places: object) -> str:
    """Return a sentence in the user's language with its named places filled in."""
    translated = QCoreApplication.translate("statusapp", text)
    return translated.format(**places) if places else translated


def length(seconds: float) -> str:
    """Return a length of time: "40 s", "6 min 12 s", "1 h 20 min", "3 d 4 h"."""
    whole = max(0, int(seconds))
    if whole < 60:
        return tr("{n} s", n=whole)
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return tr("{m} min {s} s", m=minutes, s=rest) if rest and minutes < 10 else tr("{m} min", m=minutes)
    if whole < _DAY:
        hours, rest = divmod(whole // 60, 60)
        return tr("{h} h {m} min", h=hours, m=rest) if rest else tr("{h} h", h=hours)
    days, hours = divmod(whole // 3600, 24)
    return tr("{d} d {h} h", d=days, h=hours) if hours and days < 10 else tr("{d} d", d=days)


def age(at: datetime, now: datetime) -> str:
    """Return how long ago something was; the future is "now", since two clocks never agree."""
    return tr("{length} ago", length=length((now - at).total_seconds()))


def clock(at: datetime, now: datetime, *, seconds: bool = False) -> str:
    """Return a local time: the clock alone today, with the weekday this week, else the date."""
    local, today = at.astimezone(), now.astimezone()
    hour = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
    if local.date() == today.date():
        return hour
    if timedelta(0) <= today.date() - local.date() < timedelta(days=7):
        return f"{local:%a} {hour}"
    return (
        f"{local.day} {local:%b} {hour}" if local.year == today.year else f"{local.day} {local:%b} {local.year} {hour}"
    )


def latency(milliseconds: float) -> str:
    """Return a latency: "0.6 ms", "34 ms", "1.84 s"."""
    if milliseconds >= 1000:
        return tr("{n} s", n=f"{milliseconds / 1000:.2f}")
    return tr("{n} ms", n=f"{milliseconds:.1f}" if milliseconds < 10 else f"{milliseconds:.0f}")


def counted(number: int, one: str, many: str) -> str:
    """Return "1 monitor", "1,200 monitors"; both forms are translated whole, with ``{n}`` as the number's place."""
    return tr(one if number == 1 else many, n=f"{number:,}")
