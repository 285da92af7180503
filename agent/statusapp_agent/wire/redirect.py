"""Where a redirect leads and what may be sent there. Pure."""

from collections.abc import Callable

import httpx

from statusapp_agent.core.model import Scope
from statusapp_agent.wire import scope
from statusapp_agent.wire.excerpt import quoted
from statusapp_agent.wire.faults import WireFault
from statusapp_agent.wire.host import is_port

HOPS = 5  # S11
_STATUSES = frozenset({301, 302, 303, 307, 308})
_URL_CHARACTERS = 200
# What says nothing about the user; every other header was given for the check's own origin and may be a secret.
_HARMLESS = frozenset({"accept", "accept-encoding", "connection", "user-agent"})
_ABOUT_THE_BODY = frozenset({"content-type", "content-length", "transfer-encoding"})


def is_redirect(response: httpx.Response) -> bool:
    """Whether an answer sends us elsewhere."""
    return response.status_code in _STATUSES and "location" in response.headers


def next_request(request: httpx.Request, response: httpx.Response) -> httpx.Request:
    """Return the request that follows a redirect; raise `WireFault` for a place that no check may go to."""
    url = _destination(request.url, response.headers["location"])
    headers = request.headers.copy()
    if not same_origin(request.url, url):
        headers = httpx.Headers([(name, value) for name, value in headers.multi_items() if name in _HARMLESS])
    headers["Host"] = url.netloc.decode("ascii")
    method = _method(request.method, response.status_code)
    content = request.read()
    if method != request.method:
        content = b""
        for name in _ABOUT_THE_BODY & set(headers):
            del headers[name]
    return httpx.Request(method, url, headers=headers, content=content)


def same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    """Whether what was meant for one URL may be sent to the other: same origin, or the same host made safer."""
    if one.host != other.host:
        return False
    if one.scheme == other.scheme:
        return one.port == other.port
    return (one.scheme, one.port, other.scheme, other.port) == ("http", None, "https", None)


def guard(first: str | None) -> Callable[[str], bool]:
    """Return which addresses a redirect may lead to, given the address of the check's own target.

    This host itself and the link (metadata services of clouds) are only for checks that point there themselves (S11).
    """
    begins_here = first is not None and scope.of_host(first) is Scope.HOST
    begins_on_link = first is not None and scope.is_sheltered(first)

    def allowed(address: str) -> bool:
        if scope.of_host(address) is Scope.HOST:
            return begins_here
        return begins_on_link or not scope.is_sheltered(address)

    return allowed


def _destination(base: httpx.URL, location: str) -> httpx.URL:
    shown = quoted(location, _URL_CHARACTERS)
    try:
        url = base.join(location)
        port = url.port
    except (httpx.InvalidURL, ValueError):
        raise WireFault("redirect", f"the redirect to {shown} is not a URL") from None
    if url.scheme not in {"http", "https"}:
        raise WireFault("redirect", f"the redirect to {shown} leads away from http and https")
    if not url.host or not is_port(port):
        raise WireFault("redirect", f"the redirect to {shown} names no host, or a port that cannot be")
    # Credentials that a server puts into its own redirect are none of ours.
    return url.copy_with(username=None, password=None, fragment=None)


def _method(method: str, status: int) -> str:
    # RFC 9110, section 15.4: 303 always, and by custom 301 and 302 after POST.
    if (status == 303 and method != "HEAD") or (status in {301, 302} and method == "POST"):
        return "GET"
    return method
