"""What is told without paging anybody: a mute, its end, and outages that were over before their page could leave.

It goes as a change to every channel that takes those. Lines wait until the silence that caused them ends and then
leave together; none is dropped, and where nobody can be told so, the audit log has them.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from statusapp_agent.core.draft import Draft
from statusapp_agent.core.model import (
    Action,
    Delivery,
    DeliveryState,
    DigestLine,
    Incident,
    Purpose,
    Severity,
)
from statusapp_agent.core.notice import change_notice
from statusapp_agent.core.phrases import between, clock, count
from statusapp_agent.core.state import ChannelRecord, Wake

GATHER_FOR = timedelta(seconds=60)
"""What ends together, as a network comes back, is told together."""
_OPENING = (Action.TRIGGER, Action.TEST)


def announce(draft: Draft, text: str, besides: Iterable[str] = (), lines: tuple[str, ...] = ()) -> list[str]:
    """Tell something now without paging anybody, on channels other than ``besides`` if there are any; return them."""
    able = _able(draft)
    others = [record for record in able if record.name not in set(besides)]
    for record in others or able:
        _queue(draft, record, text, lines)
    return [record.name for record in others or able]


def _able(draft: Draft) -> list[ChannelRecord]:
    return [
        record
        for record in draft.channels()
        if not record.retired and Action.CHANGE in draft.state.actions.get(record.channel.kind, frozenset())
    ]


def _on_its_way(draft: Draft, record: ChannelRecord) -> bool:
    rows = (draft.delivery(number) for number in draft.state.waiting.get(record.name, ()))
    return any(row is not None and row.action is Action.CHANGE and row.pending for row in rows)


def _queue(draft: Draft, record: ChannelRecord, text: str, lines: tuple[str, ...]) -> None:
    # With lines in any case: that tells it from a change that somebody reported, which some channels leave out.
    told = change_notice(draft, text, None, None, {"lines": list(lines or (text,))})
    draft.save(
        Delivery(
            id=draft.next_delivery_id(),
            channel=record.name,
            action=Action.CHANGE,
            notice=told,
            created_at=draft.now,
            severity=Severity.INFO,
            reason=text,
        )
    )
    draft.effects.append(Wake(record.name))


def add(draft: Draft, key: str, text: str, ready_at: datetime) -> None:
    """Have a line told in the next digest after a moment; the same key replaces what it said."""
    draft.save(DigestLine(key, text, ready_at))


def note_untold(draft: Draft, incident: Incident) -> None:
    """An incident is over and at rest: if no page of it ever arrived, one line of the digest says so."""
    if incident.purpose not in (Purpose.REAL, Purpose.STORM) or incident.storm or incident.resolved_at is None:
        return  # of what belongs to a storm, the storm's own line tells
    pages = [each for each in draft.deliveries(incident.id) if each.action in _OPENING]
    if not pages or any(each.state is DeliveryState.DELIVERED for each in pages):
        return
    lasted = between(incident.opened_at, incident.resolved_at)
    since = clock(incident.opened_at, draft.now)
    why = next((each.held for each in pages if each.held), "") or "no page could be sent in time"
    if any(each.maybe_sent for each in pages):
        why = "whether its page arrived is not known"
    what = f"{incident.monitor} was down from {since} for {lasted} (#{incident.number})"
    if incident.purpose is Purpose.STORM:
        what = f"{incident.monitor} lasted from {since} for {lasted}"
    text = f"{what}: {incident.cause}; {why}"
    held_until = max((each.held_until for each in pages if each.held_until), default=draft.now)
    add(draft, f"untold {incident.id}", text, max(held_until, draft.now + GATHER_FOR))


def tick(draft: Draft) -> None:
    """Tell the lines whose time has come, together; more gather while the digest before them is on its way still."""
    ready = [line for line in draft.digest() if line.ready_at <= draft.now]
    if not ready:
        return
    able = _able(draft)
    if able and all(record.broken or _on_its_way(draft, record) for record in able):
        return
    lines = tuple(line.text for line in ready)
    if able:
        head = lines[0] if len(lines) == 1 else f"{count(len(lines), 'thing')} that paged nobody: {'; '.join(lines)}"
        announce(draft, head, lines=lines)
    for line in ready:
        if not able:
            draft.audit("statusapp", "digest", line.key, line.text)
        draft.drop_line(line.key)
