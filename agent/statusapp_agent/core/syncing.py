"""What a look at PagerDuty means for an incident of ours: was anybody paged, who has it, what was done about it there.

What people do there counts as if they had done it here, with PagerDuty's times; each entry of its log is taken in once,
however often it is seen. Nothing of it is sent back over the channel that it came from.
"""

from dataclasses import replace
from datetime import datetime

from statusapp_agent.core import drilling, reconciling
from statusapp_agent.core.counterpart import (
    FATE_WITHIN,
    MADE_WITHIN,
    SURE_WITHIN,
    Counterpart,
    Fate,
    Report,
    Sighting,
)
from statusapp_agent.core.draft import Draft
from statusapp_agent.core.happening import take
from statusapp_agent.core.incident import dedup_key
from statusapp_agent.core.model import (
    Action,
    Delivery,
    DeliveryState,
    Incident,
    Purpose,
    Severity,
)
from statusapp_agent.core.outbox import settle
from statusapp_agent.core.sending import end_test
from statusapp_agent.core.state import Wake
from statusapp_agent.core.verifying import expect, lane_of, release

CONTEXT = "pagerduty"
"""Under this name an incident's context holds what clients are shown of its counterpart."""


def synced(draft: Draft, report: Report) -> None:
    """Take one look in."""
    counterpart = draft.counterpart(report.opening) or _adopted(draft, report.opening)
    incident = draft.incident(counterpart.incident) if counterpart is not None else None
    if counterpart is None or incident is None or counterpart.settled:
        return
    if report.failed:
        _not_seen(draft, counterpart, incident, report)
        return
    counterpart = replace(counterpart, looked_at=draft.now)
    if report.sighting is not None:
        counterpart = _seen(draft, counterpart, incident, report, report.sighting)
    elif counterpart.fate in (Fate.ACCEPTED, Fate.UNKNOWN):
        counterpart = _missing(draft, counterpart, incident, report)
    draft.save(counterpart)
    for happening in report.happenings:
        take(draft, counterpart.opening, happening, report.sighting)
    _end_of_test(draft, counterpart.opening)
    reconciling.reconcile(draft, counterpart.opening, report)
    _show(draft, counterpart.opening)
    latest = draft.incident(incident.id)
    if latest is not None:
        settle(draft, latest)


def _adopted(draft: Draft, opening: int) -> Counterpart | None:
    """Follow a page whose channel could not look when it was accepted, and can now."""
    delivery = draft.delivery(opening)
    incident = draft.incident(delivery.incident) if delivery is not None else None
    if delivery is None or incident is None or delivery.state is not DeliveryState.DELIVERED or not incident.is_open:
        return None
    return expect(draft, delivery, incident)


def _not_seen(draft: Draft, counterpart: Counterpart, incident: Incident, report: Report) -> None:
    late = draft.now - counterpart.accepted_at > FATE_WITHIN
    if counterpart.fate is Fate.ACCEPTED and (late or report.lasting):
        counterpart = replace(counterpart, fate=Fate.UNKNOWN, why=report.failed)
        draft.log(incident, "unverified", f"{counterpart.channel}: {counterpart.words}")
    over_since = incident.resolved_at or draft.now
    if not incident.is_open and (report.lasting or draft.now - over_since > reconciling.GIVE_UP_AFTER):
        counterpart = replace(counterpart, settled=True)
    draft.save(counterpart)
    _end_of_test(draft, counterpart.opening)
    _show(draft, counterpart.opening)
    latest = draft.incident(incident.id)
    if latest is not None:
        settle(draft, latest)


def _seen(
    draft: Draft, counterpart: Counterpart, incident: Incident, report: Report, sighting: Sighting
) -> Counterpart:
    took_s = (draft.now - counterpart.accepted_at).total_seconds()
    news = counterpart.fate is not Fate.CREATED and not (counterpart.fate is Fate.NOBODY and counterpart.id)
    if sighting.merged_from is not None and sighting.merged_from not in counterpart.past:
        shown = f"#{sighting.number}" if sighting.number is not None else sighting.id
        draft.log(incident, "merged", f"{counterpart.channel}: merged into {shown} at PagerDuty, which goes on for it")
        counterpart = replace(counterpart, past=(*counterpart.past, sighting.merged_from), status=None)
        _merge_here(draft, incident, sighting)
    counterpart = replace(
        counterpart,
        id=sighting.id,
        number=sighting.number,
        url=sighting.url,
        status=sighting.status,
        escalates_at=sighting.escalates_at,
    )
    if not news:
        return counterpart
    if report.grouped:
        return _nobody(draft, counterpart, incident, report.grouped)
    counterpart = replace(counterpart, fate=Fate.CREATED, why="")
    shown = f" #{sighting.number}" if sighting.number is not None else ""
    draft.log(incident, "verified", f"{counterpart.channel}: PagerDuty made incident{shown} of it ({took_s:.1f} s)")
    drilling.note(draft, draft.incident(incident.id) or incident, "created_at", draft.now)
    return counterpart


