"""What new settings mean for what is open: incidents follow their monitor, and are closed where they were told.

An open incident is always closed over the credential that opened it. So a channel whose key, region or address changes
lives on under another name, retired, until what it opened is over; what had not left yet uses the new one.
"""

from collections.abc import Mapping
from dataclasses import replace

from statusapp_agent.core.audience import audience_of
from statusapp_agent.core.draft import Draft
from statusapp_agent.core.events import SettingsChanged
from statusapp_agent.core.health import forget_streak
from statusapp_agent.core.mending import revive
from statusapp_agent.core.model import (
    Action,
    Beat,
    Channel,
    Delivery,
    Incident,
    IncidentStatus,
    Monitor,
    Purpose,
    Tier,
)
from statusapp_agent.core.mute import forget as forget_mute
from statusapp_agent.core.outbox import (
    cancel,
    close_lane,
    drop_if_idle,
    enqueue,
    lanes,
    may_be_open_there,
    open_lanes,
    was_closed,
)
from statusapp_agent.core.passing import follow_maintenance
from statusapp_agent.core.quiet import look_again
from statusapp_agent.core.reminding import roster_changed
from statusapp_agent.core.routing import route
from statusapp_agent.core.state import ChannelRecord, Documents, Reschedule, Watch
from statusapp_agent.core.watching import close_incident, reconsider


def settings_changed(draft: Draft, new: SettingsChanged) -> None:
    """Make the settings these, whole, and let everything open follow."""
    draft.save(Documents(dict(new.documents)))
    draft.audit(new.by, "settings", "")
    for name in [name for name in draft.state.watches if name not in new.monitors]:
        close_incident(draft, name, f"the monitor was deleted by {new.by}", by=new.by, via="settings")
        draft.drop_watch(name)
        forget_mute(draft, name)
    roster_changed(draft, new.roster)
    draft.settle(
        tiers=dict(new.tiers),
        maintenance=new.maintenance,
        agent=dict(new.agent),
        canary_scopes=new.canary_scopes,
        roster=new.roster,
    )
    renewed = _set_channels(draft, new)
    for monitor in new.monitors.values():
        _set_monitor(draft, monitor)
    for incident in draft.incidents():
        if incident.is_open and incident.purpose is Purpose.REAL:
            _follow_route(draft, incident, new.channels, new.tiers)
    for record in renewed:
        revive(draft, record, f"{record.name} has new settings")
    follow_maintenance(draft)
    look_again(draft)


def _set_monitor(draft: Draft, monitor: Monitor) -> None:
    watch = draft.watch(monitor.name)
    if watch is None:
        beat = Beat(watching_since=draft.now) if monitor.kind == "heartbeat" else None
        draft.save(Watch(monitor=monitor, beat=beat))
        return
    if watch.monitor == monitor:
        return
    same_target = watch.monitor.kind == monitor.kind and watch.monitor.settings == monitor.settings
    health = watch.health if same_target else forget_streak(watch.health, "its settings have changed")
    beat = watch.beat or (Beat(watching_since=draft.now) if monitor.kind == "heartbeat" else None)
    draft.save(replace(watch, monitor=monitor, health=health, beat=beat, held_by=None))
    draft.effects.append(Reschedule(monitor.name, 0.0))
    reconsider(draft, monitor.name)


def _set_channels(draft: Draft, new: SettingsChanged) -> list[ChannelRecord]:
    """Make the channels these; return those that have a new identity."""
    fresh = []
    for name, record in list(draft.state.channels.items()):
        if not record.retired and name not in new.channels:
            draft.drop_channel(name)
            _cancel_unbound(draft, name, "its channel is gone", everything=True)
            _retire(draft, record, everything=True)
    for name, channel in new.channels.items():
        known = draft.channel(name)
        if known is None or known.retired:
            draft.save(ChannelRecord(name, channel, secret_versions=dict(new.renewed.get(name, {}))))
            continue
        renewed = name in new.renewed or known.channel.kind != channel.kind
        if renewed or known.channel.settings != channel.settings:
            fresh.append(renew(draft, known, channel, new.renewed.get(name, known.secret_versions)))
        elif known.channel != channel:
            draft.save(replace(known, channel=channel))
    return fresh


