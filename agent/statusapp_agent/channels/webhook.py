"""A POST of JSON to any address: home automation, chat bots, scripts. Signed, so that the receiver knows it is us."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StrictBool

from statusapp_agent.channels.http_channel import by_status
from statusapp_agent.core.model import Action, Delivered, Outcome, Refused
from statusapp_agent.fields import SecretField
from statusapp_agent.http_exchange import Answer, HttpCall, send
from statusapp_agent.kinds import ChannelKind, ChannelTools, Finding, KindSettings
from statusapp_agent.origin import is_loopback
from statusapp_agent.outcomes import redacted
from statusapp_agent.webhook_document import body, checked, places, signature

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")  # RFC 9110, section 5.6.2
_OURS = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection", "authorization"})
_SIGNED = frozenset({"webhook-id", "webhook-timestamp", "webhook-signature"})


def _headers(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f'"{name[:60]}" cannot be the name of a header')
        if name.lower() in _OURS | _SIGNED:
            hint = "; give it as authorization" if name.lower() == "authorization" else ""
            raise ValueError(f'the header "{name}" is set by StatusApp itself{hint}')
        if not value.isascii() or not value.isprintable():
            raise ValueError(f'the value of the header "{name}" has characters that HTTP cannot carry')
    return headers


class WebhookSettings(KindSettings):
    """What a webhook needs: an address; a secret lets the receiver trust it."""

    url: SecretField = Field(
        title="Address",
        description="Where the JSON is posted. It often holds a key, so it is kept as a secret.",
        examples=[{"env": "WEBHOOK_URL"}],
    )
    secret: SecretField | None = Field(
        default=None,
        title="Signing secret",
        description="Signs each message (standard webhooks, HMAC-SHA256); whsec_ and base64, or any text.",
        examples=[{"env": "WEBHOOK_SECRET"}],
    )
    authorization: SecretField | None = Field(
        default=None,
        title="Authorization",
        description="Value of the header Authorization, such as Bearer and a token.",
        examples=[{"env": "WEBHOOK_AUTH"}],
    )
    headers: Annotated[dict[str, str], AfterValidator(_headers)] = Field(
        default_factory=dict,
        title="More headers",
        description="Sent with each message; nothing secret.",
        examples=[{"X-Source": "statusapp"}],
        max_length=50,
    )
    template: Annotated[str, AfterValidator(checked)] | None = Field(
        default=None,
        title="Template",
        description=f"JSON with names in its texts: {', '.join(f'${{{name}}}' for name in places())}.",
        examples=['{"text": "${headline}: ${cause}", "priority": "${severity}"}'],
        max_length=20_000,
    )
    allow_http: StrictBool = Field(
        default=False,
        title="Unencrypted",
        description="Take an address with http:// that is not on this machine: what is sent can be read on the way.",
    )


class WebhookChannel(ChannelKind[WebhookSettings]):
    """One POST for each notice."""

    name: ClassVar[str] = "webhook"
    title: ClassVar[str] = "Webhook"
    description: ClassVar[str] = "Posts JSON to an address of your own, signed, as a whole document or by a template."
    Settings: ClassVar[type[KindSettings]] = WebhookSettings
    actions: ClassVar[frozenset[Action]] = frozenset(Action)

    async def deliver(self, notice: Mapping[str, Any], settings: WebhookSettings, tools: ChannelTools) -> Outcome:
        """Post it once. The id is the same in every try, so that a receiver can drop what it has already."""
        url = "".join(tools.fields.get("url", "").split())
        if fault := url_fault(url, allow_http=settings.allow_http):
            return Refused(f"this channel cannot post: {fault}", channel_broken=True)
        content = body(notice, settings.template)
        message_id = f"msg_{tools.tag or 'once'}"
        timestamp = int(tools.now().timestamp())
        headers = {
            **settings.headers,
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
        }
        if secret := tools.fields.get("secret", "").strip():
            headers["webhook-signature"] = signature(secret, message_id, timestamp, content)
        if authorization := tools.fields.get("authorization", "").strip():
            headers["Authorization"] = authorization
        came = await send(HttpCall("POST", url, headers, content=content), tools.http, tools.timeout_s)
        host = urlsplit(url).hostname or "the webhook"
        return redacted(came if not isinstance(came, Answer) else outcome(came, host), tools.fields)

    def inspect_secret(self, field: str, value: str, settings: WebhookSettings) -> list[Finding]:
        """Judge a pasted secret by its look."""
        pasted = value.strip()
        if field == "url":
            fault = url_fault("".join(value.split()), allow_http=settings.allow_http)
            return [Finding(field, fault, error=True)] if fault else []
        if field == "authorization" and not (pasted.isascii() and pasted.isprintable()):
            return [Finding(field, "it has characters that a header cannot carry; copy it again", error=True)]
        if field == "secret" and len(pasted) < 16:
            return [Finding(field, "a signing secret this short can be guessed; use 24 random characters or more")]
        return []

    def inspect(self, settings: WebhookSettings) -> list[Finding]:
        """Warn where nobody can tell our messages from others'."""
        if settings.secret is None and settings.authorization is None:
            text = "without a signing secret the receiver cannot know that a message is from StatusApp"
            return [Finding("secret", text)]
        return []


def outcome(came: Answer, host: str) -> Outcome:
    """Return what an answer means: any 2xx is a yes, whatever its body."""
    if 200 <= came.status < 300:
        return Delivered(f"taken by {host} ({came.status})")
    if came.status == 410:
        why = f"{host} wants no more messages (410 Gone); delete the channel, or set its address again"
        return Refused(why, channel_broken=True)
    return by_status(came.status, came.headers, host)


def url_fault(url: str, *, allow_http: bool) -> str | None:
    """Return what is wrong with an address, in words that do not show it."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "its address is not a URL; copy it again"
    if parts.scheme not in ("http", "https") or not host or port == 0 or not url.isprintable():
        return "its address is not complete; it begins with https://"
    if "@" in parts.netloc:
        return "its address has a user name or a password in it; give those as authorization"
    if parts.scheme == "http" and not allow_http and not is_loopback(host):
        return (
            "its address begins with http://, so all could be read on the way; use https://, or set allow_http = true"
        )
    return None
