"""What the REST API says, read leniently: any field may be null, missing, new or odd, and nothing here raises.

PagerDuty's own description breaks its own schema in a quarter of its examples; so models hold only what is used, each
field with a default, and what cannot be read is as if it were not there.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

M = TypeVar("M", bound="Shape")


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _list(value: Any) -> list[Any]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


objects = _list
"""What reads a list of objects: anything else in it, or in its place, is as if it were not there."""


def _dict(value: Any) -> Any:
    return value if isinstance(value, dict) else {}


Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Text = Annotated[str | None, BeforeValidator(_text)]
Number = Annotated[int | None, BeforeValidator(_number)]


class Shape(BaseModel):
    """Base: unknown fields are ignored, null means absent."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, data: Any) -> Any:
        return {key: value for key, value in data.items() if value is not None} if isinstance(data, dict) else {}


class Reference(Shape):
    """Somebody or something by name."""

    id: Text = None
    type: Text = None
    summary: Text = None
    name: Text = None
    html_url: Text = None

    @property
    def shown(self) -> str:
        """What to call it."""
        return self.name or self.summary or self.id or "somebody"

    @property
    def is_user(self) -> bool:
        """Whether it is a person."""
        return (self.type or "").startswith("user")


Ref = Annotated[Reference, BeforeValidator(_dict)]


class Acknowledgement(Shape):
    """Who has it, since when."""

    at: Moment = None
    acknowledger: Ref = Reference()


class Assignment(Shape):
    """Whose it is."""

    at: Moment = None
    assignee: Ref = Reference()


class PendingAction(Shape):
    """What PagerDuty will do by itself, and when."""

    type: Text = None
    at: Moment = None


class ResolveReason(Shape):
    """Why it was resolved: only merging has a reason."""

    type: Text = None
    incident: Ref = Reference()


class AlertCounts(Shape):
    """How many alerts it holds."""

    all: Number = None
    triggered: Number = None
    resolved: Number = None


class RestIncident(Shape):
    """An incident."""

    id: Text = None
    incident_number: Number = None
    incident_key: Text = None
    status: Text = None
    title: Text = None
    html_url: Text = None
    created_at: Moment = None
    resolved_at: Moment = None
    updated_at: Moment = None
    last_status_change_at: Moment = None
    last_status_change_by: Ref = Reference()
    urgency: Text = None
    service: Ref = Reference()
    escalation_policy: Ref = Reference()
    assigned_via: Text = None
    acknowledgements: Annotated[list[Acknowledgement], BeforeValidator(_list)] = Field(default_factory=list)
    assignments: Annotated[list[Assignment], BeforeValidator(_list)] = Field(default_factory=list)
    pending_actions: Annotated[list[PendingAction], BeforeValidator(_list)] = Field(default_factory=list)
    alert_counts: Annotated[AlertCounts, BeforeValidator(_dict)] = AlertCounts()
    resolve_reason: Annotated[ResolveReason, BeforeValidator(_dict)] = ResolveReason()

    @property
    def is_open(self) -> bool:
        """Whether it is not resolved."""
        return self.status in ("triggered", "acknowledged")

    @property
    def merged_into(self) -> str | None:
        """The id of the incident that it went into."""
        return self.resolve_reason.incident.id if self.resolve_reason.type == "merge_resolve_reason" else None

    def pending(self, kind: str) -> datetime | None:
        """Return when PagerDuty will do something by itself."""
        return next((action.at for action in self.pending_actions if action.type == kind), None)


class RestLogEntry(Shape):
    """One thing that happened to an incident; ``type`` without ``_log_entry``."""

    id: Text = None
    type: Text = None
    created_at: Moment = None
    agent: Ref = Reference()
    channel: Annotated[dict[str, Any], BeforeValidator(_dict)] = Field(default_factory=dict)
    assignees: Annotated[list[Reference], BeforeValidator(_list)] = Field(default_factory=list)
    user: Ref = Reference()
    summary: Text = None

    @property
    def kind(self) -> str:
        """The type without its ending; both names of an acknowledgement become one."""
        kind = (self.type or "").removesuffix("_log_entry").removesuffix("_reference")
        return "acknowledge" if kind == "acknowledgement" else kind

    @property
    def by_time(self) -> bool:
        """Whether PagerDuty did it because time ran out."""
        return self.channel.get("type") == "timeout"


class RestService(Shape):
    """A service."""

    id: Text = None
    name: Text = None
    status: Text = None
    html_url: Text = None
    auto_resolve_timeout: Number = None
    acknowledgement_timeout: Number = None
    incident_urgency_rule: Annotated[dict[str, Any], BeforeValidator(_dict)] = Field(default_factory=dict)
    escalation_policy: Ref = Reference()
    teams: Annotated[list[Reference], BeforeValidator(_list)] = Field(default_factory=list)
    integrations: Annotated[list[dict[str, Any]], BeforeValidator(_list)] = Field(default_factory=list)

    @property
    def urgency(self) -> str:
        """How urgent its incidents are: high, low, severity_based or support_hours."""
        rule = self.incident_urgency_rule
        return "support_hours" if rule.get("type") == "use_support_hours" else str(rule.get("urgency") or "high")


class RestOnCall(Shape):
    """Who is on call at a level; start and end are null for a permanent one."""

    escalation_level: Number = None
    escalation_policy: Ref = Reference()
    schedule: Ref = Reference()
    user: Ref = Reference()
    start: Moment = None
    end: Moment = None


class RestWindow(Shape):
    """A maintenance window."""

    id: Text = None
    start_time: Moment = None
    end_time: Moment = None
    description: Text = None


class RestNote(Shape):
    """A note."""

    id: Text = None
    content: Text = None
    created_at: Moment = None
    user: Ref = Reference()


def read(shape: type[M], data: Any) -> M:
    """Return what can be read of a value."""
    try:
        return shape.model_validate(data)
    except ValidationError:
        return shape.model_validate({})


def read_all(shape: type[M], data: Iterable[Any]) -> list[M]:
    """Return what can be read of a list."""
    return [read(shape, each) for each in data if isinstance(each, dict)]
