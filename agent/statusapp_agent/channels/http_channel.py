"""Channels that are one HTTP request: a kind says what to ask and what an answer means, both pure; the rest is here."""

import json
from abc import abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, TypeVar

from statusapp_agent.core.model import Again, Delivered, Outcome, Refused
from statusapp_agent.http_exchange import Answer, HttpCall, send
from statusapp_agent.kinds import ChannelKind, ChannelTools, KindSettings
from statusapp_agent.outcomes import redacted

LONGEST_WAIT_S = 900.0
"""Whatever the other side asks for: a page must not sleep longer than this (the same bound as the core's)."""

S = TypeVar("S", bound=KindSettings)


class HttpChannelKind(ChannelKind[S]):
    """A channel of one request. A kind writes `request` and `outcome`, and `cut_short` if a 2xx may still mean no."""

    @abstractmethod
    def request(self, notice: Mapping[str, Any], settings: S, fields: Mapping[str, str]) -> HttpCall | Refused:
        """Return what to ask, or why this notice can never be told here."""

    @abstractmethod
    def outcome(self, status: int, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Return what an answer means. ``headers`` have names in lower case; ``body`` is at most 64 KiB of anything."""

    def cut_short(self, status: int) -> Outcome:
        """Return what a 2xx means whose body did not arrive as a whole: the status line says that it was taken."""
        return Delivered(f"accepted by {self.title} ({status}, the rest of the answer did not arrive)")

    async def deliver(self, notice: Mapping[str, Any], settings: S, tools: ChannelTools) -> Outcome:
        """Tell it once, within ``tools.timeout_s`` as a whole. No redirect is followed; nothing is raised."""
        call = self.request(notice, settings, tools.fields)
        if isinstance(call, Refused):
            return redacted(call, tools.fields)
        answer = await send(call, tools.http, tools.timeout_s)
        return redacted(self._judged(answer, tools.now()), tools.fields)

    def _judged(self, answer: Answer | Again | Refused, now: datetime) -> Outcome:
        if not isinstance(answer, Answer):
            return answer
        if not answer.complete and answer.status // 100 == 2:
            return self.cut_short(answer.status)
        # RFC 9110, section 6.6.1: a recipient with a clock adds the Date that an answer lacks.
        headers = {"date": _http_date(now), **answer.headers}
        return self.outcome(answer.status, headers, answer.body)


def by_status(status: int, headers: Mapping[str, str], who: str) -> Delivered | Again | Refused:
    """Return what a status means wherever the service has no word of its own; ``who`` is the service's name."""
    after_s = retry_after_s(headers)
    if 200 <= status < 300:
        return Delivered(f"accepted by {who}")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Again(f"{who} asks for fewer requests (429)", after_s, hold_channel=True)
    if status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY):
        return Again(f"{who} did not take the request in ({in_words(status)})", after_s)
    if status >= 500:
        return Again(f"{who} has trouble of its own ({in_words(status)})", after_s, maybe_sent=True)
    if 300 <= status < 400:
        return Again(
            f"{who} answered with a redirect ({in_words(status)}), which is never followed because it would carry the"
            " credentials elsewhere; look for a captive portal or a wrong URL in the settings"
        )
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return Again("the proxy asks for a user name and a password (407); put them into its variable", slow=True)
    broken = status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
    return Refused(f"{who} refused the message ({in_words(status)})", channel_broken=broken)


def in_words(status: int) -> str:
    """Return ``404 Not Found``, or the number alone where it has no name."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds the other side asks to wait, at most 15 minutes; None if it names no sensible time.

    A date is taken relative to the answer's own Date, so that a wrong clock on either side does no harm.
    """
    said = headers.get("retry-after", "").strip()
    if not said:
        return None
    if said.isascii() and said.isdigit():
        # A number of thousands of digits is more than Python reads, and more than anybody waits.
        return LONGEST_WAIT_S if len(said) > 9 else min(float(said), LONGEST_WAIT_S)
    until, answered = _date(said), _date(headers.get("date", ""))
    if until is None or answered is None or until <= answered:
        return None
    return min((until - answered).total_seconds(), LONGEST_WAIT_S)


def _date(text: str) -> datetime | None:
    try:
        read = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _http_date(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")


def read_json(body: bytes) -> Any:
    """Return what a body of JSON holds, None for anything unreadable."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
