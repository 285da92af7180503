"""The charts of a review as inline SVG: no script, no font, no colour but what the page's style sheet gives them.

Each has a title and a description for who hears it instead; the same figures stand in a table beside it.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from html import escape

from statusapp_agent.core.figures import WEEKDAYS
from statusapp_agent.core.model import Incident

WIDTH, BAR_HEIGHT, LABELS = 640, 96, 20
CELL, CELL_GAP, SIDE = 22, 3, 40


def per_day(incidents: Sequence[Incident], since: datetime, until: datetime, zone: tzinfo) -> str:
    """Return bars of incidents by day, those that nobody acknowledged filled and the others hollow."""
    days = _days(since, until, zone)
    by_day = {day: [0, 0] for day in days}
    for each in incidents:
        day = each.opened_at.astimezone(zone).date()
        if day in by_day:
            by_day[day][0 if each.acknowledged_at else 1] += 1
    most = max((sum(pair) for pair in by_day.values()), default=0) or 1
    step = WIDTH / max(1, len(days))
    wide = min(28.0, step * 0.7)
    parts = []
    for place, day in enumerate(days):
        left = place * step + (step - wide) / 2
        top = float(BAR_HEIGHT)
        for number, role in zip(by_day[day], ("taken", "untaken"), strict=True):
            if number:
                high = number / most * (BAR_HEIGHT - 14)
                top -= high
                inset = 0.75 if role == "taken" else 0.0
                parts.append(
                    f'<rect class="{role}" x="{left + inset:.1f}" y="{top + inset:.1f}" '
                    f'width="{wide - 2 * inset:.1f}" height="{max(1.0, high - 2 * inset):.1f}" rx="2">'
                    f"<title>{day:%d %b}: {number} {'acknowledged' if role == 'taken' else 'not acknowledged'}</title>"
                    "</rect>"
                )
        if sum(by_day[day]):
            parts.append(_text(left + wide / 2, top - 4, str(sum(by_day[day])), "number"))
        if len(days) <= 10 or place % max(1, len(days) // 8) == 0:
            label = f"{day:%a} {day.day}" if len(days) <= 10 else f"{day.day} {day:%b}"
            parts.append(_text(left + wide / 2, BAR_HEIGHT + 15, label, "label"))
    parts.append(f'<line class="axis" x1="0" x2="{WIDTH}" y1="{BAR_HEIGHT}.5" y2="{BAR_HEIGHT}.5"/>')
    total = sum(sum(pair) for pair in by_day.values())
    return _svg(WIDTH, BAR_HEIGHT + LABELS, "Incidents by day", f"{total} incidents over {len(days)} days", parts)


def by_hour(incidents: Sequence[Incident], zone: tzinfo) -> str:
    """Return a heat map of the hours of the week at which incidents were opened."""
    counts = [[0] * 24 for _ in WEEKDAYS]
    for each in incidents:
        local = each.opened_at.astimezone(zone)
        counts[local.weekday()][local.hour] += 1
    most = max(max(row) for row in counts)
    parts = []
    for day, row in enumerate(counts):
        top = day * (CELL + CELL_GAP)
        parts.append(_text(SIDE - 8, top + CELL - 7, WEEKDAYS[day], "label end"))
        for hour, number in enumerate(row):
            heat = 0 if not number else 1 + round(4 * (number - 1) / max(1, most - 1))
            parts.append(
                f'<rect class="heat{heat}" x="{SIDE + hour * (CELL + CELL_GAP)}" y="{top}" width="{CELL}" '
                f'height="{CELL}" rx="3"><title>{WEEKDAYS[day]} {hour:02d}:00: {number}</title></rect>'
            )
    foot = len(WEEKDAYS) * (CELL + CELL_GAP) + 13
    parts += [
        _text(SIDE + hour * (CELL + CELL_GAP) + CELL / 2, foot, f"{hour:02d}", "label") for hour in range(0, 24, 3)
    ]
    wide = SIDE + 24 * (CELL + CELL_GAP)
    return _svg(wide, foot + 6, "Incidents by weekday and hour", f"{sum(map(sum, counts))} incidents", parts)


def _days(since: datetime, until: datetime, zone: tzinfo) -> list[date]:
    first, last = since.astimezone(zone).date(), (until - timedelta(microseconds=1)).astimezone(zone).date()
    return [first + timedelta(days=n) for n in range(max(1, (last - first).days + 1))]


def _text(x: float, y: float, text: str, role: str) -> str:
    return f'<text class="{role}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _svg(wide: float, high: float, title: str, description: str, parts: Sequence[str]) -> str:
    return (
        f'<svg role="img" viewBox="0 0 {wide:g} {high:g}" aria-label="{escape(title)}: {escape(description)}">'
        f"{''.join(parts)}</svg>"
    )
