"""E-mail by SMTP: one thread for each incident, and in it all that an archive needs."""

import asyncio
import importlib
import ssl
from collections.abc import Mapping
from email.utils import parseaddr
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, model_validator

from statusapp_agent.core.model import Action, Again, Delivered, NotNeeded, Outcome, Refused
from statusapp_agent.core.outbox import ONCE_MORE
from statusapp_agent.fields import SecretField
from statusapp_agent.kinds import ChannelKind, ChannelTools, Finding, KindSettings
from statusapp_agent.mail.address import (
    ON_CALL,
    as_list,
    is_address,
    sound_address,
    sound_host,
    sound_recipient,
    sound_sender,
)
from statusapp_agent.origin import is_loopback
from statusapp_agent.outbound import trusted_context
from statusapp_agent.outcomes import redacted
from statusapp_agent.telling import line, lines_of, part

if TYPE_CHECKING:
    from statusapp_agent.mail.post import Posted

_ROADS = {"starttls": "STARTTLS", "tls": "TLS", "none": "without encryption"}
PORTS = {"starttls": 587, "tls": 465, "none": 25}
_OPENING = (Action.TRIGGER.value, Action.TEST.value)


class EmailSettings(KindSettings):
    """What a mail channel needs: a server, a sender and recipients."""

    host: Annotated[str, AfterValidator(sound_host)] = Field(
        title="Mail server", description="Where mail is handed in.", examples=["mail.example.org"], max_length=255
    )
    port: int | None = Field(
        default=None,
        ge=1,
        le=65_535,
        title="Port",
        description="587 for starttls, 465 for tls and 25 for none, unless given.",
        examples=[587],
    )
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        title="Encryption",
        description="Demanded, never silently dropped: starttls (587), tls (465), or none for a relay at home.",
        examples=["starttls"],
    )
    username: str | None = Field(
        default=None, min_length=1, max_length=320, title="User name", description="If the server wants one."
    )
    password: SecretField | None = Field(
        default=None, title="Password", description="Of that user.", examples=[{"env": "SMTP_PASSWORD"}]
    )
    sender: Annotated[str, AfterValidator(sound_sender)] = Field(
        alias="from",
        title="From",
        description="The sender; its domain is part of each mail's id, so keep it.",
        examples=["statusapp@example.org"],
        max_length=320,
    )
    to: Annotated[
        tuple[Annotated[str, AfterValidator(sound_recipient)], ...], BeforeValidator(as_list), Field(min_length=1)
    ] = Field(
        title="To",
        description="Addresses, or oncall:ROTATION for who is on call.",
        examples=[["ops@example.org"]],
        max_length=50,
    )
    reply_to: Annotated[str, AfterValidator(sound_address)] | None = Field(
        default=None, title="Answers go to", description="A person; nobody reads the sender's mail.", max_length=254
    )
    ca_file: str | None = Field(
        default=None,
        title="Authority",
        description="PEM file of an own authority that has signed the server's certificate.",
        examples=["/etc/ssl/home-ca.pem"],
    )
    allow_plain_login: StrictBool = Field(
        default=False,
        title="Password in clear",
        description="Send user name and password without encryption; only with security none.",
    )

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together")
        if self.security == "none" and self.username is not None and not self.allow_plain_login:
            raise ValueError(
                'with security = "none" the password would be sent in clear; use starttls or tls, or set'
                " allow_plain_login = true if the road to the server is your own"
            )
        return self


