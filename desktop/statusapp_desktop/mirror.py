"""What this window knows of the agent, and how old that is. Pure: events and the time are handed in."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from statusapp_shared.protocol import (
    API_VERSION,
    AgentView,
    ChannelView,
    DeliveryView,
    Event,
    IncidentView,
    MonitorView,
)

STALE_AFTER = timedelta(seconds=40)
"""The agent speaks at least every 15 s; after this much silence what is shown is from before."""
MOST_CLOSED = 500


class Contact(StrEnum):
    """How the agent and this window stand."""

    NEVER = "never"
    LIVE = "live"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Changed:
    """What an event changed: ``noun`` is the kind of event, ``name`` the key of what changed ("" for all)."""

    noun: str
    name: str = ""


@dataclass(slots=True)
class Mirror:
    """A copy of the agent's state, kept by its events. ``None`` and absence mean "not known"."""

    monitors: dict[str, MonitorView] = field(default_factory=dict)
    incidents: dict[str, IncidentView] = field(default_factory=dict)
    channels: dict[str, ChannelView] = field(default_factory=dict)
    deliveries: dict[int, DeliveryView] = field(default_factory=dict)
    agent: AgentView | None = None
    contact: Contact = Contact.NEVER
    heard_at: datetime | None = None
    """When the agent was last heard, keepalives included."""

    def hear(self, event: Event, now: datetime) -> Changed:
        """Take in one event; return what it changed."""
        self.heard_at, self.contact = now, Contact.LIVE
        data = event.data
        match event.kind:
            case "snapshot":
                return self._snapshot(data)
            case "monitor":
                monitor = MonitorView.model_validate(data)
                self.monitors[monitor.name] = monitor
                return Changed("monitor", monitor.name)
            case "monitor_gone":
                self.monitors.pop(data["name"], None)
                return Changed("monitor_gone", data["name"])
            case "incident":
                incident = IncidentView.model_validate(data)
                self.incidents[incident.id] = incident
                self._forget_old()
                return Changed("incident", incident.id)
            case "channel":
                channel = ChannelView.model_validate(data)
                self.channels[channel.name] = channel
                return Changed("channel", channel.name)
            case "channel_gone":
                self.channels.pop(data["name"], None)
                return Changed("channel_gone", data["name"])
            case "delivery":
                delivery = DeliveryView.model_validate(data)
                self.deliveries[delivery.id] = delivery
                return Changed("delivery", str(delivery.id))
            case "agent":
                self.agent = AgentView.model_validate(data)
                return Changed("agent")

    def _snapshot(self, data: dict[str, Any]) -> Changed:
        self.monitors = {each["name"]: MonitorView.model_validate(each) for each in data["monitors"]}
        self.channels = {each["name"]: ChannelView.model_validate(each) for each in data["channels"]}
        opened = {each["id"]: IncidentView.model_validate(each) for each in data["incidents"]}
        # What was open here and is no longer there has ended while nobody told us: it is forgotten, not shown as open.
        closed = {key: each for key, each in self.incidents.items() if each.status == "resolved"}
        self.incidents = closed | opened
        self.agent = AgentView.model_validate(data["agent"])
        self.deliveries = {}
        return Changed("snapshot")

    def _forget_old(self) -> None:
        surplus = len(self.incidents) - len(self.open_incidents()) - MOST_CLOSED
        if surplus > 0:
            closed = (key for key, each in self.incidents.items() if each.status == "resolved")
            for key in list(itertools.islice(closed, surplus)):
                del self.incidents[key]
            self.deliveries.clear()

    def keepalive(self, now: datetime) -> None:
        """The agent is there, and has nothing to say."""
        self.heard_at = now

    def lose(self) -> None:
        """The line to the agent broke, or there was none."""
        if self.contact is Contact.LIVE:
            self.contact = Contact.LOST

    def is_live(self, now: datetime) -> bool:
        """Return whether what is known is what is true now."""
        return self.contact is Contact.LIVE and self.heard_at is not None and now - self.heard_at <= STALE_AFTER

    def speaks_our_version(self) -> bool:
        """Return whether this window may change things: both sides speak the same version."""
        return self.agent is None or self.agent.api_version == API_VERSION

    def open_incidents(self) -> list[IncidentView]:
        """Return what is not over, unacknowledged first, then the latest first."""
        found = [each for each in self.incidents.values() if each.status != "resolved"]
        return sorted(found, key=lambda each: (each.status != "open", -each.number))

    def unseen(self) -> list[IncidentView]:
        """Return the real incidents that nobody has acknowledged, latest first."""
        return [each for each in self.open_incidents() if each.status == "open" and each.purpose == "real"]
