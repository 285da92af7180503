"""An incident as a file for others: JSON for programs, one HTML page for people. Pure."""

import html
import json
from datetime import datetime
from typing import Any

from statusapp_desktop.incident_words import lasted, who_has_it, whole
from statusapp_desktop.words import tr
from statusapp_shared.protocol import IncidentView, WhyView

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;color:#1A222C;background:#F5F6F8;margin:0}"
    "main{max-width:46em;margin:2em auto;padding:0 1em}h1{font-size:1.5em;margin:0 0 .2em}"
    "section{background:#fff;border:1px solid #DCE1E7;border-radius:8px;padding:1em 1.2em;margin:1em 0}"
    "h2{font-size:1.05em;margin:0 0 .6em}dt{color:#566272}dd{margin:0 0 .5em}"
    "td{vertical-align:top;padding:.2em 1em .2em 0}td:first-child{color:#566272;white-space:nowrap}small{color:#566272}"
)


def as_json(incident: IncidentView, why: WhyView | None) -> str:
    """Return an incident with its story, its messages and the reasons."""
    document: dict[str, Any] = incident.model_dump(mode="json")
    document["why"] = [] if why is None else why.model_dump(mode="json")["steps"]
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def as_html(incident: IncidentView, why: WhyView | None, now: datetime) -> str:
    """Return one page that needs nothing else: no script, nothing fetched, every text escaped."""
    title = f"{incident.monitor}: {incident.cause}"
    facts = [
        (tr("Incident"), f"#{incident.number}"),
        (tr("State"), f"{incident.status}, {who_has_it(incident)}"),
        (tr("Began"), _moment(incident.began_at)),
        (tr("Opened"), _moment(incident.opened_at)),
        (tr("Acknowledged"), _moment(incident.acknowledged_at)),
        (tr("Resolved"), _moment(incident.resolved_at)),
        (tr("Lasted"), lasted(incident, now)),
        (tr("Severity"), incident.severity),
    ]
    story = "".join(
        f"<tr><td>{_moment(each.at)}</td><td>{html.escape(whole(each.text))} <small>{each.source}</small></td></tr>"
        for each in incident.timeline
    )
    reasons = (
        ""
        if why is None
        else "".join(f"<li>{html.escape(step.question)} {html.escape(whole(step.answer))}</li>" for step in why.steps)
    )
    listed = "".join(f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>" for name, value in facts)
    body = (
        f"<h1>{html.escape(title)}</h1><small>{tr('Written {at}', at=_moment(now))}</small>"
        f"<section><dl>{listed}</dl></section>"
        f"<section><h2>{tr('Timeline')}</h2><table>{story}</table></section>"
        f"<section><h2>{tr('Why')}</h2><ol>{reasons}</ol></section>"
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{_STYLE}</style><main>{body}</main></html>\n"
    )


def _moment(at: datetime | None) -> str:
    return "n/a" if at is None else f"{at.astimezone():%Y-%m-%d %H:%M:%S %Z}"