def _merge_here(draft: Draft, incident: Incident, target: Sighting) -> None:
    """Where the target is an incident of ours too, that one counts in the figures, and this one does not."""
    for other in draft.counterparts():
        if other.id == target.id and other.incident != incident.id:
            current = draft.incident(incident.id) or incident
            draft.save(replace(current, merged_into=other.incident))
            return


def _missing(draft: Draft, counterpart: Counterpart, incident: Incident, report: Report) -> Counterpart:
    age = draft.now - counterpart.accepted_at
    if report.nobody and age >= SURE_WITHIN:
        return _nobody(draft, counterpart, incident, report.nobody)
    if age >= MADE_WITHIN:
        seconds = f"{MADE_WITHIN.total_seconds():.0f}"
        return _nobody(draft, counterpart, incident, f"PagerDuty made no incident of it within {seconds} s")
    return counterpart


def _nobody(draft: Draft, counterpart: Counterpart, incident: Incident, why: str) -> Counterpart:
    """Nobody was paged although PagerDuty accepted the page: whoever waits for that case is told now."""
    counterpart = replace(counterpart, fate=Fate.NOBODY, why=why)
    draft.save(counterpart)
    draft.log(incident, "nobody", f"{counterpart.channel}: {counterpart.words}")
    released = release(draft, incident, f"nobody was paged by {counterpart.channel}: {why}") if incident.is_open else []
    if released:
        draft.log(incident, "fallback", f"told instead: {', '.join(released)}")
    return counterpart


def _end_of_test(draft: Draft, opening: int) -> None:
    counterpart = draft.counterpart(opening)
    incident = draft.incident(counterpart.incident) if counterpart is not None else None
    if counterpart is None or incident is None or incident.purpose is not Purpose.TEST or not incident.is_open:
        return
    lane = lane_of(draft, counterpart)
    if lane is None or counterpart.fate is Fate.ACCEPTED:
        return
    took_s = (draft.now - counterpart.accepted_at).total_seconds()
    said = f"{counterpart.words} after {took_s:.1f} s" if counterpart.fate is Fate.CREATED else counterpart.words
    end_test(draft, incident, lane, ok=counterpart.fate is not Fate.NOBODY, reason=said)


def tick(draft: Draft) -> None:
    """Do what has become due about counterparts."""
    for opening, counterpart in list(draft.state.counterparts.items()):
        if counterpart.settled:
            continue
        if counterpart.again_at is not None and draft.now >= counterpart.again_at:
            reconciling.page_after_grace(draft, opening)
        if counterpart.fate is Fate.ACCEPTED and draft.now - counterpart.accepted_at > FATE_WITHIN:
            silent = Report(opening, failed="PagerDuty's REST API could not be asked in time")
            synced(draft, silent)
        incident = draft.incident(counterpart.incident)
        over_at = incident.resolved_at if incident is not None and not incident.is_open else None
        if over_at is not None and draft.now - over_at > reconciling.GIVE_UP_AFTER:
            synced(draft, Report(opening, failed="PagerDuty could not be looked at for a day", lasting=True))


def _show(draft: Draft, opening: int) -> None:
    """Keep with the incident what clients are shown of its counterpart."""
    counterpart = draft.counterpart(opening)
    incident = draft.incident(counterpart.incident) if counterpart is not None else None
    if counterpart is None or incident is None:
        return
    shown = {
        "channel": counterpart.channel,
        "id": counterpart.id,
        "url": counterpart.url,
        "status": counterpart.status,
        "fate": counterpart.fate.value,
        "words": counterpart.words,
        "escalates_at": _iso(counterpart.escalates_at),
        "difference": counterpart.difference,
    }
    known = incident.context.get(CONTEXT)
    other = isinstance(known, dict) and known.get("channel") != counterpart.channel and known.get("id")
    if not other and known != shown:
        draft.save(replace(incident, context={**incident.context, CONTEXT: shown}))


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def strays(draft: Draft, channel: str, keys: tuple[str, ...]) -> None:
    """Close what is open at PagerDuty under our name and belongs to nothing that is open here."""
    record = draft.channel(channel)
    ours = {dedup_key(draft.state.install, incident) for incident in draft.incidents()}
    for key in keys:
        if record is None or key in ours:
            continue
        delivery = Delivery(
            id=draft.next_delivery_id(),
            channel=channel,
            action=Action.RESOLVE,
            notice={"action": "resolve", "dedup_key": key, "reason": "it is not open at StatusApp any more"},
            created_at=draft.now,
            severity=Severity.INFO,
            reason="open at PagerDuty, but not here",
        )
        draft.save(delivery)
        draft.effects.append(Wake(channel))
        draft.audit("statusapp", "reconcile", channel, f"resolved {key}, which was open at PagerDuty alone")
