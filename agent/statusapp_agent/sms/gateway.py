"""Texts by any gateway with an HTTP API, described by its request: a GSM box, a phone's app, a small provider."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from statusapp_agent.channels.http_channel import by_status, read_json
from statusapp_agent.core.model import Again
from statusapp_agent.http_exchange import Answer, HttpCall, send
from statusapp_agent.kinds import ChannelTools
from statusapp_agent.sms.carrier import Carrier, Fate, Inbound, Lost, Step, Taken, Trouble, Whose, unanswered
from statusapp_agent.sms.gateway_template import filled_body, filled_header, filled_url
from statusapp_agent.sms.settings import SmsSettings
from statusapp_agent.wire.excerpt import excerpt

_WHO = "the gateway"
_SENDERS = ("from", "sender", "phone", "phoneNumber", "number", "msisdn", "originator", "address")
_TEXTS = ("text", "message", "body", "content", "msg")
_IDS = ("id", "uuid", "messageId", "message_id", "_id", "key", "timestamp", "receivedAt", "received_at", "date")
_TIMES = ("received_at", "receivedAt", "timestamp", "date", "time", "created_at", "createdAt", "dateReceived")
_CLOCKS_DIFFER = timedelta(minutes=5)
_LEVELS = 4
_MOST = 200


class Gateway(Carrier):
    """The described request."""

    def __init__(self, settings: SmsSettings, token: str) -> None:
        self._settings = settings
        self._token = token

    async def send(self, body: str, number: str, tools: ChannelTools) -> Step:
        """Hand a text over; by the settings' own word, or by the status, it was taken."""
        settings = self._settings
        values = self._values(number, body, tools.tag)
        headers = self._headers(values)
        content = None
        if settings.body is not None:
            filled, kind = filled_body(settings.body, values)
            content = filled.encode()
            if not any(name.lower() == "content-type" for name in headers):
                headers["Content-Type"] = kind
        method = settings.method or ("GET" if content is None else "POST")
        call = HttpCall(method, filled_url(settings.url or "", values), headers, content=content)
        answer = await send(call, tools.http, tools.timeout_s)
        if not isinstance(answer, Answer):
            return unanswered(answer)
        if answer.status // 100 == 2:
            return self._taken(answer)
        outcome = by_status(answer.status, answer.headers, _WHO)
        if isinstance(outcome, Again):
            return Trouble(outcome, answered=True)
        said = excerpt(answer.body, 200).strip()
        whose = Whose.CHANNEL if answer.status in (401, 403, 404, 405) else Whose.MESSAGE
        return Lost(f"{_WHO} refused the text ({answer.status}){': ' + said if said else ''}", whose)

    def _taken(self, answer: Answer) -> Step:
        said = answer.body.decode("utf-8", "replace")
        if self._settings.success is not None and not re.search(self._settings.success, said):
            if not answer.complete:
                return Trouble(Again(f"{_WHO} hung up in the middle of its answer", maybe_sent=True), answered=True)
            return Lost(f"{_WHO} answered {answer.status}, but not what success asks for: {excerpt(said, 200)}")
        return Taken("", "taken", Fate.UNKNOWN)

    def _values(self, number: str, body: str, tag: str) -> dict[str, str]:
        return {"to": number, "text": body, "from": self._settings.sender or "", "token": self._token, "tag": tag}

    def _headers(self, values: Mapping[str, str]) -> dict[str, str]:
        return {name: filled_header(value, values) for name, value in (self._settings.headers or {}).items()}

    async def inbox(self, since: datetime, tools: ChannelTools) -> list[Inbound] | Again:
        """Return all texts that the gateway lists; a time that cannot be, as of a box without a clock, is none."""
        if self._settings.inbox_url is None:
            return []
        values = self._values("", "", "")
        call = HttpCall("GET", filled_url(self._settings.inbox_url, values), self._headers(values))
        answer = await send(call, tools.http, tools.timeout_s)
        if not isinstance(answer, Answer):
            return answer if isinstance(answer, Again) else Again(answer.reason, slow=True)
        if answer.status // 100 != 2 or not answer.complete:
            return Again(f"{_WHO} does not show its inbox ({answer.status})", slow=answer.status in (401, 403, 404))
        latest = tools.now() + _CLOCKS_DIFFER
        return [
            each if each.at is not None and since <= each.at <= latest else replace(each, at=None)
            for each in _inbound(read_json(answer.body))
        ]


def _inbound(said: Any) -> Iterator[Inbound]:
    """Return every object in an answer that has a sender and a text, wherever it is."""
    for item in list(_objects(said, _LEVELS))[:_MOST]:
        sender, text = _first(item, _SENDERS), _first(item, _TEXTS)
        if sender and text:
            named = _first(item, _IDS) or ""
            whole = hashlib.sha256(f"{named}\0{sender}\0{text}".encode("utf-8", "replace")).hexdigest()[:24]
            yield Inbound(whole, sender, text[:1600], _when(item))


def _when(item: Mapping[str, Any]) -> datetime | None:
    """Return when a text came: ISO 8601 with a zone, or seconds or milliseconds since 1970; else nobody knows."""
    said = _first(item, _TIMES) or ""
    if said.isdigit() and 10 <= len(said) <= 13:
        return datetime.fromtimestamp(int(said[:10]), UTC)
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None  # a local time of nobody knows where would be hours off


def _objects(value: Any, levels: int) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
    if levels:
        inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
        for each in inner:
            if isinstance(each, Mapping | list):
                yield from _objects(each, levels - 1)


def _first(item: Mapping[str, Any], names: Iterable[str]) -> str | None:
    found = (item.get(name) for name in names)
    return next((str(each) for each in found if isinstance(each, str | int) and str(each).strip()), None)
