"""What a notice says, in the words that every kind of channel shares: a headline, facts, links and the story. Pure.

A notice is JSON from the outbox, perhaps of an older version: whatever is missing or of another kind is left out, and
nothing here raises. Times are aware UTC; texts are on one line, and not escaped for anything yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from statusapp_agent.core.model import Action, Purpose
from statusapp_agent.core.phrases import between, capital
from statusapp_agent.jsonable import cut, one_line

Notice = Mapping[str, Any]

_URL_CHARACTERS = 2_000
_TEXT_CHARACTERS = 2_000
_MOST_LISTED = 10
_STATE_WORDS = {"open": "DOWN", "acknowledged": "Acknowledged", "resolved": "Resolved"}


@dataclass(frozen=True, slots=True)
class Told:
    """One notice, read.

    ``status`` is the incident's (open, acknowledged, resolved), or ``change`` where there is none. ``headline`` says
    how it stands, ``news`` what has just happened. ``facts`` are names with values, ``links`` names with web addresses.
    """

    action: str
    status: str
    severity: str
    name: str
    number: int | None
    incident: str
    headline: str
    news: str
    cause: str
    is_test: bool
    at: datetime | None
    began_at: datetime | None
    facts: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...]
    story: tuple[tuple[datetime, str], ...]

    @property
    def title(self) -> str:
        """Return what people call it: ``nas-web #42``."""
        return self.name if self.number is None else f"{self.name} #{self.number}"


def read(notice: Notice) -> Told:
    """Return a notice in words."""
    if notice.get("action") == Action.CHANGE.value:
        return _change(notice)
    incident, monitor = part(notice, "incident"), part(notice, "monitor")
    name = line(monitor.get("name") or incident.get("monitor")) or "a monitor without a name"
    is_test = notice.get("action") == Action.TEST.value or notice.get("purpose") == Purpose.TEST.value
    number = incident.get("number")
    return Told(
        action=line(notice.get("action")),
        status=status_of(incident),
        severity=line(notice.get("severity")) or "critical",
        name=name,
        number=number if isinstance(number, int) else None,
        incident=line(incident.get("id")),
        headline=_headline(notice, status_of(incident), name, is_test=is_test),
        news=_news(notice, incident),
        cause=line(incident.get("cause")) or line(part(notice, "check").get("message")) or line(notice.get("reason")),
        is_test=is_test,
        at=time_of(notice.get("at")),
        began_at=time_of(incident.get("began_at")),
        facts=tuple(_facts(notice)),
        links=tuple(_links(notice)),
        story=tuple(_story(notice)),
    )


def _change(notice: Notice) -> Told:
    summary = line(notice.get("summary")) or "a change that nobody described"
    about = line(notice.get("monitor"))
    facts = [("Monitor", about), ("Region", line(notice.get("region")))]
    # A hand-off lists what is open, a digest what it is made of: a digest of one line is all in its summary.
    lines = lines_of(notice)
    facts += [(f"{number}.", line(each)) for number, each in enumerate(lines, 1)] if lines[1:] else []
    link = web_url(notice.get("link"))
    return Told(
        action=Action.CHANGE.value,
        status="change",
        severity="info",
        name=about or "a change",
        number=None,
        incident="",
        headline=f"Change: {summary}",
        news=summary,
        cause=summary,
        is_test=False,
        at=time_of(notice.get("at")),
        began_at=None,
        facts=tuple((name, value) for name, value in facts if value),
        links=(("What changed", link),) if link else (),
        story=(),
    )


def lines_of(notice: Notice) -> tuple[str, ...]:
    """Return the lines of a digest or of a hand-off; a change that somebody reported has none."""
    found = part(notice, "details").get("lines")
    return tuple(map(str, found)) if isinstance(found, (list, tuple)) else ()


def _headline(notice: Notice, status: str, name: str, *, is_test: bool) -> str:
    if is_test:
        return f"Test over: {name}" if status == "resolved" else f"Test: {name}"
    drill = "[DRILL] " if notice.get("purpose") == Purpose.DRILL.value else ""
    return f"{drill}{_STATE_WORDS.get(status, 'DOWN')}: {name}"


