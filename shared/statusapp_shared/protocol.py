"""What agent and clients say to each other over the local socket: JSON views and requests, version 1.

Times are RFC 3339 in UTC, durations seconds; lists are ``{"items": [...]}``. What absence means: ``None`` is "not
known" or "nothing to count", never zero; a monitor that is missing from a snapshot does not exist any more. Clients
ignore fields that they do not know, so that an older window can read a newer agent.
"""

from typing import Any, Generic, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from statusapp_shared.drills import DrillView
from statusapp_shared.pagerduty import RelatedView, SyncView

API_VERSION = 1

T = TypeVar("T")

MonitorState = Literal["pending", "up", "degraded", "down", "paused", "maintenance", "held", "blind"]
IncidentState = Literal["open", "acknowledged", "resolved"]
DeliveryAction = Literal["trigger", "acknowledge", "resolve", "update", "test", "change"]
DeliveryStateName = Literal["pending", "delivered", "refused", "cancelled"]


class View(BaseModel):
    """Base of everything the agent answers."""

    model_config = ConfigDict(frozen=True)


class Request(BaseModel):
    """Base of everything a client asks: unknown keys are refused, so that a typing error is never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Items(View, Generic[T]):
    """A list, wrapped so that it can grow fields."""

    items: list[T]


class Problem(View):
    """The body of every answer that is not 2xx: one sentence for people, a stable word for programs."""

    error: str
    code: str
    faults: list["FaultView"] = Field(default_factory=list)


class FaultView(View):
    """One fault of a settings file: where it is and what to do."""

    file: str | None = None
    line: int | None = None
    key: str | None = None
    message: str
    nearest: str | None = None


class ResultView(View):
    """One finished check."""

    at: AwareDatetime
    status: Literal["up", "degraded", "down", "unknown"]
    latency_ms: float | None
    message: str
    error: str | None
    phases_ms: dict[str, float]
    facts: dict[str, Any]


class MonitorView(View):
    """A monitor as it stands now. ``reason`` says in words why it is in its ``state``."""

    name: str
    kind: str
    target: str
    url: str | None
    state: MonitorState
    reason: str
    since: AwareDatetime | None
    last_check_at: AwareDatetime | None
    next_check_at: AwareDatetime | None
    latency_ms: float | None
    interval_s: float
    timeout_s: float
    retry_interval_s: float
    failures: int
    recoveries: int
    degraded_above_s: float | None
    severity: Literal["critical", "error", "warning", "info"]
    tier: str | None
    channels: list[str] | None
    depends_on: list[str]
    runbook: str | None
    notes: str | None
    tags: list[str]
    flapping: bool
    incident_id: str | None
    incident_number: int | None
    last_result: ResultView | None
    recent_latency_ms: list[float | None] = Field(default_factory=list, description="the last checks, oldest first")


class RouteStepView(View):
    """One step of who would be told: ``text`` is the whole step in words."""

    channel: str
    kind: str
    when: Literal["always", "unacknowledged", "undelivered"]
    after_s: float
    text: str
    hours: Literal["business", "after"] | None = None
    people: list[str] = Field(default_factory=list, description="who is on call then, where the channel asks for that")


class RouteView(View):
    """Who would be told, when, if the monitor failed now."""

    monitor: str
    source: str
    sentence: str
    steps: list[RouteStepView]


class ChannelView(View):
    """A channel as it stands now; ``secrets`` tells for each secret field whether it is set, never what it is."""

    name: str
    kind: str
    status: Literal["ok", "untested", "delayed", "broken", "locked"]
    reason: str
    held_until: AwareDatetime | None
    auto_resolve: bool
    max_per_minute: int
    settings: dict[str, Any]
    secrets: dict[str, "SecretView"]
    monitors: list[str]
    last_delivered_at: AwareDatetime | None
    tested_at: AwareDatetime | None
    test_ok: bool | None
    test_reason: str | None
    waiting: int
    sent_this_month: int | None = None
    monthly_limit: int | None = None
    sync: SyncView | None = None
    drill: DrillView | None = None
    findings: list[str] = Field(default_factory=list)


class SecretView(View):
    """Whether a secret is set, where it is kept, and since when."""

    is_set: bool
    place: str
    set_at: AwareDatetime | None


class DeliveryView(View):
    """One message of one channel about one incident."""

    id: int
    incident_id: str | None
    channel: str
    action: DeliveryAction
    state: DeliveryStateName
    attempts: int
    next_attempt_at: AwareDatetime | None
    not_before: AwareDatetime | None
    delivered_at: AwareDatetime | None
    reason: str
    maybe_sent: bool
    accepted_at: AwareDatetime | None = None
    unconfirmed: bool = False


class TimelineView(View):
    """One line of an incident's story."""

    at: AwareDatetime
    kind: str
    text: str
    by: str | None
    via: str | None
    source: Literal["statusapp", "pagerduty"] = "statusapp"


