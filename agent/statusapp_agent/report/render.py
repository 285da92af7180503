"""Renders a review as HTML and as Markdown; both say the same, from the same values."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from statusapp_agent.core.availability import percent
from statusapp_agent.core.figures import Figure
from statusapp_agent.core.measures import MORE_DEFINITIONS
from statusapp_agent.core.phrases import length
from statusapp_agent.core.review import Line, Review
from statusapp_agent.report import charts, markdown, page

_FIGURES = (
    ("mtta", "MTTA", "To acknowledge", "mtta_s"),
    ("mttr", "MTTR", "To resolve", "mttr_s"),
    ("mttd", "MTTD", "To notice", "mttd_s"),
)
_COUNTS = (
    ("Paged at night, 22:00 to 07:00", "asleep"),
    ("Paged outside of working hours", "after_hours"),
    ("Went on, as nobody acknowledged", "escalated"),
    ("Over by themselves within 10 min, untouched", "false_alarms"),
    ("Came back within 30 min", "reopened"),
)
_MOST_NUMBERS = 14
_LEAST_AVAILABLE = 8
_NOTHING = "n/a"


def html(review: Review) -> str:
    """Return a review as one HTML file."""
    drawn = {
        "incidents": charts.incidents_chart(review),
        "times": charts.times_chart(review),
        "heat": charts.heat_chart(review),
    }
    style = Markup(page.STYLE)  # noqa: S704 - our own text
    return _pages().get_template("page").render(**_values(review), charts=drawn, style=style)


def text(review: Review) -> str:
    """Return a review as Markdown."""
    return _markdown().get_template("markdown").render(**_values(review))


@cache
def _pages() -> Environment:
    return Environment(loader=DictLoader({"page": page.TEMPLATE}), autoescape=True, undefined=StrictUndefined)


@cache
def _markdown() -> Environment:
    source = DictLoader({"markdown": markdown.TEMPLATE})
    made = Environment(loader=source, autoescape=False, undefined=StrictUndefined)  # noqa: S701 - Markdown is no HTML
    made.filters["cell"] = _cell
    return made


def _cell(value: str) -> str:
    """Return text that keeps within one cell of a Markdown table and starts nothing there."""
    plain = " ".join(value.split())
    for mark in "\\|`*_[]<>":
        plain = plain.replace(mark, f"\\{mark}")
    return plain


def _values(review: Review) -> dict[str, Any]:
    measured = review.measured
    down = sorted((each for each in measured.availability if each.down_s > 0), key=lambda each: each.share or 0.0)
    shown = down[:_LEAST_AVAILABLE]
    rest = len(measured.availability) - len(shown)
    return {
        "r": review,
        "span": _span(review),
        "figures": [_figure(review, *each) for each in _FIGURES] + [_page_row(review)],
        "counts": [(name, getattr(measured.counts, key), getattr(measured.before_counts, key)) for name, key in _COUNTS]
        if measured.figures.incidents
        else [],
        "groups": [
            {
                "key": group.key,
                "incidents": group.incidents,
                "never": group.never_acknowledged,
                "asleep": measured.groups[group.key].asleep,
                "mtta": _mean(group.mtta_s),
                "mttr": _mean(group.mttr_s),
            }
            for group in measured.figures.groups
        ],
        "availability": [
            {
                "monitor": each.monitor,
                "share": percent(each.share),
                "down": length(each.down_s),
                "outages": each.outages,
            }
            for each in shown
        ],
        "rest_available": f"{rest} other monitors, {len(measured.availability) - len(down)} without an outage."
        if rest > 0
        else "",
        "definitions": [
            (name.replace("_", " ").upper() if name.startswith("mtt") else name.replace("_", " "), meaning)
            for name, meaning in {**measured.figures.definitions, **MORE_DEFINITIONS}.items()
        ],
        "linked": any(each.url for each in review.lines),
        "numbers": _numbers,
        "lasted": _lasted,
        "moment": lambda at: _moment(at, review),
        "day": lambda at: _day(at, review),
    }


def _mean(figure: Figure | None) -> str:
    return _NOTHING if figure is None else length(figure.mean)


def _row(name: str, title: str, figure: Figure | None, before: Figure | None, definition: str) -> dict[str, str]:
    return {
        "name": name,
        "title": title,
        "mean": _mean(figure),
        "p50": _NOTHING if figure is None else length(figure.p50),
        "p90": _NOTHING if figure is None else length(figure.p90),
        "count": str(figure.count if figure else 0),
        "before": _mean(before),
        "change": _change(figure, before),
        "definition": definition,
    }


def _figure(review: Review, key: str, name: str, title: str, field: str) -> dict[str, str]:
    figures, before = review.measured.figures, review.measured.before
    return _row(name, title, getattr(figures, field), getattr(before, field), figures.definitions[key])


def _page_row(review: Review) -> dict[str, str]:
    counts, before = review.measured.counts, review.measured.before_counts
    return _row("Page accepted", "To page", counts.page_s, before.page_s, MORE_DEFINITIONS["page"])


def _change(figure: Figure | None, before: Figure | None) -> str:
    if before is None:
        return "nothing before" if figure is not None else ""
    if figure is None:
        return f"was {length(before.p50)}"
    if abs(figure.p50 - before.p50) <= 0.05 * max(figure.p50, before.p50):
        return "about as before"
    return f"{'↑' if figure.p50 > before.p50 else '↓'} was {length(before.p50)}"


def _span(review: Review) -> str:
    period = review.measured.period
    ends = period.until.astimezone(review.zone).date()
    begins = period.since.astimezone(review.zone).date()
    final = ends.fromordinal(max(ends.toordinal() - 1, begins.toordinal()))
    return f"{begins.day} {begins:%B %Y} to {final.day} {final:%B %Y}, time zone {review.zone}"


def _moment(at: datetime, review: Review) -> str:
    local = at.astimezone(review.zone)
    return f"{local:%a} {local.day} {local:%b %H:%M}"


def _day(at: datetime, review: Review) -> str:
    local = at.astimezone(review.zone)
    return f"{local.day} {local:%B}"


def _lasted(line: Line) -> str:
    return "still open" if line.lasted_s is None else length(line.lasted_s)


def _numbers(numbers: Iterable[int]) -> str:
    known = list(numbers)
    said = " ".join(f"#{number}" for number in known[-_MOST_NUMBERS:])
    more = len(known) - _MOST_NUMBERS
    return f"{said} and {more} before" if more > 0 else said
