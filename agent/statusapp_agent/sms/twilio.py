"""Texts by Twilio: the Messages resource of its REST API, version 2010-04-01 (its OpenAPI description).

It has no idempotency key: a create whose answer was lost is looked for among the messages before it is sent again. A
validity period of ten minutes stands in every message; Twilio's own default lets an alert arrive ten hours late.
"""

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from statusapp_agent.channels.http_channel import by_status, in_words, read_json, retry_after_s
from statusapp_agent.core.model import Again, Refused
from statusapp_agent.http_exchange import Answer, HttpCall, send
from statusapp_agent.kinds import ChannelTools
from statusapp_agent.sms.carrier import Carrier, Fate, Inbound, Lost, Sought, Step, Taken, Trouble, unanswered
from statusapp_agent.sms.gsm7 import segments
from statusapp_agent.sms.twilio_errors import lost, passing
from statusapp_agent.wire.excerpt import excerpt

ORIGIN = "https://api.twilio.com"
VALID_S = 600
_PAGE = 30
"""Newest first; as many as fit into the 64 KiB of an answer that are read."""
_SKEW = timedelta(minutes=2)
_LOOK_SHARE = 0.4
_AFTER_LOST_ANSWER_S = 3.0
"""A message that was taken shows in the list a moment later."""
_UNDERWAY = {"queued", "accepted", "scheduled", "sending", "sent"}


