"""What a channel that costs money may send: a budget for the month, and a cap for storms and flapping monitors.

A page is judged when it has its turn, by what has left and what is leaving. The first critical page always goes: over
the month's budget the first of an hour, over the cap the first of its monitor in an hour. The first page that would be
held back leaves as well and says until when there are no others, so that nobody takes silence for peace. Everything
after it is refused with its reason, so that other channels take over.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from statusapp_agent.core.draft import Draft
from statusapp_agent.core.model import Action, Budget, Delivery, Purpose, Severity, Spent, Usage
from statusapp_agent.core.state import ChannelRecord

HOUR = timedelta(hours=1)
_PAGES = (Action.TRIGGER, Action.UPDATE)


def month_of(at: datetime) -> str:
    """Return the month that a moment belongs to, in UTC."""
    return f"{at:%Y-%m}"


def current(usage: Usage, now: datetime) -> Usage:
    """Return what counts now: this month's messages, and those of the last hour. A clock set back forgets none."""
    recent = tuple(each for each in usage.recent if now - each.at < HOUR)
    same = usage.month == month_of(now)
    return replace(usage, month=month_of(now), sent=usage.sent if same else 0, recent=recent)


def spend(usage: Usage, now: datetime, monitor: str, messages: int) -> Usage:
    """Return the usage with messages that have just left."""
    usage = current(usage, now)
    if messages <= 0:
        return usage
    return replace(usage, sent=usage.sent + messages, recent=(*usage.recent, Spent(now, monitor, messages)))


def admit(draft: Draft, delivery: Delivery, record: ChannelRecord) -> tuple[Delivery, str | None]:
    """Return the delivery as it may leave, and why it may not (None: it may). Tests and second tries always may."""
    budget = record.channel.budget
    incident = draft.incident(delivery.incident)
    if budget is None or incident is None or incident.purpose is not Purpose.REAL or delivery.attempts > 0:
        return delivery, None
    usage = current(record.usage, draft.now)
    leaving = _leaving(draft, record)
    why, until = _over(budget, usage, leaving, incident.monitor, draft.now)
    page = delivery.action in _PAGES
    if why is None:
        return delivery, None
    if page and delivery.severity is Severity.CRITICAL and _first(budget, usage, leaving, incident.monitor):
        return delivery, None
    said = usage.announced_until is not None and draft.now < usage.announced_until
    if page and not said:
        draft.save(replace(record, usage=replace(usage, announced_until=until)))
        draft.log(incident, "paused", f"{record.name}: no more is sent until {until:%d %b %H:%M} UTC: {why}")
        return replace(delivery, notice={**delivery.notice, "paused_until": until.isoformat()}), None
    return delivery, f"held back until {until:%d %b %H:%M} UTC: {why}"


def _leaving(draft: Draft, record: ChannelRecord) -> list[str]:
    """Return the monitors of the messages that are being sent: each will cost one at least."""
    found = []
    for number in draft.state.waiting.get(record.name, ()):
        other = draft.delivery(number)
        incident = draft.incident(other.incident) if other is not None else None
        if other is not None and incident is not None and other.sending and other.accepted_at is None:
            found.append(incident.monitor)
    return found


def _over(budget: Budget, usage: Usage, leaving: list[str], monitor: str, now: datetime) -> tuple[str | None, datetime]:
    """Return which limit is reached, and when there is room again."""
    if usage.sent + len(leaving) >= budget.per_month:
        return f"the {budget.per_month} messages of this month are used up", _next_month(now)
    hour = sum(each.messages for each in usage.recent) + len(leaving)
    if hour >= budget.per_hour:
        return f"{budget.per_hour} messages have left within an hour", _room_at(usage.recent, now)
    mine = tuple(each for each in usage.recent if each.monitor == monitor)
    if sum(each.messages for each in mine) + leaving.count(monitor) >= budget.per_monitor_hour:
        return f"{budget.per_monitor_hour} messages about {monitor} have left within an hour", _room_at(mine, now)
    return None, now


def _first(budget: Budget, usage: Usage, leaving: list[str], monitor: str) -> bool:
    if usage.sent + len(leaving) >= budget.per_month:
        return not usage.recent and not leaving
    return monitor not in leaving and all(each.monitor != monitor for each in usage.recent)


def _room_at(recent: tuple[Spent, ...], now: datetime) -> datetime:
    return min((each.at for each in recent), default=now) + HOUR


def _next_month(now: datetime) -> datetime:
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)
