"""A notice as an event of PagerDuty's Events API v2, within its limits. Pure: the same notice is the same bytes.

Limits: https://developer.pagerduty.com/docs/events-api-v2-overview (512 KB for the whole, summary 1024, dedup_key 255).
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from statusapp_agent.channels.pagerduty_details import Json, details, part
from statusapp_agent.core.model import Action
from statusapp_agent.jsonable import cut, encode, jsonable, one_line

SUMMARY_CHARACTERS = 1024
KEY_CHARACTERS = 255
BODY_BYTES = 512_000
"""The documented 512 KB, read as the smaller of its two meanings."""
_FIELD_CHARACTERS = 255
_URL_CHARACTERS = 2048
_MOST_LINKS = 20
_HASH_CHARACTERS = 32
_SEVERITIES = frozenset({"critical", "error", "warning", "info"})
_VERBS = {Action.ACKNOWLEDGE.value: "acknowledge", Action.RESOLVE.value: "resolve"}
# What stays when everything else had to go: enough to know what broke, since when, and where to read more.
_IMPORTANT = ("name", "target", "url", "status", "reason", "error", "outage", "region", "runbook", "incident")
_TEXT_LIMITS = (32_000, 4_000, 500)
_LIST_LIMITS = (200, 50, 10)
_TRUNCATED = "truncated: the whole would exceed what PagerDuty takes (512,000 bytes); StatusApp has the rest"


def event(notice: Json, routing_key: str) -> dict[str, Any]:
    """Return the event for any action but a change. An acknowledgement and a resolution are three keys only."""
    verb = _VERBS.get(str(notice.get("action")), "trigger")
    made: dict[str, Any] = {
        "routing_key": routing_key,
        "event_action": verb,
        "dedup_key": short_key(str(notice.get("dedup_key"))),
    }
    if verb != "trigger":
        return made
    summary = _summary(notice)
    told = details(notice)
    if len(summary) > SUMMARY_CHARACTERS:
        told["summary_in_full"] = summary
    made["payload"] = _known(
        summary=cut(summary, SUMMARY_CHARACTERS),
        source=source(notice),
        severity=_severity(notice),
        timestamp=_timestamp(part(notice, "incident").get("opened_at")) or _timestamp(notice.get("at")),
        component=_field(part(notice, "monitor").get("kind")),
        group=_field(next(iter(_listed(part(notice, "monitor").get("tags"))), None)),
        custom_details=told,
        **{"class": _field(part(notice, "check").get("error"))},
    )
    made |= _known(
        client="StatusApp",
        client_url=web_url(part(notice, "incident").get("url")),
        links=_links(notice),
        images=_images(notice),
    )
    return made


def change_event(notice: Json, routing_key: str) -> dict[str, Any]:
    """Return the change event for a notice of something that somebody did."""
    told = jsonable(notice.get("details") or {})
    more = {"monitor": notice.get("monitor"), "region": notice.get("region")}
    summary = one_line(str(notice.get("summary") or "")) or "a change that nobody described"
    if len(summary) > SUMMARY_CHARACTERS:
        more["summary_in_full"] = summary
    link = web_url(notice.get("link"))
    return {
        "routing_key": routing_key,
        "payload": _known(
            summary=cut(summary, SUMMARY_CHARACTERS),
            source=_field(notice.get("source")) or _field(notice.get("region")) or "statusapp",
            timestamp=_timestamp(notice.get("at")),
            custom_details={**_known(**jsonable(more)), **(told if isinstance(told, dict) else {"details": told})},
        ),
        **_known(links=[{"href": link, "text": "What changed"}] if link else None),
    }


def encoded(made: dict[str, Any]) -> bytes:
    """Return the event as bytes within the limit: long texts and lists of its details go first, visibly."""
    body = encode(made)
    told = part(part(made, "payload"), "custom_details")
    for text_limit, list_limit in zip(_TEXT_LIMITS, _LIST_LIMITS, strict=True):
        if len(body) <= BODY_BYTES:
            return body
        shorter = {**_shortened(told, text_limit, list_limit), "truncated": _TRUNCATED}
        body = encode({**made, "payload": {**made["payload"], "custom_details": shorter}})
    if len(body) > BODY_BYTES:
        kept = {name: _in_short(told[name]) for name in _IMPORTANT if name in told}
        body = encode({**made, "payload": {**made["payload"], "custom_details": {**kept, "truncated": _TRUNCATED}}})
    return body


def _in_short(value: Any) -> str:
    return cut(value if isinstance(value, str) else encode(value).decode(), _TEXT_LIMITS[-1])


def _shortened(value: Any, text_limit: int, list_limit: int) -> Any:
    if isinstance(value, str):
        return cut(value, text_limit, f"… (truncated, {len(value)} characters)")
    if isinstance(value, dict):
        names = list(value)[: list_limit * 2]
        made = {cut(name, text_limit): _shortened(value[name], text_limit, list_limit) for name in names}
        return made if len(value) == len(names) else {**made, "truncated": f"{len(value) - len(names)} more"}
    if isinstance(value, list):
        made_list = [_shortened(inner, text_limit, list_limit) for inner in value[:list_limit]]
        return made_list if len(value) <= list_limit else [*made_list, f"(truncated, {len(value)} in all)"]
    return value


def short_key(key: str) -> str:
    """Return a dedup key that PagerDuty takes: itself, or its beginning with a hash of the whole behind it."""
    plain = one_line(key)
    if len(plain) <= KEY_CHARACTERS:
        return plain
    digest = hashlib.sha256(plain.encode()).hexdigest()[:_HASH_CHARACTERS]
    return f"{plain[: KEY_CHARACTERS - _HASH_CHARACTERS - 1]}-{digest}"


def _summary(notice: Json) -> str:
    incident = part(notice, "incident")
    name = one_line(str(part(notice, "monitor").get("name") or incident.get("monitor") or "a monitor without a name"))
    reason = incident.get("cause") or part(notice, "check").get("message") or notice.get("reason")
    said = f"{name}: {one_line(str(reason))}" if reason else name
    if _is_test(notice):
        return f"[TEST] {said}"
    return f"[DRILL] [DOWN] {said}" if notice.get("purpose") == "drill" else f"[DOWN] {said}"


def _is_test(notice: Json) -> bool:
    return notice.get("action") == Action.TEST.value or notice.get("purpose") == "test"


def _severity(notice: Json) -> str:
    if _is_test(notice):
        return "info"
    said = str(notice.get("severity")).lower()
    return said if said in _SEVERITIES else "critical"


def source(notice: Json) -> str:
    """Return the host of what is watched, without port or credentials; never empty."""
    monitor = part(notice, "monitor")
    for said in (monitor.get("url"), monitor.get("target")):
        if host := _host(said):
            return host
    return _field(monitor.get("name")) or _field(notice.get("region")) or "statusapp"


def _host(said: Any) -> str | None:
    if not isinstance(said, str) or not said.strip():
        return None
    text = one_line(said)
    if text.count(":") > 1 and "://" not in text and not text.startswith("["):
        return _field(text)  # a bare IPv6 address
    try:
        host = urlsplit(text if "://" in text else f"//{text}").hostname
    except ValueError:
        return None
    return _field(host)


def _timestamp(said: Any) -> str | None:
    if not isinstance(said, str):
        return None
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        return None
    return at.isoformat() if at.tzinfo else None


def _field(said: Any) -> str | None:
    text = one_line(str(said)) if said is not None else ""
    return cut(text, _FIELD_CHARACTERS) or None


def web_url(said: Any, schemes: tuple[str, ...] = ("http", "https")) -> str | None:
    """Return an absolute web address as it is, None for anything else: PagerDuty refuses or breaks the others."""
    if not isinstance(said, str) or len(said) > _URL_CHARACTERS or one_line(said) != said or " " in said:
        return None
    try:
        parts = urlsplit(said)
    except ValueError:
        return None
    return said if parts.scheme in schemes and parts.hostname else None


def _listed(said: Any) -> list[Any]:
    """Return what was said as a list; anything else is none: a page must leave whatever it holds."""
    return said if isinstance(said, list) else []


def _links(notice: Json) -> list[dict[str, str]] | None:
    incident, monitor = part(notice, "incident"), part(notice, "monitor")
    number = incident.get("number")
    offered: list[tuple[Any, str]] = [
        (incident.get("url"), f"Incident #{number} in StatusApp" if number is not None else "Incident in StatusApp"),
        (monitor.get("runbook"), "Runbook"),
        (monitor.get("url"), "What is watched"),
    ]
    offered += [
        (change.get("link"), cut(f"Change: {one_line(str(change.get('summary') or ''))}", 200))
        for change in _listed(notice.get("changes"))
        if isinstance(change, Mapping)
    ]
    links = [{"href": href, "text": text} for said, text in offered if (href := web_url(said))]
    return links[:_MOST_LINKS] or None


def _images(notice: Json) -> list[dict[str, str]] | None:
    images = [
        _known(src=src, href=web_url(image.get("href")), alt=_field(image.get("alt")))
        for image in _listed(notice.get("images"))
        if isinstance(image, Mapping) and (src := web_url(image.get("src"), ("https",)))
    ]
    return images[:_MOST_LINKS] or None


def _known(**named: Any) -> dict[str, Any]:
    return {name: value for name, value in named.items() if value is not None}
