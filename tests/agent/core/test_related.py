"""Incidents that may be one: by dependency first, then by time."""

from dataclasses import replace
from datetime import timedelta

from statusapp_agent.core.model import Incident, IncidentStatus, Purpose, Severity
from statusapp_agent.core.related import related
from tests.support.world import START


def incident(number: int, name: str, after_s: float = 0.0) -> Incident:
    at = START + timedelta(seconds=after_s)
    return Incident(f"i{number}", number, name, Severity.CRITICAL, "refused", at, at)


NAS, ROUTER, WEB, LATE = (
    incident(1, "nas"),
    incident(2, "router", 900),
    incident(3, "web", 20),
    incident(4, "late", 301),
)


def test_what_it_depends_on_comes_first_and_then_what_began_with_it():
    found = related(NAS, [NAS, WEB, ROUTER, LATE], {"nas": ("router",)})
    assert [(each.incident.number, each.why) for each in found] == [
        (2, "nas depends on router"),
        (3, "began 20 s apart"),
    ]
    assert [each.why for each in related(ROUTER, [NAS], {"nas": ("router",)})] == ["nas depends on router"]


def test_what_is_over_or_only_a_test_belongs_to_nothing():
    over = replace(WEB, status=IncidentStatus.RESOLVED)
    assert related(NAS, [over, replace(WEB, purpose=Purpose.TEST)], {}) == []
    assert related(over, [NAS], {}) == []
