"""Who is on call, as the pane shows it: read leniently from the agent's answer, in words. Pure."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from statusapp_desktop.words import length, tr


@dataclass(frozen=True, slots=True)
class Shift:
    """A stretch of one level with one person, or nobody (None); ``override`` names what says so."""

    level: int
    person: str | None
    began_at: datetime
    ends_at: datetime
    override: str | None


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is on call on a level now, until when (None: no end in sight), and who follows (None: nobody)."""

    level: int
    person: str
    until: datetime | None
    then: str | None


@dataclass(frozen=True, slots=True)
class Rota:
    """A rotation now and over the days after."""

    name: str
    timezone: str
    source: str
    sentence: str
    on: tuple[Duty, ...]
    shifts: tuple[Shift, ...]
    gaps: tuple[tuple[datetime, datetime], ...]

    @property
    def zone(self) -> tzinfo | None:
        """Its time zone, in which the agent speaks of it; None, the system's, when that is not known here."""
        try:
            return ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            return None

    def people(self) -> list[str]:
        """Return everybody with a shift, in the order in which they come."""
        return list(dict.fromkeys(each.person for each in self.shifts if each.person is not None))


@dataclass(frozen=True, slots=True)
class Roster:
    """Everything at a moment, and up to the end of the look."""

    at: datetime
    until: datetime
    sentence: str
    rotas: tuple[Rota, ...]


def _time(value: Any) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def read(answer: dict[str, Any]) -> Roster:
    """Read an answer of ``GET /v1/oncall``; raises KeyError, TypeError or ValueError when it is another thing."""
    rotas = tuple(_rota(each) for each in answer.get("rotations", []))
    at, until = datetime.fromisoformat(answer["at"]), datetime.fromisoformat(answer["until"])
    return Roster(at, until, str(answer.get("sentence", "")), rotas)


def _rota(answer: dict[str, Any]) -> Rota:
    duties = tuple(
        Duty(int(each.get("level", 1)), each["person"], _time(each.get("until")), each.get("then"))
        for each in answer.get("on", [])
    )
    shifts = tuple(
        Shift(
            int(each.get("level", 1)),
            each.get("person"),
            datetime.fromisoformat(each["began_at"]),
            datetime.fromisoformat(each["ends_at"]),
            each.get("override"),
        )
        for each in answer.get("shifts", [])
    )
    gaps = tuple(
        (datetime.fromisoformat(each["began_at"]), datetime.fromisoformat(each["ends_at"]))
        for each in answer.get("gaps", [])
    )
    return Rota(
        str(answer["name"]),
        str(answer.get("timezone", "")),
        str(answer.get("source", "")),
        str(answer.get("sentence", "")),
        duties,
        shifts,
        gaps,
    )


def handoffs(rota: Rota, now: datetime) -> list[tuple[str, str]]:
    """Return each hand-off to come: when, and from whom to whom."""
    found: list[tuple[datetime, str]] = []
    levels = sorted({each.level for each in rota.shifts})
    for level in levels:
        row = sorted((each for each in rota.shifts if each.level == level), key=lambda each: each.began_at)
        for before, after in pairwise(row):
            if after.began_at > now and before.person != after.person:
                where = tr(", level {n}", n=level) if len(levels) > 1 else ""
                found.append((after.began_at, f"{_change(before.person, after.person)}{where}"))
    return [(soon(at, now, rota.zone), words) for at, words in sorted(found)]


def _change(off: str | None, on: str | None) -> str:
    if off is None:
        return tr("{on} begins", on=on)
    if on is None:
        return tr("{off} ends, and nobody follows", off=off)
    return tr("{off} hands over to {on}", off=off, on=on)


def soon(at: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """Return a moment to come in ``zone``: the clock alone today, with the weekday within six days, else the date."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    days = (local.date() - today.date()).days
    if days == 0:
        return f"{local:%H:%M}"
    return f"{local:%a %H:%M}" if 0 < days < 7 else f"{local.day} {local:%b %H:%M}"


def gap_words(rota: Rota, now: datetime) -> list[str]:
    """Return each stretch in which nobody is on call."""
    told, zone = [], rota.zone
    for began, ends in rota.gaps:
        begins = max(began, now)
        if ends > now:
            lasts = length((ends - begins).total_seconds())
            told.append(
                tr(
                    "{begins} to {ends}, {lasts}",
                    begins=soon(begins, now, zone),
                    ends=soon(ends, now, zone),
                    lasts=lasts,
                )
            )
    return told
