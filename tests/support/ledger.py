"""The oracle: compares, at rest, what the other side holds, what the agent remembers and what the world did.

I1  each confirmed incident is exactly one there, or was over before it could be sent and says so, or an umbrella
    incident is there for it, once, and its own message says so
I2  nothing is there that is not ours
I3  open there = open here = down in the world
I4  for each incident there: trigger, then acknowledge, then resolve; for each monitor one incident at a time
I7  the databases are sound
and besides: no outage of some length was missed, no incident without an outage, no acknowledgement forgotten.
"""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from statusapp_agent.demo.pagerduty_model import Alert
from statusapp_agent.demo.pagerduty_service import PagerDutyService
from tests.support.targets import Outage

_OVER = "over before it could be sent"
_RANK = {"trigger": 0, "acknowledge": 1, "resolve": 2}
_SLACK = timedelta(seconds=0.5)
"""How long before an outage a check may have begun that met it: both programs share a busy machine."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """One incident as the agent's database holds it, with its messages on the channel that is judged."""

    id: str
    key: str
    monitor: str
    status: str
    cause: str
    began_at: datetime
    opened_at: datetime
    resolved_at: datetime | None
    acknowledged: bool
    messages: tuple[tuple[str, str, str], ...]
    """(action, state, reason), oldest first."""
    storm: str | None = None
    """The id of the umbrella incident that is paged for it."""

    @property
    def excused(self) -> bool:
        """Whether its page was rightly never sent."""
        triggers = [(state, reason) for action, state, reason in self.messages if action == "trigger"]
        return (
            self.status == "resolved"
            and bool(triggers)
            and all(state == "cancelled" and reason.startswith(_OVER) for state, reason in triggers)
        )

    @property
    def bundled(self) -> bool:
        """Whether an umbrella is paged for it on this channel, and its message says so."""
        triggers = [(state, reason) for action, state, reason in self.messages if action == "trigger"]
        return bool(triggers) and all(
            state == "cancelled" and reason.startswith("part of storm #") for state, reason in triggers
        )


@dataclass(slots=True)
class Ledger:
    """Everything that is compared. ``down`` are the targets that are down at rest."""

    here: list[Remembered]
    there: list[Alert]
    late: Counter[str]
    outages: list[Outage] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    integrity: list[str] = field(default_factory=list)
    storms: list[Remembered] = field(default_factory=list)

    def spoken_for(self, incident: Remembered) -> Remembered | None:
        """Return the umbrella that is paged for an incident on this channel."""
        if not incident.bundled:
            return None
        return next((storm for storm in self.storms if storm.id == incident.storm), None)

    def lost(self) -> list[str]:
        """I1: incidents that nobody was told of."""
        known = {alert.dedup_key for alert in self.there}
        return [
            f"lost: {each.monitor} {each.id} {each.status} {each.messages}"
            for each in (*self.here, *self.storms)
            if (self.spoken_for(each) or each).key not in known and not (self.spoken_for(each) or each).excused
        ]

    def told_twice(self) -> list[str]:
        """I1: incidents with a page of their own and one that speaks for them."""
        known = {alert.dedup_key for alert in self.there}
        return [f"told twice: {each.monitor} {each.id}" for each in self.here if each.bundled and each.key in known]

    def doubled(self) -> list[str]:
        """I1: more than one incident there for one of ours, but for those that a late duplicate opened."""
        times = Counter(alert.dedup_key for alert in self.there)
        return [f"doubled: {key} {n} times" for key, n in times.items() if n > 1 + self.late[key]]

    def strangers(self) -> list[str]:
        """I2: incidents there that are not ours."""
        ours = {each.key for each in (*self.here, *self.storms)}
        return [f"stranger: {alert.dedup_key}" for alert in self.there if alert.dedup_key not in ours]

    def left_open(self) -> list[str]:
        """I3: what is open on one side alone, or against the truth."""
        monitor_of = {each.key: each.monitor for each in self.here}
        umbrellas = {each.key for each in self.storms if each.status != "resolved"}
        there = Counter(
            monitor_of.get(alert.dedup_key, alert.dedup_key)
            for alert in self.there
            if alert.is_open and alert.dedup_key not in umbrellas
        )
        here = Counter(each.monitor for each in self.here if each.status != "resolved")
        open_storms = {alert.dedup_key for alert in self.there if alert.is_open}
        for each in self.here:
            storm = self.spoken_for(each) if each.status != "resolved" else None
            if storm is not None and storm.key in open_storms:
                there[each.monitor] += 1
        truth = Counter(self.down)
        found = [f"open there only: {name}" for name in there - here]
        found += [f"open here only: {name}" for name in here - there]
        return found + [f"open against the truth: {name}" for name in (here - truth) + (truth - here)]

    def disorder(self) -> list[str]:
        """I4: events that came in a wrong order, and incidents of one monitor that overlap."""
        found = []
        for alert in self.there:
            ranks = [_RANK[entry.action] for entry in alert.log]
            if ranks[0] != 0 or (any(b < a for a, b in pairwise(ranks)) and not self.late[alert.dedup_key]):
                found.append(f"disorder: {alert.dedup_key} {[entry.action for entry in alert.log]}")
        by_monitor: dict[str, list[Remembered]] = defaultdict(list)
        for each in self.here:
            by_monitor[each.monitor].append(each)
        for name, rows in by_monitor.items():
            for earlier, later in pairwise(sorted(rows, key=lambda row: row.opened_at)):
                if earlier.resolved_at is None or earlier.resolved_at > later.opened_at:
                    found.append(f"two at once: {name} {earlier.id} {later.id}")
        return found

    def missed(self, longer_than_s: float) -> list[str]:
        """Outages of some length without an incident."""
        found = []
        for outage in self.outages:
            ended = outage.ended_at or max((each.opened_at for each in self.here), default=outage.began_at)
            if (ended - outage.began_at).total_seconds() < longer_than_s:
                continue
            known = (each for each in self.here if each.monitor == outage.target)
            if not any(
                each.opened_at <= ended and (each.resolved_at is None or each.resolved_at >= outage.began_at)
                for each in known
            ):
                found.append(f"missed: {outage}")
        return found

    def false(self) -> list[str]:
        """Incidents that began while their target worked."""
        by_target: dict[str, list[Outage]] = defaultdict(list)
        for outage in self.outages:
            by_target[outage.target].append(outage)
        return [
            f"false: {each.monitor} began {each.began_at}, opened {each.opened_at}: {each.cause}"
            for each in self.here
            if not any(outage.covers(each.began_at, _SLACK) for outage in by_target[each.monitor])
        ]

    def forgotten(self) -> list[str]:
        """Acknowledgements that the agent confirmed to a person and does not know of."""
        known = {each.id for each in self.here if each.acknowledged}
        return [f"acknowledgement forgotten: {each}" for each in self.acknowledged - known]

    def faults(self, outage_s: float | None = None) -> list[str]:
        """Return everything that is wrong, in words; nothing when all is as it must be."""
        found = self.lost() + self.doubled() + self.strangers() + self.left_open() + self.disorder()
        found += self.told_twice()
        found += self.forgotten() + self.integrity
        if self.outages:
            found += self.false()
        if outage_s is not None:
            found += self.missed(outage_s)
        return found

    def latencies_s(self) -> list[float]:
        """Return the seconds from confirmed to taken in there, for each page that was sent."""
        first: dict[str, datetime] = {}
        for alert in self.there:
            first.setdefault(alert.dedup_key, alert.created_at)
        return sorted((first[each.key] - each.opened_at).total_seconds() for each in self.here if each.key in first)

    def in_words(self) -> str:
        """Return the figures in one line."""
        times = self.latencies_s()
        paged = f"p50 {_at(times, 0.5):.3f} s, p99 {_at(times, 0.99):.3f} s, max {_at(times, 1):.3f} s"
        excused = sum(each.excused for each in self.here)
        return (
            f"{len(self.outages)} outages, {len(self.here)} incidents here, {len(self.there)} there, {excused} over"
            f" before sent, {sum(self.late.values())} late duplicates; lost {len(self.lost())}, doubled"
            f" {len(self.doubled()) + len(self.strangers())}, left open {len(self.left_open())}; confirmed to paged:"
            f" {paged}"
        )


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def read_ledger(
    data_dir: Path,
    pagerduty: PagerDutyService,
    routing_key: str,
    *,
    channel: str = "pd",
    outages: Iterable[Outage] = (),
    down: Iterable[str] = (),
    acknowledged: Iterable[str] = (),
) -> Ledger:
    """Put a ledger together from an agent that is at rest (or dead) and the stand-in that it told."""
    late = Counter(
        request.body["dedup_key"]
        for request in pagerduty.journal
        if request.fault == "Late" and request.action == "trigger"
    )
    return Ledger(
        here=read_incidents(data_dir, channel),
        there=[alert for alert in pagerduty.incidents() if alert.routing_key == routing_key],
        late=late,
        outages=list(outages),
        down=set(down),
        acknowledged=set(acknowledged),
        integrity=[fault for name in ("state.db", "samples.db") for fault in check_integrity(data_dir / name)],
        storms=read_incidents(data_dir, channel, "storm"),
    )


