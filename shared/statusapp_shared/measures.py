"""Every figure of a range as clients see it: the analytics view of `protocol`, with what came later beside it."""

from pydantic import AwareDatetime, Field

from statusapp_shared.protocol import AnalyticsGroup, AnalyticsView, FigureView, View


class CountsView(View):
    """What incidents cost people, in numbers of incidents; ``page_s`` from opened to the first accepted page."""

    paged: int
    escalated: int
    reopened: int
    false_alarms: int
    asleep: int
    after_hours: int
    page_s: FigureView | None


class AvailabilityView(View):
    """One monitor's share of the time seen in which it was not down; None when nothing was seen."""

    monitor: str
    share: float | None
    seen_s: float
    down_s: float
    blind_s: float
    outages: int


class SliceView(View):
    """One local day, week or month of a trend."""

    since: AwareDatetime
    until: AwareDatetime
    incidents: int
    never_acknowledged: int
    mtta_s: FigureView | None
    mttr_s: FigureView | None


class BeforeView(View):
    """The figures of the range before, to compare with."""

    since: AwareDatetime
    until: AwareDatetime
    incidents: int
    acknowledged: int
    never_acknowledged: int
    mtta_s: FigureView | None
    mttr_s: FigureView | None
    mttd_s: FigureView | None
    counts: CountsView


class MeasuredView(AnalyticsView):
    """The figures of a range, their groups, the trend within it and the range before."""

    zone: str = "UTC"
    grain: str = "day"
    counts: CountsView | None = None
    group_counts: dict[str, CountsView] = Field(default_factory=dict)
    availability: list[AvailabilityView] = Field(default_factory=list)
    trend: list[SliceView] = Field(default_factory=list)
    before: BeforeView | None = None
    groups: list[AnalyticsGroup]
