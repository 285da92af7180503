"""The road to the services that carry our notices: one client, verified, never redirected, through the user's proxy.

Unlike checks, which must measure the bare network, channels honour the standard proxy variables. Nothing in the
environment can weaken the judging of certificates.
"""

import contextlib
import logging
import ssl
import urllib.request
from collections.abc import Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import httpx

from statusapp_agent.origin import is_loopback

_KEPT_CONNECTIONS = 16
_KEPT_S = 5.0  # longer than a burst of pages, shorter than the patience of the services' load balancers

try:
    VERSION = version("statusapp")
except PackageNotFoundError:
    VERSION = "0"


def trusted_context() -> ssl.SSLContext:
    """Return a context that judges certificates by certifi's and the system's own authorities.

    SSL_CERT_FILE and SSL_CERT_DIR are not looked at, and SSLKEYLOGFILE is not written to: the environment of a service
    is no place to decide whom it trusts with its credentials. A home's own authority belongs into the system's store.
    """
    context = httpx.create_ssl_context(trust_env=False)
    # A keylog file that the environment names was opened by the ssl module itself.
    context.keylog_filename = None  # type: ignore[assignment]  # documented to be None or a path
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    compiled_in = ssl.get_default_verify_paths()
    for path in (Path(compiled_in.openssl_cafile), Path("/etc/ssl/certs/ca-certificates.crt")):
        # A broken store must not stop the agent: certifi's authorities are loaded already.
        with contextlib.suppress(OSError):
            context.load_verify_locations(cafile=path)
            break
    return context


def make_client(
    *, proxies: Mapping[str, str] | None = None, context: ssl.SSLContext | None = None
) -> httpx.AsyncClient:
    """Return the client for all channels; the caller closes it.

    ``proxies`` maps ``http``, ``https``, ``all`` to URLs and ``no`` to the hosts that need none; by default they are
    those of the environment. There is no time limit in it: each exchange has one as a whole.
    """
    # At INFO httpx logs whole URLs, at DEBUG httpcore logs headers; both hold secrets.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    known = urllib.request.getproxies() if proxies is None else proxies
    return httpx.AsyncClient(
        transport=Road(known, context or trusted_context()),
        trust_env=False,  # the road below does it, where it can be seen and tested
        follow_redirects=False,
        timeout=None,  # noqa: S113
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # one client serves all channels: none are kept
        headers={"User-Agent": f"StatusApp/{VERSION}", "Accept": "application/json", "Accept-Encoding": "identity"},
    )


class Road(httpx.AsyncBaseTransport):
    """Straight to the service, or through the proxy for its scheme. This machine itself is never reached by proxy."""

    def __init__(self, proxies: Mapping[str, str], context: ssl.SSLContext) -> None:
        self._bypass = {"no": proxies.get("no", "")}
        self._straight: httpx.AsyncBaseTransport = _transport(context)
        self._through: dict[str, httpx.AsyncBaseTransport] = {}
        for scheme in ("http", "https"):
            if address := proxies.get(scheme) or proxies.get("all"):
                self._through[scheme] = _by_proxy(address, context)

    def _choose(self, url: httpx.URL) -> httpx.AsyncBaseTransport:
        through = self._through.get(url.scheme)
        if through is None or is_loopback(url.host):
            return self._straight
        host = f"{url.host}:{url.port}" if url.port else url.host
        bypassed = urllib.request.proxy_bypass_environment(host, self._bypass)  # type: ignore[attr-defined]
        return self._straight if bypassed else through

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        return await self._choose(request.url).handle_async_request(request)

    async def aclose(self) -> None:
        """Close all connections."""
        for transport in (self._straight, *self._through.values()):
            await transport.aclose()


def _transport(context: ssl.SSLContext, proxy: httpx.Proxy | None = None) -> httpx.AsyncHTTPTransport:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=_KEPT_CONNECTIONS, keepalive_expiry=_KEPT_S)
    return httpx.AsyncHTTPTransport(verify=context, limits=limits, proxy=proxy, trust_env=False)


def _by_proxy(address: str, context: ssl.SSLContext) -> httpx.AsyncBaseTransport:
    named = address if "://" in address else f"http://{address}"
    try:
        proxy = httpx.Proxy(named)
        shown = _without_credentials(proxy.url)
        return _ProxyRoad(_transport(context, proxy), shown)
    except (httpx.InvalidURL, ValueError, ImportError):
        # One bad variable must not stop the agent: it goes on watching, and each channel says why it cannot tell.
        return _NoRoad("the proxy variables of the agent's environment name a proxy that cannot be used; correct them")


def _without_credentials(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode('ascii', 'replace').rpartition('@')[2]}"


class _ProxyRoad(httpx.AsyncBaseTransport):
    """A transport through a proxy whose faults name the proxy, because it, and not the service, must be mended."""

    def __init__(self, inner: httpx.AsyncBaseTransport, shown: str) -> None:
        self._inner = inner
        self._shown = shown

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._inner.handle_async_request(request)
        except httpx.ProxyError as problem:
            said = str(problem)[:80].strip()
            raise httpx.ProxyError(f"the proxy {self._shown} refused to connect: {said}") from problem
        except (httpx.ConnectError, httpx.ConnectTimeout) as problem:
            if is_tls_fault(problem):
                raise
            raise httpx.ProxyError(f"the proxy {self._shown} cannot be reached") from problem

    async def aclose(self) -> None:
        await self._inner.aclose()


class _NoRoad(httpx.AsyncBaseTransport):
    def __init__(self, why: str) -> None:
        self._why = why

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.ProxyError(self._why, request=request)


def is_tls_fault(problem: BaseException) -> bool:
    """Whether a fault came from the TLS handshake, with the other side or with somebody in between."""
    return any(isinstance(each, ssl.SSLError) for each in causes(problem))


def causes(problem: BaseException) -> list[BaseException]:
    """Return a fault and all that it came from, groups opened, nearest first."""
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [problem]
    while waiting:
        each = waiting.pop(0)
        if each is None or each in found:
            continue
        found.append(each)
        if isinstance(each, BaseExceptionGroup):
            waiting.extend(each.exceptions)
        waiting.extend((each.__cause__, each.__context__))
    return found
