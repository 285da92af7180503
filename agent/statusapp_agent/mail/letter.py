"""A notice as a mail: one thread for each incident, whatever becomes of single mails. Pure: same notice, same mail.

Threads by RFC 5322, section 3.6.4; the id of the first mail is computed from the incident, so that later ones refer to
it even if it was lost. The subject stays the same, because some readers go by it. Automatic mail says so (RFC 3834).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from typing import Any

import jinja2

from statusapp_agent.core.model import Action
from statusapp_agent.jsonable import cut
from statusapp_agent.mail.chart import chart
from statusapp_agent.mail.layout import HTML, TEXT
from statusapp_agent.telling import Notice, Told, line, part, read, time_of

_SUBJECT_CHARACTERS = 150
_MOST_ROWS = 100
_OPENING = (Action.TRIGGER.value, Action.TEST.value)
_COLOURS = {"open": "#b3261e", "acknowledged": "#8a5200", "resolved": "#1e7b34"}
_TEST_COLOUR = "#2457c5"
_SEVERITY_COLOURS = {"warning": "#a04a00", "info": "#2457c5"}


@dataclass(frozen=True, slots=True)
class Envelope:
    """From whom, to whom (addresses as they stand in the header), and where answers go."""

    sender: str
    to: tuple[str, ...]
    domain: str
    reply_to: str | None = None


def message_id(told: Told, domain: str, tag: str, *, is_root: bool) -> str:
    """Return the id of a mail, the same in each try: the incident's own for its first, another for each later one."""
    if told.action == Action.CHANGE.value:  # belongs to no incident, and is a thread of its own
        return f"<note-{_atom(tag)}@{domain}>"
    return root_id(told, domain) if is_root else f"<inc-{_atom(told.incident)}.{_atom(tag)}@{domain}>"


def root_id(told: Told, domain: str) -> str:
    """Return the id of the first mail of an incident."""
    return f"<inc-{_atom(told.incident)}.0@{domain}>"


def letter(notice: Notice, envelope: Envelope, tag: str, *, is_root: bool, now: datetime) -> EmailMessage:
    """Return the mail of a notice; ``now`` is its date where the notice has none."""
    told = read(notice)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = envelope.sender
    mail["To"] = ", ".join(envelope.to)
    if envelope.reply_to:
        mail["Reply-To"] = envelope.reply_to
    mail["Subject"] = subject(told, notice, is_root=is_root)
    mail["Date"] = format_datetime((told.at or now).astimezone(UTC))
    mail["Message-ID"] = message_id(told, envelope.domain, tag, is_root=is_root)
    if not is_root:
        mail["In-Reply-To"] = root_id(told, envelope.domain)
        mail["References"] = root_id(told, envelope.domain)
    mail["List-Id"] = f"StatusApp alerts <alerts.{envelope.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    if told.severity == "critical" and told.action == Action.TRIGGER.value:
        mail["Importance"] = "high"
        mail["X-Priority"] = "1"
    values = _values(told, notice)
    # Quoted-printable whatever is in it: no line is too long, and no server needs to know of eight bits.
    mail.set_content(_templates().from_string(TEXT).render(values), cte="quoted-printable")
    mail.add_alternative(_templates(html=True).from_string(HTML).render(values), "html", cte="quoted-printable")
    mail.set_boundary("=_" + hashlib.sha256(str(mail["Message-ID"]).encode()).hexdigest()[:32])
    return mail


def subject(told: Told, notice: Notice, *, is_root: bool) -> str:
    """Return the subject, which stays the same for all mails of an incident but for the ``Re:``."""
    if told.action == Action.CHANGE.value:
        return f"[StatusApp] {cut(told.news, _SUBJECT_CHARACTERS)}"
    mark = "Test of " if told.is_test else "DRILL " if notice.get("purpose") == "drill" else ""
    number = "" if told.number is None else f" #{told.number}"
    return ("" if is_root else "Re: ") + f"[StatusApp] {mark}{cut(told.name, _SUBJECT_CHARACTERS)}{number}"


def _values(told: Told, notice: Notice) -> dict[str, Any]:
    agent = part(notice, "agent")
    return {
        "headline": told.headline,
        "number": told.number,
        "news": told.news,
        "at": _clock(told.at),
        "colour": _TEST_COLOUR if told.is_test else _colour(told),
        "facts": _facts(told),
        "links": told.links,
        "chart": chart(part(notice, "check"), notice.get("latencies_ms")),
        "recent": [(_clock(at), status, text) for at, status, text in _recent(notice)],
        "story": [(_clock(at), text) for at, text in told.story],
        "told": [(channel, state, _clock(at)) for channel, state, at in _told(notice)],
        "signature": " ".join(
            each for each in ("StatusApp", line(agent.get("version")), _at_home(notice), "· times are UTC") if each
        ),
    }


def _facts(told: Told) -> list[tuple[str, str]]:
    since = [("Since", _clock(told.began_at))] if told.began_at else []
    cause = [("Cause", told.cause)] if told.cause and told.cause != told.news else []
    return [*cause, *told.facts[:2], *since, *told.facts[2:]]


def _colour(told: Told) -> str:
    if told.status == "open":
        return _SEVERITY_COLOURS.get(told.severity, _COLOURS["open"])
    return _COLOURS.get(told.status, _TEST_COLOUR)


def _at_home(notice: Notice) -> str:
    region = line(notice.get("region"))
    return f"at {region}" if region else ""


def _recent(notice: Notice) -> list[tuple[datetime | None, str, str]]:
    return [
        (time_of(row.get("at")), line(row.get("status")) or "?", line(row.get("message")) or _took(row))
        for row in _rows(notice.get("recent"))
    ]


def _took(row: Mapping[str, Any]) -> str:
    latency = row.get("latency_ms")
    return f"{latency:.0f} ms" if isinstance(latency, int | float) else ""


def _told(notice: Notice) -> list[tuple[str, str, datetime | None]]:
    rows = _rows(notice.get("told"))
    return [(line(row.get("channel")), line(row.get("state")), time_of(row.get("at"))) for row in rows]


def _rows(said: Any) -> Sequence[Mapping[str, Any]]:
    return [row for row in said if isinstance(row, Mapping)][:_MOST_ROWS] if isinstance(said, list) else []


def _clock(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _atom(said: str) -> str:
    """Return text that may stand in a message id: letters, digits and a few signs."""
    return "".join(each for each in said if each.isascii() and (each.isalnum() or each in "-_"))[:64] or "0"


@cache
def _templates(*, html: bool = False) -> jinja2.Environment:
    # The templates are ours; what comes from monitors is only ever a value in them, escaped in HTML.
    return jinja2.Environment(
        autoescape=html,  # noqa: S701 (text is text, HTML is escaped)
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