def _news(notice: Notice, incident: Notice) -> str:
    reason = line(notice.get("reason"))
    match notice.get("action"):
        case Action.ACKNOWLEDGE.value:
            by, via = line(notice.get("by")), line(notice.get("via"))
            return f"Acknowledged by {by}{f' via {via}' if via else ''}" if by else capital(reason or "acknowledged")
        case Action.RESOLVE.value:
            lasted = _lasted(notice)
            return f"Resolved{f' after {lasted}' if lasted else ''}{f': {reason}' if reason else ''}"
        case Action.UPDATE.value:
            return capital(reason or "something changed")
        case _:
            return line(incident.get("cause")) or reason


def status_of(incident: Notice) -> str:
    """Return how an incident stands: open unless it says otherwise."""
    said = incident.get("status")
    return said if isinstance(said, str) and said in _STATE_WORDS else "open"


def _lasted(notice: Notice) -> str:
    incident = part(notice, "incident")
    began = time_of(incident.get("began_at"))
    ended = time_of(incident.get("resolved_at")) or time_of(notice.get("at"))
    return between(began, ended) if began and ended else ""


def _facts(notice: Notice) -> list[tuple[str, str]]:
    incident, monitor, check = part(notice, "incident"), part(notice, "monitor"), part(notice, "check")
    over = status_of(incident) == "resolved"
    offered = [
        ("Target", line(monitor.get("target"))),
        ("Severity", line(notice.get("severity"))),
        ("Lasted" if over else "Down for", _lasted(notice)),
        ("Acknowledged by", line(incident.get("acknowledged_by"))),
        ("Resolved by", line(incident.get("resolved_by")) if over else ""),
        ("Response time", _response_time(check)),
        ("Error", line(check.get("error"))),
        ("Holds up", _names(notice.get("dependents"))),
        ("Includes", _names(notice.get("children"))),
        ("Region", line(notice.get("region"))),
        ("Tier", line(monitor.get("tier"))),
        ("Tags", _names(monitor.get("tags"))),
        ("Notes", line(monitor.get("notes"))),
    ]
    return [(name, value) for name, value in offered if value]


def _response_time(check: Notice) -> str:
    last, usual = check.get("latency_ms"), check.get("p50_ms")
    if not isinstance(last, int | float):
        return ""
    return f"{last:g} ms" + (f" (usually {usual:g} ms)" if isinstance(usual, int | float) else "")


def _links(notice: Notice) -> list[tuple[str, str]]:
    incident, monitor = part(notice, "incident"), part(notice, "monitor")
    offered = [
        ("Open incident", web_url(incident.get("url"))),
        ("Runbook", web_url(monitor.get("runbook"))),
        ("What is watched", web_url(monitor.get("url"))),
    ]
    return [(name, url) for name, url in offered if url]


def _story(notice: Notice) -> list[tuple[datetime, str]]:
    said = notice.get("story")
    rows = said if isinstance(said, list) else []
    return [
        (at, line(row.get("text")))
        for row in rows
        if isinstance(row, Mapping) and (at := time_of(row.get("at"))) is not None and line(row.get("text"))
    ]


def part(value: Notice, name: str) -> Notice:
    """Return an object inside an object; an empty one where there is none."""
    found = value.get(name)
    return found if isinstance(found, Mapping) else {}


def line(said: Any) -> str:
    """Return a text or a number on one line, anything else as nothing."""
    if isinstance(said, bool) or not isinstance(said, str | int | float):
        return ""
    return cut(one_line(str(said)), _TEXT_CHARACTERS)


def _names(said: Any) -> str:
    names = [line(each) for each in said if line(each)] if isinstance(said, list) else []
    more = f" and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    return ", ".join(names[:_MOST_LISTED]) + more


def time_of(said: Any) -> datetime | None:
    """Return a time from ISO 8601 with its zone; None for anything else."""
    try:
        at = datetime.fromisoformat(said)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo else None


def web_url(said: Any) -> str | None:
    """Return an absolute web address as it is, None for anything else."""
    if not isinstance(said, str) or len(said) > _URL_CHARACTERS or one_line(said) != said or " " in said:
        return None
    try:
        parts = urlsplit(said)
    except ValueError:
        return None
    return said if parts.scheme in ("http", "https") and parts.hostname else None
