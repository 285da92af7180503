"""Incidents as a stand-in PagerDuty keeps them: alerts joined, log entries, timers, what people do. No I/O, no clock.

The Events model knows alerts; here they become incidents ``lag`` later, as in an eventually consistent service. One
incident may hold several alerts (grouping, merging) and is over when the last of them is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from statusapp_agent.demo.pagerduty_account import Account, Policy, Service
from statusapp_agent.demo.pagerduty_model import Alert, Entry, PagerDutyModel

MERGE_ALERTS = 1000
NOTES = 2000


@dataclass(slots=True)
class LogEntry:
    """One thing that happened: ``agent`` is (kind, id), with kind user, service or integration."""

    id: str
    type: str
    at: datetime
    agent: tuple[str, str] | None
    channel: dict[str, Any]
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Kept:
    """One incident. ``alerts`` are numbers of the Events model; ``acknowledged`` is (when, who) for each."""

    id: str
    number: int
    key: str | None
    service: str
    policy: str
    created_at: datetime
    title: str
    urgency: str
    status: str = "triggered"
    alerts: list[int] = field(default_factory=list)
    closed_alerts: set[int] = field(default_factory=set)
    acknowledged: list[tuple[datetime, str]] = field(default_factory=list)
    assigned: list[str] = field(default_factory=list)
    level: int = 0
    loop: int = 0
    log: list[LogEntry] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    resolved_at: datetime | None = None
    changed_at: datetime | None = None
    changed_by: tuple[str, str] | None = None
    merged_into: str | None = None
    snoozed_until: datetime | None = None
    escalates_at: datetime | None = None
    unacknowledges_at: datetime | None = None
    resolves_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is not resolved."""
        return self.status != "resolved"


