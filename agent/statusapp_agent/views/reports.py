"""A review, for clients and for channels."""

from statusapp_agent.core.review import Review
from statusapp_agent.views.measures import measured_view
from statusapp_agent.views.patterns import pattern_view
from statusapp_shared.reports import ReportView, ReviewedIncident


def report_view(review: Review) -> ReportView:
    """Return a review with its figures, in words and as a page."""
    from statusapp_agent.report import render  # templates, loaded with the first report: most days have none

    period = review.measured.period
    return ReportView(
        title=review.title,
        rhythm=review.rhythm,
        since=period.since,
        until=period.until,
        zone=str(review.zone),
        sample=review.sample,
        summary=list(review.summary),
        changes=list(review.changes),
        todo=[pattern_view(each) for each in review.todo],
        incidents=[
            ReviewedIncident(
                number=line.incident.number,
                id=line.incident.id,
                monitor=line.incident.monitor,
                cause=line.incident.cause,
                opened_at=line.incident.opened_at,
                lasted_s=line.lasted_s,
                acknowledged_by=line.incident.acknowledged_by,
                paged=list(line.paged),
                url=line.url,
            )
            for line in review.lines
        ],
        figures=measured_view(review.measured, review.zone),
        text=render.text(review),
        html=render.html(review),
    )


def report_notice(report: ReportView) -> dict[str, object]:
    """Return what a channel that carries reports is told: a title, Markdown, and a whole HTML page."""
    return {
        "action": "report",
        "rhythm": report.rhythm,
        "title": report.title,
        "summary": " ".join(report.summary),
        "text": report.text,
        "html": report.html,
    }
