"""What can happen: every event that `step` understands, each a value. `step` is given the time beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from statusapp_agent.core.canary import CanaryRound
from statusapp_agent.core.counterpart import Report
from statusapp_agent.core.errand import ErrandOutcome, Verb
from statusapp_agent.core.model import Beat, Channel, Facts, Maintenance, Monitor, Outcome, Result, Scope, Tier
from statusapp_agent.core.roster import Roster


@dataclass(frozen=True, slots=True)
class Checked:
    """A check has finished."""

    monitor: str
    result: Result


@dataclass(frozen=True, slots=True)
class CanaryBegun:
    """A round of looking at the canaries has begun; rounds are numbered from 1."""

    number: int


@dataclass(frozen=True, slots=True)
class CanaryLooked:
    """A round of looking at the canaries has ended."""

    number: int
    round: CanaryRound


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed: about once a second."""


@dataclass(frozen=True, slots=True)
class Gap:
    """We saw nothing for a while: the agent was stopped, or the computer slept.

    ``beats`` are the records of heartbeat monitors whose reports we may have missed meanwhile, already excused.
    """

    began_at: datetime
    ended_at: datetime
    cause: str
    beats: Mapping[str, Beat] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClockStepped:
    """The wall clock was set: it moved by this much more than time did."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Attempting:
    """The courier has a turn for a delivery and asks to try it."""

    delivery: int


@dataclass(frozen=True, slots=True)
class Attempted:
    """A try of a delivery has ended."""

    delivery: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Somebody has an incident in hand."""

    incident: str
    by: str
    via: str


@dataclass(frozen=True, slots=True)
class Answered:
    """Somebody has answered a message over a channel: they have the incident with this short code in hand.

    ``reply`` is the other side's id of the answer; ``at`` when it was written, None where nobody knows.
    """

    channel: str
    reply: str
    number: int
    by: str
    via: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Resolve:
    """Somebody says that an incident is over."""

    incident: str
    by: str
    via: str


@dataclass(frozen=True, slots=True)
class Snooze:
    """Somebody has an incident in hand and wants to be asked again at a moment."""

    incident: str
    until: datetime
    by: str
    via: str


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Whoever had an incident in hand has not any more."""

    incident: str
    by: str
    via: str


@dataclass(frozen=True, slots=True)
class MuteFor:
    """Hold the pages of a monitor back for a while, or those of all when ``monitor`` is empty."""

    monitor: str
    length: timedelta
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Unmute:
    """End the mute of a monitor, or every mute when ``monitor`` is empty."""

    monitor: str
    by: str


@dataclass(frozen=True, slots=True)
class Note:
    """Somebody writes a line into an incident's story."""

    incident: str
    text: str
    by: str
    via: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop checking a monitor; its incident is closed."""

    monitor: str
    by: str


@dataclass(frozen=True, slots=True)
class Resume:
    """Check a paused monitor again, from a fresh start."""

    monitor: str
    by: str


@dataclass(frozen=True, slots=True)
class Beaten:
    """A heartbeat's reporter has reported: ``ok``, ``start`` or ``fail``."""

    monitor: str
    status: str
    message: str


@dataclass(frozen=True, slots=True)
class ChangeHappened:
    """Somebody changed something in the world: told to channels that take change events."""

    summary: str
    link: str | None
    monitor: str | None
    by: str
    channels: tuple[str, ...] | None = None
    details: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TestChannel:
    """Walk the road to a channel: a page that closes itself, or quietly a change event."""

    channel: str
    incident: str
    quiet: bool
    by: str


@dataclass(frozen=True, slots=True)
class Drill:
    """Exercise the road of a page to a channel, or of a monitor; over after ``limit_s`` at the latest."""

    subject: str
    incident: str
    limit_s: float
    by: str


@dataclass(frozen=True, slots=True)
class Examined:
    """The doctor has looked at what lies behind a channel; ``findings`` are what does not pass, in sentences."""

    channel: str
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SecretChanged:
    """A secret of a channel has a new version; ``versions`` are those of all its secrets, by field."""

    channel: str
    versions: Mapping[str, int]
    by: str


@dataclass(frozen=True, slots=True)
class SettingsChanged:
    """The settings are now these, whole. ``renewed`` names the channels whose secrets changed, with versions.

    ``canary_scopes`` are the scopes of the canaries that the settings name; ``documents`` what is written down of all.
    """

    monitors: Mapping[str, Monitor]
    channels: Mapping[str, Channel]
    tiers: Mapping[str, Tier]
    maintenance: tuple[Maintenance, ...]
    agent: Facts
    by: str
    renewed: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    canary_scopes: frozenset[Scope] = frozenset()
    roster: Roster = field(default_factory=Roster)
    documents: Mapping[tuple[str, str], Facts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Started:
    """The agent has started and read what it remembers."""


@dataclass(frozen=True, slots=True)
class NetworkChanged:
    """We are in another network now; ``network`` is its fingerprint, None when it cannot be told."""

    network: str | None


@dataclass(frozen=True, slots=True)
class Synced:
    """Somebody has looked at PagerDuty what became of a page, and what was done about it there."""

    report: Report


@dataclass(frozen=True, slots=True)
class StraysSeen:
    """Incidents that we once opened are open at PagerDuty over a channel, and belong to nothing that is open here."""

    channel: str
    dedup_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WorkThere:
    """Somebody wants something done at PagerDuty: an update posted, a merge, somebody else's turn."""

    incident: str
    verb: Verb
    details: Facts
    by: str
    via: str


@dataclass(frozen=True, slots=True)
class ErrandEnded:
    """A try of an errand has ended."""

    errand: int
    outcome: ErrandOutcome


Event = (
    Checked
    | CanaryBegun
    | CanaryLooked
    | Tick
    | Gap
    | ClockStepped
    | Attempting
    | Attempted
    | Acknowledge
    | Answered
    | Resolve
    | Snooze
    | TakeBack
    | MuteFor
    | Unmute
    | Note
    | Pause
    | Resume
    | Beaten
    | ChangeHappened
    | TestChannel
    | Drill
    | Examined
    | SecretChanged
    | SettingsChanged
    | Started
    | NetworkChanged
    | Synced
    | StraysSeen
    | WorkThere
    | ErrandEnded
)
