"""What new settings mean for what is open: incidents follow their monitor, and are closed where they were told.

An open incident is always closed over the credential that opened it. So a channel whose key, region or address changes
lives on under another name, retired, until what it opened is over; what had not left yet uses the new one.
"""

from collections.abc import Mapping
from dataclasses import replace

from statusapp_agent.core.draft import Draft
from statusapp_agent.core.events import SettingsChanged
from statusapp_agent.core.health import forget_streak
from statusapp_agent.core.model import Beat, Channel, Delivery, DeliveryState, Incident, Monitor, Purpose, Tier
from statusapp_agent.core.outbox import close_lane, drop_if_idle, lanes, open_lanes, opening_of
from statusapp_agent.core.passing import follow_maintenance
from statusapp_agent.core.routing import route
from statusapp_agent.core.sending import revive
from statusapp_agent.core.state import ChannelRecord, Reschedule, Watch
from statusapp_agent.core.watching import close_incident, reconsider


def settings_changed(draft: Draft, new: SettingsChanged) -> None:
    """Make the settings these, whole, and let everything open follow."""
    for name in [name for name in draft.state.watches if name not in new.monitors]:
        close_incident(draft, name, f"the monitor was deleted by {new.by}", by=new.by, via="settings")
        draft.drop_watch(name)
    draft.settle(
        tiers=dict(new.tiers),
        maintenance=new.maintenance,
        agent=dict(new.agent),
        canary_scopes=new.canary_scopes,
    )
    _set_channels(draft, new)
    for monitor in new.monitors.values():
        _set_monitor(draft, monitor)
    for incident in draft.incidents():
        if incident.is_open and incident.purpose is not Purpose.TEST:
            _follow_route(draft, incident, new.channels, new.tiers)
    follow_maintenance(draft)


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


def _set_channels(draft: Draft, new: SettingsChanged) -> None:
    for name in [name for name, record in draft.state.channels.items() if not record.retired]:
        if name not in new.channels:
            record = draft.channel(name)
            if record is not None:
                _retire(draft, record, everything=True)
                draft.drop_channel(name)
    for name, channel in new.channels.items():
        record = draft.channel(name)
        if record is None or record.retired:
            draft.save(ChannelRecord(name, channel, secret_versions=dict(new.renewed.get(name, {}))))
            continue
        renewed = name in new.renewed or record.channel.kind != channel.kind
        if renewed or record.channel.settings != channel.settings:
            renew(draft, record, channel, new.renewed.get(name, record.secret_versions))
        elif record.channel != channel:
            draft.save(replace(record, channel=channel))


def secret_changed(draft: Draft, channel: str, versions: Mapping[str, int], by: str) -> None:
    """Use a channel's new secret from now on."""
    record = draft.channel(channel)
    if record is not None and not record.retired:
        renew(draft, record, record.channel, versions)
        draft.audit(by, "secret", channel)


def renew(draft: Draft, record: ChannelRecord, channel: Channel, versions: Mapping[str, int]) -> None:
    """Give a channel a new identity: what it has opened stays with the old one, the rest goes over the new."""
    _retire(draft, record, everything=False)
    fresh = ChannelRecord(record.name, channel, secret_versions=dict(versions))
    draft.save(fresh)
    revive(draft, fresh, f"{record.name} has new settings")


def _retire(draft: Draft, record: ChannelRecord, *, everything: bool) -> None:
    """Move a channel and its lanes under another name; with ``everything`` unsent pages too, else they stay."""
    alias = _alias(draft, record.name)
    moved = False
    for incident in draft.incidents():
        lane = lanes(draft, incident).get(record.name, [])
        opening = opening_of(draft, incident, record.name)
        if not lane or not (everything or (opening is not None and _may_be_open_there(opening))):
            continue
        for delivery in lane:
            draft.save(replace(delivery, channel=alias))
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


def _may_be_open_there(opening: Delivery) -> bool:
    return opening.state is DeliveryState.DELIVERED or opening.sending or opening.maybe_sent


def _follow_route(draft: Draft, incident: Incident, channels: Mapping[str, Channel], tiers: Mapping[str, Tier]) -> None:
    """Close an open incident on channels that its monitor has no more, and tell it to those it has got."""
    watch = draft.watch(incident.monitor)
    if watch is None or watch.incident != incident.id:
        return
    found = route(watch.monitor, channels, tiers)
    wanted = {step.channel for step in found.steps}
    told: set[str] = set()
    for lane in lanes(draft, incident):
        record = draft.channel(lane)
        settings_name = record.channel.name if record is not None else lane
        if settings_name in wanted:
            told.add(settings_name)
        else:
            close_lane(draft, incident, lane, f"{incident.monitor} does not notify {settings_name} any more")
    missing = tuple(step for step in found.steps if step.channel not in told)
    if missing:
        opened = open_lanes(draft, incident, missing, f"{incident.monitor} notifies it now, and is still down")
        draft.log(incident, "route", f"also told now: {', '.join(opened)}")
