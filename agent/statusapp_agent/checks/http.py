"""A web address: does it answer in time, with the right status and the right words."""

import asyncio
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import ClassVar, Literal, Self

import httpx
from pydantic import Field, model_validator

from statusapp_agent.core.model import CheckStatus, Result
from statusapp_agent.fields import Duration, SecretField
from statusapp_agent.kinds import CheckKind, CheckTools, KindSettings
from statusapp_agent.wire import certificates, content, redirect
from statusapp_agent.wire.excerpt import excerpt
from statusapp_agent.wire.exchange import BODY_BYTES, Exchange
from statusapp_agent.wire.faults import WireFault
from statusapp_agent.wire.kept import Kept
from statusapp_agent.wire.resolve import Lookup, lookup
from statusapp_agent.wire.trace import Trace, limit_s
from statusapp_agent.wire.web import ExpectedStatus, HeaderMap, WebAddress, in_words, matches

_FORTNIGHT_S = 14 * 86_400.0
_SNIPPET_BYTES = 2048  # enough for 512 characters of any script
_THREAD_ABOVE_BYTES = 65_536  # judging a larger body takes milliseconds that other checks should not wait for

try:
    _VERSION = version("statusapp")
except PackageNotFoundError:
    _VERSION = "0"
# Compression is not asked for: it would measure the server's compressor, and a bomb needs one (H1).
_STANDING = (
    (b"User-Agent", f"statusapp/{_VERSION}".encode()),
    (b"Accept", b"*/*"),
    (b"Accept-Encoding", b"identity"),
    (b"Connection", b"close"),
)


class HttpSettings(KindSettings):
    """What a web check needs."""

    url: WebAddress = Field(
        title="URL", description="The address to ask for, http or https.", examples=["https://nas.lan/"]
    )
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = Field(
        default="GET", title="Method", description="How to ask.", examples=["GET"]
    )
    headers: HeaderMap = Field(
        default_factory=dict, title="Headers", description="Further request headers.", examples=[{"X-Probe": "1"}]
    )
    body: str | None = Field(
        default=None, title="Body", description="Text to send with the request.", examples=['{"ping": 1}']
    )
    expect_status: tuple[ExpectedStatus, ...] = Field(
        default=("2xx",),
        title="Expected status",
        description="Statuses that are fine: numbers, or classes such as 2xx.",
        examples=[[200, "3xx"]],
        min_length=1,
    )
    keyword: str | None = Field(
        default=None, title="Keyword", description="Text that must be in the answer.", examples=["OK"], min_length=1
    )
    keyword_absent: str | None = Field(
        default=None,
        title="Forbidden keyword",
        description="Text that must not be in the answer.",
        examples=["Error"],
        min_length=1,
    )
    json_path: str | None = Field(
        default=None,
        title="JSON path",
        description="Where to look in a JSON answer (RFC 9535); something must be there.",
        examples=["$.status"],
        min_length=1,
    )
    json_equals: str | int | float | bool | None = Field(
        default=None,
        title="JSON value",
        description="What must be at the JSON path; text also stands for the number or true or false it spells.",
        examples=["ok", 3, True],
    )
    username: str | None = Field(
        default=None, title="User name", description="For basic authentication.", examples=["monitor"]
    )
    password: SecretField | None = Field(
        default=None,
        title="Password",
        description="For basic authentication.",
        examples=[{"env": "NAS_PASSWORD"}],
    )
    bearer_token: SecretField | None = Field(
        default=None,
        title="Bearer token",
        description="Sent as Authorization: Bearer.",
        examples=[{"env": "NAS_TOKEN"}],
    )
    verify_tls: bool = Field(
        default=True,
        title="Verify certificate",
        description="Judge the certificate. Switch off for self-signed ones.",
        examples=[True],
    )
    follow_redirects: bool = Field(
        default=True, title="Follow redirects", description="Up to five, to http and https only.", examples=[True]
    )
    client_certificate: str | None = Field(
        default=None,
        title="Client certificate",
        description="Path of a PEM file on the agent's machine.",
        examples=["/etc/statusapp/client.pem"],
    )
    client_key: str | None = Field(
        default=None,
        title="Client key",
        description="Path of its private key, if that is another file.",
        examples=["/etc/statusapp/client.key"],
    )
    warn_before: Duration = Field(
        default=_FORTNIGHT_S,
        title="Warn before expiry",
        description="The monitor is degraded when the certificate ends within this time.",
        examples=["14d"],
    )

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together; give both or neither")
        if self.username is not None and self.bearer_token is not None:
            raise ValueError("give either username and password or bearer_token, not both")
        if self.json_equals is not None and self.json_path is None:
            raise ValueError("json_equals needs json_path, which tells where to look")
        if self.client_key is not None and self.client_certificate is None:
            raise ValueError("client_key needs client_certificate")
        if self.json_path is not None:
            content.compile_path(self.json_path)
        return self

    @property
    def looks_into_body(self) -> bool:
        """Whether the whole body has to be kept."""
        return (self.keyword, self.keyword_absent, self.json_path) != (None, None, None)


def _parse(settings: HttpSettings) -> httpx.URL:
    return httpx.URL(settings.url).copy_with(fragment=None)


