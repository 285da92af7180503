"""What a text says: monitor, state word, short code, why, when, and how to answer, in one message if it can. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from statusapp_agent.sms.gsm7 import room, shorten, squeeze, transliterate, units

_WORDS = {"trigger": "DOWN", "update": "STILL DOWN", "acknowledge": "ACK", "resolve": "UP", "test": "TEST"}
_SHORTEST_WHY = 12


def compose(
    notice: Mapping[str, Any], tag: str, *, parts: int = 1, answerable: bool = False, zone: tzinfo = UTC
) -> str:
    """Return the text of a notice in at most ``parts`` messages.

    Never left out are the monitor, the state word, the short code and the tag, by which we find our own message again.
    What else there is, is left out in the order in which a person can do without it.
    """
    incident = _mapping(notice.get("incident"))
    number = incident.get("number")
    code = f"#{number}" if number is not None else ""
    word = _WORDS.get(str(notice.get("action")), "NEWS")
    end = f" ({transliterate(tag)})" if tag else ""
    most = room(parts)
    name = squeeze(_name(notice, incident), max(20, most - units(f" {word} {code}{end}") - _SHORTEST_WHY))
    head = " ".join(part for part in (name, word, code) if part)
    why, extras = transliterate(_why(notice, incident)).rstrip(". "), _extras(notice, number, answerable, zone)
    while True:
        tail = "".join(f". {extra}" for extra in extras) + end
        left = most - units(head) - units(tail) - 2
        if left >= min(units(why), _SHORTEST_WHY) or not extras:
            break
        extras = extras[:-1]
    told = f"{head}: {shorten(why, left)}" if why and left >= min(units(why), _SHORTEST_WHY) else head
    return f"{told}{tail}"


def _name(notice: Mapping[str, Any], incident: Mapping[str, Any]) -> str:
    named = _mapping(notice.get("monitor")).get("name") or incident.get("monitor") or notice.get("source")
    return transliterate(str(named or "StatusApp")) or "StatusApp"


def _why(notice: Mapping[str, Any], incident: Mapping[str, Any]) -> str:
    if notice.get("action") == "acknowledge":
        return f"{notice.get('by') or 'somebody'} has it in hand"
    if notice.get("action") == "resolve":
        return str(notice.get("reason") or "it is over")
    return str(incident.get("cause") or notice.get("reason") or "")


def _extras(notice: Mapping[str, Any], number: Any, answerable: bool, zone: tzinfo) -> list[str]:
    """Return what follows the reason, the most useful first."""
    extras = []
    page = notice.get("action") in ("trigger", "update")
    if page and answerable and number is not None:
        extras.append(f"Reply ACK {number}")
    if paused := _clock(notice.get("paused_until"), zone):
        extras.append(f"No more texts until {paused}")
    if at := _clock(incident_time(notice), zone):
        extras.append(at)
    return extras


def incident_time(notice: Mapping[str, Any]) -> Any:
    """Return when what is told happened."""
    incident = _mapping(notice.get("incident"))
    wanted = {"resolve": "resolved_at", "acknowledge": "acknowledged_at"}.get(str(notice.get("action")), "began_at")
    return incident.get(wanted) or notice.get("at")


def _clock(at: Any, zone: tzinfo) -> str:
    try:
        return transliterate(f"{datetime.fromisoformat(at).astimezone(zone):%H:%M %Z}")
    except (TypeError, ValueError):
        return ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
