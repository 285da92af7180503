"""One request to a stand-in's REST API, judged: headers, token, query and rate, and how errors look. Pure.

Stricter than the real one wherever that catches a mistake of ours: a query that the notes on PagerDuty do not name, or
a list without its brackets, is refused.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from statusapp_agent.demo.pagerduty_account import Account, Token, User

ACCEPT = "application/vnd.pagerduty+json;version=2"
MOST_LISTED = 10_000


class RefusedError(Exception):
    """An answer that is not 2xx, in PagerDuty's shape."""

    def __init__(
        self, status: int, code: int, message: str, *errors: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, "code": code, "errors": list(errors) or None}}
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that passed: ``query`` by name, lists with their brackets off; ``writer`` is whom From names."""

    method: str
    path: str
    query: Mapping[str, Sequence[str]]
    body: Any
    token: Token
    writer: User | None
    at: datetime

    def one(self, name: str) -> str | None:
        """Return a query parameter that is given at most once."""
        found = self.query.get(name, ())
        return found[-1] if found else None

    def many(self, name: str) -> list[str]:
        """Return a list parameter."""
        return list(self.query.get(name, ()))

    def moment(self, name: str) -> datetime | None:
        """Return a time parameter; refuses one without an offset."""
        text = self.one(name)
        if text is None:
            return None
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise invalid(f"{name} must be ISO 8601") from None
        if at.tzinfo is None:
            raise invalid(f"{name} must have an offset")
        return at


def invalid(*errors: str) -> RefusedError:
    """Return a 400 about what was asked."""
    return RefusedError(400, 2001, "Invalid Input Provided", *errors)


def not_found() -> RefusedError:
    """Return a 404."""
    return RefusedError(404, 2100, "Not Found")


class Rate:
    """So many requests a minute for each token, with the three headers that tell it."""

    def __init__(self, limit: int = 960) -> None:
        self.limit = limit
        self._taken: dict[str, deque[datetime]] = {}

    def take(self, token: str, at: datetime) -> dict[str, str]:
        """Count a request; return the headers, or refuse with 429."""
        taken = self._taken.setdefault(token, deque())
        while taken and taken[0] <= at - timedelta(seconds=60):
            taken.popleft()
        reset = 60 if not taken else max(1, 60 - int((at - taken[0]).total_seconds()))
        left = self.limit - len(taken)
        headers = {"ratelimit-limit": str(self.limit), "ratelimit-remaining": str(max(0, left - 1))}
        headers["ratelimit-reset"] = str(reset)
        if left <= 0:
            raise RefusedError(429, 2020, "Rate Limit Exceeded", headers=headers)
        taken.append(at)
        return headers


def token_of(account: Account, headers: Mapping[str, str], method: str) -> Token:
    """Return the token of a request; refuses a wrong one, one that may only read, and a wrong version."""
    said = headers.get("authorization", "")
    known = account.tokens.get(said.removeprefix("Token token=")) if said.startswith("Token token=") else None
    if known is None:
        raise RefusedError(401, 2006, "Unauthorized")
    if headers.get("accept", "").replace(" ", "") != ACCEPT:
        raise RefusedError(406, 2001, "Not Acceptable", f"Accept must be {ACCEPT}")
    if headers.get("content-type", "").split(";")[0] != "application/json":
        raise invalid("Content-Type must be application/json")
    if method != "GET" and not known.writes:
        raise RefusedError(403, 2010, "Access Denied")
    return known


def writer_of(account: Account, headers: Mapping[str, str]) -> User:
    """Return whom the From header names; refuses a missing one and an unknown address."""
    address = headers.get("from")
    if not address:
        raise invalid("The From header is required")
    user = account.user_by_email(address)
    if user is None:
        raise RefusedError(400, 1008, "Requester User Not Found")
    return user


def query_of(pairs: Sequence[tuple[str, str]], single: set[str], lists: set[str]) -> dict[str, list[str]]:
    """Return the parameters of a request, lists with their brackets off; refuses what is not known."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        bare = name.removesuffix("[]")
        allowed = lists if name.endswith("[]") else single
        if bare not in allowed:
            raise invalid(f"the parameter {name} is not known here")
        found.setdefault(bare, []).append(value)
        if bare in single and len(found[bare]) > 1:
            raise invalid(f"the parameter {name} is given twice")
    return found


def page(asked: Asked, name: str, items: Sequence[Any]) -> dict[str, Any]:
    """Return one page of a list as the API wraps it."""
    limit, offset = _number(asked, "limit", 25), _number(asked, "offset", 0)
    if not 1 <= limit <= 100 or offset + limit > MOST_LISTED:
        raise invalid("limit is 1 to 100, and offset + limit at most 10000")
    part = list(items[offset : offset + limit])
    return {name: part, "limit": limit, "offset": offset, "total": None, "more": offset + len(part) < len(items)}


def _number(asked: Asked, name: str, default: int) -> int:
    text = asked.one(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit():
        raise invalid(f"{name} must be a number")
    return int(text)
