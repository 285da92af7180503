"""Figures and explanations as clients see them."""

from statusapp_agent.core.doctor import Diagnosis
from statusapp_agent.core.figures import Figure, Figures
from statusapp_agent.core.measures import DEFINITIONS as MEASURED
from statusapp_agent.core.measures import Measures
from statusapp_agent.core.why import Why
from statusapp_shared.protocol import (
    AnalyticsBefore,
    AnalyticsGroup,
    AnalyticsView,
    DoctorFinding,
    DoctorView,
    FigureView,
    MeasuresView,
    WhyStep,
    WhyView,
)


def _figure(figure: Figure | None) -> FigureView | None:
    if figure is None:
        return None
    return FigureView(mean=figure.mean, p50=figure.p50, p90=figure.p90, count=figure.count)


def measures_view(measures: Measures) -> MeasuresView:
    """Return the counts of a range."""
    return MeasuresView(
        page_latency_s=_figure(measures.page_latency_s),
        escalated=measures.escalated,
        reopened=measures.reopened,
        false_alarms=measures.false_alarms,
        sleep_hours=measures.sleep_hours,
        after_hours=measures.after_hours,
    )


def before_view(figures: Figures, measures: Measures) -> AnalyticsBefore:
    """Return the stretch before a range."""
    return AnalyticsBefore(
        since=figures.since,
        until=figures.until,
        incidents=figures.incidents,
        acknowledged=figures.acknowledged,
        never_acknowledged=figures.never_acknowledged,
        mtta_s=_figure(figures.mtta_s),
        mttr_s=_figure(figures.mttr_s),
        mttd_s=_figure(figures.mttd_s),
        measures=measures_view(measures),
    )


def analytics_view(figures: Figures, measures: Measures, before: AnalyticsBefore) -> AnalyticsView:
    """Return the figures of a range of time, with those of the stretch before it."""
    return AnalyticsView(
        since=figures.since,
        until=figures.until,
        incidents=figures.incidents,
        open=figures.open,
        acknowledged=figures.acknowledged,
        never_acknowledged=figures.never_acknowledged,
        resolved=figures.resolved,
        blind_s=figures.blind_s,
        mtta_s=_figure(figures.mtta_s),
        mttr_s=_figure(figures.mttr_s),
        mttd_s=_figure(figures.mttd_s),
        groups=[
            AnalyticsGroup(
                key=group.key,
                incidents=group.incidents,
                acknowledged=group.acknowledged,
                never_acknowledged=group.never_acknowledged,
                mtta_s=_figure(group.mtta_s),
                mttr_s=_figure(group.mttr_s),
                mttd_s=_figure(group.mttd_s),
            )
            for group in figures.groups
        ],
        definitions={**figures.definitions, **MEASURED},
        measures=measures_view(measures),
        before=before,
    )


def why_view(why: Why) -> WhyView:
    """Return the chain from check to person."""
    return WhyView(
        subject=why.subject,
        steps=[WhyStep(question=step.question, answer=step.answer, ok=step.ok) for step in why.steps],
    )


def doctor_view(diagnosis: Diagnosis) -> DoctorView:
    """Return the troubleshooting list, performed."""
    return DoctorView(
        subject=diagnosis.subject,
        sentence=diagnosis.sentence,
        findings=[
            DoctorFinding(
                group=point.group, point=point.point, verdict=point.verdict, text=point.text, remedy=point.remedy
            )
            for point in diagnosis.findings
        ],
    )