class PagerDutyView(View):
    """What is known of the incident at PagerDuty; ``verified`` is False while only the Events API has answered.

    ``words`` says what became of the page: accepted, created, nobody was paged and why, or sent (unverified).
    """

    id: str | None
    url: str | None
    status: str | None
    verified: bool
    words: str | None = None
    escalates_at: AwareDatetime | None = None


class IncidentView(View):
    """One incident. Lists leave ``deliveries``, ``timeline`` and ``related`` empty; the single view fills them."""

    id: str
    number: int
    monitor: str
    purpose: Literal["real", "test", "drill", "storm"]
    status: IncidentState
    severity: Literal["critical", "error", "warning", "info"]
    cause: str
    began_at: AwareDatetime
    opened_at: AwareDatetime
    acknowledged_at: AwareDatetime | None
    acknowledged_by: str | None
    acknowledged_via: str | None
    resolved_at: AwareDatetime | None
    resolved_by: str | None
    resolved_via: str | None
    snoozed_until: AwareDatetime | None
    dedup_key: str
    pagerduty: PagerDutyView | None
    children: list[str]
    level: int = 1
    nobody_answered_at: AwareDatetime | None = None
    storm: str | None = None
    deliveries: list[DeliveryView] = Field(default_factory=list)
    timeline: list[TimelineView] = Field(default_factory=list)
    related: list[RelatedView] = Field(default_factory=list)


class FigureView(View):
    """Mean, median and 90th percentile in seconds, over ``count`` incidents."""

    mean: float
    p50: float
    p90: float
    count: int


class AnalyticsGroup(View):
    """The figures of one group (a monitor, a channel, an hour ...)."""

    key: str
    incidents: int
    acknowledged: int
    never_acknowledged: int
    mtta_s: FigureView | None
    mttr_s: FigureView | None
    mttd_s: FigureView | None


class AnalyticsView(View):
    """The figures of a range of time; a figure with nothing to count is None."""

    since: AwareDatetime
    until: AwareDatetime
    incidents: int
    open: int
    acknowledged: int
    never_acknowledged: int
    resolved: int
    blind_s: float
    mtta_s: FigureView | None
    mttr_s: FigureView | None
    mttd_s: FigureView | None
    groups: list[AnalyticsGroup]
    definitions: dict[str, str]


class AgentView(View):
    """The agent's own health. ``healthy`` is False when it could not page for more than a minute."""

    api_version: int
    version: str
    pid: int
    mode: Literal["user", "system"]
    data_dir: str
    socket: str
    started_at: AwareDatetime
    uptime_s: float
    database_bytes: int
    samples_bytes: int
    resident_bytes: int
    monitors: int
    checks_running: int
    deliveries_waiting: int
    oldest_waiting_s: float | None
    canary: Literal["off", "unknown", "home", "away", "offline", "portal"]
    canary_reason: str
    schedule_lag_ms: float | None
    healthy: bool
    problems: list[str]
    drift: int | None = None
    sync: list[SyncView] = Field(default_factory=list)