def check_integrity(path: Path) -> list[str]:
    """I7: return what SQLite finds wrong with a file."""
    with _open(path) as connection:
        verdicts = [row[0] for row in connection.execute("PRAGMA integrity_check")]
    connection.close()
    return [f"{path.name}: {verdict}" for verdict in verdicts if verdict != "ok"]


def pending(data_dir: Path) -> int:
    """Return how many messages the agent's database still holds to be sent."""
    with _open(data_dir / "state.db") as connection:
        count = connection.execute("SELECT count(*) FROM delivery WHERE state = 'pending'").fetchone()[0]
    connection.close()
    return int(count)


def read_incidents(data_dir: Path, channel: str, purpose: str = "real") -> list[Remembered]:
    """Read the incidents of one purpose and what one channel was told of them."""
    with _open(data_dir / "state.db") as connection:
        install = connection.execute("SELECT value FROM meta WHERE key = 'install'").fetchone()[0]
        rows = connection.execute(
            "SELECT id, monitor, status, opened_at, resolved_at, body FROM incident WHERE purpose = ? ORDER BY number",
            (purpose,),
        ).fetchall()
        messages: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
        for incident, action, state, body in connection.execute(
            "SELECT incident, action, state, body FROM delivery WHERE channel = ? ORDER BY id", (channel,)
        ):
            messages[incident].append((action, state, json.loads(body).get("reason", "")))
    connection.close()
    return [_remembered(install, row, tuple(messages[row[0]])) for row in rows]


def _remembered(install: str, row: tuple[Any, ...], messages: tuple[tuple[str, str, str], ...]) -> Remembered:
    incident, monitor, status, opened_at, resolved_at, text = row
    body = json.loads(text)
    return Remembered(
        id=incident,
        key=f"statusapp/{install}/{incident}",
        monitor=monitor,
        status=status,
        cause=body["cause"],
        began_at=datetime.fromisoformat(body["began_at"]),
        opened_at=datetime.fromisoformat(opened_at),
        resolved_at=datetime.fromisoformat(resolved_at) if resolved_at else None,
        acknowledged=bool(body.get("acknowledged_at")),
        messages=messages,
        storm=body.get("storm"),
    )


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    connection.execute("PRAGMA busy_timeout = 5000")
    return connection
