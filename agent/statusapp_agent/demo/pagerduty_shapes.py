"""How a stand-in's values look in the REST API's JSON, with null wherever the real one may say null. Pure."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from statusapp_agent.demo.pagerduty_account import Account, MaintenanceWindow, Policy, Schedule, Service, User
from statusapp_agent.demo.pagerduty_incidents import Kept, LogEntry

Json = dict[str, Any]


def iso(at: datetime | None) -> str | None:
    """Return a time as the API writes it."""
    if at is None:
        return None
    there = at.astimezone(UTC)
    return there.strftime("%Y-%m-%dT%H:%M:%SZ") if not there.microsecond else there.isoformat()


def reference(kind: str, one: str, summary: str | None) -> Json:
    """Return a reference; its addresses are null as in many real answers."""
    return {"id": one, "type": f"{kind}_reference", "summary": summary, "self": None, "html_url": None}


def named(account: Account, agent: tuple[str, str] | None) -> Json | None:
    """Return a reference to whoever did something."""
    if agent is None:
        return None
    kind, one = agent
    if kind == "user":
        user = account.users.get(one)
        return reference("user", one, user.name if user else one)
    if kind == "service":
        service = account.services.get(one)
        return reference("service", one, service.name if service else None)
    return reference("events_api_v2_inbound_integration", one, "Events API V2")


def incident(account: Account, kept: Kept) -> Json:
    """Return an incident."""
    service, policy = account.services[kept.service], account.policies[kept.policy]
    reason = None
    if kept.merged_into is not None:
        reason = {"type": "merge_resolve_reason", "incident": reference("incident", kept.merged_into, None)}
    pending = [
        {"type": kind, "at": iso(at)}
        for kind, at in (
            ("escalate", kept.escalates_at if kept.status == "triggered" else None),
            ("unacknowledge", kept.unacknowledges_at if kept.status == "acknowledged" else None),
            ("resolve", kept.resolves_at if kept.is_open else None),
        )
        if at is not None
    ]
    return {
        "id": kept.id,
        "type": "incident",
        "summary": f"[#{kept.number}] {kept.title}",
        "self": None,
        "html_url": f"https://home.pagerduty.com/incidents/{kept.id}",
        "incident_number": kept.number,
        "title": kept.title,
        "created_at": iso(kept.created_at),
        "status": kept.status,
        "incident_key": kept.key,
        "service": reference("service", service.id, service.name),
        "assignments": [
            {"at": iso(kept.created_at), "assignee": named(account, ("user", user))} for user in kept.assigned
        ],
        "assigned_via": "escalation_policy",
        "last_status_change_at": iso(kept.changed_at),
        "last_status_change_by": named(account, kept.changed_by),
        "resolved_at": iso(kept.resolved_at),
        "acknowledgements": [
            {"at": iso(at), "acknowledger": named(account, ("user", user))} for at, user in kept.acknowledged
        ],
        "alert_counts": {
            "all": len(kept.alerts),
            "triggered": len(set(kept.alerts) - kept.closed_alerts) if kept.is_open else 0,
            "resolved": len(kept.closed_alerts),
        },
        "escalation_policy": reference("escalation_policy", policy.id, policy.name),
        "teams": [],
        "pending_actions": pending if kept.is_open else [],
        "urgency": kept.urgency,
        "priority": None,
        "resolve_reason": reason,
        "is_mergeable": True,
        "conference_bridge": None,
        "description": None,
    }


def log_entry(account: Account, kept: Kept, entry: LogEntry) -> Json:
    """Return a log entry; what a kind adds beyond the common fields is in ``more``."""
    found: Json = {
        "id": entry.id,
        "type": entry.type,
        "summary": None,
        "self": None,
        "html_url": None,
        "created_at": iso(entry.at),
        "agent": named(account, entry.agent),
        "channel": dict(entry.channel) or None,
        "service": reference("service", kept.service, None),
        "incident": reference("incident", kept.id, None),
        "teams": [],
        "contexts": [],
        "event_details": None,
    }
    for name, value in entry.more.items():
        if name == "assignees":
            found[name] = [named(account, ("user", user)) for user in value]
        elif name == "user":
            found[name] = named(account, ("user", value))
        else:
            found[name] = value
    return found


def note(account: Account, kept: Mapping[str, Any]) -> Json:
    """Return a note."""
    user = named(account, ("user", str(kept["user"])))
    return {"id": kept["id"], "user": user, "content": kept["content"], "created_at": iso(kept["at"]), "channel": None}


def service(account: Account, one: Service, at: datetime, *, integrations: bool) -> Json:
    """Return a service; with ``integrations`` they are whole, else references."""
    status = "disabled" if one.disabled else "maintenance" if account.in_maintenance(one, at) else "active"
    whole = (
        integration(one) if integrations else reference("events_api_v2_inbound_integration", one.integration_id, None)
    )
    policy = account.policies.get(one.policy)
    return {
        "id": one.id,
        "type": "service",
        "summary": one.name,
        "name": one.name,
        "description": None,
        "status": status,
        "html_url": f"https://home.pagerduty.com/service-directory/{one.id}",
        "self": None,
        "auto_resolve_timeout": one.auto_resolve_timeout,
        "acknowledgement_timeout": one.acknowledgement_timeout,
        "incident_urgency_rule": {"type": "constant", "urgency": one.urgency, "during_support_hours": None},
        "escalation_policy": reference("escalation_policy", one.policy, policy.name if policy else None),
        "integrations": [whole] if one.integration_id else [],
        "teams": [reference("team", team, team) for team in one.teams],
        "alert_creation": "create_alerts_and_incidents",
        "alert_grouping_parameters": {"type": "time" if one.grouped else None, "config": None},
        "auto_pause_notifications_parameters": {"enabled": False, "timeout": None},
        "last_incident_timestamp": None,
        "support_hours": None,
    }


def integration(one: Service) -> Json:
    """Return a service's integration, with its key."""
    return {
        "id": one.integration_id,
        "type": "events_api_v2_inbound_integration",
        "name": "StatusApp",
        "summary": "StatusApp",
        "integration_key": one.integration_key,
        "service": reference("service", one.id, one.name),
        "vendor": None,
    }