class StatusView(View):
    """Everything at a glance: one sentence, the counts by state, the monitors worst first, what is open."""

    sentence: str
    counts: dict[str, int]
    monitors: list[MonitorView]
    incidents: list[IncidentView]
    agent: AgentView


class ChangeView(View):
    """One line of a settings plan."""

    verb: Literal["create", "change", "delete"]
    noun: Literal["agent", "channel", "tier", "monitor", "maintenance", "person", "rotation", "override"]
    name: str
    details: list[str]


class PlanView(View):
    """What applying a settings file would do, or did; ``applied`` tells which."""

    changes: list[ChangeView]
    warnings: list[str]
    applied: bool


class CheckNowView(View):
    """The answer to "check it once now": counted like any other check, with what it means for the monitor."""

    result: ResultView
    monitor: MonitorView


class TestStarted(View):
    """A test of a channel is under way; poll the incident until its deliveries are at rest."""

    incident_id: str
    channel: str
    quiet: bool


class WhyStep(View):
    """One link of the chain from check to person."""

    question: str
    answer: str
    ok: bool | None


class WhyView(View):
    """Why somebody was, or was not, paged."""

    subject: str
    steps: list[WhyStep]


class DoctorFinding(View):
    """One point of the troubleshooting list, performed; ``remedy`` says what to do unless it passed."""

    group: str
    point: str
    verdict: Literal["pass", "fail", "unknown"]
    text: str
    remedy: str | None = None


class DoctorView(View):
    """The troubleshooting list for one channel, one monitor or everything."""

    subject: str | None
    sentence: str
    findings: list[DoctorFinding]


class SettingsView(View):
    """The settings as TOML text, without secrets."""

    text: str


class KindsView(View):
    """Every kind that this agent has, with the schema that forms are drawn from."""

    checks: list["KindView"]
    channels: list["KindView"]


class KindView(View):
    """A kind of check or channel with the JSON Schema of its settings."""

    name: str
    title: str
    description: str
    schema_: dict[str, Any] = Field(alias="schema")

    model_config = ConfigDict(frozen=True, populate_by_name=True)


class Event(View):
    """One event of ``GET /v1/events``: ``snapshot`` first, then changes; ``number`` grows by one without a gap."""

    number: int
    kind: Literal["snapshot", "monitor", "monitor_gone", "incident", "delivery", "channel", "channel_gone", "agent"]
    data: dict[str, Any]


class ApplyRequest(Request):
    """Settings as TOML text, with the values of the secrets that the client could read, by ``kind/name/field``."""

    text: str = Field(max_length=1_048_576)
    file: str = "settings.toml"
    prune: bool = False
    dry_run: bool = False
    secrets: dict[str, str] = Field(default_factory=dict)


class SecretRequest(Request):
    """A secret on its way in; there is no way out."""

    value: str = Field(min_length=1, max_length=65_536)


class WhoRequest(Request):
    """An action on an incident; ``by`` defaults to the user at the other end of the socket."""

    by: str | None = Field(default=None, max_length=200)
    via: str = Field(default="api", max_length=40)


class SnoozeRequest(WhoRequest):
    """Acknowledge, and ask again after a while (at most 7 days)."""

    seconds: float = Field(gt=0, le=604_800)


class NoteRequest(WhoRequest):
    """A note for the timeline."""

    text: str = Field(min_length=1, max_length=4000)


class TestRequest(Request):
    """Test a channel: with a page that closes itself, or quietly, with a change event that pages nobody."""

    quiet: bool = False


class HeartbeatRequest(Request):
    """A report of a heartbeat's reporter."""

    status: Literal["ok", "start", "fail"] = "ok"
    message: str = Field(default="", max_length=1000)


class ChangeRequest(Request):
    """A change event: something that somebody did."""

    summary: str = Field(min_length=1, max_length=1024)
    monitor: str | None = None
    link: str | None = Field(default=None, max_length=2000)
