"""What a text message says: one segment with state, name, the number that people answer with, and as much of the cause.

Every message ends in a mark of four characters, different for each: by it a message is found at the other side again.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from statusapp_agent.core.model import Action
from statusapp_agent.core.phrases import between
from statusapp_agent.sms.text import ONE_SEGMENT, gsm, septets, shorten

MARK_CHARACTERS = 4
_NAME_SEPTETS = 48
_BY_SEPTETS = 32
_LEAST_CAUSE_SEPTETS = 12
"""Less of a cause than this says nothing."""
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # without those that are read as one another

Notice = Mapping[str, Any]


def mark(tag: str) -> str:
    """Return the mark of a message, the same in every try: one in 900,000 others has the same."""
    number = int.from_bytes(hashlib.sha256(tag.encode()).digest()[:8], "big")
    found = ""
    for _ in range(MARK_CHARACTERS):
        number, rest = divmod(number, len(_LETTERS))
        found += _LETTERS[rest]
    return found


def wording(notice: Notice, tag: str) -> str:
    """Return the text of a notice: GSM-7, at most 160 septets."""
    incident = _part(notice, "incident")
    action = str(notice.get("action"))
    name = shorten(gsm(str(_part(notice, "monitor").get("name") or "a monitor")), _NAME_SEPTETS)
    number = incident.get("number")
    code = f" #{number}" if number is not None else ""
    state, rest, cause = _said(notice, incident, action)
    drill = "DRILL " if notice.get("purpose") == "drill" else ""
    return _fitted(f"{drill}{state} {name}{code}{rest}", cause, f" ({mark(tag)})")


def _said(notice: Notice, incident: Notice, action: str) -> tuple[str, str, str]:
    """Return the state, what follows the name, and the cause."""
    if action == Action.TEST.value or notice.get("purpose") == "test":
        return "TEST", "", "text messages of StatusApp reach this phone; nothing is wrong"
    if action == Action.ACKNOWLEDGE.value:
        by = incident.get("acknowledged_by") or notice.get("by")
        return "ACKNOWLEDGED", f"{_by(by)}{_at(incident.get('acknowledged_at') or notice.get('at'))}", ""
    if action == Action.RESOLVE.value:
        return _over(notice, incident)
    if action == Action.UPDATE.value:
        return "STILL DOWN", _at(notice.get("at")), str(notice.get("reason") or "")
    check = _part(notice, "check")
    state = "DEGRADED" if check.get("status") == "degraded" else "DOWN"
    since = incident.get("opened_at") or notice.get("at")
    return state, _at(since), str(incident.get("cause") or check.get("message") or notice.get("reason") or "")


def _over(notice: Notice, incident: Notice) -> tuple[str, str, str]:
    began, ended = _time(incident.get("began_at")), _time(incident.get("resolved_at") or notice.get("at"))
    lasted = f" after {between(began, ended)}" if began and ended else ""
    by = incident.get("resolved_by")
    if by and notice.get("via") != "recovery":
        return "RESOLVED", f"{_by(by)}{lasted}", ""
    return "UP", f"{lasted}{_at(ended.isoformat() if ended else None)}", ""


def _fitted(head: str, cause: str, tail: str) -> str:
    told = gsm(cause)
    room = ONE_SEGMENT - septets(head) - septets(tail) - 2
    if not told or room < _LEAST_CAUSE_SEPTETS:
        return shorten(head, ONE_SEGMENT - septets(tail)) + tail
    return f"{head}: {shorten(told, room)}{tail}"


def _by(said: Any) -> str:
    return f" by {shorten(gsm(str(said)), _BY_SEPTETS)}" if said else ""


def _at(said: Any) -> str:
    at = _time(said)
    return f", {at:%H:%M} UTC" if at else ""


def _time(said: Any) -> datetime | None:
    try:
        read = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
    return read.astimezone(UTC) if read is not None and read.tzinfo else None


def _part(notice: Notice, name: str) -> Notice:
    value = notice.get(name)
    return value if isinstance(value, Mapping) else {}
