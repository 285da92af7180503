"""What settings are once they have been read: core values, each with the document that is stored and exported."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from statusapp_agent.core.hours import BusinessHours
from statusapp_agent.core.model import Channel, Maintenance, Monitor, Person, Tier
from statusapp_agent.core.roster import Override, Roster, Rotation
from statusapp_agent.core.routing import BUILT_IN_TIERS
from statusapp_agent.settings.faults import Fault
from statusapp_agent.settings.locate import Places
from statusapp_agent.vault import Secret

Document = Mapping[str, Any]
"""A table as the file has it: JSON-able, durations as text, secrets by reference, defaults left out."""

V = TypeVar("V")

NOUNS = {
    "channels": "channel",
    "tiers": "tier",
    "monitors": "monitor",
    "maintenance": "maintenance",
    "people": "person",
    "rotations": "rotation",
    "overrides": "override",
}
"""The lists of a settings file, in the order of an export, and what one element of each is called."""


@dataclass(frozen=True, slots=True)
class Entry(Generic[V]):
    """One element: its value, its document, and ``full``, the document with every default written out."""

    value: V
    document: Document
    full: Document = field(default_factory=dict, compare=False, repr=False)


ChannelEntry = Entry[Channel]
TierEntry = Entry[Tier]
MonitorEntry = Entry[Monitor]
MaintenanceEntry = Entry[Maintenance]


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """What concerns the agent as a whole; ``metrics_listen`` is host:port for Prometheus, None for no listener.

    ``canaries`` None means its own choice, empty turns the guard off. ``readers`` and ``operators`` are user names with
    a role on the local socket. ``document`` holds the keys that were written, and those alone.
    """

    region: str = ""
    dashboard_url: str | None = None
    canaries: tuple[str, ...] | None = None
    heartbeat_url: str | None = None
    storm_threshold: int = 20
    keep_results_s: float = 90 * 86_400.0
    metrics_listen: str | None = None
    readers: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    business_hours: BusinessHours | None = None
    document: Document = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a settings file says. ``tiers`` are the written ones; `tiers_in_force` adds the built-in ones.

    ``secrets`` are values on their way to the vault, by path. ``faults`` are entries that could not be loaded from what
    was stored; reading a file raises them instead.
    """

    agent: AgentSettings = field(default_factory=AgentSettings)
    channels: Mapping[str, ChannelEntry] = field(default_factory=dict)
    tiers: Mapping[str, TierEntry] = field(default_factory=dict)
    monitors: Mapping[str, MonitorEntry] = field(default_factory=dict)
    maintenance: Mapping[str, MaintenanceEntry] = field(default_factory=dict)
    people: Mapping[str, Entry[Person]] = field(default_factory=dict)
    rotations: Mapping[str, Entry[Rotation]] = field(default_factory=dict)
    overrides: Mapping[str, Entry[Override]] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict, compare=False)
    warnings: tuple[str, ...] = field(default=(), compare=False)
    faults: tuple[Fault, ...] = field(default=(), compare=False)
    file: str = field(default="settings", compare=False)
    places: Places = field(default_factory=Places, compare=False, repr=False)

    def entries(self, noun: str) -> Mapping[str, Entry[Any]]:
        """Return one list by its key in the file, such as ``monitors``."""
        found: Mapping[str, Entry[Any]] = getattr(self, noun)
        return found

    def tiers_in_force(self) -> dict[str, Tier]:
        """Return every tier by name: the built-in ones, replaced by written ones of the same name."""
        return {**built_in_tiers(), **{name: entry.value for name, entry in self.tiers.items()}}

    def roster(self) -> Roster:
        """Return who takes turns at being on call."""
        return Roster(
            people={name: entry.value for name, entry in self.people.items()},
            rotations={name: entry.value for name, entry in self.rotations.items()},
            overrides=tuple(entry.value for entry in self.overrides.values()),
        )

    def documents(self) -> dict[str, Any]:
        """Return the whole as one document, in the shape of the file; `from_documents` reads it back."""
        whole: dict[str, Any] = {"agent": dict(self.agent.document)} if self.agent.document else {}
        for noun in NOUNS:
            if listed := [dict(entry.document) for entry in self.entries(noun).values()]:
                whole[noun] = listed
        return whole


def built_in_tiers() -> dict[str, Tier]:
    """Return the tiers that exist without being written: 1, 2 and 3."""
    return dict(BUILT_IN_TIERS)
