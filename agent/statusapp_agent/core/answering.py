"""What people answer over a channel: a short code acknowledges its incident, and each answer acts once for ever."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from statusapp_agent.core.draft import Draft
from statusapp_agent.core.events import Acknowledge, Answered
from statusapp_agent.core.model import Action, Delivery, Incident, IncidentStatus, Purpose
from statusapp_agent.core.outbox import may_be_open_there
from statusapp_agent.core.people import acknowledge
from statusapp_agent.core.state import ChannelRecord, State

REMEMBERED = 500
"""Answers of a channel whose ids are kept: far more than arrive while one incident is open."""
CLOCKS_DIFFER = timedelta(minutes=2)
_ACKNOWLEDGE = re.compile(r"\s*(?:ack(?:nowledged?)?|ok(?:ay)?)\s*[#:.,]?\s*(\d{1,9})\b", re.IGNORECASE)
_PAGES = (Action.TRIGGER, Action.UPDATE)


def code_of(reply: str) -> int | None:
    """Return which incident a person acknowledges: ``ACK 42``, ``ack #42``, ``OK 42``; None for anything else."""
    found = _ACKNOWLEDGE.match(reply)
    return int(found[1]) if found else None


def listening_since(state: State, record: ChannelRecord) -> datetime | None:
    """Return since when an answer over a channel may matter, None while nobody could answer anything.

    That is while an incident that it has told waits for somebody to have it in hand.
    """
    found = None
    for incident in state.incidents.values():
        if incident.status is IncidentStatus.OPEN and incident.purpose is not Purpose.TEST:
            rows = (state.deliveries[number] for number in state.by_incident.get(incident.id, ()))
            for row in rows:
                at = row.last_attempt_at
                if at is not None and _told(row) and _same(state, row, record) and (found is None or at < found):
                    found = at
    return found


def answered(draft: Draft, said: Answered) -> None:
    """Acknowledge what an answer names, if it was told over the same channel and waits for that."""
    record = draft.channel(said.channel)
    if record is None or said.reply in record.replies:
        return
    draft.save(replace(record, replies=(*record.replies, said.reply)[-REMEMBERED:]))
    incident = _meant(draft, record, said)
    if incident is None:
        draft.audit(said.by, "reply", f"#{said.number}", f"{said.channel}: no open incident that it told has this code")
    elif incident.status is IncidentStatus.OPEN:
        acknowledge(draft, Acknowledge(incident.id, said.by, said.via))
    else:
        draft.log(incident, "note", f"{said.by} answered via {said.via} as well")


def _meant(draft: Draft, record: ChannelRecord, said: Answered) -> Incident | None:
    for incident in draft.incidents():
        if incident.number != said.number or not incident.is_open:
            continue
        told = [row for row in draft.deliveries(incident.id) if _told(row) and _same(draft.state, row, record)]
        began = min((row.last_attempt_at or row.created_at for row in told), default=None)
        if began is not None and (said.at is None or said.at >= began - CLOCKS_DIFFER):
            return incident
    return None


def _told(row: Delivery) -> bool:
    return row.action in _PAGES and may_be_open_there(row)


def _same(state: State, row: Delivery, record: ChannelRecord) -> bool:
    """Whether a message left over a channel, or over what it was before its settings changed."""
    carried = state.channels.get(row.channel)
    return carried is not None and carried.channel.name == record.channel.name
