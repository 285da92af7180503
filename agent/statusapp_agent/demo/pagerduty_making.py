"""What a stand-in's REST API makes: schedules, policies, services, integrations; strict about their shapes. Pure.

Limits of a plan are the account's: beyond them a POST is 402 (code 2014) or 400 with code 2019, as ``limit_status``
says. Names are unique within a kind. A service that names no time-outs gets the defaults of the schema.
"""

from datetime import datetime
from typing import Any

from statusapp_agent.core.pagerduty_zones import canonical
from statusapp_agent.demo import pagerduty_shapes as shapes
from statusapp_agent.demo.pagerduty_account import Account, Level, Policy, Schedule, Service
from statusapp_agent.demo.pagerduty_asked import Asked, RefusedError, invalid, not_found
from statusapp_agent.demo.pagerduty_incidents import Incidents
from statusapp_agent.demo.pagerduty_looks import Parts

_SCHEDULE = {"type", "name", "time_zone", "description", "schedule_layers"}
_LAYER = {"name", "start", "end", "rotation_virtual_start", "rotation_turn_length_seconds", "users", "restrictions"}
_POLICY = {"type", "name", "description", "num_loops", "on_call_handoff_notifications", "escalation_rules"}
_SERVICE = {
    "type",
    "name",
    "description",
    "escalation_policy",
    "auto_resolve_timeout",
    "acknowledgement_timeout",
    "incident_urgency_rule",
}
EVENTS_V2 = "events_api_v2_inbound_integration"


def fields(value: Any, name: str, allowed: set[str]) -> dict[str, Any]:
    """Return an object of a body; refuses what is not one, and fields that the notes do not name."""
    if not isinstance(value, dict):
        raise invalid(f"{name} is missing or not an object")
    if unknown := sorted(set(value) - allowed):
        raise invalid(*(f"{name}.{one} is not known" for one in unknown))
    return value


def _reference(value: Any, name: str, *kinds: str) -> str:
    one = fields(value, name, {"id", "type"})
    if one.get("type") not in {f"{kind}_reference" for kind in kinds} or not isinstance(one.get("id"), str):
        raise invalid(f"{name}.type must be one of {', '.join(f'{kind}_reference' for kind in kinds)}")
    return str(one["id"])


def _name(body: dict[str, Any], noun: str, taken: list[str]) -> str:
    name = body.get("name")
    if not isinstance(name, str) or not name.strip():
        raise invalid(f"{noun} name cannot be blank")
    if name.lower() in (each.lower() for each in taken):
        raise invalid(f"{noun} has already been taken")
    return name


def _within(account: Account, made: int, most: int | None, noun: str) -> None:
    if most is not None and made >= most:
        code = 2014 if account.limit_status == 402 else 2019
        raise RefusedError(account.limit_status, code, f"Your account allows {most} {noun}")


def _time(value: Any, name: str) -> None:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        raise invalid(f"{name} must be ISO 8601") from None
    if at.tzinfo is None:
        raise invalid(f"{name} must have an offset")


def make_schedule(book: Incidents, asked: Asked, _: Parts) -> Any:
    """Make a schedule of the old kind; its layers' people are on call."""
    account = book.account
    body = fields(fields(asked.body, "body", {"schedule"}).get("schedule"), "schedule", _SCHEDULE)
    _within(account, len(account.schedules), account.most_schedules, "schedules")
    name = _name(body, "Schedule", [each.name for each in account.schedules.values()])
    zone = body.get("time_zone")
    if not isinstance(zone, str) or canonical(zone) != zone:
        raise invalid("Time zone is not included in the list")
    users = []
    for layer in body.get("schedule_layers") or []:
        one = fields(layer, "schedule_layers", _LAYER)
        for moment in ("start", "rotation_virtual_start"):
            _time(one.get(moment), moment)
        if not 3600 <= int(one.get("rotation_turn_length_seconds") or 0) <= 31_536_000:
            raise invalid("rotation_turn_length_seconds is 3600 to 31536000")
        users += [_reference(fields(each, "users", {"user"}).get("user"), "user", "user") for each in one["users"]]
    if not users or any(user not in account.users for user in users):
        raise RefusedError(400, 3001, "Invalid Schedule", "a layer needs people who exist")
    made = Schedule(f"PSCHED{len(account.schedules) + 1}", name, users[:1], zone)
    account.schedules[made.id] = made
    return {"schedule": shapes.schedule(account, made)}


