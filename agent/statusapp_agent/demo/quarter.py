"""The sample quarter: results as checks would have brought them, judged by the agent's own rules, and what came of it.

Pure: the same seed and range give the same values.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import pi, sin

from statusapp_agent.core.health import Flip, Health
from statusapp_agent.core.incident import RECOVERY, acknowledge, opened, resolve
from statusapp_agent.core.model import (
    Action,
    CheckStatus,
    Delivery,
    DeliveryState,
    Incident,
    Monitor,
    Purpose,
    Result,
    Scope,
    TimelineEntry,
    When,
)
from statusapp_agent.core.replay import Replay
from statusapp_agent.demo.household import INTERVAL_S, PEOPLE, RETRY_S, Thing
from statusapp_agent.demo.weather import Trouble
from statusapp_agent.store.blocks import Row

UP, DEGRADED, DOWN = 0, 1, 2
_BOOKS = {"1": (("pagerduty", 0.0), ("pagerduty-backup", 600.0)), "2": (("pagerduty", 0.0),)}


@dataclass(slots=True)
class Life:
    """What one monitor saw: its results, its incidents with their story, and its health at the end."""

    rows: list[Row] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    timeline: list[tuple[str, TimelineEntry]] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    health: Health = field(default_factory=Health)


def live(
    thing: Thing,
    monitor: Monitor,
    troubles: list[Trouble],
    asleep: list[tuple[datetime, datetime]],
    since: datetime,
    until: datetime,
    seed: int,
    install: str,
) -> Life:
    """Return the life of one thing between two moments; its incidents and deliveries still lack their numbers."""
    dice = random.Random(f"{seed} {thing.name}")  # noqa: S311 - a story, not a secret
    life, judge = Life(), Replay(monitor)
    for at in _checks(judge, since + timedelta(seconds=dice.uniform(0, INTERVAL_S)), until, asleep):
        while troubles and troubles[0].ended_at <= at:
            troubles = troubles[1:]
        trouble = troubles[0] if troubles and troubles[0].began_at <= at else None
        result = _result(thing, trouble, at, dice)
        flip = judge.take(result)
        life.rows.append(_row(result))
        if flip is Flip.DOWN:
            _open(life, judge, monitor, thing, install)
        elif flip is Flip.UP and life.incidents and life.incidents[-1].is_open:
            _close(life, judge, thing, dice, since, until)
    if life.incidents and life.incidents[-1].is_open:
        _tell(life, life.incidents[-1], thing, dice, until)
    life.health = judge.health
    return life


def _checks(
    judge: Replay, at: datetime, until: datetime, asleep: list[tuple[datetime, datetime]]
) -> Iterator[datetime]:
    while at < until:
        dark = next((ended for began, ended in asleep if began <= at < ended), None)
        if dark is not None:
            at = dark
            continue
        yield at
        at += timedelta(seconds=INTERVAL_S if judge.health.settled else RETRY_S)


def _result(thing: Thing, trouble: Trouble | None, at: datetime, dice: random.Random) -> Result:
    if trouble is not None:
        slow = "no answer" in trouble.cause
        error = "timeout" if slow else "http_status" if "status" in trouble.cause else "connect_refused"
        return Result(CheckStatus.DOWN, at, 10.0 if slow else 0.004, trouble.cause, error)
    busy = 1 + 0.35 * sin(pi * (at.hour + at.minute / 60 - 8) / 12)
    latency_s = thing.latency_ms / 1000 * busy * dice.lognormvariate(0, 0.16)
    return Result(CheckStatus.UP, at, latency_s)


def _row(result: Result) -> Row:
    status = DOWN if result.failed else UP
    at_ms = int(result.started_at.timestamp() * 1000)
    return Row(at_ms, status, int((result.latency_s or 0) * 1_000_000), result.error, result.message or None)


def _open(life: Life, judge: Replay, monitor: Monitor, thing: Thing, install: str) -> None:
    outage = judge.outages[-1]
    incident, entry = opened(install, 0, monitor, outage.cause, outage.began_at, outage.opened_at, _scope_of(thing))
    life.incidents.append(replace(incident, context={"tier": thing.tier, "sample": True}))
    life.timeline.append((incident.id, entry))


def _scope_of(thing: Thing) -> Scope:
    return Scope.INTERNET if "outside" in thing.tags else Scope.LAN


def _close(life: Life, judge: Replay, thing: Thing, dice: random.Random, since: datetime, until: datetime) -> None:
    ended = judge.outages[-1].ended_at or judge.outages[-1].opened_at
    incident = life.incidents[-1]
    # They have got faster in the course of the quarter.
    usual_s = 420 - 200 * ((incident.opened_at - since) / (until - since))
    night = incident.opened_at.hour >= 22 or incident.opened_at.hour < 7
    taken_at = incident.opened_at + timedelta(seconds=usual_s * (2.2 if night else 1) * dice.lognormvariate(0, 0.5))
    if thing.tier != "3" and taken_at < ended and dice.random() < 0.93:
        incident, entry = acknowledge(
            incident, taken_at, dice.choice(PEOPLE), dice.choice(("PagerDuty", "desktop", "cli"))
        )
        life.timeline.append((incident.id, entry))
    if dice.random() < 0.012:
        incident = replace(incident, purpose=Purpose.DRILL)
    resolved, entry = resolve(incident, ended, judge.health.reason, "statusapp", RECOVERY)
    life.incidents[-1] = resolved
    _tell(life, resolved, thing, dice, ended)
    life.timeline.append((resolved.id, entry))


def _tell(life: Life, incident: Incident, thing: Thing, dice: random.Random, ended: datetime) -> None:
    """Make the deliveries of an incident: pages by the tier's steps, and a resolve for each."""
    for channel, after_s in _BOOKS.get(thing.tier, (("pagerduty-backup", 3600.0),)):
        due = incident.opened_at + timedelta(seconds=after_s)
        if after_s and due >= (incident.acknowledged_at or ended):
            continue
        accepted = due + timedelta(seconds=dice.lognormvariate(-0.7, 0.6))
        when = When.UNACKNOWLEDGED if after_s else When.ALWAYS
        life.deliveries.append(_delivery(incident, channel, Action.TRIGGER, accepted, when, due))
        entry = TimelineEntry(accepted, "delivered", f"{channel} accepted the page", None, channel)
        life.timeline.append((incident.id, entry))
        if incident.resolved_at is not None:
            life.deliveries.append(
                _delivery(incident, channel, Action.RESOLVE, incident.resolved_at + timedelta(seconds=0.8), When.ALWAYS)
            )


def _delivery(
    incident: Incident, channel: str, action: Action, accepted: datetime, when: When, due: datetime | None = None
) -> Delivery:
    return Delivery(
        id=0,
        channel=channel,
        action=action,
        notice={"sample": True},
        created_at=incident.opened_at if action is Action.TRIGGER else incident.resolved_at or incident.opened_at,
        incident=incident.id,
        state=DeliveryState.DELIVERED,
        when=when,
        not_before=due,
        attempts=1,
        last_attempt_at=accepted,
        delivered_at=accepted,
        reason="accepted",
    )
