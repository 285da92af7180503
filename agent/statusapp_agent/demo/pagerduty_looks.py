"""What a stand-in's REST API answers to each GET: path -> (look, its parameters, its list parameters). Pure."""

import itertools
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from statusapp_agent.demo import pagerduty_shapes as shapes
from statusapp_agent.demo.pagerduty_account import EMPTY_MEMBER
from statusapp_agent.demo.pagerduty_asked import Asked, RefusedError, invalid, not_found, page
from statusapp_agent.demo.pagerduty_incidents import Incidents, Kept

Parts = Mapping[str, str]
Look = Callable[[Incidents, Asked, Parts], Any]
_PAGED = {"limit", "offset", "total"}
STATUSES = {"triggered", "acknowledged", "resolved"}


def incidents(book: Incidents, asked: Asked, _: Parts) -> Any:
    """Return incidents: by status, service and key; without date_range=all only those of the last month."""
    found = list(book.by_id.values())
    if (key := asked.one("incident_key")) is not None:
        found = book.found_by_key(key)
    if statuses := asked.many("statuses"):
        if set(statuses) - STATUSES:
            raise invalid("statuses[] is not known")
        found = [kept for kept in found if kept.status in statuses]
    if services := asked.many("service_ids"):
        found = [kept for kept in found if kept.service in services]
    since, until = asked.moment("since"), asked.moment("until")
    if asked.one("date_range") not in (None, "all"):
        raise invalid("date_range is all or absent")
    if asked.one("date_range") is None:
        since = since or asked.at - timedelta(days=30)
        found = [kept for kept in found if kept.created_at >= since and (until is None or kept.created_at < until)]
    order = asked.one("sort_by") or "created_at:asc"
    if order not in ("created_at:asc", "created_at:desc", "incident_number:asc", "incident_number:desc"):
        raise invalid("sort_by is not known")
    found.sort(key=lambda kept: (kept.created_at, kept.number), reverse=order.endswith("desc"))
    return page(asked, "incidents", [shapes.incident(book.account, kept) for kept in found])


def kept_of(book: Incidents, parts: Parts) -> Kept:
    """Return the incident of a path; refuses an unknown one."""
    kept = book.by_id.get(parts["id"])
    if kept is None:
        raise not_found()
    return kept


def incident(book: Incidents, _: Asked, parts: Parts) -> Any:
    """Return one incident."""
    return {"incident": shapes.incident(book.account, kept_of(book, parts))}


def log_entries(book: Incidents, asked: Asked, parts: Parts) -> Any:
    """Return an incident's log entries, the newest first."""
    kept = kept_of(book, parts)
    newest = sorted(kept.log, key=lambda entry: (entry.at, entry.id), reverse=True)
    return page(asked, "log_entries", [shapes.log_entry(book.account, kept, entry) for entry in newest])


def alerts(book: Incidents, asked: Asked, parts: Parts) -> Any:
    """Return an incident's alerts."""
    kept = kept_of(book, parts)
    key = asked.one("alert_key")
    found = [
        {
            "id": f"QALERT{alert.number}",
            "type": "alert",
            "alert_key": alert.dedup_key,
            "status": "resolved" if alert.number in kept.closed_alerts or not kept.is_open else "triggered",
            "severity": alert.payload.get("severity"),
            "suppressed": False,
            "created_at": shapes.iso(alert.created_at),
            "incident": shapes.reference("incident", kept.id, None),
        }
        for alert in book.model.incidents()
        if alert.number in kept.alerts and key in (None, alert.dedup_key)
    ]
    return page(asked, "alerts", found)


def notes(book: Incidents, _: Asked, parts: Parts) -> Any:
    """Return an incident's notes, all at once."""
    return {"notes": [shapes.note(book.account, each) for each in kept_of(book, parts).notes]}


def services(book: Incidents, asked: Asked, _: Parts) -> Any:
    """Return the services."""
    whole = "integrations" in asked.many("include")
    found = [shapes.service(book.account, one, asked.at, integrations=whole) for one in book.account.services.values()]
    return page(asked, "services", found)


def service(book: Incidents, asked: Asked, parts: Parts) -> Any:
    """Return one service."""
    one = book.account.services.get(parts["id"])
    if one is None:
        raise not_found()
    whole = "integrations" in asked.many("include")
    return {"service": shapes.service(book.account, one, asked.at, integrations=whole)}


