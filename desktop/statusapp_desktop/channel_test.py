"""The test of a channel: its steps as the agent tells them. Pure."""

from dataclasses import dataclass

from statusapp_desktop.incident_words import whole
from statusapp_desktop.tokens import Shape
from statusapp_desktop.words import tr
from statusapp_shared.protocol import DeliveryView, IncidentView


@dataclass(frozen=True, slots=True)
class TestStep:
    """One line: a shape, what it is about, what was really seen, and after how many seconds (None while it waits)."""

    __test__ = False

    shape: Shape
    name: str
    text: str
    after_s: float | None


def steps(incident: IncidentView, taker: str, *, quiet: bool) -> list[TestStep]:
    """Return the steps of a test as far as it has come."""
    found = [_sent(incident, each, taker) for each in incident.deliveries]
    page = next((each for each in incident.deliveries if each.action in ("trigger", "test")), None)
    if not quiet and page is not None and page.state == "delivered":
        found.insert(1, _seen(incident, taker))
    return found


def _sent(incident: IncidentView, delivery: DeliveryView, taker: str) -> TestStep:
    name = {"resolve": tr("Resolved"), "change": tr("Change event")}.get(delivery.action, tr("Sent"))
    if delivery.state == "delivered":
        after = delivery.delivered_at
        took = None if after is None else max((after - incident.opened_at).total_seconds(), 0.0)
        said = whole(delivery.reason) if delivery.reason else tr("{taker} accepted it.", taker=taker)
        return TestStep("fine", name, said, took)
    if delivery.state in ("refused", "cancelled"):
        return TestStep("down", name, whole(delivery.reason) or tr("Refused, and no reason given."), None)
    if delivery.attempts:
        return TestStep("degraded", name, tr("Try {n}: {why}", n=delivery.attempts, why=whole(delivery.reason)), None)
    return TestStep("blind", name, tr("On its way."), None)


def _seen(incident: IncidentView, taker: str) -> TestStep:
    theirs = incident.pagerduty
    if theirs is not None and theirs.verified:
        said = tr("{taker} shows the incident, {status}.", taker=taker, status=theirs.status or tr("open"))
        return TestStep("fine", tr("Incident seen"), said, None)
    said = tr("Not verified: {taker} accepted it.", taker=taker)
    if theirs is not None:
        said += " " + tr("Add a read-only REST key to see the incident too.")
    return TestStep("blind", tr("Incident seen"), said, None)


def is_over(incident: IncidentView, *, quiet: bool) -> bool:
    """Return whether nothing more will happen."""
    if not incident.deliveries or any(each.state == "pending" for each in incident.deliveries):
        return False
    return quiet or incident.status == "resolved" or any(each.state == "refused" for each in incident.deliveries)


def verdict(incident: IncidentView, channel: str, *, quiet: bool) -> tuple[Shape, str]:
    """Return how a finished test ended, as a shape and a sentence."""
    bad = next((each for each in incident.deliveries if each.state != "delivered"), None)
    if bad is not None:
        return "down", tr("{channel} does not work: {why}", channel=channel, why=whole(bad.reason))
    if quiet:
        return "fine", tr("Works: the key and the connection are proved. Nobody was paged.")
    times = [each.delivered_at for each in incident.deliveries if each.action != "resolve" and each.delivered_at]
    after = (min(times) - incident.opened_at).total_seconds() if times else 0.0
    return "fine", tr("Works: accepted {n} s after you pressed Test, and closed again.", n=f"{max(after, 0):.1f}")
