"""A step at work: reads the state, sees its own changes, and gathers the effects; the state itself stays untouched."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from statusapp_agent.core.counterpart import Counterpart
from statusapp_agent.core.errand import Errand
from statusapp_agent.core.model import (
    Channel,
    Delivery,
    DeliveryState,
    DigestLine,
    Incident,
    Mute,
    Purpose,
    Result,
    TimelineEntry,
)
from statusapp_agent.core.sight import Sight
from statusapp_agent.core.state import (
    Audit,
    BlindTime,
    Change,
    ChannelRecord,
    Documents,
    Drop,
    Effect,
    Evict,
    Log,
    Reminded,
    Save,
    Saw,
    Settle,
    State,
    Watch,
)

Kept = (
    Watch
    | Incident
    | Delivery
    | ChannelRecord
    | BlindTime
    | Change
    | Documents
    | Reminded
    | Mute
    | DigestLine
    | Counterpart
    | Errand
)


@dataclass(slots=True)
class Draft:
    """One step's view of the world. What was saved in this step is what is read back in it."""

    state: State
    now: datetime
    effects: list[Effect] = field(default_factory=list)
    _watches: dict[str, Watch] = field(default_factory=dict)
    _incidents: dict[str, Incident] = field(default_factory=dict)
    _deliveries: dict[int, Delivery] = field(default_factory=dict)
    _channels: dict[str, ChannelRecord | None] = field(default_factory=dict)
    _errands: dict[int, Errand] = field(default_factory=dict)
    _counterparts: dict[int, Counterpart] = field(default_factory=dict)
    _settled: dict[str, Any] = field(default_factory=dict)
    _seen: dict[str, Result] = field(default_factory=dict)
    _mutes: dict[str, Mute | None] = field(default_factory=dict)
    _digest: dict[str, DigestLine | None] = field(default_factory=dict)
    _gone: set[str] = field(default_factory=set)
    _evicted: set[str] = field(default_factory=set)
    _incidents_made: int = 0
    _deliveries_made: int = 0
    _errands_made: int = 0

    def watch(self, name: str) -> Watch | None:
        """Return a monitor's watch as this step left it."""
        if name in self._gone:
            return None
        return self._watches.get(name) or self.state.watches.get(name)

    def watch_names(self) -> list[str]:
        """Return the names of all monitors as this step left them."""
        return [name for name in {**self.state.watches, **self._watches} if name not in self._gone]

    def saw(self, name: str, result: Result) -> None:
        """Have a result remembered."""
        self._seen[name] = result
        self.effects.append(Saw(name, result))

    def last(self, name: str) -> Result | None:
        """Return the latest result of a monitor, the one that this step is about included."""
        if name in self._seen:
            return self._seen[name]
        sight = self.state.sights.get(name)
        return sight.last if sight is not None else None

    def sight(self, name: str) -> Sight:
        """Return what was lately seen of a monitor, the result that this step is about included."""
        sight = self.state.sights.get(name) or Sight()
        if name not in self._seen:
            return sight
        grown = Sight(sight.last, sight.recent, sight.latencies[:])
        grown.take_in(self._seen[name])
        return grown

    def incident(self, incident: str | None) -> Incident | None:
        """Return an incident that is in mind, by its id."""
        if incident is None:
            return None
        return self._incidents.get(incident) or self.state.incidents.get(incident)

    def incidents(self) -> list[Incident]:
        """Return all incidents in mind, those of this step included."""
        return [
            found for found in {**self.state.incidents, **self._incidents}.values() if found.id not in self._evicted
        ]

    def evict(self, incident: str) -> None:
        """Let an incident go: it is over, and all about it is said."""
        self._evicted.add(incident)
        self.effects.append(Evict(incident))

    def channels(self) -> list[ChannelRecord]:
        """Return the records of all channels as this step left them, retired ones included."""
        return [record for record in {**self.state.channels, **self._channels}.values() if record is not None]

    def channel(self, name: str) -> ChannelRecord | None:
        """Return a channel's record."""
        return self._channels[name] if name in self._channels else self.state.channels.get(name)

    def live_channels(self) -> dict[str, Channel]:
        """Return the channels that new incidents may use, by name."""
        return {record.name: record.channel for record in self.channels() if not record.retired}

    def delivery(self, number: int) -> Delivery | None:
        """Return a delivery that is in mind."""
        return self._deliveries.get(number) or self.state.deliveries.get(number)

    def deliveries(self, incident: str) -> list[Delivery]:
        """Return the deliveries of an incident in the order they were made."""
        known = set(self.state.by_incident.get(incident, ()))
        known.update(number for number, made in self._deliveries.items() if made.incident == incident)
        found = (self.delivery(number) for number in sorted(known))
        return [delivery for delivery in found if delivery is not None]

    def mutes(self) -> list[Mute]:
        """Return what is muted as this step left it."""
        return [mute for mute in {**self.state.mutes, **self._mutes}.values() if mute is not None]

    def digest(self) -> list[DigestLine]:
        """Return the lines that wait to be told, as this step left them."""
        return [line for line in {**self.state.digest, **self._digest}.values() if line is not None]

    def members(self, storm: str) -> list[Incident]:
        """Return the incidents in mind that an umbrella incident is paged for."""
        known = set(self.state.storms.get(storm, ()))
        known.update(made.id for made in self._incidents.values() if made.storm == storm)
        return [found for each in sorted(known) if (found := self.incident(each)) and each not in self._evicted]

    def storm_ids(self) -> list[str]:
        """Return the ids of the umbrella incidents in mind."""
        made = (each.id for each in self._incidents.values() if each.purpose is Purpose.STORM)
        return [*{**dict.fromkeys(self.state.storms), **dict.fromkeys(made)}]

    def held_by(self, parent: str) -> list[str]:
        """Return the monitors that a monitor holds, as this step left them."""
        names = {*self.state.held, *self._watches}
        return [name for name in names if (watch := self.watch(name)) is not None and watch.held_by == parent]

    def opened_lately(self, seconds: float, enough: int) -> int:
        """Return how many incidents opened in the last seconds, those of this step included; counts to ``enough``."""
        found = self._incidents_made
        for at in reversed(self.state.openings):
            if found >= enough or (self.now - at).total_seconds() > seconds:
                break
            found += 1
        return found

    def counterparts(self, incident: str | None = None) -> list[Counterpart]:
        """Return what stands for our incidents at PagerDuty, of one incident if named."""
        known = {**self.state.counterparts, **self._counterparts}.values()
        return [each for each in known if incident in (None, each.incident)]

    def counterpart(self, opening: int) -> Counterpart | None:
        """Return what stands for the incident that a delivery opened there."""
        return self._counterparts.get(opening) or self.state.counterparts.get(opening)

    def errand(self, number: int) -> Errand | None:
        """Return an errand that is not done yet."""
        return self._errands.get(number) or self.state.errands.get(number)

    def next_errand_id(self) -> int:
        """Return the next free number of an errand."""
        self._errands_made += 1
        return self.state.next_errand + self._errands_made - 1

    def save(self, value: Kept) -> None:
        """Have a value written down."""
        match value:
            case Watch():
                self._watches[value.monitor.name] = value
            case Incident():
                self._incidents[value.id] = value
            case Delivery():
                self._deliveries[value.id] = value
            case ChannelRecord():
                self._channels[value.name] = value
            case Mute():
                self._mutes[value.monitor] = value
            case DigestLine():
                self._digest[value.key] = value
            case Counterpart():
                self._counterparts[value.opening] = value
            case Errand():
                self._errands[value.id] = value
            case _:
                pass
        self.effects.append(Save(value))

    def drop_watch(self, name: str) -> None:
        """Have a monitor forgotten."""
        self._gone.add(name)
        self.effects.append(Drop("watch", name))

    def drop_channel(self, name: str) -> None:
        """Have a channel forgotten."""
        self._channels[name] = None
        self.effects.append(Drop("channel", name))

    def drop_mute(self, monitor: str) -> None:
        """Have a mute forgotten."""
        self._mutes[monitor] = None
        self.effects.append(Drop("mute", monitor))

    def drop_line(self, key: str) -> None:
        """Have a line of the digest forgotten: it is told."""
        self._digest[key] = None
        self.effects.append(Drop("digest", key))

    def settle(self, **fields: Any) -> None:
        """Replace fields of the state, whole; `settled` reads them back in this step."""
        self._settled |= fields
        self.effects.append(Settle(fields))

    def settled(self, name: str) -> Any:
        """Return a field of the state as this step left it."""
        return self._settled[name] if name in self._settled else getattr(self.state, name)

    def log(self, incident: Incident, kind: str, text: str) -> None:
        """Add a line of our own to an incident's timeline."""
        self.effects.append(Log(incident.id, TimelineEntry(self.now, kind, text)))

    def audit(self, by: str, deed: str, subject: str, detail: str = "") -> None:
        """Add a line to the audit log."""
        self.effects.append(Audit(by, deed, subject, detail))

    def next_incident_number(self) -> int:
        """Return the next free short code."""
        self._incidents_made += 1
        return self.state.next_incident + self._incidents_made - 1

    def next_delivery_id(self) -> int:
        """Return the next free row of the outbox."""
        self._deliveries_made += 1
        return self.state.next_delivery + self._deliveries_made - 1

    def at_rest(self, incident: Incident) -> bool:
        """Whether an incident is over, nothing about it is on its way, and PagerDuty was seen to agree where it can."""
        if incident.is_open or any(not each.settled for each in self.counterparts(incident.id)):
            return False
        errands = {**self.state.errands, **self._errands}.values()
        if any(each.incident == incident.id and not each.ended for each in errands):
            return False
        return not any(delivery.state is DeliveryState.PENDING for delivery in self.deliveries(incident.id))
