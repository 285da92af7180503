"""How an incident is told on the terminal: its facts, its deliveries, its timeline, and why."""

from collections.abc import Sequence
from datetime import datetime

from rich.text import Text

from statusapp_agent.cli.show import Screen
from statusapp_agent.cli.words import BLIND, DOWN, FINE, age, clock, length
from statusapp_shared.protocol import DeliveryView, IncidentView, TimelineView, WhyView


def draw(screen: Screen, view: IncidentView) -> None:
    """Write a whole incident."""
    screen.sentence(_sentence(screen, view), screen.mark(view.status))
    screen.blank()
    screen.facts(
        [
            ("cause", view.cause),
            ("severity", view.severity),
            ("began", _at(screen, view.began_at)),
            ("opened", _at(screen, view.opened_at)),
            (
                "acknowledged",
                view.acknowledged_at and _by(screen, view.acknowledged_at, view.acknowledged_by, view.acknowledged_via),
            ),
            ("snoozed", view.snoozed_until and f"until {clock(view.snoozed_until, screen.now)}"),
            ("resolved", view.resolved_at and _by(screen, view.resolved_at, view.resolved_by, view.resolved_via)),
            ("PagerDuty", _pagerduty(view)),
            ("level", _level(screen, view)),
            ("took along", _few(view.children)),
            ("escalates", _escalates(screen, view)),
            ("key", view.dedup_key),
        ]
    )
    _deliveries(screen, view.deliveries)
    _timeline(screen, view.timeline)
    if view.status == "open":
        screen.blank()
        screen.next_step("Take it", f"statusapp incidents ack {view.number}")
    _related(screen, view)


_NAMED = 20


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _level(screen: Screen, view: IncidentView) -> str:
    """Return how far it has escalated; empty where it has not."""
    if view.nobody_answered_at is not None:
        return f"at the end: nobody had answered {age(view.nobody_answered_at, screen.now)}"
    return str(view.level) if view.level > 1 else ""


def draw_why(screen: Screen, view: WhyView) -> None:
    """Write the chain from check to person, numbered."""
    broken = next((number for number, step in enumerate(view.steps, 1) if step.ok is False), None)
    ending = f"the chain from check to person ends at step {broken}." if broken else "every step was taken."
    screen.sentence(f"{view.subject}: {ending}", screen.sign(DOWN if broken else FINE))
    screen.blank()
    screen.rows(
        [
            (
                Text(f"{number}."),
                screen.sign(BLIND if step.ok is None else FINE if step.ok else DOWN),
                Text.assemble((step.question, "bold"), "\n", step.answer),
            )
            for number, step in enumerate(view.steps, 1)
        ]
    )


def lasted(view: IncidentView, screen: Screen) -> str:
    """Return how long the outage lasted, or lasts so far."""
    return length(((view.resolved_at or screen.now) - view.began_at).total_seconds())


def who(name: str | None, via: str | None) -> str:
    """Return who did something, and by what road: ``Ben (PagerDuty)``."""
    if name and via:
        return f"{name} ({via})"
    return name or via or "nobody known"


def _sentence(screen: Screen, view: IncidentView) -> str:
    purpose = "" if view.purpose == "real" else f" ({view.purpose}, counts in no figure)"
    start = f"#{view.number} {view.monitor}{purpose}"
    if view.status == "resolved":
        return f"{start} is over; it was down for {lasted(view, screen)}."
    if view.status == "acknowledged":
        taken = f"{who(view.acknowledged_by, view.acknowledged_via)} took it {age(view.acknowledged_at, screen.now)}"
        return f"{start} has been down for {lasted(view, screen)}; {taken}."
    return f"{start} has been down for {lasted(view, screen)}, and nobody has it yet."


def _at(screen: Screen, at: datetime) -> str:
    return f"{clock(at, screen.now, seconds=True)} ({age(at, screen.now)})"


def _by(screen: Screen, at: datetime, name: str | None, via: str | None) -> str:
    return f"{_at(screen, at)}, {who(name, via)}"


def _pagerduty(view: IncidentView) -> str | None:
    theirs = view.pagerduty
    if theirs is None:
        return None
    if theirs.verified:
        return " ".join(part for part in (theirs.status, theirs.url or theirs.id) if part)
    if theirs.words is None or theirs.words == "sent (unverified)":
        return "sent (unverified): with a read-only api_key StatusApp sees whether anybody was paged"
    return theirs.words


def _escalates(screen: Screen, view: IncidentView) -> str | None:
    at = view.pagerduty.escalates_at if view.pagerduty is not None and view.status == "open" else None
    return None if at is None else f"at {clock(at, screen.now, seconds=True)}, unless somebody acknowledges"


def _related(screen: Screen, view: IncidentView) -> None:
    """Suggest what may be the same trouble; merging is PagerDuty's."""
    if not view.related:
        return
    screen.heading("Maybe the same trouble")
    screen.rows([(Text(f"#{each.number}"), Text(each.monitor), Text(each.why)) for each in view.related])
    if view.pagerduty is not None and view.pagerduty.verified:
        screen.blank()
        screen.next_step(
            "Merge it into one of them", f"statusapp incidents merge {view.number} {view.related[0].number}"
        )


def _deliveries(screen: Screen, deliveries: Sequence[DeliveryView]) -> None:
    screen.heading("Who was told")
    if not deliveries:
        screen.sentence("Nobody: this monitor has no channels. See: statusapp channels list")
        return
    screen.rows(
        [
            (
                screen.mark("pending" if item.unconfirmed else item.state),
                Text(item.channel),
                Text(item.action),
                Text("unconfirmed" if item.unconfirmed else item.state),
                Text(_when(screen, item)),
                Text(_reason(item)),
            )
            for item in deliveries
        ]
    )


def _reason(item: DeliveryView) -> str:
    tries = f"{item.attempts} tries" if item.attempts > 1 else ""
    unsure = "may have arrived" if item.maybe_sent and item.state != "delivered" else ""
    return "; ".join(part for part in (item.reason, tries, unsure) if part)


def _when(screen: Screen, item: DeliveryView) -> str:
    at = item.delivered_at or item.next_attempt_at or item.not_before
    return "" if at is None else clock(at, screen.now, seconds=True)


def _timeline(screen: Screen, timeline: Sequence[TimelineView]) -> None:
    if not timeline:
        return
    screen.heading("Timeline")
    screen.rows(
        [
            (
                Text(clock(line.at, screen.now, seconds=True), style="dim"),
                Text(line.text + _by_whom(line) + _source(line)),
            )
            for line in timeline
        ]
    )


def _by_whom(line: TimelineView) -> str:
    """Return who did it, unless the line says so itself."""
    if not line.by or (line.source == "pagerduty" and line.by in line.text):
        return ""
    return f" ({line.by})" if line.source == "pagerduty" else f" ({who(line.by, line.via)})"


def _source(line: TimelineView) -> str:
    return " [PagerDuty]" if line.source == "pagerduty" else ""
