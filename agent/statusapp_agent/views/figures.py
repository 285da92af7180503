"""Figures and explanations as clients see them."""

from statusapp_agent.core.doctor import Diagnosis
from statusapp_agent.core.figures import Figure, Figures
from statusapp_agent.core.why import Why
from statusapp_shared.protocol import (
    AnalyticsGroup,
    AnalyticsView,
    DoctorFinding,
    DoctorView,
    FigureView,
    WhyStep,
    WhyView,
)


def figure_view(figure: Figure | None) -> FigureView | None:
    """Return a figure; None where there was nothing to count."""
    if figure is None:
        return None
    return FigureView(mean=figure.mean, p50=figure.p50, p90=figure.p90, count=figure.count)


def analytics_view(figures: Figures) -> AnalyticsView:
    """Return the figures of a range of time."""
    return AnalyticsView(
        since=figures.since,
        until=figures.until,
        incidents=figures.incidents,
        open=figures.open,
        acknowledged=figures.acknowledged,
        never_acknowledged=figures.never_acknowledged,
        resolved=figures.resolved,
        blind_s=figures.blind_s,
        mtta_s=figure_view(figures.mtta_s),
        mttr_s=figure_view(figures.mttr_s),
        mttd_s=figure_view(figures.mttd_s),
        groups=[
            AnalyticsGroup(
                key=group.key,
                incidents=group.incidents,
                acknowledged=group.acknowledged,
                never_acknowledged=group.never_acknowledged,
                mtta_s=figure_view(group.mtta_s),
                mttr_s=figure_view(group.mttr_s),
                mttd_s=figure_view(group.mttd_s),
            )
            for group in figures.groups
        ],
        definitions=dict(figures.definitions),
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