def _policy_of(account: Account, asked: Asked, taken: list[str]) -> tuple[str, list[Level], int]:
    said = fields(asked.body, "body", {"escalation_policy"}).get("escalation_policy")
    if isinstance(said, dict) and "escalation_rule_assignment_strategy" in said:
        raise RefusedError(403, 2010, "Access Denied", "assignment strategies need teams")
    body = fields(said, "escalation_policy", _POLICY)
    name, loops = _name(body, "Escalation Policy", taken), body.get("num_loops", 0)
    if not isinstance(loops, int) or not 0 <= loops <= 9:
        raise invalid("num_loops is 0 to 9")
    levels = []
    for rule in body.get("escalation_rules") or []:
        one = fields(rule, "escalation_rules", {"escalation_delay_in_minutes", "targets"})
        delay, targets = one.get("escalation_delay_in_minutes"), one.get("targets") or []
        if not isinstance(delay, int) or delay < 1 or not 1 <= len(targets) <= 10:
            raise invalid("a rule has a delay of 1 or more, and 1 to 10 targets")
        ids = [_reference(each, "targets", "schedule", "user") for each in targets]
        if any(each not in account.users and each not in account.schedules for each in ids):
            raise invalid("a target does not exist")
        levels.append(Level(ids, delay))
    if not levels:
        raise invalid("escalation_rules cannot be empty")
    return name, levels, loops


def make_policy(book: Incidents, asked: Asked, _: Parts) -> Any:
    """Make an escalation policy."""
    account = book.account
    _within(account, len(account.policies), account.most_policies, "escalation policies")
    name, levels, loops = _policy_of(account, asked, [each.name for each in account.policies.values()])
    made = Policy(f"PPOL{len(account.policies) + 1}", name, levels, loops)
    account.policies[made.id] = made
    return {"escalation_policy": shapes.policy(account, made)}


def change_policy(book: Incidents, asked: Asked, parts: Parts) -> Any:
    """Replace an escalation policy's rules."""
    account = book.account
    found = account.policies.get(parts["id"])
    if found is None:
        raise not_found()
    others = [each.name for each in account.policies.values() if each is not found]
    found.name, found.levels, found.num_loops = _policy_of(account, asked, others)
    return {"escalation_policy": shapes.policy(account, found)}


def make_service(book: Incidents, asked: Asked, _: Parts) -> Any:
    """Make a service, without an integration yet."""
    account = book.account
    body = fields(fields(asked.body, "body", {"service"}).get("service"), "service", _SERVICE)
    name = _name(body, "Service", [each.name for each in account.services.values()])
    policy = _reference(body.get("escalation_policy"), "escalation_policy", "escalation_policy")
    if policy not in account.policies:
        raise invalid("the escalation policy does not exist")
    made = Service(f"PSERV{len(account.services) + 1}", name, policy, "", "")
    _set_service(made, body)
    account.services[made.id] = made
    return {"service": shapes.service(account, made, asked.at, integrations=False)}


def change_service(book: Incidents, asked: Asked, parts: Parts) -> Any:
    """Change what is named of a service."""
    found = book.account.services.get(parts["id"])
    if found is None:
        raise not_found()
    _set_service(found, fields(fields(asked.body, "body", {"service"}).get("service"), "service", _SERVICE))
    return {"service": shapes.service(book.account, found, asked.at, integrations=False)}


def _set_service(service: Service, body: dict[str, Any]) -> None:
    for name in ("auto_resolve_timeout", "acknowledgement_timeout"):
        if name in body:
            value = body[name]
            if value is not None and (not isinstance(value, int) or value <= 0):
                raise invalid(f"{name} is null or seconds")
            setattr(service, name, value)
    rule = body.get("incident_urgency_rule")
    if rule is not None:
        said = fields(rule, "incident_urgency_rule", {"type", "urgency"})
        if said.get("type") != "constant" or said.get("urgency") not in ("high", "low", "severity_based"):
            raise invalid("incident_urgency_rule is constant, and high, low or severity_based")
        service.urgency = str(said["urgency"])


def make_integration(book: Incidents, asked: Asked, parts: Parts) -> Any:
    """Give a service its integration; its key opens incidents from now on."""
    account = book.account
    found = account.services.get(parts["id"])
    if found is None:
        raise not_found()
    body = fields(fields(asked.body, "body", {"integration"}).get("integration"), "integration", {"type", "name"})
    if body.get("type") != EVENTS_V2:
        raise invalid(f"integration.type must be {EVENTS_V2}")
    if found.integration_id:
        raise invalid("the stand-in gives a service one integration only")
    number = len(account.services)
    found.integration_id, found.integration_key = f"PINT{number}", f"{number:032x}"
    if book.model.known_keys is not None:
        book.model.known_keys |= {found.integration_key}
    shown = shapes.integration(found)
    # As PagerDuty's own description has it: the key is read from the integration, not from what made it.
    return {"integration": {name: value for name, value in shown.items() if name != "integration_key"}}
