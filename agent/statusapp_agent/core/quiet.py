"""Silence that is asked for: mutes and quiet hours. Incidents open all the same, and what is to be told of them waits.

A page is held back at the one place where it would leave (`hold_back`), with the reason, until the silence ends. What
is still broken then is sent; what is over by then is told in a digest. Nothing here is ever lost.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from statusapp_agent.core.draft import Draft
from statusapp_agent.core.maintenance import quiet_until
from statusapp_agent.core.model import (
    Action,
    Delivery,
    Incident,
    Monitor,
    Mute,
    Purpose,
    QuietHours,
    Severity,
    Tier,
)
from statusapp_agent.core.outbox import cancel
from statusapp_agent.core.phrases import clock
from statusapp_agent.core.routing import BUILT_IN_TIERS
from statusapp_agent.core.state import State, Wake

_PAGING = (Action.TRIGGER, Action.UPDATE)


@dataclass(frozen=True, slots=True)
class Hold:
    """Why pages wait, and until when."""

    until: datetime
    reason: str


def tier_of(monitor: Monitor, tiers: Mapping[str, Tier]) -> Tier | None:
    """Return the tier by which a monitor is told; a monitor with channels of its own is told by none."""
    if monitor.tier is None or monitor.channels is not None:
        return None
    return tiers.get(monitor.tier) or BUILT_IN_TIERS.get(monitor.tier)


def mute_hold(mutes: Iterable[Mute], monitor: str, now: datetime) -> Hold | None:
    """Return the mute that is on for a monitor, the one that ends last; None when none is."""
    on = [mute for mute in mutes if mute.monitor in ("", monitor) and mute.until > now]
    if not on:
        return None
    last = max(on, key=lambda mute: mute.until)
    return Hold(last.until, f"muted by {last.by} until {clock(last.until, now)}")


def hours_hold(tier: Tier | None, severity: Severity, now: datetime) -> Hold | None:
    """Return the quiet hours of a tier that are on for something of a severity, None when none are."""
    if tier is None or tier.quiet is None or _excepted(tier.quiet, severity):
        return None
    until = quiet_until(tier.quiet, now)
    if until is None:
        return None
    return Hold(until, f"quiet hours of tier {tier.name} until {_local(until, now, ZoneInfo(tier.quiet.timezone))}")


def _excepted(hours: QuietHours, severity: Severity) -> bool:
    return hours.except_severity is not None and severity.rank <= hours.except_severity.rank


def _local(until: datetime, now: datetime, zone: tzinfo) -> str:
    local = until.astimezone(zone)
    return f"{local:%H:%M}" if until - now < timedelta(days=1) else f"{local.day} {local:%b %H:%M}"


def hold_for(
    monitor: Monitor, severity: Severity, mutes: Iterable[Mute], tiers: Mapping[str, Tier], now: datetime
) -> Hold | None:
    """Return what holds back the pages of a monitor now, whichever ends last; None when nothing does."""
    found = [mute_hold(mutes, monitor.name, now), hours_hold(tier_of(monitor, tiers), severity, now)]
    return max((hold for hold in found if hold is not None), key=lambda hold: hold.until, default=None)


def hold_now(state: State, monitor: Monitor, now: datetime) -> Hold | None:
    """Return what would hold back a page of a monitor now, for whoever looks at the state."""
    return hold_for(monitor, monitor.severity, state.mutes.values(), state.tiers, now)


def held(draft: Draft, incident: Incident) -> Hold | None:
    """Return what holds back the pages of an incident now; an umbrella's wait only while all its members' would."""
    if incident.purpose in (Purpose.TEST, Purpose.DRILL):
        return None
    if incident.purpose is Purpose.STORM:
        holds = [held(draft, member) for member in draft.members(incident.id) if member.is_open]
        known = [hold for hold in holds if hold is not None]
        return min(known, key=lambda hold: hold.until) if known and len(known) == len(holds) else None
    watch = draft.watch(incident.monitor)
    if watch is None:
        return None
    return hold_for(watch.monitor, incident.severity, draft.mutes(), draft.settled("tiers"), draft.now)


def hold_back(draft: Draft, delivery: Delivery, incident: Incident | None) -> bool:
    """Make a page wait that is held back now; what may have arrived already goes on, so that both sides agree."""
    if incident is None or delivery.action not in _PAGING or delivery.maybe_sent:
        return False
    hold = held(draft, incident)
    if hold is None:
        return False
    if delivery.action is Action.UPDATE:
        # News would hold up the acknowledgement behind it, and whoever was told before the silence knows enough.
        cancel(draft, delivery, f"not sent: {hold.reason}")
        draft.effects.append(Wake(delivery.channel))
        return True
    own_delay = (delivery.not_before - delivery.created_at) if delivery.not_before else timedelta(0)
    if delivery.held != hold.reason:
        draft.log(incident, "held", f"{delivery.channel}: waits: {hold.reason}")
    waiting = replace(delivery, held=hold.reason, held_until=hold.until, reason=hold.reason)
    draft.save(replace(waiting, next_attempt_at=hold.until + own_delay))
    draft.effects.append(Wake(delivery.channel))
    return True


def look_again(draft: Draft) -> None:
    """Let everything that is held back be judged anew: a mute ended early, or the settings have changed."""
    for number in sorted(draft.state.deliveries):
        delivery = draft.delivery(number)
        if delivery is not None and delivery.pending and delivery.held:
            draft.save(replace(delivery, next_attempt_at=None))
            draft.effects.append(Wake(delivery.channel))
