"""A review as a document: one dict of words and rows, made once, and rendered as HTML, Markdown or JSON.

The templates are ours; what monitors and people wrote is escaped in HTML, and loses its marks in Markdown.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from statusapp_agent.core.figures import DEFINITIONS, Figure
from statusapp_agent.core.measures import DEFINITIONS as MEASURED
from statusapp_agent.core.measures import change
from statusapp_agent.core.model import Incident
from statusapp_agent.core.phrases import clock, length
from statusapp_agent.review import charts, telling
from statusapp_agent.review.material import Material

if TYPE_CHECKING:
    import jinja2

_NOTHING = "n/a"
_MARKS = re.compile(r"([\\`*_{}\[\]<>#|])")


def document(material: Material, dashboard: str | None = None) -> dict[str, Any]:
    """Return everything that a review says, as values that are JSON already; times in words are local."""
    period = material.period
    return {
        "kind": period.kind,
        "title": period.title,
        "running": period.running,
        "since": period.since.isoformat(),
        "until": period.until.isoformat(),
        "made_at": material.now.isoformat(),
        "made": f"{material.now.astimezone(material.zone):%d %b %Y %H:%M}",
        "happened": telling.happened(material),
        "changed": telling.changed(material),
        "to_do": telling.to_do(material),
        "figures": _figures(material),
        "incidents": [_incident(each, material, dashboard) for each in material.this.incidents],
        "monitors": _monitors(material),
        "changes": [
            {"at": each.at.isoformat(), "when": clock(each.at, material.now, material.zone), "summary": each.summary}
            for each in material.changes
        ],
        "definitions": {"MTTA": DEFINITIONS["mtta"], "MTTR": DEFINITIONS["mttr"], "MTTD": DEFINITIONS["mttd"]}
        | {name.replace("_", " ").capitalize(): text for name, text in MEASURED.items()},
    }


def _figures(material: Material) -> list[dict[str, Any]]:
    now, before = material.this, material.before
    rows: list[tuple[str, Figure | int | None, Figure | int | None]] = [
        ("Incidents", now.figures.incidents, before.figures.incidents),
        ("Never acknowledged", now.figures.never_acknowledged, before.figures.never_acknowledged),
        ("MTTA", now.figures.mtta_s, before.figures.mtta_s),
        ("MTTR", now.figures.mttr_s, before.figures.mttr_s),
        ("MTTD", now.figures.mttd_s, before.figures.mttd_s),
        ("Page latency", now.measures.page_latency_s, before.measures.page_latency_s),
        ("Pages at night", now.measures.sleep_hours, before.measures.sleep_hours),
        ("False alarms", now.measures.false_alarms, before.measures.false_alarms),
        ("Reopened", now.measures.reopened, before.measures.reopened),
        ("Escalated", now.measures.escalated, before.measures.escalated),
    ]
    return [_figure(name, this, that) for name, this, that in rows]


def _figure(name: str, now: Figure | int | None, before: Figure | int | None) -> dict[str, Any]:
    value, earlier = _number(now), _number(before)
    share = change(value, earlier)
    moved = (
        "" if share is None or abs(share) < 0.005 else f"{share:+.0%}".replace("%", " %").replace("-", "\N{MINUS SIGN}")
    )
    return {
        "name": name,
        "value": value,
        "before": earlier,
        "text": _shown(now),
        "before_text": _shown(before),
        "moved": moved,
        "worse": bool(moved) and (share or 0) > 0,
        "p50_text": length(now.p50) if isinstance(now, Figure) else "",
        "p90_text": length(now.p90) if isinstance(now, Figure) else "",
    }


def _number(value: Figure | int | None) -> float | None:
    return value.mean if isinstance(value, Figure) else value


def _shown(value: Figure | int | None) -> str:
    if value is None:
        return _NOTHING
    return length(value.mean) if isinstance(value, Figure) else f"{value:,}"


def _incident(incident: Incident, material: Material, dashboard: str | None) -> dict[str, Any]:
    taken = incident.acknowledged_at is not None
    return {
        "id": incident.id,
        "number": incident.number,
        "monitor": incident.monitor,
        "cause": incident.cause,
        "status": incident.status.value,
        "opened_at": incident.opened_at.isoformat(),
        "opened": clock(incident.opened_at, material.now, material.zone),
        "lasted": length(max(0.0, ((incident.resolved_at or material.now) - incident.opened_at).total_seconds())),
        "taken": f"{incident.acknowledged_by} by {incident.acknowledged_via}" if taken else "nobody",
        "url": f"{dashboard.rstrip('/')}/incidents/{incident.id}" if dashboard else None,
    }


def _monitors(material: Material) -> list[dict[str, Any]]:
    groups = {group.key: group for group in material.this.figures.groups}
    rows = []
    for each in material.availability:
        group = groups.get(each.monitor)
        rows.append(
            {
                "name": each.monitor,
                "availability": each.share,
                "availability_text": telling.percent(each.share),
                "down_s": each.down_s,
                "down_text": length(each.down_s) if each.down_s else "",
                "incidents": group.incidents if group else 0,
                "mttr_text": _shown(group.mttr_s if group else None),
            }
        )
    return sorted(rows, key=lambda row: (-row["incidents"], row["availability"] or 0.0, row["name"]))


def html(material: Material, said: Mapping[str, Any]) -> str:
    """Return the review as one page that needs nothing besides itself, for screens light and dark and for paper."""
    return _template("review.html.jinja").render(
        review=said,
        per_day=charts.per_day(material.this.incidents, material.period.since, material.period.until, material.zone),
        by_hour=charts.by_hour(material.this.incidents, material.zone) if material.this.incidents else "",
    )


def markdown(said: Mapping[str, Any]) -> str:
    """Return the review as Markdown."""
    return _template("review.md.jinja").render(review=said)


@cache
def _environment() -> "jinja2.Environment":
    # Late: the agent pays for templates when somebody asks for a review.
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("statusapp_agent.review", "."),
        autoescape=jinja2.select_autoescape(("html.jinja",), default=False),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["plain"] = plain
    return environment


def _template(name: str) -> "jinja2.Template":
    return _environment().get_template(name)


def plain(text: object) -> str:
    """Return a text with what Markdown would read as marks escaped, on one line."""
    return _MARKS.sub(r"\\\1", " ".join(str(text).split()))