class EmailChannel(ChannelKind[EmailSettings]):
    """SMTP."""

    name: ClassVar[str] = "email"
    title: ClassVar[str] = "E-mail"
    description: ClassVar[str] = (
        "Sends mails by SMTP: one thread for each incident, with its story, who was told and when, and a chart."
    )
    Settings: ClassVar[type[KindSettings]] = EmailSettings
    actions: ClassVar[frozenset[Action]] = frozenset(Action)
    # Servers let strangers wait for a greeting, and take their time over a mail (RFC 5321, section 4.5.3.2).
    timeout_s: ClassVar[float] = 60.0

    def __init__(self) -> None:
        self._contexts: dict[tuple[str | None, float], ssl.SSLContext] = {}

    async def deliver(self, notice: Mapping[str, Any], settings: EmailSettings, tools: ChannelTools) -> Outcome:
        """Tell it once; who got it in an earlier try does not get it again."""
        return redacted(await self._deliver(notice, settings, tools), tools.fields)

    async def _deliver(self, notice: Mapping[str, Any], settings: EmailSettings, tools: ChannelTools) -> Outcome:
        action = notice.get("action")
        if action == Action.RESOLVE.value and line(notice.get("reason")).startswith(ONCE_MORE):
            return Delivered("not repeated: the mail that it is over was sent")
        if action == Action.CHANGE.value and not lines_of(notice):
            # People who deploy ten times a day would filter the mails away, and the incidents with them.
            return NotNeeded("reported changes are not mailed; digests and hand-offs are")
        to = recipients(settings, tools)
        if not to:
            return Again("nobody to send it to: nobody who is on call now has an e-mail address", slow=True)
        # The libraries for mail are paid for by those who send some, and not in the loop.
        await asyncio.to_thread(_load)
        from statusapp_agent.mail.letter import Envelope, letter
        from statusapp_agent.mail.post import Server, post

        try:
            context = await asyncio.to_thread(self._context, settings.ca_file)
        except (OSError, ssl.SSLError):
            return Refused(f"the file {settings.ca_file} holds no certificates that can be read", channel_broken=True)
        envelope = Envelope(settings.sender, to, domain(settings.sender, notice), settings.reply_to)
        is_root = action == Action.CHANGE.value or (action in _OPENING and not tools.opening)
        mail = letter(notice, envelope, tools.tag, is_root=is_root, now=tools.now())
        done = {*tools.so_far.get("sent", ()), *tools.so_far.get("refused", {})}
        server = Server(
            host=settings.host,
            port=settings.port or PORTS[settings.security],
            security=settings.security,
            context=context,
            username=settings.username,
            password=tools.fields.get("password", "").strip("\r\n"),
        )
        left = [each for each in to if each not in done]
        address = parseaddr(settings.sender)[1]
        posted = await post(server, address, left, mail.as_bytes(), tools.timeout_s)
        return outcome(posted, tools.so_far, to, str(mail["Message-ID"]), road(settings))

    def _context(self, ca_file: str | None) -> ssl.SSLContext:
        key = (ca_file, Path(ca_file).stat().st_mtime if ca_file else 0.0)
        if key not in self._contexts:
            context = trusted_context()
            if ca_file:
                context.load_verify_locations(cafile=ca_file)
            self._contexts = {**{k: v for k, v in self._contexts.items() if k[0] != ca_file}, key: context}
        return self._contexts[key]

    def inspect(self, settings: EmailSettings) -> list[Finding]:
        """Warn of ports and encryption that do not fit, and of mail in clear."""
        findings = []
        usual = {port: security for security, port in PORTS.items()}.get(settings.port or 0)
        if usual is not None and usual != settings.security:
            text = f'port {settings.port} is usually used with security = "{usual}", not "{settings.security}"'
            findings.append(Finding("port", text))
        if settings.security == "none" and not is_loopback(settings.host):
            said = "and the password as well, " if settings.username else ""
            findings.append(Finding("security", f"mails, {said}cross the network in clear; use starttls or tls"))
        return findings


def _load() -> None:
    for name in ("letter", "post"):
        importlib.import_module(f"statusapp_agent.mail.{name}")


def recipients(settings: EmailSettings, tools: ChannelTools) -> tuple[str, ...]:
    """Return whom a mail goes to: in a later try the same, and in a thread also who got its first mail."""
    if listed := tools.so_far.get("to"):
        return tuple(listed)
    found: dict[str, None] = dict.fromkeys(tools.opening.get("to") or ())
    for each in settings.to:
        if not each.startswith(ON_CALL):
            found[each] = None
            continue
        people = tools.on_call(each.removeprefix(ON_CALL))
        known = [person.email for person in people if person.email and is_address(person.email)]
        found.update(dict.fromkeys(known[:1]))
    return tuple(found)


def domain(sender: str, notice: Mapping[str, Any]) -> str:
    """Return the stable right half of all message ids: the sender's domain, unless it is a bare host name."""
    own = parseaddr(sender)[1].rpartition("@")[2].lower()
    install = line(part(notice, "agent").get("install")) or "agent"
    return own if "." in own and not own.startswith("[") else f"{install}.statusapp.invalid"


def road(settings: EmailSettings) -> str:
    """Return in words how a mail that was taken came there: each of these steps went well."""
    signed_in = ", signed in" if settings.username is not None else ""
    return f"{settings.host} ({_ROADS[settings.security]}{signed_in})"


def outcome(posted: "Posted", so_far: Mapping[str, Any], to: tuple[str, ...], message_id: str, by: str) -> Outcome:
    """Return what became of a mail to several, this try and those before taken together."""
    sent = [*so_far.get("sent", ()), *posted.sent]
    refused = {**so_far.get("refused", {}), **posted.refused}
    receipt = {"message_id": message_id, "to": list(to), "sent": sent, "refused": refused}
    if isinstance(posted.problem, Refused):
        if not sent or posted.problem.channel_broken:
            return posted.problem
        # Some have it from an earlier try: they were told, and must hear how it goes on.
        return Delivered(f"taken by {by} for {len(sent)} of {len(to)}; for the others {posted.problem.reason}", receipt)
    if posted.problem is not None:
        again = posted.problem
        return Again(again.reason, again.after_s, maybe_sent=again.maybe_sent, slow=again.slow, receipt=receipt)
    if posted.later:
        words = "; ".join(f"{address}: {said}" for address, said in posted.later.items())
        return Again(f"taken for {len(sent)} of {len(to)}, not yet for {words}", receipt=receipt)
    words = "; ".join(f"{address}: {said}" for address, said in refused.items())
    if not sent:
        return Refused(f"no recipient was taken: {words}", channel_broken=True)
    if refused:
        return Delivered(f"taken by {by} for {len(sent)} of {len(to)}, refused for {words}", receipt)
    whom = sent[0] if len(sent) == 1 else f"all {len(sent)} recipients"
    return Delivered(f"taken by {by} for {whom}", receipt)
