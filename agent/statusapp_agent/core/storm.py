"""Storms: so many incidents within a minute that one page for all of them says more than one for each.

The first few page at once, each by itself. From then on a page waits a moment, to see whether it is a storm: with more
incidents within a minute than the settings allow, an umbrella incident opens, and what is unsent becomes part of it.
The incidents themselves stay, in the story and in the figures, each with a message per channel that says who speaks for
it.
Whoever acknowledges or resolves the umbrella does so for all of them. It ends when the last of them does, so that no
incident is ever without a page of its own or one that speaks for it, and none has both on one channel.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from statusapp_agent.core import incident as life
from statusapp_agent.core.draft import Draft
from statusapp_agent.core.model import (
    Action,
    Delivery,
    DeliveryState,
    Incident,
    Purpose,
    When,
)
from statusapp_agent.core.outbox import cancel, enqueue, lanes
from statusapp_agent.core.routing import RouteStep
from statusapp_agent.core.state import Wake
from statusapp_agent.core.umbrella import umbrellas

WITHIN_S = 60.0
AT_ONCE = 5
"""So many incidents of a minute page at once in any case: few enough to read, and soon enough for what is worst."""
PATIENCE = timedelta(seconds=3)
"""How long the others wait; a page may take five seconds more than its confirmation."""
TAKES_IN_FOR = timedelta(minutes=10)
"""A burst that comes later is another storm, which must page again."""


def take_in(draft: Draft, incident: Incident, steps: Iterable[RouteStep]) -> bool:
    """Let a new incident be part of a storm, if there is one; False: it pages by itself."""
    threshold, wanted = _threshold(draft), tuple(steps)
    if threshold <= 0 or not wanted or draft.opened_lately(WITHIN_S, threshold + 1) <= threshold:
        return False
    umbrella = _open_umbrella(draft)
    if umbrella is None:
        umbrella = _begin(draft, incident)
        for other in _unsent_of_this_minute(draft, incident):
            _bundle(draft, umbrella, other)
    _join(draft, umbrella, incident, wanted)
    return True


def patience(draft: Draft) -> timedelta:
    """Return how long the pages of a new incident wait, to see whether it is a storm."""
    threshold = _threshold(draft)
    few = min(AT_ONCE, threshold)
    return PATIENCE if threshold > 0 and draft.opened_lately(WITHIN_S, few + 1) > few else timedelta(0)


def _threshold(draft: Draft) -> int:
    return int(draft.settled("agent").get("storm_threshold") or 0)


def _open_umbrella(draft: Draft) -> Incident | None:
    found = (each for each in umbrellas(draft) if draft.now - each.opened_at <= TAKES_IN_FOR)
    return max(found, key=lambda each: each.opened_at, default=None)


def _begin(draft: Draft, first: Incident) -> Incident:
    number = draft.next_incident_number()
    name = f"storm #{number}"
    umbrella = Incident(
        id=life.incident_id(draft.state.install, name, draft.now),
        number=number,
        monitor=name,
        severity=first.severity,
        cause="many monitors failed within a minute",
        began_at=first.began_at,
        opened_at=draft.now,
        purpose=Purpose.STORM,
        scope=first.scope,
    )
    draft.save(umbrella)
    draft.log(umbrella, "opened", f"more than {_threshold(draft)} incidents within a minute: one page for all of them")
    return umbrella


def _unsent_of_this_minute(draft: Draft, besides: Incident) -> list[Incident]:
    return [
        each
        for each in draft.incidents()
        if each.id != besides.id
        and each.is_open
        and each.purpose is Purpose.REAL
        and each.storm is None
        and (draft.now - each.opened_at).total_seconds() <= WITHIN_S
        and _is_unsent(draft, each)
    ]


def _is_unsent(draft: Draft, incident: Incident) -> bool:
    """Whether all that is to be told of an incident waits still; the first of a minute never wait."""
    rows = draft.deliveries(incident.id)
    return bool(rows) and all(
        row.pending and row.attempts == 0 and not row.sending and row.not_before is not None for row in rows
    )


def _join(draft: Draft, umbrella: Incident, incident: Incident, steps: Iterable[RouteStep]) -> None:
    for step in steps:
        record = draft.channel(step.channel)
        if record is None or Action.TRIGGER not in draft.state.actions.get(record.channel.kind, frozenset()):
            continue
        # Without the notice, which nobody will be told, and which takes a look at every other monitor.
        row = Delivery(
            id=draft.next_delivery_id(),
            channel=step.channel,
            action=Action.TRIGGER,
            notice={},
            created_at=draft.now,
            incident=incident.id,
            severity=incident.severity,
            when=step.when,
        )
        _speak_for(draft, umbrella, row, timedelta(seconds=step.after_s))
    _belong(draft, umbrella, incident)


def _bundle(draft: Draft, umbrella: Incident, incident: Incident) -> None:
    for row in draft.deliveries(incident.id):
        delay = timedelta(0) if row.not_before is None else row.not_before - row.created_at
        _speak_for(draft, umbrella, row, delay)
    _belong(draft, umbrella, incident)


def _belong(draft: Draft, umbrella: Incident, incident: Incident) -> None:
    draft.save(replace(incident, storm=umbrella.id, escalates_at=None))
    draft.log(incident, "storm", f"part of storm #{umbrella.number}, which is paged for it")


def _speak_for(draft: Draft, umbrella: Incident, row: Delivery, delay: timedelta) -> None:
    """Cancel a member's message visibly, and see to it that the umbrella's goes over the same channel, no later."""
    cancel(draft, replace(row, storm=umbrella.id), f"part of storm #{umbrella.number}")
    if row.action is not Action.TRIGGER:
        return
    due = draft.now + max(delay, PATIENCE)
    lane = lanes(draft, umbrella).get(row.channel, [])
    page = next((each for each in lane if each.action is Action.TRIGGER), None)
    if page is None:
        reason = "many incidents at once: one page for all of them"
        enqueue(draft, umbrella, row.channel, Action.TRIGGER, reason, when=row.when, delay=due - draft.now)
    elif page.pending and page.attempts == 0 and page.not_before is not None and due < page.not_before:
        draft.save(replace(page, not_before=due, when=row.when))
        draft.effects.append(Wake(row.channel))
    elif page.state is DeliveryState.CANCELLED and page.when is not When.ALWAYS and row.when is When.ALWAYS:
        enqueue(draft, umbrella, row.channel, Action.TRIGGER, "more incidents joined", delay=due - draft.now)
