"""What is to be made at PagerDuty for a channel, and how each thing looks there. Pure.

Levels that are reached after 0, 15 and 30 min are rules that wait 15, 15 and N min: a delay is how long a level keeps
an incident before it goes on (REST API v2, escalation policies).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from statusapp_agent.core.phrases import listed

LEVEL_DELAYS_MIN = (15, 15, 30)
LOOPS = 2
ACKNOWLEDGEMENT_TIMEOUT_S = 1800
INTEGRATION_TYPE = "events_api_v2_inbound_integration"
_WEEK_S = 604_800
Body = dict[str, Any]


class Noun(StrEnum):
    """What is made, in the order in which it is made: what a small plan has few of comes first."""

    SCHEDULE = "schedule"
    POLICY = "escalation policy"
    SERVICE = "service"
    INTEGRATION = "integration"
    KEY = "integration key"


class Verb(StrEnum):
    """What is done about it. ``CHANGE`` is only done to what was agreed to be reused."""

    CREATE = "create"
    REUSE = "reuse"
    CHANGE = "change"
    STORE = "store"


@dataclass(frozen=True, slots=True)
class Someone:
    """A person there."""

    id: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted: names, people in the order of their turns, and a zone as PagerDuty names it."""

    service: str
    schedule: str
    policy: str
    people: tuple[Someone, ...]
    zone: str


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a plan. ``id`` is what it has there, None before it is made; ``state``: planned, done or failed."""

    noun: Noun
    verb: Verb
    name: str
    detail: str = ""
    id: str | None = None
    state: str = "planned"


def levels(wish: Wish, schedule: str) -> list[list[Body]]:
    """Return whom each level names: who is on call, the next person, and in the end everybody."""
    everybody = [_reference(one.id, "user") for one in wish.people[:10]]
    second = wish.people[1] if len(wish.people) > 1 else wish.people[0]
    return [[_reference(schedule, "schedule")], [_reference(second.id, "user")], everybody]


def escalation(wish: Wish) -> str:
    """Return the levels in words."""
    second = wish.people[1] if len(wish.people) > 1 else wish.people[0]
    return f"0 min {wish.schedule}, 15 min {second.name}, 30 min {listed(one.name for one in wish.people)}"


def _reference(one: str, kind: str) -> Body:
    return {"id": one, "type": f"{kind}_reference"}


def schedule_body(wish: Wish, now: datetime) -> Body:
    """Return a schedule in which everybody has a week in turn."""
    start = now.replace(microsecond=0).isoformat()
    layer = {
        "name": "Everybody in turn",
        "start": start,
        "rotation_virtual_start": start,
        "rotation_turn_length_seconds": _WEEK_S,
        "users": [{"user": _reference(one.id, "user")} for one in wish.people],
    }
    told = {"type": "schedule", "name": wish.schedule, "time_zone": wish.zone, "schedule_layers": [layer]}
    return {"schedule": told}


def policy_body(wish: Wish, schedule: str, name: str) -> Body:
    """Return the escalation policy; it never says how to assign, which accounts without teams refuse."""
    rules = [
        {"escalation_delay_in_minutes": delay, "targets": targets}
        for delay, targets in zip(LEVEL_DELAYS_MIN, levels(wish, schedule), strict=True)
    ]
    told = {
        "type": "escalation_policy",
        "name": name,
        "num_loops": LOOPS,
        "on_call_handoff_notifications": "if_has_services",
        "escalation_rules": rules,
    }
    return {"escalation_policy": told}


def service_body(name: str, policy: str) -> Body:
    """Return the service. Both time-outs are said: what is left out means different things in different places."""
    told = {
        "type": "service",
        "name": name,
        "escalation_policy": _reference(policy, "escalation_policy"),
        "auto_resolve_timeout": None,
        "acknowledgement_timeout": ACKNOWLEDGEMENT_TIMEOUT_S,
        "incident_urgency_rule": {"type": "constant", "urgency": "high"},
    }
    return {"service": told}


def integration_body() -> Body:
    """Return the integration whose key this channel gets."""
    return {"integration": {"type": INTEGRATION_TYPE, "name": "StatusApp"}}


def summary(items: Sequence[Item]) -> str:
    """Return a plan, or what became of it, in one sentence."""
    failed = next((each for each in items if each.state == "failed"), None)
    made = [f"the {each.noun.value} {each.name}" for each in items if each.state == "done" and each.verb != Verb.REUSE]
    if failed is not None:
        exists = f"Made before that, and found again next time: {listed(made)}." if made else "Nothing was made."
        return f"The {failed.noun.value} could not be made: {failed.detail.rstrip('.')}. {exists}"
    if all(each.state == "done" for each in items):
        return f"Ready: {listed(made)}." if made else "Everything was there already."
    new = sum(each.verb is Verb.CREATE for each in items)
    old = sum(each.verb is Verb.REUSE for each in items)
    changed = sum(each.verb is Verb.CHANGE for each in items)
    more = f", {changed} to change" if changed else ""
    return f"{new} to make, {old} found{more}; the key goes into the agent's vault."
