"""A review as clients see it: the figures, and the same in words."""

from typing import Literal

from pydantic import AwareDatetime, Field

from statusapp_shared.measures import MeasuredView
from statusapp_shared.patterns import PatternView
from statusapp_shared.protocol import View

Rhythm = Literal["weekly", "monthly", "quarterly"]


class ReviewedIncident(View):
    """One incident of a review; ``lasted_s`` from the first failing check, None while it lasts."""

    number: int
    id: str
    monitor: str
    cause: str
    opened_at: AwareDatetime
    lasted_s: float | None
    acknowledged_by: str | None
    paged: list[str]
    url: str | None


class ReportView(View):
    """The review of a week, a month or a quarter. ``text`` is Markdown, ``html`` a whole page."""

    title: str
    rhythm: Rhythm
    since: AwareDatetime
    until: AwareDatetime
    zone: str
    sample: bool
    summary: list[str]
    changes: list[str]
    todo: list[PatternView]
    incidents: list[ReviewedIncident]
    figures: MeasuredView
    text: str = Field(description="Markdown")
    html: str
