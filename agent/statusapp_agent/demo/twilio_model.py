"""Twilio's side of the Messages resource as a model: what it answers, and what becomes of each text. No I/O, no clock.

Shapes, fields and codes are those of its OpenAPI description and its error dictionary; the numbers of its test
credentials mean here what they mean there. Stricter than the real one where that catches a mistake of ours: unknown
parameters and a missing validity period are faults.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from statusapp_agent.sms.gsm7 import segments

MAGIC_SENDER = "+15005550006"
ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "0f" * 16
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_FIELDS = {"To", "From", "MessagingServiceSid", "Body", "ValidityPeriod", "StatusCallback", "SmartEncoded", "Attempt"}
_MAGIC_FROM = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}
_MAGIC_TO = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
_SENTENCES = {
    20003: "Authenticate",
    20404: "The requested resource was not found",
    20429: "Too Many Requests",
    21211: "The 'To' number {to} is not a valid phone number.",
    21212: "The 'From' number {sender} is not a valid phone number, shortcode, or alphanumeric sender ID.",
    21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: {to}.",
    21602: "Message body is required.",
    21603: "A 'From' phone number is required.",
    21604: "A 'To' phone number is required.",
    21606: "The 'From' phone number {sender} is not a valid, SMS-capable inbound phone number for your account.",
    21608: "The number {to} is unverified. Trial accounts cannot send messages to unverified numbers.",
    21610: "Attempt to send to unsubscribed recipient",
    21611: "This 'From' number has exceeded the maximum number of queued messages",
    21612: "The 'To' phone number {to} is not currently reachable using the 'From' phone number {sender} via SMS.",
    21614: "'To' number {to} is not a valid mobile number",
    21617: "The concatenated message body exceeds the 1600 character limit.",
}
ENDS = ("delivered", "undelivered", "failed", "canceled")


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: a status and a JSON object."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Message:
    """One text: outbound ones go through ``ahead`` (a status, or a status and its error code), one step a look."""

    sid: str
    to: str
    sender: str
    body: str
    direction: str
    status: str
    created_at: datetime
    service: str | None = None
    error_code: int | None = None
    validity_s: int = 0
    ahead: list[str | tuple[str, int]] = field(default_factory=list)

    def advance(self) -> None:
        """Let it come a step further."""
        if self.ahead:
            step = self.ahead.pop(0)
            self.status, self.error_code = step if isinstance(step, tuple) else (step, None)

    def view(self, account: str) -> dict[str, Any]:
        """Return the resource as Twilio shows it."""
        at = format_datetime(self.created_at.astimezone(UTC)).replace("GMT", "+0000")
        return {
            "account_sid": account,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": at,
            "date_sent": None if self.status in ("queued", "accepted") else at,
            "date_updated": at,
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": None,
            "from": self.sender or None,
            "messaging_service_sid": self.service,
            "num_media": "0",
            "num_segments": "0" if self.service else str(segments(self.body)),
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"/2010-04-01/Accounts/{account}/Messages/{self.sid}/Media.json"},
            "to": self.to,
            "uri": f"/2010-04-01/Accounts/{account}/Messages/{self.sid}.json",
        }


class TwilioModel:
    """One account. ``stopped`` are numbers that replied STOP; ``verified`` those of a trial account, None: no trial.

    ``lives`` says by number what a text goes through after it was taken; by default it is sent, then delivered.
    """

    def __init__(
        self,
        account: str = ACCOUNT,
        token: str = TOKEN,
        *,
        senders: Sequence[str] = (MAGIC_SENDER,),
        services: Sequence[str] = (),
        verified: frozenset[str] | None = None,
    ) -> None:
        self.account = account
        self.token = token
        self.senders = set(senders)
        self.services = set(services)
        self.verified = verified
        self.stopped: set[str] = set()
        self.lives: dict[str, list[str | tuple[str, int]]] = {}
        self.messages: list[Message] = []

    def sent(self, to: str | None = None) -> list[Message]:
        """Return the texts that were taken, in the order of their arrival."""
        return [each for each in self.messages if each.direction != "inbound" and to in (None, each.to)]

    def create(self, form: Mapping[str, str], at: datetime) -> Reply:
        """Take a text in, or say what is wrong with it."""
        sender, to = form.get("From", ""), form.get("To", "")
        if unknown := sorted(set(form) - _FIELDS):
            return error(400, 20001, f"Unknown parameter {unknown[0]}")
        if code := self._fault(form):
            return error(429 if code == 20429 else 400, code, _SENTENCES[code].format(to=to, sender=sender))
        validity = form.get("ValidityPeriod", "")
        if not validity.isdigit() or not 1 <= int(validity) <= 36_000:
            return error(400, 20001, "ValidityPeriod must be between 1 and 36000")
        service = form.get("MessagingServiceSid")
        message = Message(
            sid=f"SM{len(self.messages) + 1:032x}",
            to=to,
            sender=sender,
            body=form["Body"],
            direction="outbound-api",
            status="accepted" if service else "queued",
            created_at=at,
            service=service,
            validity_s=int(validity),
            ahead=list(self.lives.get(to, ["sent", "delivered"])),
        )
        self.messages.append(message)
        return Reply(201, message.view(self.account))

    def _fault(self, form: Mapping[str, str]) -> int | None:
        sender, to, body = form.get("From", ""), form.get("To", ""), form.get("Body", "")
        if not to:
            return 21604
        if not sender and form.get("MessagingServiceSid") not in self.services:
            return 21603
        if not body:
            return 21602
        if len(body) > 1_600:
            return 21617
        if sender and (code := _MAGIC_FROM.get(sender) or (None if sender in self.senders else 21606)):
            return code
        if code := _MAGIC_TO.get(to) or (None if _E164.fullmatch(to) else 21211):
            return code
        if to in self.stopped:
            return 21610
        return 21608 if self.verified is not None and to not in self.verified else None

    def look(self, sid: str) -> Reply:
        """Show a text, after it has come a step further."""
        for message in self.messages:
            if message.sid == sid:
                message.advance()
                return Reply(200, message.view(self.account))
        return error(404, 20404, _SENTENCES[20404])

    def listed(self, query: Mapping[str, str]) -> Reply:
        """Show texts, newest first, by the filters that Twilio has."""
        size = min(int(query.get("PageSize", "50")), 1_000)
        found = [
            each
            for each in reversed(self.messages)
            if query.get("To") in (None, each.to)
            and query.get("From") in (None, each.sender)
            and f"{each.created_at:%Y-%m-%d}" >= query.get("DateSent>", "")
        ]
        page = {"page": 0, "page_size": size, "start": 0, "end": max(0, len(found[:size]) - 1), "next_page_uri": None}
        return Reply(200, {"messages": [each.view(self.account) for each in found[:size]], **page})

    def answer(self, sender: str, text: str, at: datetime, to: str = MAGIC_SENDER) -> Message:
        """Let somebody text us; STOP and START mean what they mean at Twilio."""
        if text.strip().upper() == "STOP":
            self.stopped.add(sender)
        elif text.strip().upper() == "START":
            self.stopped.discard(sender)
        sid = f"SM{len(self.messages) + 1:032x}"
        message = Message(sid, to, sender, text, "inbound", "received", at)
        self.messages.append(message)
        return message


def error(status: int, code: int, sentence: str) -> Reply:
    """Return an error as Twilio's REST API tells it."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Reply(status, {"code": code, "message": sentence, "more_info": more, "status": status})
