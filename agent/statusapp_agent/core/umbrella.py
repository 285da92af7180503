"""Umbrella incidents from their first page to their end: what they say, who has them in hand, and when they are over.

All of it is worked out from their members once a second, so that it does not matter who did what to which of them, or
when the agent was started again.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from statusapp_agent.core import incident as life
from statusapp_agent.core.draft import Draft
from statusapp_agent.core.escalation import policy_of, resumed
from statusapp_agent.core.model import Action, DeliveryState, Incident, IncidentStatus, Purpose
from statusapp_agent.core.notice import notice
from statusapp_agent.core.outbox import acknowledge_lanes, cancel, close_lanes, enqueue, lanes, page_again
from statusapp_agent.core.phrases import count

NEWS_EVERY = timedelta(seconds=30)
_NAMED = 5
_OPENING = (Action.TRIGGER, Action.TEST)


def umbrellas(draft: Draft) -> list[Incident]:
    """Return the umbrella incidents that are open."""
    return [
        found
        for found in (draft.incident(each) for each in draft.storm_ids())
        if found is not None and found.purpose is Purpose.STORM and found.is_open
    ]


def tick(draft: Draft) -> None:
    """Keep umbrellas current: what they say, who has them in hand, and their end."""
    for umbrella in umbrellas(draft):
        members = draft.members(umbrella.id)
        failing = [each for each in members if each.is_open]
        if not failing:
            _end(draft, umbrella)
            continue
        _speak_no_more(draft, umbrella, failing)
        current = _described(draft, umbrella, failing, len(members))
        if current.status is IncidentStatus.ACKNOWLEDGED:
            _share(draft, current, failing)
            _follow_back(draft, current, failing)
        elif all(each.status is IncidentStatus.ACKNOWLEDGED for each in failing):
            _acknowledged(draft, current, failing)


def _speak_no_more(draft: Draft, umbrella: Incident, members: list[Incident]) -> None:
    """Where the page for all was refused for itself, each member that is open still has a page of its own."""
    for channel, lane in lanes(draft, umbrella).items():
        record = draft.channel(channel)
        pages = [row for row in lane if row.action is Action.TRIGGER]
        # A channel that is broken refuses everything: it hears of the umbrella again once it is mended.
        if record is None or record.broken or any(row.state is not DeliveryState.REFUSED for row in pages):
            continue
        for member in members if pages else ():
            own = [row for row in lanes(draft, member).get(channel, []) if row.action is Action.TRIGGER]
            if own and own[-1].storm == umbrella.id:
                page_again(draft, member, channel, f"the page for storm #{umbrella.number} was refused")


def _end(draft: Draft, umbrella: Incident) -> None:
    reason = "all its monitors work again, or their incidents were resolved"
    closed, entry = life.resolve(umbrella, draft.now, reason, "statusapp", life.RECOVERY)
    draft.save(closed)
    draft.log(closed, entry.kind, entry.text)
    close_lanes(draft, closed, reason, automatic=True)


def _share(draft: Draft, umbrella: Incident, members: list[Incident]) -> None:
    """Whoever took the umbrella, here or at the other side, has all that it spoke for by then."""
    at, by, via = umbrella.acknowledged_at, umbrella.acknowledged_by, umbrella.acknowledged_via
    for member in members:
        if at is not None and by and via and member.acknowledged_at is None and member.opened_at <= at:
            acknowledged, entry = life.acknowledge(member, draft.now, by, via)
            draft.save(acknowledged)
            draft.log(acknowledged, entry.kind, entry.text)


def _follow_back(draft: Draft, umbrella: Incident, members: list[Incident]) -> None:
    """A member that somebody had and has no more (its snooze is over) has nobody but the umbrella to call for it."""
    if not any(each.status is IncidentStatus.OPEN and each.acknowledged_at is not None for each in members):
        return
    text = "one of its incidents is nobody's any more"
    reopened = replace(umbrella, status=IncidentStatus.OPEN, snoozed_until=None)
    draft.save(reopened)
    draft.log(reopened, "reopened", text)
    resumed(draft, reopened)
    _tell(draft, reopened, text)


def _acknowledged(draft: Draft, umbrella: Incident, members: list[Incident]) -> None:
    last = max(members, key=lambda each: each.acknowledged_at or each.opened_at)
    by, via = last.acknowledged_by or "statusapp", last.acknowledged_via or "api"
    acknowledged, entry = life.acknowledge(umbrella, draft.now, by, via)
    draft.save(replace(acknowledged, escalates_at=None))
    draft.log(acknowledged, entry.kind, entry.text)
    acknowledge_lanes(draft, acknowledged, f"acknowledged by {by}")


def _described(draft: Draft, umbrella: Incident, failing: list[Incident], known: int) -> Incident:
    """Say how it stands now: in what is unsent at once, in what was sent by an update now and then."""
    context = umbrella.context
    total = max(known, int(context.get("of", 0)))
    if context.get("failing") == len(failing) and context.get("of") == total:
        return umbrella
    worst = sorted(failing, key=lambda each: (each.severity.rank, each.began_at, each.monitor))
    names = tuple(each.monitor for each in worst)
    current = replace(
        umbrella,
        severity=worst[0].severity,
        cause=in_words(names, total),
        began_at=min(umbrella.began_at, *(each.began_at for each in failing)),
        children=names,
        escalates_at=umbrella.escalates_at or _first_level(draft, umbrella, context),
    )
    pages = [row for row in draft.deliveries(umbrella.id) if row.action in _OPENING and row.pending]
    unsent = [row for row in pages if row.attempts == 0 and not row.sending]
    told_at = datetime.fromisoformat(context["told_at"]) if "told_at" in context else umbrella.opened_at
    due = draft.now - told_at >= NEWS_EVERY
    if not due and not unsent:
        return umbrella
    at = draft.now if due else told_at
    saved = replace(current, context={"failing": len(failing), "of": total, "told_at": at.isoformat()})
    draft.save(saved)
    for row in unsent:
        said = notice(draft, saved, row.action, row.reason)
        draft.save(replace(row, notice=said, severity=saved.severity))
    if due:
        _tell_news(draft, saved)
    return saved


def _first_level(draft: Draft, umbrella: Incident, context: Mapping[str, Any]) -> datetime | None:
    """Return when an umbrella escalates first: its members' policy is known only once it has some."""
    policy = policy_of(draft, umbrella) if not context and umbrella.status is IncidentStatus.OPEN else None
    return umbrella.opened_at + timedelta(seconds=policy.levels[0].after_s) if policy and policy.levels else None


def _tell_news(draft: Draft, umbrella: Incident) -> None:
    draft.log(umbrella, "storm", umbrella.cause)
    for lane in lanes(draft, umbrella).values():
        for row in lane:
            if row.action is Action.UPDATE and row.pending and not row.sending:
                cancel(draft, row, "newer news follow")
    _tell(draft, umbrella, umbrella.cause)


def _tell(draft: Draft, umbrella: Incident, text: str) -> None:
    """Tell news where the page has arrived; elsewhere they would be a page of their own."""
    for channel, lane in lanes(draft, umbrella).items():
        if any(row.action is Action.TRIGGER and row.state is DeliveryState.DELIVERED for row in lane):
            enqueue(draft, umbrella, channel, Action.UPDATE, text)


def in_words(names: tuple[str, ...], total: int) -> str:
    """Return how a storm stands as one sentence without its full stop."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    of = "" if len(names) == total else f" of {total}"
    down = count(len(names), "monitor") if not of else f"{len(names)}{of} monitors"
    return f"{down} down, worst first: {', '.join(names[:_NAMED])}{more}"
