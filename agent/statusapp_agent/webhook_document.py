"""What a webhook posts: the documented JSON of a notice, or a template of the user's own; and its signature. Pure.

Signature by https://www.standardwebhooks.com: ``v1,`` and base64 of HMAC-SHA256 over ``id.timestamp.body``.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from string import Template
from typing import Any

from statusapp_agent.jsonable import encode, jsonable
from statusapp_agent.telling import Notice, line, part, read

SIGNED_PREFIX = "whsec_"
_PLACES = {
    "action": "trigger, acknowledge, resolve, update, test or change",
    "status": "open, acknowledged, resolved, or change",
    "severity": "critical, error, warning or info",
    "headline": "DOWN: nas-web",
    "news": "what has just happened, one sentence",
    "cause": "what is wrong, one sentence",
    "monitor": "its name",
    "kind": "the kind of check",
    "target": "what is checked",
    "number": "the short code, a number",
    "incident": "the id, unique for ever",
    "dedup_key": "the same for all that is told of one incident",
    "began_at": "first failing check, ISO 8601",
    "opened_at": "confirmed, ISO 8601",
    "acknowledged_by": "a name, or null",
    "resolved_at": "ISO 8601, or null",
    "at": "when this was decided, ISO 8601",
    "error": "class of the fault, such as connect_refused",
    "latency_ms": "of the last check, a number or null",
    "region": "where it is checked from",
    "tier": "a name, or null",
    "runbook": "an address, or null",
    "url": "of the incident, or null",
    "test": "true for a test of the channel",
}


def places() -> Mapping[str, str]:
    """Return the names that a template may use, each with what it stands for."""
    return _PLACES


def document(notice: Notice) -> dict[str, Any]:
    """Return what is posted where there is no template."""
    told = read(notice)
    kept = (
        "monitor",
        "check",
        "confirmation",
        "recent",
        "dependents",
        "children",
        "changes",
        "told",
        "story",
        "region",
    )
    whole = jsonable({name: notice[name] for name in kept if name in notice})
    return {
        "type": f"statusapp.{told.action or 'notice'}",
        "timestamp": line(notice.get("at")),
        "data": {**values(notice), "incident": jsonable(part(notice, "incident")), **whole},
    }


def values(notice: Notice) -> dict[str, Any]:
    """Return what the names of a template stand for in this notice."""
    told = read(notice)
    incident, monitor, check = part(notice, "incident"), part(notice, "monitor"), part(notice, "check")
    latency = check.get("latency_ms")
    return {
        "action": told.action,
        "status": told.status,
        "severity": told.severity,
        "headline": told.headline,
        "news": told.news,
        "cause": told.cause,
        "monitor": told.name,
        "kind": line(monitor.get("kind")) or None,
        "target": line(monitor.get("target")) or None,
        "number": told.number,
        "incident": told.incident or None,
        "dedup_key": line(notice.get("dedup_key")) or None,
        "began_at": line(incident.get("began_at")) or None,
        "opened_at": line(incident.get("opened_at")) or None,
        "acknowledged_by": line(incident.get("acknowledged_by")) or None,
        "resolved_at": line(incident.get("resolved_at")) or None,
        "at": line(notice.get("at")) or None,
        "error": line(check.get("error")) or None,
        "latency_ms": latency if isinstance(latency, int | float) else None,
        "region": line(notice.get("region")) or None,
        "tier": line(monitor.get("tier")) or None,
        "runbook": line(monitor.get("runbook")) or None,
        "url": line(incident.get("url")) or None,
        "test": told.is_test,
    }


def checked(template: str) -> str:
    """Return a template that can be filled; raise ValueError with a sentence for any other."""
    try:
        read_template = json.loads(template)
    except (ValueError, RecursionError) as fault:
        where = f" (line {fault.lineno}, column {fault.colno})" if isinstance(fault, json.JSONDecodeError) else ""
        raise ValueError(f"the template is not JSON{where}; ${{name}} stands inside of quotation marks") from None
    for text in _texts(read_template):
        found = Template(text)
        if not found.is_valid():
            raise ValueError(f'the template has a $ that begins no name in "{text[:60]}"; write $$ for a dollar sign')
        for name in found.get_identifiers():
            if name not in _PLACES:
                known = ", ".join(sorted(_PLACES))
                raise ValueError(f'the template names "{name[:60]}", which is not known; there are: {known}')
    return template


def body(notice: Notice, template: str | None) -> bytes:
    """Return the bytes to post."""
    if template is None:
        return encode(document(notice))
    return encode(jsonable(_filled(json.loads(template), values(notice))))


def _filled(value: Any, given: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return _filled_text(value, given)
    if isinstance(value, list):
        return [_filled(each, given) for each in value]
    if isinstance(value, dict):
        return {_as_text(_filled_text(key, given)): _filled(inner, given) for key, inner in value.items()}
    return value


def _filled_text(text: str, given: Mapping[str, Any]) -> Any:
    """Return a text with its names replaced; a text that is one name alone becomes what it stands for, as it is."""
    template = Template(text)
    names = template.get_identifiers()
    if len(names) == 1 and text in (f"${names[0]}", f"${{{names[0]}}}"):
        return given.get(names[0])
    # Values are only ever put in, never looked at again: a name inside of one stays as it is.
    return template.safe_substitute({name: _as_text(value) for name, value in given.items()})


def _as_text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    if isinstance(value, dict):
        return [text for key, inner in value.items() for text in (key, *_texts(inner))]
    return []


def key_of(secret: str) -> bytes:
    """Return the key that a secret stands for: base64 behind ``whsec_``, any other text by itself."""
    if secret.startswith(SIGNED_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(SIGNED_PREFIX), validate=True)
        except binascii.Error:
            return secret.encode()
    return secret.encode()


def signature(secret: str, message_id: str, timestamp: int, content: bytes) -> str:
    """Return the value of the header ``webhook-signature``; ``timestamp`` is Unix time in seconds."""
    signed = f"{message_id}.{timestamp}.".encode() + content
    digest = hmac.new(key_of(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