def secret_changed(draft: Draft, channel: str, versions: Mapping[str, int], by: str) -> None:
    """Use a channel's new secret from now on."""
    record = draft.channel(channel)
    if record is not None and not record.retired:
        fresh = renew(draft, record, record.channel, versions)
        revive(draft, fresh, f"{channel} has a new secret")
        draft.audit(by, "secret", channel)


def renew(draft: Draft, record: ChannelRecord, channel: Channel, versions: Mapping[str, int]) -> ChannelRecord:
    """Give a channel a new identity: what it has opened stays with the old one, the rest goes over the new."""
    # New settings are no new purse, and what people wrote has acted already.
    fresh = ChannelRecord(
        record.name, channel, secret_versions=dict(versions), usage=record.usage, replies=record.replies
    )
    draft.save(fresh)
    _cancel_unbound(draft, record.name, "its channel was replaced while it was being sent", everything=False)
    _retire(draft, record, everything=False)
    return fresh


def _retire(draft: Draft, record: ChannelRecord, *, everything: bool) -> None:
    """Move a channel and its lanes under another name; with ``everything`` unsent pages too, else they stay."""
    alias = _alias(draft, record.name)
    moved = False
    for incident in draft.incidents():
        lane = lanes(draft, incident).get(record.name, [])
        if not lane or not (everything or any(_belongs_to_old(delivery) for delivery in lane)):
            continue
        for delivery in lane:
            draft.save(replace(delivery, channel=alias, next_attempt_at=None))
        moved = True
    retired = replace(record, name=alias, retired=True)
    draft.save(retired)
    if not moved:
        drop_if_idle(draft, retired)


def _alias(draft: Draft, name: str) -> str:
    generation = 1
    while draft.channel(f"{name}~{generation}") is not None:
        generation += 1
    return f"{name}~{generation}"


def _belongs_to_old(delivery: Delivery) -> bool:
    return delivery.sending or (delivery.action in (Action.TRIGGER, Action.TEST) and may_be_open_there(delivery))


def _cancel_unbound(draft: Draft, channel: str, reason: str, *, everything: bool) -> None:
    """Cancel what belongs to no incident: all of it, or what is being sent, whose end must not be the new one's."""
    for number in sorted(draft.state.waiting.get(channel, ())):
        delivery = draft.delivery(number)
        if delivery is not None and delivery.incident is None and (everything or delivery.sending):
            cancel(draft, delivery, reason)


def _follow_route(draft: Draft, incident: Incident, channels: Mapping[str, Channel], tiers: Mapping[str, Tier]) -> None:
    """Close an open incident on channels that its monitor has no more, and tell it to those it has got."""
    watch = draft.watch(incident.monitor)
    if watch is None or watch.incident != incident.id:
        return
    audience = audience_of(draft)
    found = audience.timed(route(watch.monitor, channels, tiers))
    wanted = {step.channel for step in found.steps}
    told: set[str] = set()
    for lane in lanes(draft, incident):
        record = draft.channel(lane)
        settings_name = record.channel.name if record is not None else lane
        if settings_name in wanted:
            if not was_closed(draft, incident, lane):
                told.add(settings_name)
        else:
            close_lane(draft, incident, lane, f"{incident.monitor} does not notify {settings_name} any more")
    missing = tuple(step for step in found.steps if step.channel not in told)
    if missing:
        opened = open_lanes(draft, incident, missing, f"{incident.monitor} notifies it now, and is still down")
        if opened:
            draft.log(incident, "route", f"also told now: {', '.join(opened)}")
        if incident.status is IncidentStatus.ACKNOWLEDGED:
            for channel in opened:
                enqueue(draft, incident, channel, Action.ACKNOWLEDGE, f"acknowledged by {incident.acknowledged_by}")
