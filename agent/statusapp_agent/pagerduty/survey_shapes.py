"""What the REST API says of policies, schedules and people, read as leniently as everything else of it."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from statusapp_agent.core.paging_facts import LevelFacts, MethodFacts, PersonFacts, PolicyFacts, RuleFacts
from statusapp_agent.pagerduty.shapes import Number, Reference, Shape, Text, objects, read

_KINDS = {"phone": "phone", "sms": "SMS", "email": "e-mail", "push_notification": "push", "whatsapp": "WhatsApp"}
_SHOWN = 2
"""So many characters at the end of a number stay readable: enough to know which, too few to call it."""


class RestRule(Shape):
    """A level of a policy."""

    escalation_delay_in_minutes: Number = None
    targets: Annotated[list[Reference], BeforeValidator(objects)] = Field(default_factory=list)


class RestPolicy(Shape):
    """An escalation policy."""

    id: Text = None
    name: Text = None
    num_loops: Number = None
    escalation_rules: Annotated[list[RestRule], BeforeValidator(objects)] = Field(default_factory=list)

    def schedules(self) -> list[tuple[str, str]]:
        """Return id and name of the schedules that it names, each once."""
        found = {each.id: each.shown for rule in self.escalation_rules for each in rule.targets if _is_schedule(each)}
        return [(one, name) for one, name in found.items() if one is not None]

    def people(self) -> list[str]:
        """Return the ids of the people whom it names themselves."""
        return [each.id for rule in self.escalation_rules for each in rule.targets if each.is_user and each.id]

    def facts(self) -> PolicyFacts:
        """Return it as the core judges it."""
        levels = tuple(
            LevelFacts(
                rule.escalation_delay_in_minutes or 0,
                tuple(each.shown for each in rule.targets if not _is_schedule(each)),
                tuple(each.shown for each in rule.targets if _is_schedule(each)),
            )
            for rule in self.escalation_rules
        )
        return PolicyFacts(self.name or self.id or "the policy", levels, self.num_loops or 0)


def _is_schedule(target: Reference) -> bool:
    return "schedule" in (target.type or "")


class RestSchedule(Shape):
    """A schedule of either kind."""

    id: Text = None
    name: Text = None
    time_zone: Text = None


class RestUser(Shape):
    """Somebody, with contact methods and notification rules."""

    id: Text = None
    name: Text = None
    summary: Text = None
    email: Text = None
    time_zone: Text = None
    teams: Annotated[list[Reference], BeforeValidator(objects)] = Field(default_factory=list)
    contact_methods: Annotated[list[dict[str, Any]], BeforeValidator(objects)] = Field(default_factory=list)
    notification_rules: Annotated[list[dict[str, Any]], BeforeValidator(objects)] = Field(default_factory=list)


class _Method(Shape):
    id: Text = None
    type: Text = None
    address: Text = None
    label: Text = None
    enabled: bool = True
    blacklisted: bool = False


def person_of(user: RestUser) -> PersonFacts:
    """Return somebody with what PagerDuty can do to reach them when it matters."""
    methods = {str(each.get("id")): _method(each) for each in user.contact_methods}
    rules = tuple(
        RuleFacts(_delay(each), _method_of(each, methods))
        for each in user.notification_rules
        if each.get("urgency") in ("high", None)
    )
    name = user.name or user.summary or user.id or "somebody"
    return PersonFacts(name, tuple(methods.values()), rules, tuple(each.shown for each in user.teams))


def _delay(rule: dict[str, Any]) -> int:
    minutes = rule.get("start_delay_in_minutes")
    return minutes if isinstance(minutes, int) else 0


def _method_of(rule: dict[str, Any], methods: dict[str, MethodFacts]) -> MethodFacts | None:
    named = rule.get("contact_method")
    if not isinstance(named, dict):
        return None
    known = methods.get(str(named.get("id")))
    return known if known is not None or "address" not in named else _method(named)


def _method(said: dict[str, Any]) -> MethodFacts:
    found = read(_Method, said)
    kind = (found.type or "").removesuffix("_reference").removesuffix("_contact_method")
    shown = masked(found.address or "", kind)
    return MethodFacts(_KINDS.get(kind, kind or "something"), shown, found.enabled, found.blacklisted)


def masked(address: str, kind: str) -> str:
    """Return an address of which enough is left to know it by, and not enough to use it."""
    if kind == "push_notification":
        return "to a device"
    name, at, host = address.partition("@")
    if at:
        return f"{name[:1]}…@{host}"
    return f"…{address[-_SHOWN:]}" if len(address) > _SHOWN else "…"
