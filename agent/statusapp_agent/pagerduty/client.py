"""One PagerDuty account over its REST API v2: a request has a hard end, an answer a size, a fault one sentence.

Conventions of the API: a token in ``Authorization: Token token=...``, the version in ``Accept``, ``From`` with a user's
e-mail address on writes, 960 requests a minute with what is left in ``ratelimit-*`` (seconds, not Retry-After), lists
paged by ``offset`` and ``more`` up to 10,000. Any field may be null.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

import httpx

from statusapp_agent.channels.pagerduty import API_URLS
from statusapp_agent.http_exchange import fault
from statusapp_agent.redaction import without
from statusapp_agent.wire.excerpt import excerpt

TIMEOUT_S = 10.0
MOST_BYTES = 4 << 20
MOST_LISTED = 10_000
PAGE = 100
ACCEPT = "application/vnd.pagerduty+json;version=2"
LONGEST_WAIT_S = 300.0
_SPARE = 60
"""So many of the 960 requests a minute are left to others that use the same key (their scripts, their Terraform)."""

Pairs = Sequence[tuple[str, str]]


class Trouble(StrEnum):
    """Why the API did not do what was asked; what follows from it hangs on this alone."""

    UNREACHABLE = "unreachable"
    SLOW_DOWN = "slow_down"
    TOKEN = "token"  # noqa: S105 - a word, not a secret
    PERMISSION = "permission"
    PLAN = "plan"
    MISSING = "missing"
    REFUSED = "refused"


class RestError(Exception):
    """A request that failed; the text is one sentence for people.

    ``code`` is PagerDuty's own, ``after_s`` how long it wants to be left alone, ``maybe_done`` whether a write may have
    arrived all the same.
    """

    def __init__(
        self,
        trouble: Trouble,
        sentence: str,
        *,
        code: int | None = None,
        after_s: float | None = None,
        maybe_done: bool = False,
    ) -> None:
        super().__init__(sentence)
        self.trouble = trouble
        self.code = code
        self.after_s = after_s
        self.maybe_done = maybe_done

    @property
    def partial(self) -> bool:
        """Whether it concerns this one question only: others may be answered all the same."""
        return self.trouble in (Trouble.PERMISSION, Trouble.PLAN, Trouble.MISSING, Trouble.REFUSED)

    @property
    def lasting(self) -> bool:
        """Whether time alone will not mend it."""
        return self.trouble in (Trouble.TOKEN, Trouble.PERMISSION, Trouble.PLAN)


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """Where and as whom: ``origin`` and ``token``, ``sender`` the address for From, ``region`` us or eu."""

    origin: str
    token: str
    sender: str | None = None
    region: str = "us"

    def __repr__(self) -> str:
        return f"Credential({self.origin})"


class RestClient:
    """Asks serially, one request after the other, as the API wants it. Safe to make anew; it keeps no connection."""

    def __init__(self, http: httpx.AsyncClient, credential: Credential, timeout_s: float = TIMEOUT_S) -> None:
        self._http = http
        self._credential = credential
        self._timeout_s = timeout_s
        self._one_at_a_time = asyncio.Lock()
        self.requests = 0
        self.rest_s = 0.0
        """How long to leave the API alone, by its last answer: 0 while there is room."""

    async def get(self, path: str, query: Pairs = ()) -> dict[str, Any]:
        """Return the JSON object behind a path; lists in ``query`` carry their brackets in the name."""
        return await self._ask("GET", path, query, None)

    async def pages(self, path: str, name: str, query: Pairs = (), most: int = MOST_LISTED) -> list[Any]:
        """Return a list whole, page by page; it ends at 10,000, beyond which the API does not go."""
        found: list[Any] = []
        offset = 0
        while offset + PAGE <= min(most, MOST_LISTED):
            answer = await self.get(path, [*query, ("limit", str(PAGE)), ("offset", str(offset))])
            part = answer.get(name)
            found += part if isinstance(part, list) else []
            if not answer.get("more") or not part:
                break
            offset += PAGE
        return found

    async def write(self, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Change something, in the name of the credential's sender. Raises before asking when there is none."""
        if self._credential.sender is None:
            raise RestError(
                Trouble.REFUSED, "writing to PagerDuty needs from_email: the address of one of its users, in whose name"
            )
        return await self._ask(method, path, (), body)

    async def _ask(self, method: str, path: str, query: Pairs, body: Mapping[str, Any] | None) -> dict[str, Any]:
        async with self._one_at_a_time:
            self.requests += 1
            status, headers, said = await self._exchange(method, path, query, body)
        self.rest_s = _rest_s(headers)
        if 200 <= status < 300:
            return _object(said, maybe_done=method != "GET")
        raise self._refused(status, headers, said, method)

    async def _exchange(
        self, method: str, path: str, query: Pairs, body: Mapping[str, Any] | None
    ) -> tuple[int, dict[str, str], bytes]:
        url = f"{self._credential.origin}{path}" + (f"?{urlencode(query)}" if query else "")
        try:
            request = self._http.build_request(
                method,
                url,
                headers=self._headers(writes=method != "GET"),
                content=None if body is None else json.dumps(body),
                timeout=httpx.Timeout(None, connect=self._timeout_s / 2),
            )
        except (httpx.InvalidURL, ValueError, TypeError):
            raise RestError(
                Trouble.TOKEN, "the REST API key or from_email holds characters that HTTP cannot carry; enter it again"
            ) from None
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._http.send(request, stream=True, follow_redirects=False)
                try:
                    return response.status_code, _lower(response.headers), await _body(response)
                finally:
                    await response.aclose()
        except TimeoutError:
            said = f"{request.url.host} did not answer within {self._timeout_s:g} s"
            raise RestError(Trouble.UNREACHABLE, said, maybe_done=method != "GET") from None
        except (httpx.HTTPError, httpx.StreamError, OSError, ExceptionGroup) as problem:
            never_left = isinstance(problem, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError)
            told = fault(problem, request.url.host, maybe_sent=not never_left)
            raise RestError(Trouble.UNREACHABLE, told.reason, maybe_done=told.maybe_sent) from None

    def _headers(self, *, writes: bool) -> dict[str, str]:
        headers = {
            "Authorization": f"Token token={self._credential.token}",
            "Accept": ACCEPT,
            "Content-Type": "application/json",
        }
        if writes and self._credential.sender is not None:
            headers["From"] = self._credential.sender
        return headers

    def _refused(self, status: int, headers: Mapping[str, str], body: bytes, method: str) -> RestError:
        code, said = read_error(body)
        said = without(said, (self._credential.token,))
        after_s = _seconds(headers.get("ratelimit-reset")) or _seconds(headers.get("retry-after"))
        if code == 1008:
            address = self._credential.sender or "from_email"
            return RestError(
                Trouble.REFUSED, f"unknown user e-mail: PagerDuty has no user {address}; correct from_email", code=code
            )
        if status == 401:
            other = "eu" if self._credential.region == "us" else "us"
            hint = f'if the account lives in the other region, set region = "{other}" (API {API_URLS[other]})'
            return RestError(Trouble.TOKEN, f"PagerDuty does not know this REST API key (401): {hint}", code=code)
        if status == 403:
            return RestError(
                Trouble.PERMISSION, f"this REST API key may not do that (403): {said}; it may be read-only", code=code
            )
        if status == 402:
            return RestError(Trouble.PLAN, f"the PagerDuty plan does not include that (402): {said}", code=code)
        if status == 404:
            return RestError(Trouble.MISSING, f"PagerDuty does not have that (404): {said}", code=code)
        if status == 429 or code == 2020:
            wait = "PagerDuty asks for fewer requests (429)"
            return RestError(Trouble.SLOW_DOWN, wait, code=code, after_s=after_s or 60.0)
        if status >= 500 or status == 408:
            trouble = f"PagerDuty's REST API has trouble of its own ({status})"
            return RestError(Trouble.UNREACHABLE, trouble, after_s=after_s, maybe_done=method != "GET")
        if 300 <= status < 400:
            return RestError(Trouble.UNREACHABLE, f"the REST API answered with a redirect ({status}); look at api_url")
        return RestError(Trouble.REFUSED, f"PagerDuty refused it ({status}): {said}", code=code)


