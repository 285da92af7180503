"""Charts as inline SVG, by the look's rules: from zero, few round ticks, direct labels, colours from the page."""

from collections.abc import Sequence
from datetime import tzinfo

from markupsafe import Markup, escape

from statusapp_agent.core.figures import WEEKDAYS, Figure
from statusapp_agent.core.measures import Slice
from statusapp_agent.core.phrases import length
from statusapp_agent.core.review import Review

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 680, 190, 48, 104, 12, 24
_STEPS = (1, 2, 5)
_TIME_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800)
_HEATS = 5


def incidents_chart(review: Review) -> Markup:
    """Return the incidents of each slice as bars; what nobody acknowledged is the hatched part."""
    trend = review.measured.trend
    most = max((each.incidents for each in trend), default=0)
    if not most:
        return Markup()
    step = _count_step(most)
    top = -(-most // step) * step
    parts = [_grid([(value, str(value)) for value in range(0, top + 1, step)], top)]
    wide = (WIDTH - LEFT - RIGHT) / len(trend)
    for index, each in enumerate(trend):
        x, bar = LEFT + index * wide + wide * 0.14, wide * 0.72
        untaken, taken = each.never_acknowledged, each.incidents - each.never_acknowledged
        parts.append(_bar(x, bar, 0, taken, top, "taken", f"{_day(each, review.zone)}: {taken} acknowledged"))
        parts.append(_bar(x, bar, taken, untaken, top, "untaken", f"{_day(each, review.zone)}: {untaken} never"))
    parts.append(_dates(trend, review.zone))
    text = f"{review.measured.figures.incidents} incidents, at most {most} in one {review.measured.grain}"
    return _svg("".join(parts), text)


def _bar(x: float, wide: float, base: int, count: int, top: int, name: str, title: str) -> str:
    if not count:
        return ""
    y = _y(base + count, top)
    high = max(_y(base, top) - y - (1 if base else 0), 1)
    return (
        f'<rect class="{name}" x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" rx="2">'
        f"<title>{escape(title)}</title></rect>"
    )


def times_chart(review: Review) -> Markup:
    """Return how long acknowledging and resolving took, as medians of each slice; a slice without any is a gap."""
    trend = review.measured.trend
    series = [
        ("mtta", "acknowledged", [each.mtta_s for each in trend]),
        ("mttr", "resolved", [each.mttr_s for each in trend]),
    ]
    highest = max((figure.p50 for _, _, some in series for figure in some if figure), default=0.0)
    if not highest:
        return Markup()
    step = next((each for each in _TIME_STEPS_S if highest / each <= 5), 86_400 * -(-int(highest) // 432_000))
    top = -(-int(highest + 0.999) // step) * step
    parts = [_grid([(value, length(value) if value else "0") for value in range(0, top + 1, step)], top)]
    ends: list[tuple[float, str, str]] = []
    for name, label, some in series:
        drawn, end = _line(some, top, name)
        parts.append(drawn)
        if end is not None:
            ends.append((end, name, label))
    parts += _labels(ends)
    parts.append(_dates(trend, review.zone))
    return _svg("".join(parts), "Medians of the time to acknowledge and to resolve")


def _line(figures: Sequence[Figure | None], top: float, name: str) -> tuple[str, float | None]:
    wide = (WIDTH - LEFT - RIGHT) / max(len(figures), 1)
    points = [
        None if figure is None else (LEFT + (index + 0.5) * wide, _y(figure.p50, top))
        for index, figure in enumerate(figures)
    ]
    known = [point for point in points if point is not None]
    if not known:
        return "", None
    drawn = "".join(f'<circle class="{name}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in known)
    if len(known) >= 3:  # fewer are points: a line would claim a course
        path, pen_down = [], False
        for point in points:
            if point is None:
                pen_down = False
                continue
            path.append(f"{'L' if pen_down else 'M'}{point[0]:.1f} {point[1]:.1f}")
            pen_down = True
        drawn = f'<path class="{name}" d="{"".join(path)}"/>' + drawn
    return drawn, known[-1][1]


def _labels(ends: list[tuple[float, str, str]]) -> list[str]:
    placed: list[str] = []
    last = -100.0
    for y, name, label in sorted(ends):
        y = max(y, last + 14)
        last = y
        placed.append(f'<text class="label {name}" x="{WIDTH - RIGHT + 8}" y="{y + 4:.1f}">{escape(label)}</text>')
    return placed


def heat_chart(review: Review) -> Markup:
    """Return incidents by weekday and hour; zero is the first step, the number stands in the cell."""
    most = max(max(row) for row in review.heat)
    if not most:
        return Markup()
    cell, gap, left = 23, 2, 36
    parts = []
    for day, row in enumerate(review.heat):
        y = day * (cell + gap)
        parts.append(f'<text class="tick" x="0" y="{y + 16}">{WEEKDAYS[day]}</text>')
        for hour, count in enumerate(row):
            step = 0 if not count else max(1, round(count / most * _HEATS))
            x = left + hour * (cell + gap)
            title = f"{WEEKDAYS[day]} {hour:02d}:00: {count}"
            parts.append(
                f'<rect class="heat{step}" x="{x}" y="{y}" width="{cell}" height="{cell}" rx="2">'
                f"<title>{title}</title></rect>"
            )
            if count:
                ink = "on" if step >= 3 else "off"
                parts.append(f'<text class="count {ink}" x="{x + cell / 2}" y="{y + 16}">{count}</text>')
    foot = 7 * (cell + gap) + 12
    parts += [
        f'<text class="tick" x="{left + hour * (cell + gap)}" y="{foot}">{hour:02d}</text>' for hour in range(0, 24, 3)
    ]
    wide = left + 24 * (cell + gap)
    return Markup(  # noqa: S704 - numbers, and names of our own
        f'<svg viewBox="0 0 {wide} {foot + 4}" role="img" aria-label="Incidents by weekday and hour">'
        f"{''.join(parts)}</svg>"
    )


def _count_step(most: int) -> int:
    power = 1
    while True:
        for step in _STEPS:
            if most <= 5 * step * power:
                return step * power
        power *= 10


def _y(value: float, top: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top)


def _grid(ticks: Sequence[tuple[float, str]], top: float) -> str:
    return "".join(
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{_y(value, top):.1f}" y2="{_y(value, top):.1f}"/>'
        f'<text class="tick right" x="{LEFT - 8}" y="{_y(value, top) + 4:.1f}">{escape(label)}</text>'
        for value, label in ticks
    )


def _day(each: Slice, zone: tzinfo) -> str:
    local = each.since.astimezone(zone)
    return f"{local.day} {local:%b}"


def _dates(trend: Sequence[Slice], zone: tzinfo) -> str:
    wide = (WIDTH - LEFT - RIGHT) / len(trend)
    every = max(1, -(-len(trend) // 9))
    return "".join(
        f'<text class="tick middle" x="{LEFT + (index + 0.5) * wide:.1f}" y="{HEIGHT - 6}">{_day(each, zone)}</text>'
        for index, each in enumerate(trend)
        if index % every == 0
    )


def _svg(body: str, text: str) -> Markup:
    hatch = (
        '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect class="hatch-ground" width="6" height="6"/><rect class="hatch-line" width="2" height="6"/>'
        "</pattern></defs>"
    )
    return Markup(  # noqa: S704 - every text in it has been escaped
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(text)}">{hatch}{body}</svg>'
    )