class Incidents:
    """All incidents of an account, made from the alerts of the Events model."""

    def __init__(self, model: PagerDutyModel, account: Account, lag: timedelta = timedelta(0)) -> None:
        self.model = model
        self.account = account
        self.lag = lag
        self.by_id: dict[str, Kept] = {}
        self._of_alert: dict[int, str] = {}
        self._read: dict[int, int] = {}
        self._entries = 0
        model.drops = account.drops

    def catch_up(self, now: datetime) -> None:
        """Take in what the Events API has taken, as far as it is visible, and let timers run out."""
        seen = now - self.lag
        waiting = sorted(self._unread(seen), key=lambda each: (each[1].at, each[0].number))
        for alert, entry in waiting:
            self.timers(entry.at)
            self._read[alert.number] = self._read.get(alert.number, 0) + 1
            self._take(alert, entry)
        self.timers(now)

    def _unread(self, until: datetime) -> Iterator[tuple[Alert, Entry]]:
        for alert in self.model.incidents():
            for entry in alert.log[self._read.get(alert.number, 0) :]:
                if entry.at <= until:
                    yield alert, entry

    def _take(self, alert: Alert, entry: Entry) -> None:
        kept = self.by_id.get(self._of_alert.get(alert.number, ""))
        service = self.account.service_of(alert.routing_key)
        if kept is None:
            if service is not None:
                self._first(alert, service, entry.at)
            return
        by = ("integration", service.integration_id) if service is not None else None
        if entry.by != "event":
            by = ("user", entry.by)
        if entry.action == "trigger":
            self.note_down(kept, "trigger", entry.at, by, {"type": "api", "summary": alert.payload.get("summary")})
        elif entry.action == "acknowledge" and kept.is_open:
            self.acknowledge(kept, entry.at, by, "api" if entry.by == "event" else "mobile")
        elif entry.action == "resolve" and kept.is_open:
            kept.closed_alerts.add(alert.number)
            if kept.closed_alerts >= set(kept.alerts):
                self.resolve(kept, entry.at, by, "api" if entry.by == "event" else "mobile")

    def _first(self, alert: Alert, service: Service, at: datetime) -> None:
        joined = next(
            (k for k in self.by_id.values() if service.grouped and k.is_open and k.service == service.id), None
        )
        if joined is not None:
            joined.alerts.append(alert.number)
            joined.key = None
            self._of_alert[alert.number] = joined.id
            return
        number = len(self.by_id) + 1
        urgency = service.urgency
        if urgency == "severity_based":
            urgency = "high" if alert.payload.get("severity") in ("critical", "error", None) else "low"
        kept = Kept(
            f"Q{number:06d}", number, alert.dedup_key, service.id, service.policy, at,
            str(alert.payload.get("summary")), urgency, alerts=[alert.number], changed_at=at,
        )  # fmt: skip
        kept.changed_by = ("service", service.id)
        self.by_id[kept.id] = kept
        self._of_alert[alert.number] = kept.id
        by = ("integration", service.integration_id)
        self.note_down(kept, "trigger", at, by, {"type": "api", "summary": kept.title})
        if service.auto_resolve_timeout is not None:
            kept.resolves_at = at + timedelta(seconds=service.auto_resolve_timeout)
        self._raise_to(kept, 1, at, kind="assign")

    # What happens to one

    def note_down(
        self,
        kept: Kept,
        kind: str,
        at: datetime,
        agent: tuple[str, str] | None,
        channel: dict[str, Any],
        **more: Any,
    ) -> None:
        """Add a log entry; its kind is without ``_log_entry``."""
        self._entries += 1
        kept.log.append(LogEntry(f"R{self._entries:08d}", f"{kind}_log_entry", at, agent, channel, more))

    def policy(self, kept: Kept) -> Policy:
        """Return the escalation policy of an incident."""
        return self.account.policies[kept.policy]

    def _raise_to(self, kept: Kept, level: int, at: datetime, *, kind: str = "escalate") -> None:
        policy = self.policy(kept)
        kept.level = level
        kept.assigned = [user for user, _ in self.account.on_call(policy, level, at) if user in self.account.users]
        by = ("service", kept.service)
        self.note_down(kept, kind, at, by, {"type": "timeout" if level > 1 else "auto"}, assignees=list(kept.assigned))
        for user in kept.assigned:
            self.note_down(kept, "notify", at, by, {"type": "auto", "notification": {"type": "push"}}, user=user)
        # What is of low urgency stays where it is.
        escalates = kept.urgency == "high"
        kept.escalates_at = at + timedelta(minutes=policy.levels[level - 1].delay_min) if escalates else None

    def timers(self, now: datetime) -> None:
        """Let what has run out until now happen, in order."""
        for kept in self.by_id.values():
            while kept.is_open and (due := self._next_timer(kept)) is not None and due[0] <= now:
                self._ring(kept, *due)

    def _next_timer(self, kept: Kept) -> tuple[datetime, str] | None:
        running = [
            (at, name)
            for at, name in (
                (kept.escalates_at if kept.status == "triggered" else None, "escalate"),
                (kept.unacknowledges_at if kept.status == "acknowledged" else None, "unacknowledge"),
                (kept.resolves_at, "resolve"),
            )
            if at is not None
        ]
        return min(running, default=None)

    def _ring(self, kept: Kept, at: datetime, name: str) -> None:
        by = ("service", kept.service)
        if name == "resolve":
            self.resolve(kept, at, by, "timeout")
        elif name == "unacknowledge":
            kept.status, kept.acknowledged, kept.snoozed_until, kept.unacknowledges_at = "triggered", [], None, None
            kept.changed_at, kept.changed_by = at, by
            self.note_down(kept, "unacknowledge", at, by, {"type": "timeout"})
            kept.escalates_at = at
        elif kept.level < len(self.policy(kept).levels):
            self._raise_to(kept, kept.level + 1, at)
        elif kept.loop < self.policy(kept).num_loops:
            kept.loop += 1
            self.note_down(kept, "repeat_escalation_path", at, by, {"type": "timeout"})
            self._raise_to(kept, 1, at)
        else:
            kept.escalates_at = None
            self.note_down(kept, "exhaust_escalation_path", at, by, {"type": "timeout"})

    def acknowledge(self, kept: Kept, at: datetime, by: tuple[str, str] | None, channel: str) -> None:
        """Have somebody have it in hand."""
        kept.status, kept.changed_at, kept.changed_by = "acknowledged", at, by
        kept.acknowledged.append((at, by[1] if by else ""))
        seconds = self.account.services[kept.service].acknowledgement_timeout
        kept.unacknowledges_at = None if seconds is None else at + timedelta(seconds=seconds)
        self.note_down(kept, "acknowledge", at, by, {"type": channel}, acknowledgement_timeout=seconds)

    def resolve(self, kept: Kept, at: datetime, by: tuple[str, str] | None, channel: str) -> None:
        """End it, and its alerts with it."""
        kept.status, kept.resolved_at, kept.acknowledged, kept.changed_at, kept.changed_by = "resolved", at, [], at, by
        kept.snoozed_until = None
        self.note_down(kept, "resolve", at, by, {"type": channel})
        self._end_alerts(kept, at, by)

    def _end_alerts(self, kept: Kept, at: datetime, by: tuple[str, str] | None) -> None:
        for number in kept.alerts:
            if self.model.by_hand(number, "resolve", by[1] if by else "", at):
                self._read[number] += 1

    def merge(self, target: Kept, source: Kept, at: datetime, by: tuple[str, str]) -> None:
        """Have one incident go on within another: its alerts move and stay open."""
        target.alerts += source.alerts
        target.closed_alerts |= source.closed_alerts
        target.key = None
        for number in source.alerts:
            self._of_alert[number] = target.id
        source.status, source.resolved_at, source.merged_into = "resolved", at, target.id
        source.acknowledged, source.changed_at, source.changed_by = [], at, by
        self.note_down(source, "resolve", at, by, {"type": "website"})
        self.note_down(target, "merge", at, by, {"type": "website"})

    def snooze(self, kept: Kept, at: datetime, by: tuple[str, str], seconds: int) -> None:
        """Have it in hand until a moment."""
        if kept.status != "acknowledged":
            self.acknowledge(kept, at, by, "website")
        kept.snoozed_until = kept.unacknowledges_at = at + timedelta(seconds=seconds)
        self.note_down(kept, "snooze", at, by, {"type": "website"}, changed_actions=[{"type": "unacknowledge"}])

    def reassign(self, kept: Kept, at: datetime, by: tuple[str, str], users: list[str]) -> None:
        """Give it to others; a direct assignment does not escalate."""
        kept.assigned, kept.escalates_at = list(users), None
        self.note_down(kept, "assign", at, by, {"type": "website"}, assignees=list(users))

    def annotate(self, kept: Kept, at: datetime, by: tuple[str, str], text: str) -> dict[str, Any]:
        """Add a note; return it."""
        note = {"id": f"PNOTE{len(kept.notes) + 1:03d}", "content": text, "at": at, "user": by[1]}
        kept.notes.append(note)
        self.note_down(kept, "annotate", at, by, {"type": "note", "summary": text})
        return note

    def found_by_key(self, key: str) -> list[Kept]:
        """Return the incidents that have an alert under a dedup key, merged-away ones included."""
        keys = {alert.number: alert.dedup_key for alert in self.model.incidents()}
        return [
            kept
            for kept in self.by_id.values()
            if kept.key == key or any(keys.get(number) == key for number in kept.alerts)
        ]
