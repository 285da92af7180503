"""What PagerDuty's Events API accepts, as its documentation and its answers tell: every fault of a body. Pure.

Stricter than the real one wherever that catches a mistake of ours: unknown fields and relative links are faults here.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NoReturn
from urllib.parse import urlsplit

BODY_BYTES = 512_000
KEY_CHARACTERS = 32
SUMMARY_CHARACTERS = 1024
DEDUP_CHARACTERS = 255
ACTIONS = ("trigger", "acknowledge", "resolve")
SEVERITIES = ("critical", "warning", "error", "info")

_EVENT_FIELDS = {
    "routing_key",
    "event_action",
    "dedup_key",
    "payload",
    "client",
    "client_url",
    "links",
    "images",
}
_PAYLOAD_FIELDS = {"summary", "source", "severity", "timestamp", "component", "group", "class", "custom_details"}
_CHANGE_FIELDS = {"routing_key", "payload", "links"}
_CHANGE_PAYLOAD_FIELDS = {"summary", "source", "timestamp", "custom_details"}

Faults = list[str]


def read(body: bytes) -> Any:
    """Return what a body holds; raise ValueError unless it is valid JSON in UTF-8, without NaN and the like."""
    text = body.decode("utf-8")
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    # An escaped half of a surrogate pair is read by Python and by few others.
    json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def event_faults(event: Mapping[str, Any]) -> Faults:
    """Return what is wrong with an event besides its routing key being unknown."""
    faults = key_faults(event) + _unknown(event, _EVENT_FIELDS)
    action = event.get("event_action")
    if _blank(action):
        faults.append("'event_action' is missing or blank")
    elif action not in ACTIONS:
        faults.append("'event_action' is invalid (must be one of the following: 'trigger', 'acknowledge' or 'resolve')")
    faults += _dedup_faults(event, needed=action in ("acknowledge", "resolve"))
    if action == "trigger" or "payload" in event:
        faults += _payload_faults(event.get("payload"), _PAYLOAD_FIELDS, severity=True)
    for name in ("client", "client_url"):
        faults += _text_faults(event, name, name)
    return faults + _links_faults(event.get("links")) + _images_faults(event.get("images"))


def change_faults(event: Mapping[str, Any]) -> Faults:
    """Return what is wrong with a change event."""
    faults = key_faults(event) + _unknown(event, _CHANGE_FIELDS)
    faults += _payload_faults(event.get("payload"), _CHANGE_PAYLOAD_FIELDS, severity=False)
    key = event.get("routing_key")
    if not faults and isinstance(key, str) and key.startswith("R"):
        faults.append("'routing_key' belongs to an event orchestration, which takes no change events")
    return faults + _links_faults(event.get("links"))


def key_faults(event: Mapping[str, Any]) -> Faults:
    """Return what is wrong with the look of a routing key."""
    key = event.get("routing_key")
    if not isinstance(key, str) or not key.strip():
        return ["'routing_key' is missing or blank"]
    faults = []
    if len(key) != KEY_CHARACTERS:
        faults.append(f"Length of 'routing_key' is incorrect (should be {KEY_CHARACTERS} characters)")
    if not (key.isascii() and key.isalnum()):
        faults.append("'routing_key' cannot contain non-alphanumeric characters.")
    return faults


def _dedup_faults(event: Mapping[str, Any], *, needed: bool) -> Faults:
    key = event.get("dedup_key")
    if key is None or key == "":
        return ["'dedup_key' is missing or blank"] if needed else []
    if not isinstance(key, str):
        return ["'dedup_key' is invalid (must be a string)"]
    too_long = len(key) > DEDUP_CHARACTERS
    return [f"'dedup_key' is too long (maximum is {DEDUP_CHARACTERS} characters)"] if too_long else []


def _payload_faults(payload: Any, fields: set[str], *, severity: bool) -> Faults:
    if not isinstance(payload, Mapping):
        return ["'payload' is missing or blank"]
    faults = [f"'payload.{fault[1:]}" for fault in _unknown(payload, fields)]
    needed = ("summary", "source", "severity") if severity else ("summary",)
    faults += [f"'payload.{name}' is missing or blank" for name in needed if _blank(payload.get(name))]
    for name in ("summary", "source", "component", "group", "class"):
        faults += _text_faults(payload, name, f"payload.{name}")
    summary = payload.get("summary")
    if isinstance(summary, str) and len(summary) > SUMMARY_CHARACTERS:
        faults.append(f"'summary' is too long (maximum is {SUMMARY_CHARACTERS} characters)")
    if severity and not _blank(payload.get("severity")) and payload["severity"] not in SEVERITIES:
        faults.append(
            "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')"
        )
    if payload.get("timestamp") is not None and not _is_time(payload["timestamp"]):
        faults.append("'payload.timestamp' is invalid (must be ISO 8601 with an offset)")
    if not isinstance(payload.get("custom_details", {}), Mapping):
        faults.append("'payload.custom_details' is invalid (must be an object)")
    return faults


def _unknown(event: Mapping[str, Any], fields: set[str]) -> Faults:
    return [f"'{name}' is not a field of this kind of event" for name in event if name not in fields]


def _text_faults(event: Mapping[str, Any], name: str, shown: str) -> Faults:
    value = event.get(name)
    return [] if value is None or isinstance(value, str) else [f"'{shown}' is invalid (must be a string)"]


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _is_time(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _links_faults(links: Any) -> Faults:
    return _list_faults(links, "links", "href", lambda href: _is_url(href, ("http", "https")))


def _images_faults(images: Any) -> Faults:
    return _list_faults(images, "images", "src", lambda src: _is_url(src, ("https",)))


def _list_faults(items: Any, name: str, field: str, good: Callable[[Any], bool]) -> Faults:
    if items is None:
        return []
    if not isinstance(items, list):
        return [f"'{name}' is invalid (must be a list)"]
    return [
        f"'{name}[{index}].{field}' is missing or invalid"
        for index, item in enumerate(items)
        if not isinstance(item, Mapping) or not good(item.get(field))
    ]


def _is_url(value: Any, schemes: tuple[str, ...]) -> bool:
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.hostname)
