"""The troubleshooting list at PagerDuty's side: the service behind a channel, and what it does with a page."""

from collections.abc import Iterable
from datetime import timedelta, tzinfo

from statusapp_agent.core.model import Monitor, Severity
from statusapp_agent.core.paging_facts import PagingFacts, Part, ServiceFacts, WindowFacts
from statusapp_agent.core.phrases import clock, length, listed, sentence
from statusapp_agent.core.points import WORKS, Point
from statusapp_agent.core.reach_points import reach_points

WINDOWS_AHEAD = timedelta(days=14)
_LOW = (Severity.WARNING, Severity.INFO)
_AGAIN = "What time alone mends is asked again tomorrow, and whenever you run `statusapp doctor`."


def paging_points(channel: str, facts: PagingFacts, monitors: Iterable[Monitor], zone: tzinfo) -> list[Point]:
    """Judge the road from the service to a telephone. ``monitors`` are those that this channel is told about."""
    if (fault := facts.faults.get(Part.SERVICE)) is not None:
        return [_unknown("Service", fault)]
    if facts.routed:
        text = "The key belongs to an event orchestration: its rules choose the service, event by event."
        advice = "Give this channel the key of a service's own integration, and its service is looked after."
        return [Point(WORKS, "Service", "unknown", text, advice)]
    if facts.service is None:
        text = "No service of this account has an integration with this key: it was deleted, or is another account's."
        advice = f"Copy the key in PagerDuty, or have one made: `statusapp pagerduty provision {channel}`."
        return [Point(WORKS, "Service", "fail", text, advice)]
    return [
        _service(facts.service),
        _maintenance(facts, zone),
        _acknowledgement_timeout(facts.service),
        _auto_resolve_timeout(facts.service),
        _urgency(facts.service, list(monitors)),
        _rules(facts),
        *reach_points(facts, zone),
    ]


def _unknown(title: str, fault: str) -> Point:
    return Point(WORKS, title, "unknown", sentence(f"Not known: {fault}"), _AGAIN)


def _service(service: ServiceFacts) -> Point:
    title, where = "Service", f" at {service.url}" if service.url else ""
    if service.status == "disabled":
        text = f"{service.name} is disabled: PagerDuty takes events and drops them; nobody is paged."
        return Point(WORKS, title, "fail", text, f"Enable the service{where}.")
    if not service.events_v2:
        text = f"The key belongs to {service.name}, but to an integration that is not of the Events API v2."
        return Point(WORKS, title, "fail", text, f'Add an integration "Events API V2" to the service{where}.')
    return Point(WORKS, title, "pass", f"The key belongs to the service {service.name}, which takes events.")


def _maintenance(facts: PagingFacts, zone: tzinfo) -> Point:
    title = "Maintenance at PagerDuty"
    if (fault := facts.faults.get(Part.MAINTENANCE)) is not None:
        return _unknown(title, fault)
    started = [each for each in facts.windows if each.starts_at is None or each.starts_at <= facts.at]
    coming = [each for each in facts.windows if each not in started]
    in_service = facts.service is not None and facts.service.status == "maintenance"
    if started or in_service:
        ends = [each.ends_at for each in started if each.ends_at is not None]
        until = f" until {clock(max(ends), facts.at, zone)}" if ends else ""
        text = f"On{until}: the service makes no incident meanwhile, and nothing can be resolved over it."
        return Point(WORKS, title, "fail", text, "End the window in PagerDuty, or have another channel in the route.")
    near = [each for each in coming if each.starts_at is not None and each.starts_at - facts.at <= WINDOWS_AHEAD]
    if near:
        text = f"Planned {listed(_span(each, facts, zone) for each in near)}: nobody is paged over it then."
        return Point(WORKS, title, "unknown", text, "See that another channel is in the route for that time.")
    return Point(WORKS, title, "pass", "None is on, and none is planned for the next 14 days.")


def _span(window: WindowFacts, facts: PagingFacts, zone: tzinfo) -> str:
    begins = clock(window.starts_at, facts.at, zone) if window.starts_at is not None else "now"
    ends = clock(window.ends_at, facts.at, zone) if window.ends_at is not None else "an unknown time"
    named = f" ({window.description})" if window.description else ""
    return f"from {begins} to {ends}{named}"


def _acknowledgement_timeout(service: ServiceFacts) -> Point:
    title, after = "Acknowledgement time-out", service.acknowledgement_timeout_s
    if after is None:
        text = "Off: what somebody acknowledged and forgot stays quiet for ever."
        return Point(WORKS, title, "pass", text, note=True)
    text = f"After {length(after)} an acknowledged incident is triggered again, and pages again."
    return Point(WORKS, title, "pass", text)


def _auto_resolve_timeout(service: ServiceFacts) -> Point:
    title, after = "Automatic resolve at PagerDuty", service.auto_resolve_timeout_s
    if after is None:
        return Point(WORKS, title, "pass", "Off: PagerDuty closes nothing that is still broken.")
    text = f"PagerDuty closes an incident after {length(after)} although it is still broken."
    advice = "Turn it off in the settings of the service; StatusApp resolves what recovers."
    return Point(WORKS, title, "fail", text, advice)


def _urgency(service: ServiceFacts, monitors: list[Monitor]) -> Point:
    title = "Urgency"
    if service.urgency == "low":
        text = "All incidents of the service are of low urgency: they never escalate, and wake nobody."
        return Point(WORKS, title, "fail", text, "Set the service to high urgency.")
    mild = [each.name for each in monitors if each.severity in _LOW]
    if service.urgency == "severity_based" and mild:
        text = (
            f"By severity: warning and info are of low urgency, which never escalates. That concerns "
            f"{listed([*mild[:5], *([f'{len(mild) - 5} more'] if len(mild) > 5 else [])])}."
        )
        return Point(WORKS, title, "unknown", text, 'Give what must wake somebody severity = "error" or "critical".')
    if service.urgency == "severity_based":
        text = "By severity: critical and error escalate; warning and info, which nothing uses here, would not."
        return Point(WORKS, title, "pass", text)
    if service.urgency == "support_hours":
        text = "By support hours: outside of them incidents may be of low urgency, which never escalates."
        return Point(WORKS, title, "unknown", text, "See in the service's settings that nights are high urgency too.")
    return Point(WORKS, title, "pass", "High for every incident: they escalate.")


def _rules(facts: PagingFacts) -> Point:
    title = "Event rules"
    if (fault := facts.faults.get(Part.RULES)) is not None:
        return _unknown(title, fault)
    if facts.suppressing:
        text = "The service has an orchestration of its own, which may suppress or pause events before they page."
        return Point(
            WORKS, title, "unknown", text, "Look at its rules in PagerDuty; `channels test` shows what they do."
        )
    return Point(WORKS, title, "pass", "None stands between an event and its incident.")
