"""Escalation, quiet hours and days of the calendar: from the words of a settings file to core values."""

from typing import Any

from statusapp_agent.core.model import Escalation, Level, QuietHours, Severity
from statusapp_agent.settings.tables import DAYS, WEEKS, MaintenanceTable, TierTable

_LAST_DAY = -1


def escalation_of(table: TierTable) -> Escalation | None:
    """Return what follows when nobody acknowledges; None where the tier says nothing of it."""
    said = table.escalation
    if said is None:
        return None
    levels = tuple(Level(level.after, tuple(level.channels), level.everybody) for level in said.levels)
    return Escalation(levels, said.repeat, said.every)


def quiet_of(table: TierTable) -> QuietHours | None:
    """Return when pages of a tier wait; None where they never do."""
    said = table.quiet
    if said is None:
        return None
    severity = Severity(said.except_severity) if said.except_severity is not None else None
    return QuietHours(minute_of(said.start), minute_of(said.end), said.timezone, severity)


def minute_of(clock: str) -> int:
    """Return the minute of the day of a time such as ``22:30``."""
    hours, minutes = map(int, clock.split(":"))
    return hours * 60 + minutes


def days_of(table: MaintenanceTable) -> dict[str, Any]:
    """Return on which days a window begins, as fields of the core's value."""
    said = table.monthly
    if said is None:
        return {"days": tuple(sorted({DAYS.index(day) for day in table.days}))}
    if isinstance(said, int):
        return {"month_days": (said,)}
    if said == "last day":
        return {"month_days": (_LAST_DAY,)}
    week, day = said.split()
    return {"days": (DAYS.index(day),), "weeks": (WEEKS[week],)}
