"""What a responder reads in a PagerDuty incident besides its summary: the notice, sorted by the questions it answers.

What broke, how it is now, how slow, since when, seen from where, where to look, and what the error was. Pure.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from statusapp_agent.jsonable import jsonable

Json = Mapping[str, Any]

_RECENT = 5
_EMPTY: tuple[object, ...] = (None, "", [], {})


def part(value: Json, name: str) -> Json:
    """Return an object inside an object; an empty one where there is none."""
    found = value.get(name)
    return found if isinstance(found, Mapping) else {}


def details(notice: Json) -> dict[str, Any]:
    """Return the ``custom_details`` of a trigger: an object of plain JSON, without what is not known."""
    monitor, check, incident = part(notice, "monitor"), part(notice, "check"), part(notice, "incident")
    told = {
        "name": monitor.get("name") or incident.get("monitor"),
        "kind": monitor.get("kind"),
        "target": monitor.get("target"),
        "url": monitor.get("url"),
        "status": check.get("status") or "down",
        "reason": incident.get("cause") or check.get("message"),
        "response_time": _response_time(check),
        "outage": _outage(notice),
        "region": notice.get("region"),
        "links": _links(notice),
        "error": _error(check),
        "recent_results": _latest(notice.get("recent")),
        "dependents": notice.get("dependents"),
        "children": notice.get("children"),
        "recent_changes": notice.get("changes"),
        "runbook": monitor.get("runbook"),
        "notes": monitor.get("notes"),
        "tier": monitor.get("tier"),
        "tags": monitor.get("tags"),
        "incident": f"#{incident['number']}" if incident.get("number") is not None else incident.get("id"),
        "sent_because": notice.get("reason"),
        "agent": _agent(notice),
    }
    plain = jsonable({name: value for name, value in told.items() if value not in _EMPTY})
    return plain if isinstance(plain, dict) else {}


def _latest(recent: object) -> list[Any]:
    """Return the last few results; what is no list of results (any channel may be told anything) is none."""
    return list(recent)[-_RECENT:] if isinstance(recent, (list, tuple)) else []


def _response_time(check: Json) -> dict[str, Any]:
    return _without_empty(
        last_ms=check.get("latency_ms"),
        p50_ms=check.get("p50_ms"),
        p95_ms=check.get("p95_ms"),
        samples=check.get("samples") or None,
        threshold_ms=check.get("threshold_ms"),
        phases_ms=check.get("phases_ms"),
    )


def _outage(notice: Json) -> dict[str, Any]:
    incident, confirmation = part(notice, "incident"), part(notice, "confirmation")
    began, at = _time(incident.get("began_at")), _time(notice.get("at"))
    lasted_s = max(0.0, (at - began).total_seconds()) if began and at else None
    return _without_empty(
        down_since=incident.get("began_at"),
        confirmed_at=incident.get("opened_at"),
        confirmed_after=_confirmed(confirmation),
        # Of the moment at which the notice was made, so that every try of it says the same.
        duration=None if lasted_s is None else in_words_s(lasted_s),
        duration_s=None if lasted_s is None else round(lasted_s, 1),
    )


def _confirmed(confirmation: Json) -> str | None:
    failures, after_s = confirmation.get("failures"), confirmation.get("after_s")
    if not isinstance(failures, int):
        return None
    said = "1 failure" if failures == 1 else f"{failures} failures"
    return f"{said} in {after_s:.1f} s" if isinstance(after_s, int | float) else said


def _links(notice: Json) -> dict[str, Any]:
    incident, monitor = part(notice, "incident"), part(notice, "monitor")
    return _without_empty(
        incident=incident.get("url"),
        runbook=monitor.get("runbook"),
        monitor=monitor.get("url"),
        app=f"statusapp://incident/{incident['id']}" if incident.get("id") else None,
    )


def _error(check: Json) -> dict[str, Any]:
    facts = dict(part(check, "facts"))
    return {
        **_without_empty(
            message=check.get("message"),
            http_status=facts.pop("http_status", None),
            certificate_expires_at=facts.pop("certificate_expires_at", None),
            certificate_days_left=facts.pop("certificate_days_left", None),
            facts=facts,
        ),
        **({"class": check["error"]} if check.get("error") else {}),
    }


def _agent(notice: Json) -> str | None:
    version = part(notice, "agent").get("version")
    return f"StatusApp {version}" if version else None


def _time(said: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(said)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo else None


def in_words_s(seconds: float) -> str:
    """Return a length of time as people say it: ``45 s``, ``3 min 10 s``, ``2 h 5 min``, ``3 d 4 h``."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    counts = []
    for name, length in units:
        counts.append((whole // length, name))
        whole %= length
    first = next(index for index, (count, _) in enumerate(counts) if count)
    return " ".join(f"{count} {name}" for count, name in counts[first : first + 2] if count)


def _without_empty(**named: Any) -> dict[str, Any]:
    return {name: value for name, value in named.items() if value not in _EMPTY}
