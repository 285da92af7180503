"""The keys that every table of a kind has in common, whatever its kind: models that check and describe them."""

import re
from datetime import datetime, time
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, model_validator

from statusapp_agent.fields import Duration

SHORTEST_S = 0.1
"""Demos and tests check ten times a second; nothing real needs more."""
YEAR_S = 366 * 86_400.0
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def _name(text: str) -> str:
    # Names stand in the paths of the API and of the vault.
    if text != text.strip() or not text.isprintable() or "/" in text or text in {".", ".."}:
        raise ValueError("a name is printable text without slashes and without spaces at its ends")
    return text


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        if parts.scheme in {"http", "https"} and parts.hostname and text.isprintable() and " " not in text:
            return text
    except ValueError:
        pass
    raise ValueError("write a whole address that begins with http:// or https://")


def _canary(text: str) -> str:
    host, _, port = text.rpartition(":") if text.count(":") == 1 or text.startswith("[") else (text, "", "")
    if text.startswith("[") and text.endswith("]"):
        host, port = text, ""
    bad_port = bool(port) and not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536)
    if not host or bad_port or not text.isprintable() or any(c in text for c in " /@"):
        raise ValueError('write a host or host:port, such as "192.168.1.1" or "example.org:443"')
    return text


def _listen(text: str) -> str:
    host, _, port = text.rpartition(":")
    if host and port.isascii() and port.isdigit() and 0 < int(port) < 65_536 and text.isprintable() and " " not in text:
        return text
    raise ValueError('write an address and a port, such as "127.0.0.1:9187"')


def _timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f'there is no time zone "{name}": write one such as "Europe/Berlin"') from None
    return name


def zones() -> set[str]:
    """Return the names of all time zones; slow."""
    return available_timezones()


def _clock(value: object) -> object:
    if isinstance(value, time):
        value = f"{value:%H:%M}"
    if isinstance(value, str) and not _CLOCK.fullmatch(value):
        raise ValueError(f'write a time of day as "HH:MM", such as "02:00", not "{value}"')
    return value