class Twilio(Carrier):
    """One account."""

    confirms: ClassVar[bool] = True

    def __init__(
        self, origin: str, account: str, user: str, secret: str, sender: str | None, service: str | None = None
    ) -> None:
        self._messages = f"{origin}/2010-04-01/Accounts/{quote(account, safe='')}/Messages"
        self._login = base64.b64encode(f"{user}:{secret}".encode()).decode("ascii")
        self._sender = sender
        self._service = service

    async def send(self, body: str, number: str, tools: ChannelTools) -> Step:
        """Create a message."""
        form = {"To": number, "Body": body, "ValidityPeriod": str(VALID_S)}
        form |= {"MessagingServiceSid": self._service} if self._service else {"From": self._sender or ""}
        answer = await send(self._call("POST", f"{self._messages}.json", form), tools.http, tools.timeout_s)
        if isinstance(answer, Answer) and answer.status // 100 == 2 and not _message(answer):
            # The status line says that it was taken; the list will say under which id.
            cut = "an answer that was cut off" if not answer.complete else "something that Twilio does not say"
            why = f"Twilio's address answered {in_words(answer.status)} with {cut}; it is asked whether it has the text"
            return Trouble(Again(why, _AFTER_LOST_ANSWER_S, maybe_sent=True))
        step = _judged(answer)
        return replace(step, messages=segments(body)) if isinstance(step, Taken) else _patient(step)

    async def ask(self, text_id: str, tools: ChannelTools) -> Step:
        """Fetch a message."""
        call = self._call("GET", f"{self._messages}/{quote(text_id, safe='')}.json")
        answer = await send(call, tools.http, tools.timeout_s)
        step = _judged(answer)
        # That we may not ask says nothing of the text.
        said_no = isinstance(step, Lost) and not (isinstance(answer, Answer) and answer.status // 100 == 2)
        return Trouble(Again(step.why, slow=True), answered=True) if said_no and isinstance(step, Lost) else step

    async def find(self, sought: Sought, tools: ChannelTools) -> Step | None:
        """Look through the messages to a number since the day before."""
        found = await self._list({"To": sought.number, "DateSent>": _day_before(sought.since)}, tools)
        if isinstance(found, Lost):
            return Trouble(Again(found.why, slow=True), answered=True)
        if isinstance(found, Trouble):
            return found
        for message in found:
            ours = tools.tag in str(message.get("body", "")) and str(message.get("direction", "")).startswith(
                "outbound"
            )
            if ours and message.get("sid") not in sought.known:
                step = _of(message)
                # A text that was found and has failed is asked for at once, and judged then.
                return step if isinstance(step, Taken) else Taken(str(message.get("sid")), str(message.get("status")))
        return None

    async def inbox(self, since: datetime, tools: ChannelTools) -> list[Inbound] | Again:
        """Return the messages that people sent to our number."""
        asked = {"DateSent>": _day_before(since)}
        if self._sender and self._sender.startswith("+"):
            asked["To"] = self._sender
        found = await self._list(asked, tools)
        if isinstance(found, Trouble):
            return found.again
        if isinstance(found, Lost):
            return Again(found.why, slow=True)
        inbound = [message for message in found if message.get("direction") == "inbound"]
        read = [
            Inbound(
                str(m.get("sid")), str(m.get("from", "")), str(m.get("body", ""))[:1600], _date(m.get("date_created"))
            )
            for m in inbound
        ]
        return [each for each in reversed(read) if each.at is None or each.at >= since - _SKEW]

    async def _list(self, query: Mapping[str, str], tools: ChannelTools) -> list[Mapping[str, Any]] | Trouble | Lost:
        url = f"{self._messages}.json?{urlencode({**query, 'PageSize': str(_PAGE)})}"
        answer = await send(self._call("GET", url), tools.http, tools.timeout_s * _LOOK_SHARE)
        if isinstance(answer, Answer) and answer.status == 200 and answer.complete:
            said = read_json(answer.body)
            if isinstance(said, dict) and isinstance(said.get("messages"), list):
                return [each for each in said["messages"] if isinstance(each, dict)]
        step = _judged(answer)
        if isinstance(step, Taken):
            return Trouble(Again("Twilio's list of messages could not be read"), answered=True)
        return step

    def _call(self, method: str, url: str, form: Mapping[str, str] | None = None) -> HttpCall:
        headers = {"Authorization": f"Basic {self._login}", "Accept": "application/json"}
        if form is None:
            return HttpCall(method, url, headers)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return HttpCall(method, url, headers, content=urlencode(form).encode("ascii"))


def _day_before(at: datetime) -> str:
    # Twilio's days are UTC's, and DateSent> leaves the day itself out for some accounts and takes it in for others.
    return f"{at - timedelta(days=1):%Y-%m-%d}"


def _message(answer: Answer) -> Mapping[str, Any] | None:
    said = read_json(answer.body) if answer.complete else None
    return said if isinstance(said, dict) and isinstance(said.get("sid"), str) else None


def _judged(answer: Answer | Again | Refused) -> Step:
    if not isinstance(answer, Answer):
        return unanswered(answer)
    said = read_json(answer.body)
    code = said.get("code") if isinstance(said, dict) and isinstance(said.get("code"), int) else None
    if answer.status // 100 == 2:
        message = _message(answer)
        return _of(message) if message is not None else unanswered(answer)
    if answer.status == 429 or passing(code):
        after = retry_after_s(answer.headers)
        return Trouble(
            Again(f"Twilio asks for fewer requests ({code or 429})", after, hold_channel=True), answered=True
        )
    if 400 <= answer.status < 500 and answer.status not in (407, 408, 425):
        said_so = said.get("message") if isinstance(said, dict) else None
        return lost(code, excerpt(str(said_so or ""), 300), status=answer.status)
    outcome = by_status(answer.status, answer.headers, "Twilio")
    return Trouble(outcome, answered=True) if isinstance(outcome, Again) else unanswered(outcome)


def _patient(step: Step) -> Step:
    """Let a message that may have been taken have the time to show in the list."""
    if isinstance(step, Trouble) and step.again.maybe_sent and step.again.after_s is None:
        return replace(step, again=replace(step.again, after_s=_AFTER_LOST_ANSWER_S))
    return step


def _of(message: Mapping[str, Any]) -> Step:
    """Return what a message resource says of itself. ``sent`` means that the carrier has it, and no more."""
    status, sid = str(message.get("status", "")), str(message.get("sid", ""))
    if status in ("delivered", "read"):
        return Taken(sid, status, Fate.DELIVERED, passed_on=True)
    if status in ("undelivered", "failed", "canceled"):
        code = message.get("error_code")
        known = int(code) if isinstance(code, int) or (isinstance(code, str) and code.isdigit()) else None
        found = lost(known, excerpt(str(message.get("error_message") or f"its status is {status}"), 300))
        return Lost(found.why, found.whose, found.once_more or passing(known))
    return Taken(sid, status if status in _UNDERWAY else "taken", passed_on=status == "sent")


def _date(text: Any) -> datetime | None:
    try:
        read = parsedate_to_datetime(str(text))
    except (TypeError, ValueError):
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def account_fault(account: str) -> str | None:
    """Return what is wrong with an account SID by its look alone."""
    if account.startswith("SK"):
        return "this is the SID of an API key (SK...); it goes into api_key_sid, and the account SID (AC...) here"
    if not account.startswith("AC") or len(account) != 34:
        return "an account SID begins with AC and has 34 characters; Twilio's console shows it on its first page"
    return None