def integration(book: Incidents, _: Asked, parts: Parts) -> Any:
    """Return one integration of a service."""
    one = book.account.services.get(parts["id"])
    if one is None or one.integration_id != parts["integration"]:
        raise not_found()
    return {"integration": shapes.integration(one)}


def orchestration(book: Incidents, _: Asked, parts: Parts) -> Any:
    """Return whether a service's own orchestration is active."""
    one = book.account.services.get(parts["id"])
    if one is None:
        raise not_found()
    return {"active": one.orchestrated or one.suppressed}


def windows(book: Incidents, asked: Asked, _: Parts) -> Any:
    """Return maintenance windows."""
    wanted, kind = asked.many("service_ids"), asked.one("filter")
    found = [
        shapes.window(one)
        for one in book.account.maintenance.values()
        if (not wanted or set(wanted) & set(one.services))
        and (kind != "ongoing" or one.starts_at <= asked.at < one.ends_at)
        and (kind != "future" or one.starts_at > asked.at)
        and (kind != "past" or one.ends_at <= asked.at)
    ]
    return page(asked, "maintenance_windows", found)


def policies(book: Incidents, asked: Asked, _: Parts) -> Any:
    """Return the escalation policies."""
    return page(
        asked, "escalation_policies", [shapes.policy(book.account, one) for one in book.account.policies.values()]
    )


def policy(book: Incidents, _: Asked, parts: Parts) -> Any:
    """Return one escalation policy."""
    one = book.account.policies.get(parts["id"])
    if one is None:
        raise not_found()
    return {"escalation_policy": shapes.policy(book.account, one)}


def schedules(book: Incidents, asked: Asked, _: Parts) -> Any:
    """Return the schedules."""
    named = asked.one("query") or ""
    found = [one for one in book.account.schedules.values() if named.lower() in one.name.lower() and not one.shifts]
    return page(asked, "schedules", [shapes.schedule(book.account, one) for one in found])


def schedule(book: Incidents, _: Asked, parts: Parts) -> Any:
    """Return one schedule."""
    one = book.account.schedules.get(parts["id"])
    if one is None or one.shifts:
        raise not_found()
    return {"schedule": shapes.schedule(book.account, one)}


def shift_schedule(book: Incidents, _: Asked, parts: Parts) -> Any:
    """Return a schedule of the new, shift-based kind; 400 for an old one, as the notes on PagerDuty have it."""
    one = book.account.schedules.get(parts["id"])
    if one is None:
        raise not_found()
    if not one.shifts:
        raise invalid("this is a legacy schedule")
    return {"schedule": shapes.schedule(book.account, one) | {"type": "schedule_v3", "rotations": []}}


def users(book: Incidents, asked: Asked, _: Parts) -> Any:
    """Return the people."""
    return page(asked, "users", [shapes.user(one, asked.many("include")) for one in book.account.users.values()])


def user(book: Incidents, asked: Asked, parts: Parts) -> Any:
    """Return one person; ``me`` needs a token of a person."""
    wanted = parts["id"]
    if wanted == "me":
        if asked.token.user is None:
            raise RefusedError(400, 2001, "Invalid Input Provided", "me needs a user token")
        wanted = asked.token.user
    one = book.account.users.get(wanted)
    if one is None:
        raise not_found()
    return {"user": shapes.user(one, asked.many("include"))}


def contact_methods(book: Incidents, asked: Asked, parts: Parts) -> Any:
    """Return a person's contact methods."""
    whole: dict[str, Any] = user(book, asked, parts)["user"]
    one = book.account.users[whole["id"]]
    return {"contact_methods": shapes.user(one, ("contact_methods",))["contact_methods"]}


def notification_rules(book: Incidents, asked: Asked, parts: Parts) -> Any:
    """Return a person's notification rules; of high urgency unless asked otherwise."""
    whole: dict[str, Any] = user(book, asked, parts)["user"]
    one = book.account.users[whole["id"]]
    wanted = asked.one("urgency") or "high"
    rules = shapes.user(one, ("notification_rules",))["notification_rules"]
    return {"notification_rules": [rule for rule in rules if wanted in ("all", rule["urgency"])]}


