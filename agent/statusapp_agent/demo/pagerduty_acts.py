"""What a stand-in's REST API does on POST and PUT: (method, path) -> (act, whether it needs From, status). Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from statusapp_agent.demo import pagerduty_making as making
from statusapp_agent.demo import pagerduty_shapes as shapes
from statusapp_agent.demo.pagerduty_asked import Asked, RefusedError, invalid
from statusapp_agent.demo.pagerduty_incidents import MERGE_ALERTS, NOTES, Incidents, Kept
from statusapp_agent.demo.pagerduty_looks import Parts, kept_of

Act = Callable[[Incidents, Asked, Parts], Any]
_INCIDENT_FIELDS = {"type", "status", "resolution", "escalation_level", "assignments", "title", "urgency"}
LONGEST_SNOOZE_S = 604_800


def _writer(asked: Asked) -> tuple[str, str]:
    if asked.writer is None:  # the routes ask for a From header first
        raise invalid("The From header is required")
    return ("user", asked.writer.id)


def _object(value: Any, name: str, allowed: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise invalid(f"{name} is missing or not an object")
    if unknown := sorted(set(value) - allowed):
        raise invalid(*(f"{name}.{field} is not known" for field in unknown))
    return value


def note(book: Incidents, asked: Asked, parts: Parts) -> Any:
    """Write a note."""
    kept = kept_of(book, parts)
    body = _object(_object(asked.body, "body", {"note"}).get("note"), "note", {"content"})
    content = body.get("content")
    if not isinstance(content, str) or not content.strip():
        raise invalid("note.content is missing or blank")
    if len(kept.notes) >= NOTES:
        raise invalid(f"an incident has at most {NOTES} notes")
    return {"note": shapes.note(book.account, book.annotate(kept, asked.at, _writer(asked), content))}


def status_update(book: Incidents, asked: Asked, parts: Parts) -> Any:
    """Post a status update: only where the plan can."""
    kept = kept_of(book, parts)
    if "status_updates" not in book.account.abilities:
        raise RefusedError(402, 2014, "Account does not have the ability to use status updates")
    message = _object(asked.body, "body", {"message", "subject", "html_message"}).get("message")
    if not isinstance(message, str) or not message.strip():
        raise invalid("message is missing or blank")
    by = _writer(asked)
    book.note_down(kept, "status_update", asked.at, by, {"type": "website", "summary": message})
    sender = shapes.named(book.account, by)
    return {"status_update": {"id": f"PSTATUS{len(kept.log)}", "message": message, "sender": sender}}


def snooze(book: Incidents, asked: Asked, parts: Parts) -> Any:
    """Snooze."""
    kept = kept_of(book, parts)
    seconds = _object(asked.body, "body", {"duration"}).get("duration")
    if not isinstance(seconds, int) or not 1 <= seconds <= LONGEST_SNOOZE_S:
        raise invalid(f"duration is 1 to {LONGEST_SNOOZE_S}")
    if not kept.is_open:
        raise RefusedError(400, 1001, "Incident Already Resolved")
    book.snooze(kept, asked.at, _writer(asked), seconds)
    return {"incident": shapes.incident(book.account, kept)}


def merge(book: Incidents, asked: Asked, parts: Parts) -> Any:
    """Merge others into one that is open."""
    kept = kept_of(book, parts)
    sources = _object(asked.body, "body", {"source_incidents"}).get("source_incidents")
    if not isinstance(sources, list) or not sources:
        raise invalid("source_incidents is missing")
    if not kept.is_open:
        raise invalid("the target incident must be open")
    found: list[Kept] = []
    for each in sources:
        one = _object(each, "source_incidents", {"id", "type"})
        if one.get("type") != "incident_reference":
            raise invalid("source_incidents.type must be incident_reference")
        source = kept_of(book, {"id": str(one.get("id"))})
        if source.merged_into is not None:
            raise RefusedError(400, 1019, "Incident Already Merged")
        found.append(source)
    if sum(len(each.alerts) for each in (kept, *found)) > MERGE_ALERTS:
        raise invalid(f"an incident has at most {MERGE_ALERTS} alerts")
    for source in found:
        book.merge(kept, source, asked.at, _writer(asked))
    return {"incident": shapes.incident(book.account, kept)}


def update(book: Incidents, asked: Asked, parts: Parts) -> Any:
    """Acknowledge, resolve, reassign or escalate."""
    kept = kept_of(book, parts)
    body = _object(_object(asked.body, "body", {"incident"}).get("incident"), "incident", _INCIDENT_FIELDS)
    if body.get("type") not in ("incident", "incident_reference"):
        raise invalid("incident.type must be incident_reference")
    by, status = _writer(asked), body.get("status")
    if status is not None and status not in ("acknowledged", "resolved"):
        raise invalid("incident.status is acknowledged or resolved here")
    if status is not None and not kept.is_open:
        raise RefusedError(400, 1001, "Incident Already Resolved")
    if status == "acknowledged":
        book.acknowledge(kept, asked.at, by, "api")
    elif status == "resolved":
        book.resolve(kept, asked.at, by, "api")
    if "assignments" in body:
        book.reassign(kept, asked.at, by, _assignees(book, body["assignments"]))
    return {"incident": shapes.incident(book.account, kept)}


def _assignees(book: Incidents, given: Any) -> list[str]:
    if not isinstance(given, list) or not given:
        raise invalid("incident.assignments is missing or empty")
    found = []
    for each in given:
        one = _object(_object(each, "assignments", {"assignee"}).get("assignee"), "assignee", {"id", "type"})
        if one.get("type") != "user_reference" or one.get("id") not in book.account.users:
            raise invalid("incident.assignments names nobody who exists")
        found.append(str(one["id"]))
    return found


ACTS: Mapping[tuple[str, str], tuple[Act, bool, int]] = {
    ("POST", "/incidents/{id}/notes"): (note, True, 200),
    ("POST", "/incidents/{id}/status_updates"): (status_update, True, 200),
    ("POST", "/incidents/{id}/snooze"): (snooze, True, 201),
    ("PUT", "/incidents/{id}/merge"): (merge, True, 200),
    ("PUT", "/incidents/{id}"): (update, True, 200),
    ("POST", "/schedules"): (making.make_schedule, False, 201),
    ("POST", "/escalation_policies"): (making.make_policy, False, 201),
    ("PUT", "/escalation_policies/{id}"): (making.change_policy, False, 200),
    ("POST", "/services"): (making.make_service, False, 201),
    ("PUT", "/services/{id}"): (making.change_service, False, 200),
    ("POST", "/services/{id}/integrations"): (making.make_integration, False, 201),
}
