"""The tables of on-call: people, rotations and overrides."""

import re
from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from statusapp_agent.core.turns import SHORTEST_TURN_H
from statusapp_agent.fields import Duration, parse_duration
from statusapp_agent.settings.tables import DAYS, Clock, Day, Moment, Name, Table, Zone

_PHONE = re.compile(r"\+[1-9]\d{6,14}")
_MAIL = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+")
_SLACK = re.compile(r"[UW][A-Z0-9]{4,20}")
_HOUR_S, _DAY_H, _WEEK_H = 3600, 24, 168
_LONGEST_TURN_H = 366 * _DAY_H
FIRST_MONDAY = "2026-01-05"


def _phone(text: str) -> str:
    plain = re.sub(r"[\s().-]", "", text)
    if not _PHONE.fullmatch(plain):
        raise ValueError('write the number with its country, such as "+4915112345678"')
    return plain


def _mail(text: str) -> str:
    if not _MAIL.fullmatch(text):
        raise ValueError('write one address, such as "ana@example.org"')
    return text


def _slack(text: str) -> str:
    if not _SLACK.fullmatch(text):
        raise ValueError('write the member ID of the profile in Slack, such as "U012AB3CD"; it is no name')
    return text


def _date(value: object) -> object:
    if isinstance(value, date):
        value = value.isoformat()[:10]
    try:
        return date.fromisoformat(value).isoformat() if isinstance(value, str) else value
    except ValueError:
        raise ValueError('write a date, such as "2026-01-05"') from None


def turn_hours(text: str) -> int:
    """Return the hours of a turn: ``daily``, ``weekly``, or a duration of whole hours; raises ValueError."""
    if text in ("daily", "weekly"):
        return _DAY_H if text == "daily" else _WEEK_H
    try:
        seconds = parse_duration(text)
    except ValueError:
        raise ValueError(f'write "daily", "weekly", or a duration such as "12h" or "3d", not "{text}"') from None
    hours = int(seconds // _HOUR_S)
    if seconds % _HOUR_S or not SHORTEST_TURN_H <= hours <= _LONGEST_TURN_H:
        raise ValueError(f'a turn has whole hours, from "{SHORTEST_TURN_H}h" to "366d"')
    return hours


def _with_offset(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError(f'say in whose time that is: write the offset too, such as "{text}+01:00" or "{text}Z"')
    return text


def _length(text: str) -> str:
    turn_hours(text)
    return text


class PersonTable(Table):
    """Somebody who can be reached."""

    name: Name = Field(title="Name", description="What others call them.", examples=["Ana"])
    phone: Annotated[str, AfterValidator(_phone)] | None = Field(
        default=None, title="Phone", description="With the country, for texts.", examples=["+4915112345678"]
    )
    email: Annotated[str, AfterValidator(_mail)] | None = Field(
        default=None, title="E-mail", description="For mail.", examples=["ana@example.org"]
    )
    slack_id: Annotated[str, AfterValidator(_slack)] | None = Field(
        default=None, title="Slack ID", description="The member ID of the profile.", examples=["U012AB3CD"]
    )
    timezone: Zone = Field(
        default="UTC", title="Time zone", description="In which they read times.", examples=["Europe/Berlin"]
    )


class HoursTable(Table):
    """Hours on some days of the week; an end that is not after the start is on the next day."""

    days: Annotated[list[Day], Field(min_length=1, max_length=7)] = Field(
        default=["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    )
    start: Clock = "00:00"
    end: Clock = "00:00"


class LayerTable(Table):
    """One level of a rotation."""

    people: Annotated[list[Name], Field(min_length=1, max_length=100)]
    length: Annotated[str, AfterValidator(_length)] = "weekly"
    handoff: Clock = "09:00"
    handoff_day: Day | None = None
    starts: Annotated[str, BeforeValidator(_date)] = FIRST_MONDAY
    hours: Annotated[list[HoursTable], Field(max_length=20)] = Field(default=[])

    @model_validator(mode="after")
    def _day_fits(self) -> Self:
        if self.handoff_day is not None and turn_hours(self.length) % _WEEK_H:
            raise ValueError('"handoff_day" needs turns of whole weeks: with others the day differs from turn to turn')
        return self


class RotationTable(Table):
    """One rotation: its first layer is reached first, the others are its further levels."""

    name: Name
    timezone: Zone = "UTC"
    layers: Annotated[list[LayerTable], Field(min_length=1, max_length=10)]
    remind: Name | None = None
    remind_before: Annotated[Duration, Field(ge=0, le=7 * 86_400)] = 1800.0


class OverrideTable(Table):
    """One override; its name is made of what it says unless one is given."""

    name: Name | None = None
    rotation: Name
    person: Name
    level: Annotated[int, Field(strict=True, ge=1, le=10)] = 1
    starts_at: Annotated[Moment, AfterValidator(_with_offset)]
    ends_at: Annotated[Moment, AfterValidator(_with_offset)]


def days_of(named: list[Any]) -> tuple[int, ...]:
    """Return days by number, 0 for Monday."""
    return tuple(sorted({DAYS.index(day) for day in named}))
