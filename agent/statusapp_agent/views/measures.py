"""Every figure of a range, for clients."""

from datetime import tzinfo
from typing import Any

from statusapp_agent.core.measures import MORE_DEFINITIONS, Counts, Measured
from statusapp_agent.views.figures import analytics_view, figure_view
from statusapp_shared.measures import AvailabilityView, BeforeView, CountsView, MeasuredView, SliceView


def measured_view(measured: Measured, zone: tzinfo) -> MeasuredView:
    """Return the figures, those before them and their trend; ``zone`` is the one that they were made for."""
    plain: dict[str, Any] = dict(analytics_view(measured.figures))
    before = measured.before
    return MeasuredView(
        **{**plain, "definitions": {**plain["definitions"], **MORE_DEFINITIONS}},
        zone=str(zone),
        grain=measured.grain,
        counts=_counts(measured.counts),
        group_counts={key: _counts(counts) for key, counts in measured.groups.items()},
        availability=[
            AvailabilityView(
                monitor=each.monitor,
                share=each.share,
                seen_s=each.seen_s,
                down_s=each.down_s,
                blind_s=each.blind_s,
                outages=each.outages,
            )
            for each in measured.availability
        ],
        trend=[
            SliceView(
                since=each.since,
                until=each.until,
                incidents=each.incidents,
                never_acknowledged=each.never_acknowledged,
                mtta_s=figure_view(each.mtta_s),
                mttr_s=figure_view(each.mttr_s),
            )
            for each in measured.trend
        ],
        before=BeforeView(
            since=before.since,
            until=before.until,
            incidents=before.incidents,
            acknowledged=before.acknowledged,
            never_acknowledged=before.never_acknowledged,
            mtta_s=figure_view(before.mtta_s),
            mttr_s=figure_view(before.mttr_s),
            mttd_s=figure_view(before.mttd_s),
            counts=_counts(measured.before_counts),
        ),
    )


def _counts(counts: Counts) -> CountsView:
    return CountsView(
        paged=counts.paged,
        escalated=counts.escalated,
        reopened=counts.reopened,
        false_alarms=counts.false_alarms,
        asleep=counts.asleep,
        after_hours=counts.after_hours,
        page_s=figure_view(counts.page_s),
    )
