"""Errands: what is to be done at PagerDuty over its REST API on behalf of a person, until it is done there or refused.

An errand is written down before it is tried, like a delivery. It is never in a page's way: the Events API tells that
somebody has an incident in hand or that it is over, whatever becomes of the errand.
"""

from dataclasses import replace
from datetime import timedelta

from statusapp_agent.core.counterpart import Counterpart
from statusapp_agent.core.draft import Draft
from statusapp_agent.core.errand import Errand, ErrandOutcome, Verb
from statusapp_agent.core.incident import NotAllowedError
from statusapp_agent.core.model import EMPTY, Facts, Incident, Purpose, TimelineEntry
from statusapp_agent.core.outbox import settle
from statusapp_agent.core.state import Log

MOST_TRIES = 8
_DELAYS_S = (1.0, 3.0, 8.0, 20.0, 45.0, 90.0, 180.0)
_DONE = {
    Verb.ACKNOWLEDGE: "acknowledged in PagerDuty in your name",
    Verb.RESOLVE: "resolved in PagerDuty in your name",
    Verb.SNOOZE: "snoozed in PagerDuty",
    Verb.NOTE: "the note stands in PagerDuty",
    Verb.UPDATE: "the update is posted in PagerDuty",
    Verb.MERGE: "merged in PagerDuty",
    Verb.REASSIGN: "reassigned in PagerDuty",
}


def queue(draft: Draft, incident: Incident, verb: Verb, by: str, details: Facts = EMPTY) -> int:
    """Have something done wherever the incident has a counterpart that may be written to; return on how many."""
    found = [each for each in writable(draft, incident) if each.id is not None or verb in _ANYTIME]
    for counterpart in found:
        errand = Errand(draft.next_errand_id(), counterpart.opening, incident.id, verb, by, draft.now, dict(details))
        draft.save(errand)
    return len(found)


_ANYTIME = frozenset({Verb.NOTE, Verb.SNOOZE})
"""What is kept until the incident there is known; the others make no sense later, or go by the Events API as well."""


def writable(draft: Draft, incident: Incident) -> list[Counterpart]:
    """Return the counterparts of an incident that may be written to."""
    if incident.purpose is Purpose.TEST:
        return []
    return [each for each in draft.counterparts(incident.id) if each.writes]


def demand(draft: Draft, incident: Incident, verb: Verb, by: str, details: Facts) -> None:
    """Have something done that is nothing without PagerDuty; raises NotAllowedError with what is missing."""
    if queue(draft, incident, verb, by, details):
        return
    known = draft.counterparts(incident.id)
    if not known:
        raise NotAllowedError(
            f"incident #{incident.number} was not paged over a PagerDuty channel with api_key and from_email; set both"
        )
    if not any(each.writes for each in known):
        raise NotAllowedError(
            "writing to PagerDuty needs from_email in the channel's settings: the address of one of its users"
        )
    raise NotAllowedError(f"PagerDuty has not shown incident #{incident.number} yet; try again in a minute")


def ended(draft: Draft, number: int, outcome: ErrandOutcome) -> None:
    """Take the end of a try in."""
    errand = draft.errand(number)
    if errand is None:
        return
    attempts = errand.attempts + 1
    if outcome.result == "again" and attempts < MOST_TRIES:
        wait_s = max(_DELAYS_S[min(attempts, len(_DELAYS_S)) - 1], outcome.after_s or 0.0)
        draft.save(
            replace(
                errand,
                attempts=attempts,
                next_attempt_at=draft.now + timedelta(seconds=wait_s),
                maybe_done=errand.maybe_done or outcome.maybe_done,
            )
        )
        return
    done = outcome.result == "done"
    draft.save(replace(errand, attempts=attempts, ended="done" if done else "failed"))
    counterpart = draft.counterpart(errand.opening)
    where = counterpart.channel if counterpart is not None else "PagerDuty"
    text = outcome.said or _DONE[errand.verb] if done else f"not done in PagerDuty: {outcome.said}"
    kind = "done_there" if done else "not_done_there"
    draft.effects.append(Log(errand.incident, TimelineEntry(draft.now, kind, f"{where}: {text}")))
    if (incident := draft.incident(errand.incident)) is not None:
        settle(draft, incident)
