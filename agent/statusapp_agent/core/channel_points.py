"""The points of the troubleshooting list that concern one channel."""

from collections.abc import Collection
from datetime import datetime, tzinfo

from statusapp_agent.core.model import Action
from statusapp_agent.core.phrases import ago, count, listed, sentence
from statusapp_agent.core.points import LONGEST_WAIT, TOLD, WORKS, ChannelFacts, Point, Verdict, point_of
from statusapp_agent.core.state import ChannelRecord
from statusapp_agent.core.told import works


def assigned(record: ChannelRecord, monitors: Collection[str]) -> Point:
    """Tell whether any monitor notifies this channel."""
    if monitors:
        names = listed([*sorted(monitors)[:5], *([f"{len(monitors) - 5} more"] if len(monitors) > 5 else [])])
        return Point(TOLD, "Monitors", "pass", f"{count(len(monitors), 'monitor')} would use it: {names}.")
    text = f"No monitor notifies {record.name}: nothing is ever sent over it."
    return Point(TOLD, "Monitors", "fail", text, "Select it in a monitor, under Notifications, or name it in a tier.")


def channel_points(
    record: ChannelRecord, facts: ChannelFacts | None, actions: frozenset[Action], now: datetime, zone: tzinfo
) -> list[Point]:
    """Perform the points of one channel; ``actions`` are those that its kind can tell."""
    found = [_key(record, facts), _tested(record, now)]
    if record.drilled_at is not None:
        found.append(_drilled(record, now))
    if record.channel.kind == "pagerduty" and (facts is None or facts.paging is None):
        found.append(_service(record, facts))
    if not record.broken:
        found.append(point_of(WORKS, "Answers", works(record, now, zone), open_=_unanswered(record, now)))
    return [*found, _auto_resolve(record, actions)]


def _unanswered(record: ChannelRecord, now: datetime) -> Verdict:
    """Judge a channel without a last good answer: that nothing was sent yet is the test's business, not a fault."""
    if record.failing_since is not None:
        return "fail" if now - record.failing_since > LONGEST_WAIT else "unknown"
    waits = record.held_until is not None and record.held_until > now
    return "unknown" if waits else "pass"


def _key(record: ChannelRecord, facts: ChannelFacts | None) -> Point:
    title, name = "Key and settings", record.name
    test = f"`statusapp channels test {name}` shows whether it is accepted then."
    if facts is not None and facts.vault:
        return Point(
            WORKS,
            title,
            "fail",
            sentence(facts.vault),
            f"Or set it again: `statusapp channels set-secret {name} FIELD`.",
        )
    findings = facts.findings if facts is not None else ()
    errors = [f"{finding.field}: {finding.text}" for finding in findings if finding.error]
    if record.broken:
        errors.insert(0, f"It is refused: {record.broken}")
    if errors:
        return Point(WORKS, title, "fail", sentence(*errors), f"{_other_region(record)}Correct it; {test}")
    if findings:
        warnings = [f"{finding.field}: {finding.text}" for finding in findings]
        return Point(WORKS, title, "unknown", sentence(*warnings), test)
    if facts is None:
        return Point(WORKS, title, "unknown", "Its settings and secrets were not looked at.", test)
    last = f"The last answer was an error: {record.last_error}" if record.last_error else ""
    taken = "" if record.last_delivered_at is None else "The other side has accepted it"
    return Point(WORKS, title, "pass", sentence("They look right", last or taken))


def _other_region(record: ChannelRecord) -> str:
    if not _unknown_key(record):
        return ""
    return (
        "Compare the key with the service's Integrations tab, and the region with the address of your account: "
        "a key of the EU region is not known in the US one, nor the other way round. "
    )


def _unknown_key(record: ChannelRecord) -> bool:
    return "invalid routing key" in (record.broken or "").lower()


def _tested(record: ChannelRecord, now: datetime) -> Point:
    test = f"`statusapp channels test {record.name}` tests it, and closes what it opens."
    if record.tested_at is None:
        return Point(WORKS, "Test", "unknown", f"{record.name} was never tested.", test)
    when, reason = ago(record.tested_at, now), record.test_reason or "no reason is known"
    if not record.test_ok:
        return Point(WORKS, "Test", "fail", sentence(f"The test {when} failed: {reason}"), test)
    return Point(WORKS, "Test", "pass", sentence(f"Tested {when}: {reason}"))


def _drilled(record: ChannelRecord, now: datetime) -> Point:
    text = sentence(f"The drill {ago(record.drilled_at or now, now)}: {record.drill_reason or 'no result is known'}")
    if record.drill_ok:
        return Point(WORKS, "Drill", "pass", text)
    return Point(WORKS, "Drill", "fail", text, f"See who is on call, and repeat it: `statusapp drill {record.name}`.")


def _service(record: ChannelRecord, facts: ChannelFacts | None) -> Point:
    title = "Service"
    if _unknown_key(record):
        text = "PagerDuty knows no integration with this key: the service or its integration was deleted, or never was."
        return Point(WORKS, title, "fail", text, "Open the service in PagerDuty, and copy the key of its integration.")
    exists = facts.service_exists if facts is not None else None
    if facts is not None and exists is not None:
        look = None if exists else "Choose another service in PagerDuty, and give this channel its Integration Key."
        return Point(WORKS, title, "pass" if exists else "fail", sentence(facts.service), look)
    if facts is not None and "api_key" in facts.secrets:
        text = "The service was not looked up, although a REST key is set."
        return Point(WORKS, title, "unknown", text, f"`statusapp doctor {record.name}` looks again.")
    text = "Not known: the Integration Key alone shows neither the service nor the incident."
    add = "Add a read-only REST key as `api_key`: it shows whether the service exists, and whether a page arrives."
    return Point(WORKS, title, "unknown", text, add)


def _auto_resolve(record: ChannelRecord, actions: frozenset[Action]) -> Point:
    title = "Automatic resolve"
    if Action.RESOLVE not in actions:
        text = "Channels of this kind cannot close what they told: a recovery is not told over it."
        return Point(WORKS, title, "pass", text)
    if record.channel.auto_resolve:
        return Point(WORKS, title, "pass", "On: what recovers is closed there as well.")
    text = f"Turned off: what recovers stays open at {record.name} until somebody resolves it there."
    return Point(WORKS, title, "pass", text, note=True)