class HttpCheck(CheckKind[HttpSettings]):
    """Asks a web server and judges its answer."""

    name: ClassVar[str] = "http"
    title: ClassVar[str] = "Web address"
    description: ClassVar[str] = "Asks for a URL and judges status, words, JSON values and the certificate."
    Settings: ClassVar[type[KindSettings]] = HttpSettings

    def __init__(self, resolver: Lookup = lookup) -> None:
        self._resolver = resolver
        # Parsing a URL costs a tenth of a check; headers are cheap to build and dear to keep for each monitor.
        self._urls: Kept[httpx.URL] = Kept(_parse)

    def target(self, settings: HttpSettings) -> str:
        """Return the URL."""
        return settings.url

    def url(self, settings: HttpSettings) -> str | None:
        """Return the URL; it cannot hold credentials."""
        return settings.url

    async def run(self, settings: HttpSettings, tools: CheckTools) -> Result:
        """Check once."""
        url = self._urls.of(settings)
        trace = Trace(tools.now(), url.raw_host.decode("ascii"))
        exchange = Exchange(
            trace,
            lambda: tools.ssl_context(settings.verify_tls, settings.client_certificate, settings.client_key),
            keep=BODY_BYTES if settings.looks_into_body else _SNIPPET_BYTES,
            follows=settings.follow_redirects,
            resolver=self._resolver,
        )
        try:
            async with asyncio.timeout(limit_s(tools.timeout_s)):
                response = await _ask(settings, tools, exchange, url, trace)
                return await _judged(settings, tools, exchange, response, trace)
        except TimeoutError:
            fault = trace.late(tools.timeout_s)
        except WireFault as met:
            fault = met
        return trace.failure(fault, certificates.expiry_facts(exchange.expires_at, trace.wall))


async def _ask(
    settings: HttpSettings, tools: CheckTools, exchange: Exchange, url: httpx.URL, trace: Trace
) -> httpx.Response:
    """Return the final answer, after redirects."""
    request = _request(settings, tools, url)
    response = await exchange.handle_async_request(request)
    if not settings.follow_redirects:
        return response
    exchange.allowed = redirect.guard(trace.address)
    for _ in range(redirect.HOPS):
        if not redirect.is_redirect(response):
            return response
        following = redirect.next_request(request, response)
        if not redirect.same_origin(request.url, following.url):
            # The client certificate, too, was given for the check's own origin.
            exchange.context = lambda: tools.ssl_context(settings.verify_tls, None, None)
        request = following
        trace.facts["redirected_to"] = excerpt(str(request.url.copy_with(query=None)))
        response = await exchange.handle_async_request(request)
    if redirect.is_redirect(response):
        raise WireFault("redirect", f"more than {redirect.HOPS} redirects one after the other")
    return response


def _request(settings: HttpSettings, tools: CheckTools, url: httpx.URL) -> httpx.Request:
    body = b"" if settings.body is None else settings.body.encode()
    # With a stream, httpx adds no headers of its own, which takes a twentieth of the time.
    request = httpx.Request(
        settings.method, url, headers=[(b"Host", url.netloc), *_STANDING], stream=httpx.ByteStream(body)
    )
    if body or settings.method in {"POST", "PUT", "PATCH"}:
        request.headers["Content-Length"] = str(len(body))
    if settings.headers:
        request.headers.update(settings.headers)
    if settings.bearer_token is not None:
        request.headers["Authorization"] = f"Bearer {tools.secret(settings.bearer_token)}"
    elif settings.username is not None and settings.password is not None:
        basic = httpx.BasicAuth(settings.username, tools.secret(settings.password))
        request = next(basic.auth_flow(request))
    return request


async def _judged(
    settings: HttpSettings, tools: CheckTools, exchange: Exchange, response: httpx.Response, trace: Trace
) -> Result:
    trace.facts["http_status"] = response.status_code
    trace.facts.update(certificates.expiry_facts(exchange.expires_at, trace.wall))
    status = response.status_code
    if not matches(status, settings.expect_status):
        sentence = f"answered {_status_in_words(status)}, expected {in_words(settings.expect_status)}"
        return trace.failure(WireFault("http_status", sentence), {"snippet": excerpt(await response.aread())})
    if settings.looks_into_body:
        body = await response.aread()
        if len(body) > _THREAD_ABOVE_BYTES:
            wrong = await asyncio.to_thread(_body_fault, settings, response, body)
        else:
            wrong = _body_fault(settings, response, body)
        if wrong is not None:
            return trace.failure(wrong, {"snippet": excerpt(body)})
    if warning := certificates.warning(exchange.expires_at, tools.now(), settings.warn_before):
        return trace.result(CheckStatus.DEGRADED, f"answered {status}, but {warning}", "certificate_expires_soon")
    cut = response.extensions["cut"]
    rest = "" if cut is None else f"; stopped reading after {cut}"
    return trace.result(CheckStatus.UP, f"answered {status} in {trace.took}{rest}")


def _body_fault(settings: HttpSettings, response: httpx.Response, body: bytes) -> WireFault | None:
    text = content.text_of(body, response.charset_encoding)
    cut: str | None = response.extensions["cut"]
    if fault := content.judge_words(text, settings.keyword, settings.keyword_absent, cut=cut):
        return fault
    if settings.json_path is None:
        return None
    return content.judge_json(text, settings.json_path, settings.json_equals, cut=cut)


def _status_in_words(status: int) -> str:
    # Our own words: the server's may be anything.
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