def oncalls(book: Incidents, asked: Asked, _: Parts) -> Any:
    """Return who is on call, for each policy and level: stretches in the range asked for, now without one."""
    since, until = asked.moment("since") or asked.at, asked.moment("until") or asked.moment("since") or asked.at
    wanted, found = asked.many("escalation_policy_ids"), []
    schedules_wanted = asked.many("schedule_ids")
    for one in book.account.policies.values():
        if wanted and one.id not in wanted:
            continue
        for number in range(1, len(one.levels) + 1):
            found += _stretches(book, one.id, number, (since, until), asked.many("include"))
    if schedules_wanted:
        found = [each for each in found if each["schedule"] and each["schedule"]["id"] in schedules_wanted]
    return page(asked, "oncalls", found)


def _stretches(book: Incidents, policy_id: str, level: int, span: tuple[Any, Any], include: list[str]) -> list[Any]:
    account, one = book.account, book.account.policies[policy_id]
    since, until = span
    edges = {since, until}
    for target in one.levels[level - 1].targets:
        for gap in account.schedules[target].gaps if target in account.schedules else ():
            edges |= {edge for edge in gap if since < edge < until}
    ordered = sorted(edges)
    spans = list(itertools.pairwise(ordered)) or [(since, since)]
    found: list[Any] = []
    for begins, ends in spans:
        for who, of in account.on_call(one, level, begins):
            if who == EMPTY_MEMBER:
                person: Any = {"id": None, "type": EMPTY_MEMBER, "summary": None}
            else:
                whole = "users" in include
                person = shapes.user(account.users[who]) if whole else shapes.named(account, ("user", who))
            found.append(
                {
                    "escalation_policy": shapes.reference("escalation_policy", one.id, one.name),
                    "escalation_level": level,
                    "schedule": shapes.reference("schedule", of, account.schedules[of].name) if of else None,
                    "user": person,
                    "start": shapes.iso(begins) if of else None,
                    "end": shapes.iso(ends) if of else None,
                }
            )
    return found


def abilities(book: Incidents, _: Asked, __: Parts) -> Any:
    """Return what the plan can do."""
    return {"abilities": sorted(book.account.abilities)}


_RANGE = {"since", "until"}
LOOKS: Mapping[str, tuple[Look, set[str], set[str]]] = {
    "/incidents": (
        incidents,
        _PAGED | _RANGE | {"incident_key", "date_range", "sort_by", "time_zone"},
        {"statuses", "service_ids", "include", "urgencies", "user_ids", "team_ids"},
    ),
    "/incidents/{id}": (incident, set(), {"include"}),
    "/incidents/{id}/log_entries": (log_entries, _PAGED | _RANGE | {"is_overview", "time_zone"}, {"include"}),
    "/incidents/{id}/alerts": (alerts, _PAGED | {"alert_key", "sort_by"}, {"statuses", "include"}),
    "/incidents/{id}/notes": (notes, set(), set()),
    "/services": (services, _PAGED | {"query", "sort_by"}, {"include", "team_ids"}),
    "/services/{id}": (service, set(), {"include"}),
    "/services/{id}/integrations/{integration}": (integration, set(), {"include"}),
    "/event_orchestrations/services/{id}/active": (orchestration, set(), set()),
    "/maintenance_windows": (windows, _PAGED | {"query", "filter"}, {"service_ids", "team_ids", "include"}),
    "/escalation_policies": (policies, _PAGED | {"query", "sort_by"}, {"include", "user_ids", "team_ids"}),
    "/escalation_policies/{id}": (policy, set(), {"include"}),
    "/schedules": (schedules, _PAGED | {"query"}, {"include"}),
    "/v3/schedules/{id}": (shift_schedule, set(), set()),
    "/schedules/{id}": (schedule, _RANGE | {"time_zone"}, {"include"}),
    "/users": (users, _PAGED | {"query"}, {"include", "team_ids"}),
    "/users/{id}": (user, set(), {"include"}),
    "/users/{id}/contact_methods": (contact_methods, set(), set()),
    "/users/{id}/notification_rules": (notification_rules, {"urgency"}, {"include"}),
    "/oncalls": (
        oncalls,
        _PAGED | _RANGE | {"earliest", "time_zone"},
        {"escalation_policy_ids", "schedule_ids", "user_ids", "include"},
    ),
    "/abilities": (abilities, set(), set()),
}