async def _body(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MOST_BYTES:
            raise RestError(Trouble.UNREACHABLE, "the REST API's answer is larger than 4 MiB, which is no answer")
    return bytes(body)


def _lower(headers: httpx.Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _object(body: bytes, *, maybe_done: bool) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        sentence = "the REST API answered something that is not JSON; look at api_url and any proxy in between"
        raise RestError(Trouble.UNREACHABLE, sentence, maybe_done=maybe_done)
    return said


def read_error(body: bytes) -> tuple[int | None, str]:
    """Return PagerDuty's own code and words of an error body, whatever it looks like."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    error = said.get("error") if isinstance(said, dict) else None
    if not isinstance(error, dict):
        return None, "it gave no reason"
    errors = error.get("errors")
    listed = [str(each) for each in errors] if isinstance(errors, list) else []
    words = "; ".join([str(error.get("message") or ""), *listed]).strip("; ")
    code = error.get("code")
    return (code if isinstance(code, int) else None), excerpt(words, 500) or "it gave no reason"


def _seconds(text: str | None) -> float | None:
    if text is None or not text.strip().isascii() or not text.strip().isdigit() or len(text) > 9:
        return None
    return min(float(text), LONGEST_WAIT_S) or None


def _rest_s(headers: Mapping[str, str]) -> float:
    left = headers.get("ratelimit-remaining", "")
    if not left.isascii() or not left.isdigit() or int(left[:9]) > _SPARE:
        return 0.0
    return _seconds(headers.get("ratelimit-reset")) or 60.0