def _moment(value: object) -> object:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        moment = None
    if not isinstance(moment, datetime):
        raise ValueError('write a date with its time, such as "2027-01-31T02:00:00+01:00"')  # noqa: TRY004
    return moment.isoformat()


Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_name)]
Names = Annotated[list[Name], Field(max_length=10_000)]
Url = Annotated[str, Field(max_length=2000), AfterValidator(_address), Field(json_schema_extra={"format": "uri"})]
Count = Annotated[int, Field(strict=True, ge=1, le=100)]
Text = Annotated[str, Field(max_length=4000)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Clock = Annotated[str, BeforeValidator(_clock)]
Moment = Annotated[str, BeforeValidator(_moment)]
Zone = Annotated[str, AfterValidator(_timezone)]


class Table(BaseModel):
    """Base of all tables: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BusinessHoursTable(Table):
    """When people are at work: what is not within is after hours."""

    days: Annotated[list[Day], Field(min_length=1, max_length=7)] = ["mon", "tue", "wed", "thu", "fri"]
    start: Clock = "09:00"
    end: Clock = "17:00"
    timezone: Zone = "UTC"


class AgentTable(Table):
    """The table [agent]."""

    region: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    dashboard_url: Url | None = None
    canaries: Annotated[list[Annotated[str, AfterValidator(_canary)]], Field(max_length=20)] | None = None
    heartbeat_url: Url | None = None
    storm_threshold: Annotated[int, Field(strict=True, ge=0, le=100_000)] = 20
    keep_results: Annotated[Duration, Field(ge=86_400, le=10 * YEAR_S)] = 90 * 86_400.0
    metrics_listen: Annotated[str, AfterValidator(_listen)] | None = None
    readers: Names = []
    operators: Names = []
    business_hours: BusinessHoursTable | None = None


class MonitorTable(Table):
    """The keys of every monitor."""

    name: Name = Field(title="Name", description="What people call it.", examples=["nas-web"])
    kind: str = Field(title="Kind", description="How it is checked.")
    interval: Annotated[Duration, Field(ge=SHORTEST_S, le=YEAR_S)] = Field(
        default=60.0, title="Interval", description="Time from one check to the next.", examples=["30s"]
    )
    timeout: Annotated[Duration, Field(ge=0.01, le=300)] | None = Field(
        default=None, title="Timeout", description="Longest time one check may take; 10 s unless checked more often."
    )
    retry_interval: Annotated[Duration, Field(ge=SHORTEST_S, le=YEAR_S)] | None = Field(
        default=None,
        title="Retry interval",
        description="Time to the next check while it fails; at most 10 s by default.",
    )
    failures: Count = Field(default=3, title="Failures", description="Consecutive failures that open an incident.")
    recoveries: Count = Field(default=2, title="Recoveries", description="Consecutive successes that resolve it.")
    degraded_above: Annotated[Duration, Field(gt=0, le=300)] | None = Field(
        default=None, title="Degraded above", description="Slower answers count as degraded.", examples=["2s"]
    )
    severity: Literal["critical", "error", "warning", "info"] = Field(
        default="critical", title="Severity", description="How bad an incident of it is."
    )
    tier: Name | None = Field(default=None, title="Tier", description="Who is told: a preset.", examples=["1"])
    channels: Names | None = Field(default=None, title="Channels", description="Who is told; wins over the tier.")
    depends_on: Names = Field(default=[], title="Depends on", description="While one of these is down, this is held.")
    runbook: Url | None = Field(default=None, title="Runbook", description="Address of what to do when it fails.")
    tags: Names = Field(default=[], title="Tags", description="Words to group by.")
    notes: Text | None = Field(default=None, title="Notes", description="Goes into each page.")
    flap_after: Annotated[int, Field(strict=True, ge=0, le=1000)] = Field(
        default=5, title="Flapping after", description="Outages within an hour that damp recoveries; 0 turns it off."
    )


class ChannelTable(Table):
    """The keys of every channel."""

    name: Name = Field(title="Name", description="What people call it.", examples=["pagerduty-prod"])
    kind: str = Field(title="Kind", description="What it is.")
    auto_resolve: StrictBool = Field(
        default=True, title="Resolve automatically", description="Tell it when an incident is over."
    )
    max_per_minute: Annotated[int, Field(strict=True, ge=1, le=10_000)] = Field(
        default=60, title="Messages a minute", description="No more than these are sent."
    )


class StepTable(Table):
    """One step of a tier."""

    channel: Name | None = None
    kind: str | None = None
    when: Literal["always", "unacknowledged", "undelivered"] = "always"
    after: Annotated[Duration, Field(ge=0, le=7 * 86_400)] = 0.0
    hours: Literal["business", "after"] | None = None

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if (self.channel is None) == (self.kind is None):
            raise ValueError("a step names either a channel or a kind of channel")
        return self


class LevelTable(Table):
    """One escalation level after the first, which is the tier's own steps."""

    after: Annotated[Duration, Field(gt=0, le=7 * 86_400)] = Field(
        title="After", description="Time since the incident opened, if nobody has acknowledged.", examples=["15m"]
    )
    channels: Names = Field(default=[], title="Channels", description="Who is told then; those of the tier by default.")
    everybody: StrictBool = Field(default=False, title="Everybody", description="Every channel there is.")

    @model_validator(mode="after")
    def _one_audience(self) -> Self:
        if self.everybody and self.channels:
            raise ValueError('a level names "channels" or tells "everybody", not both')
        return self


class EscalationTable(Table):
    """What follows when nobody acknowledges."""

    levels: Annotated[list[LevelTable], Field(max_length=20)] = Field(
        default=[], title="Levels", description="Further levels, in the order of their times."
    )
    repeat: Annotated[int, Field(strict=True, ge=0, le=100)] = Field(
        default=0, title="Repeat", description="How many times the last level is told once more."
    )
    every: Annotated[Duration, Field(ge=60, le=86_400)] = Field(
        default=900.0,
        title="Every",
        description="Time between repetitions, and from the last one until nobody has answered.",
        examples=["15m"],
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        times = [level.after for level in self.levels]
        if times != sorted(set(times)):
            raise ValueError('each of the "levels" comes later than the one before it')
        if not self.levels and not self.repeat:
            raise ValueError('give "levels", or "repeat" to tell the tier itself again, or escalation = "standard"')
        return self


def _preset(value: object) -> object:
    if isinstance(value, str):
        if value != "standard":
            raise ValueError(
                f'write "standard", or a table such as {{ levels = [{{ after = "15m" }}] }}, not "{value}"'
            )
        return {"levels": [{"after": 900.0}, {"after": 1800.0, "everybody": True}]}
    return value


class QuietTable(Table):
    """Hours of the day in which pages of a tier wait; what is still broken at their end is sent then."""

    start: Annotated[str, BeforeValidator(_clock)] = Field(title="Start", description="Local time.", examples=["22:00"])
    end: Annotated[str, BeforeValidator(_clock)] = Field(
        title="End", description="Local time, on the next day if it is not after the start.", examples=["07:00"]
    )
    timezone: Annotated[str, AfterValidator(_timezone)] = Field(
        default="UTC", title="Time zone", description="Whose local time.", examples=["Europe/Berlin"]
    )
    except_severity: Literal["critical", "error", "warning", "info"] | None = Field(
        default=None,
        title="Except",
        description="Incidents at least as bad as this page all the same; by default none do.",
        examples=["critical"],
    )


class TierTable(Table):
    """One tier."""

    name: Name
    notify: Annotated[list[StepTable], Field(min_length=1, max_length=100)]
    escalation: Annotated[EscalationTable, BeforeValidator(_preset)] | None = Field(
        default=None,
        title="Escalation",
        description=(
            'What follows when nobody acknowledges: "standard" tells the tier again after 15 minutes and every channel '
            "after 30; or levels of your own, a repetition, and then the end that nobody answered."
        ),
    )
    quiet: QuietTable | None = Field(default=None, title="Quiet hours", description="When its pages wait.")


_MONTHLY = re.compile(r"(first|second|third|fourth|fifth|last) (mon|tue|wed|thu|fri|sat|sun)")
WEEKS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1}


def _shown(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _monthly(value: object) -> object:
    text = value.strip().lower() if isinstance(value, str) else ""
    is_day = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 31
    if is_day or text == "last day" or _MONTHLY.fullmatch(text):
        return value if is_day else text
    raise ValueError(
        f'write a day of the month (1 to 31), "last day", or such as "first sat" or "last sun", not {_shown(value)}'
    )


class MaintenanceTable(Table):
    """One maintenance window: weekly with ``start`` and perhaps ``days``, with ``monthly``, or once, ``starts_at``."""

    name: Name
    monitors: Names = []
    tags: Names = Field(default=[], title="Tags", description="Monitors with one of these are meant too.")
    monthly: Annotated[int | str, BeforeValidator(_monthly)] | None = Field(
        default=None,
        title="Monthly",
        description='A day of each month: 1 to 31, "last day", "first sat"; months without it are left out.',
        examples=["first sat"],
    )
    days: Annotated[list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]], Field(max_length=7)] = []
    start: Annotated[str, BeforeValidator(_clock)] | None = None
    starts_at: Annotated[str, BeforeValidator(_moment)] | None = None
    duration: Annotated[Duration, Field(ge=1, le=7 * 86_400)]
    timezone: Annotated[str, AfterValidator(_timezone)] = "UTC"

    @model_validator(mode="after")
    def _one_beginning(self) -> Self:
        if (self.start is None) == (self.starts_at is None):
            raise ValueError('give either "start" (each week or month) or "starts_at" (once)')
        if self.starts_at is not None and (self.days or self.monthly is not None):
            raise ValueError('"days" and "monthly" have no meaning beside "starts_at"')
        if self.monthly is not None and self.days:
            raise ValueError('give either "days" (each week) or "monthly"')
        return self


def known_keys(model: type[BaseModel]) -> dict[str, Any]:
    """Return a model's fields by the names that a file uses."""
    return {field.alias or name: field for name, field in model.model_fields.items()}