def user(one: User, include: Iterable[str] = ()) -> Json:
    """Return a person; contact methods and rules are whole where ``include`` names them, else references."""
    methods = [{"id": f"{one.id}M{n}", "enabled": True, **method} for n, method in enumerate(one.contact_methods)]
    rules = [
        {
            "id": f"{one.id}R{n}",
            "type": "assignment_notification_rule",
            "urgency": rule.get("urgency"),
            "start_delay_in_minutes": rule.get("start_delay_in_minutes"),
            "contact_method": methods[rule["method"]] if rule.get("method", 0) < len(methods) else None,
        }
        for n, rule in enumerate(one.notification_rules)
    ]
    wanted = set(include)
    return {
        "id": one.id,
        "type": "user",
        "name": one.name,
        "summary": one.name,
        "email": one.email,
        "time_zone": None,
        "role": "user",
        "html_url": None,
        "contact_methods": methods if "contact_methods" in wanted else [_short(each) for each in methods],
        "notification_rules": rules if "notification_rules" in wanted else [_short(each) for each in rules],
        "teams": [reference("team", team, team) for team in one.teams],
    }


def _short(whole: Json) -> Json:
    return {"id": whole["id"], "type": f"{whole['type']}_reference", "summary": None, "self": None, "html_url": None}


def policy(account: Account, one: Policy) -> Json:
    """Return an escalation policy."""
    rules = []
    for number, level in enumerate(one.levels, 1):
        targets = [
            reference("schedule", target, account.schedules[target].name)
            if target in account.schedules
            else named(account, ("user", target))
            for target in level.targets
        ]
        rules.append({"id": f"{one.id}L{number}", "escalation_delay_in_minutes": level.delay_min, "targets": targets})
    services = [reference("service", s.id, s.name) for s in account.services.values() if s.policy == one.id]
    return {
        "id": one.id,
        "type": "escalation_policy",
        "name": one.name,
        "summary": one.name,
        "description": None,
        "html_url": None,
        "num_loops": one.num_loops,
        "on_call_handoff_notifications": "if_has_services",
        "escalation_rules": rules,
        "services": services,
        "teams": [],
    }


def schedule(account: Account, one: Schedule) -> Json:
    """Return a schedule of the legacy kind."""
    return {
        "id": one.id,
        "type": "schedule",
        "name": one.name,
        "summary": one.name,
        "time_zone": one.time_zone,
        "html_url": None,
        "users": [named(account, ("user", user)) for user in one.users],
        "escalation_policies": [],
        "teams": [],
    }


def window(one: MaintenanceWindow) -> Json:
    """Return a maintenance window."""
    return {
        "id": one.id,
        "type": "maintenance_window",
        "summary": None,
        "start_time": iso(one.starts_at),
        "end_time": iso(one.ends_at),
        "description": None,
        "services": [reference("service", service, None) for service in one.services],
    }
