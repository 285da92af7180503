"""PagerDuty's side of the Events API as a model: what it answers, and which incidents there are. No I/O, no clock.

An alert is known by routing key and dedup key. Where the documentation is silent this model has chosen: a service that
is disabled answers 202 and makes nothing; an unknown key and a body above 512,000 bytes are answered with 400; requests
count in the order of their arrival; a 429 names no time unless it is told to.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from statusapp_agent.demo.pagerduty_rules import BODY_BYTES, Faults, change_faults, event_faults, key_faults, read


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: a status, a JSON object, and headers beyond the usual."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened to an incident: an event's action, or what a person did there."""

    at: datetime
    action: str
    by: str = "event"


@dataclass(frozen=True, slots=True)
class Alert:
    """An incident and its alert. ``status``: triggered, acknowledged, resolved; ``payload``: of the newest trigger."""

    number: int
    routing_key: str
    dedup_key: str
    status: str
    created_at: datetime
    payload: Mapping[str, Any]
    log: tuple[Entry, ...] = ()
    resolved_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is not resolved."""
        return self.status != "resolved"


@dataclass(frozen=True, slots=True)
class ChangeEvent:
    """One change event that was taken in."""

    at: datetime
    routing_key: str
    payload: Mapping[str, Any]


_STATUS_AFTER = {"acknowledge": "acknowledged", "resolve": "resolved"}


class PagerDutyModel:
    """Takes bodies in and answers them. ``known_keys``: the routing keys that exist, None for any well-formed one.

    At most ``limit`` requests per ``window_s`` seconds and routing key are taken in; ``retry_after_s`` is what a 429
    names in its Retry-After, None for nothing.
    """

    def __init__(
        self,
        known_keys: frozenset[str] | None = None,
        *,
        limit: int = 120,
        window_s: float = 60.0,
        retry_after_s: int | None = None,
    ) -> None:
        self.known_keys = known_keys
        self.limit = limit
        self.window = timedelta(seconds=window_s)
        self.retry_after_s = retry_after_s
        self.disabled: set[str] = set()
        # Whether an event of a routing key is taken and dropped without a word: nobody on call, maintenance.
        self.drops: Callable[[Mapping[str, Any], datetime], bool] = lambda _event, _now: False
        self.changes: list[ChangeEvent] = []
        self._alerts: dict[int, Alert] = {}
        self._open: dict[tuple[str, str], int] = {}
        self._taken: dict[str, deque[datetime]] = {}

    def incidents(self, *, open_only: bool = False) -> list[Alert]:
        """Return all incidents in the order they were made."""
        return [alert for alert in self._alerts.values() if alert.is_open or not open_only]

    def take(self, path: str, body: bytes, now: datetime) -> Reply:
        """Answer one POST."""
        if path not in ("/v2/enqueue", "/v2/change/enqueue"):
            return Reply(404, {"status": "not found", "message": "Not Found"})
        if len(body) > BODY_BYTES:
            return _invalid([f"Event size is too large (maximum is {BODY_BYTES} bytes)"])
        try:
            event = read(body)
        except ValueError:
            return _unreadable()
        if not isinstance(event, Mapping):
            return _unreadable()
        change = path == "/v2/change/enqueue"
        refused = self._refused(event, change_faults(event) if change else event_faults(event), now)
        if refused is not None:
            return refused
        return self._take_change(event, now) if change else self._take_event(event, now)

    def _refused(self, event: Mapping[str, Any], faults: Faults, now: datetime) -> Reply | None:
        if not key_faults(event):
            key = str(event["routing_key"])
            if not self._in_rate(key, now):
                told = {} if self.retry_after_s is None else {"Retry-After": str(self.retry_after_s)}
                reason = "Requests for this integration key arrive too quickly"
                return Reply(429, {"status": "throttle exceeded", "message": reason}, told)
            if self.known_keys is not None and key not in self.known_keys:
                faults = ["Invalid routing key", *faults]
        return _invalid(faults) if faults else None

    def _in_rate(self, key: str, now: datetime) -> bool:
        taken = self._taken.setdefault(key, deque())
        while taken and taken[0] <= now - self.window:
            taken.popleft()
        if len(taken) >= self.limit:
            return False
        taken.append(now)
        return True

    def _take_change(self, event: Mapping[str, Any], now: datetime) -> Reply:
        if event["routing_key"] not in self.disabled:
            self.changes.append(ChangeEvent(now, event["routing_key"], event["payload"]))
        return Reply(202, {"status": "success", "message": "Change event processed"})

    def _take_event(self, event: Mapping[str, Any], now: datetime) -> Reply:
        key = event.get("dedup_key") or f"made-by-the-server-{len(self._alerts) + 1}"
        if event["routing_key"] not in self.disabled and not self.drops(event, now):
            self._apply(event, key, now)
        return Reply(202, {"status": "success", "message": "Event processed", "dedup_key": key})

    def _apply(self, event: Mapping[str, Any], dedup_key: str, now: datetime) -> None:
        known = (event["routing_key"], dedup_key)
        action = event["event_action"]
        number = self._open.get(known)
        if number is None:
            if action == "trigger":
                self._make(known, event["payload"], now)
            return
        alert = self._alerts[number]
        if action == "trigger":
            self._alerts[number] = replace(alert, payload=event["payload"], log=(*alert.log, Entry(now, action)))
        else:
            self._move(alert, action, now, "event")

    def _make(self, known: tuple[str, str], payload: Mapping[str, Any], now: datetime) -> None:
        number = len(self._alerts) + 1
        self._alerts[number] = Alert(number, *known, "triggered", now, payload, (Entry(now, "trigger"),))
        self._open[known] = number

    def _move(self, alert: Alert, action: str, now: datetime, by: str) -> None:
        moved = replace(alert, status=_STATUS_AFTER[action], log=(*alert.log, Entry(now, action, by)))
        if action == "resolve":
            moved = replace(moved, resolved_at=now)
            del self._open[(alert.routing_key, alert.dedup_key)]
        self._alerts[alert.number] = moved

    def by_hand(self, number: int, action: str, by: str, now: datetime) -> bool:
        """Let a person acknowledge or resolve an incident there; return whether it was open."""
        alert = self._alerts.get(number)
        if alert is None or not alert.is_open:
            return False
        self._move(alert, action, now, by)
        return True


def _invalid(faults: Faults) -> Reply:
    return Reply(400, {"status": "invalid event", "message": "Event object is invalid", "errors": faults})


def _unreadable() -> Reply:
    said = {"status": "Unrecognized object", "message": "Event object format is unrecognized"}
    return Reply(400, {**said, "errors": ["JSON parse error"]})
