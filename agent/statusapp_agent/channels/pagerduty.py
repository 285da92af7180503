"""PagerDuty, through its Events API v2: triggers, acknowledges and resolves incidents, and records changes.

A 202 says that PagerDuty took an event in, not that anybody was paged: with nobody on call, or a service disabled, it
drops the event without a word. So what is accepted here is called accepted, and no more.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from statusapp_agent.channels.http_channel import HttpChannelKind, by_status, in_words, read_json
from statusapp_agent.channels.pagerduty_event import change_event, encoded, event
from statusapp_agent.core.model import Action, Again, Delivered, Outcome, Refused
from statusapp_agent.core.verifying import VERIFIES, WRITES
from statusapp_agent.fields import Duration, SecretField
from statusapp_agent.http_exchange import HttpCall
from statusapp_agent.kinds import ChannelTools, Finding, KindSettings
from statusapp_agent.origin import Origin
from statusapp_agent.wire.excerpt import excerpt

EVENTS_URLS = {"us": "https://events.pagerduty.com", "eu": "https://events.eu.pagerduty.com"}
API_URLS = {"us": "https://api.pagerduty.com", "eu": "https://api.eu.pagerduty.com"}

KEY_CHARACTERS = 32
_REST_KEY_CHARACTERS = 20
_SAID_CHARACTERS = 1_000
_ABOUT_THE_KEY = re.compile(r"routing.?key|integration.?key", re.IGNORECASE)
_KEY = re.compile(r"[A-Za-z0-9]*")
# Marks that copying from a web page brings along: zero-width space, joiners, byte order mark, soft hyphen.
_INVISIBLE = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD))
_WHERE_TO_FIND = "in PagerDuty open Services, your service, Integrations, and copy the Integration Key of Events API V2"


class PagerDutySettings(KindSettings):
    """What a PagerDuty channel needs: one integration key; an API key lets it verify and sync."""

    integration_key: SecretField = Field(
        title="Integration key",
        description="The 32 characters that PagerDuty shows for an Events API V2 integration of a service.",
        examples=[{"env": "PD_KEY"}],
    )
    region: Literal["us", "eu"] = Field(
        default="us",
        title="Service region",
        description="Where the PagerDuty account lives: us, or eu if its address has .eu. in it.",
        examples=["us"],
    )
    events_url: Origin | None = Field(
        default=None,
        title="Events API address",
        description="Only to send events elsewhere than to PagerDuty's own server of the region.",
        examples=["https://events.pagerduty.com"],
        json_schema_extra={"format": "statusapp-origin"},
    )
    api_key: SecretField | None = Field(
        default=None,
        title="REST API key",
        description="Lets StatusApp see whether an incident was really made, and who has it; read-only is enough.",
        examples=[{"env": "PD_API_KEY"}],
    )
    api_url: Origin | None = Field(
        default=None,
        title="REST API address",
        description="Only to reach the REST API elsewhere than at PagerDuty's own server of the region.",
        examples=["https://api.pagerduty.com"],
        json_schema_extra={"format": "statusapp-origin"},
    )
    from_email: str | None = Field(
        default=None,
        title="Your e-mail address at PagerDuty",
        description="In whose name notes and updates are written; PagerDuty demands it for writing.",
        examples=["me@example.org"],
        pattern=r"^[^@\s]+@[^@\s]+$",
        max_length=254,
    )

    sync_interval: Annotated[Duration, Field(ge=1, le=300)] = Field(
        default=15.0,
        title="Look every",
        description="How often PagerDuty is asked what became of open incidents, with a REST API key.",
        examples=["15s"],
    )

    change_events: bool = Field(
        default=False,
        title="Tell what StatusApp does",
        description="Sends a change event, which pages nobody, when the agent starts and when its settings change.",
        examples=[True],
    )

    webhook_listen: str | None = Field(
        default=None,
        title="Listen for webhooks at",
        description="Optional: host and port where PagerDuty's webhooks v3 arrive, behind your own proxy with TLS.",
        examples=["127.0.0.1:8799"],
        pattern=r"^(\[[0-9a-fA-F:]+\]|[^\s:/@\[\]]+):[0-9]{1,5}$",
        max_length=260,
    )
    webhook_secret: SecretField | None = Field(
        default=None,
        title="Secret of the webhook subscription",
        description="PagerDuty shows it once, when the subscription is made; it signs what is sent here.",
        examples=[{"env": "PD_WEBHOOK_SECRET"}],
    )

    @property
    def events_origin(self) -> str:
        """Where events go."""
        return (self.events_url or EVENTS_URLS[self.region]).removesuffix("/v2/enqueue")

    @property
    def api_origin(self) -> str:
        """Where the REST API is."""
        return self.api_url or API_URLS[self.region]


def clean(value: str) -> str:
    """Return a pasted key without the spaces, line breaks and invisible marks that copying brings along."""
    return "".join(value.translate(_INVISIBLE).split())


class PagerDutyChannel(HttpChannelKind[PagerDutySettings]):
    """Events API v2."""

    name: ClassVar[str] = "pagerduty"
    title: ClassVar[str] = "PagerDuty"
    description: ClassVar[str] = "Opens, acknowledges and resolves incidents in PagerDuty, which pages who is on call."
    Settings: ClassVar[type[KindSettings]] = PagerDutySettings
    actions: ClassVar[frozenset[Action]] = frozenset(Action)
    # PagerDuty takes about 120 events a minute and key; the rest is room for others that share the key.
    max_per_minute: ClassVar[int] = 100

    async def deliver(self, notice: Mapping[str, Any], settings: PagerDutySettings, tools: ChannelTools) -> Outcome:
        """Tell it once; with a REST key the receipt says that what became of it can be looked up."""
        outcome = await super().deliver(notice, settings, tools)
        if isinstance(outcome, Delivered) and settings.api_key is not None:
            writes = {WRITES: True} if settings.from_email is not None else {}
            return replace(outcome, receipt={**outcome.receipt, VERIFIES: True, **writes})
        return outcome

    def request(
        self, notice: Mapping[str, Any], settings: PagerDutySettings, fields: Mapping[str, str]
    ) -> HttpCall | Refused:
        """Return the one POST of a notice."""
        key = clean(fields.get("integration_key", ""))
        if not key:
            return Refused(f"this channel has no integration key; {_WHERE_TO_FIND}", channel_broken=True)
        headers = {"Content-Type": "application/json"}
        if notice.get("action") == Action.CHANGE.value:
            if _of_orchestration(key):
                return Refused(
                    "PagerDuty: change events cannot be sent to an Event Orchestration key (it begins with R)"
                )
            url = f"{settings.events_origin}/v2/change/enqueue"
            return HttpCall("POST", url, headers, content=encoded(change_event(notice, key)))
        if not notice.get("dedup_key"):
            # Without one PagerDuty would make a new incident of every try.
            return Refused("this notice has no dedup key, so it cannot be told safely; please report this fault")
        return HttpCall("POST", f"{settings.events_origin}/v2/enqueue", headers, content=encoded(event(notice, key)))

    def outcome(self, status: int, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Return what PagerDuty's answer means."""
        if 200 <= status < 300:
            return _taken(status, body)
        if status == 400:
            return _invalid(body)
        if status in (401, 403, 404):
            return Again(
                f"PagerDuty's address answered {in_words(status)}, which its Events API never does; look at events_url,"
                " the region, and any proxy in between",
                slow=True,
            )
        return by_status(status, headers, self.title)

    def cut_short(self, status: int) -> Outcome:
        """Return what a 2xx without its body means: 202 is the whole answer, the rest only repeats our key."""
        return _taken(status, b"")

    def inspect_secret(self, field: str, value: str, settings: PagerDutySettings) -> list[Finding]:  # noqa: ARG002
        """Judge a pasted key by its look; the key itself is never part of what is said."""
        judge = {"integration_key": _integration_key, "api_key": _api_key}.get(field)
        return judge(clean(value)) if judge else []

    def inspect(self, settings: PagerDutySettings) -> list[Finding]:
        """Judge the settings: a region that contradicts an address, and what an API key would add."""
        findings = []
        other = "eu" if settings.region == "us" else "us"
        for field, url, known in (
            ("events_url", settings.events_url, EVENTS_URLS),
            ("api_url", settings.api_url, API_URLS),
        ):
            if url is not None and url.startswith(known[other]):
                said = (
                    f'is the address of the region {other}, but region = "{settings.region}"; a key works in one only'
                )
                findings.append(Finding(field, f"{field} {said}"))
        if (settings.webhook_listen is None) != (settings.webhook_secret is None):
            said = "webhook_listen and webhook_secret belong together: without both of them no webhook is listened for"
            findings.append(Finding("webhook_listen", said))
        if settings.api_key is None:
            findings.append(
                Finding(
                    "api_key",
                    "without a REST API key StatusApp can say that PagerDuty accepted a page, but not that it made an"
                    " incident of it; a read-only key is enough for that",
                )
            )
        return findings


def _taken(status: int, body: bytes) -> Outcome:
    said = read_json(body) if body.strip() else {}
    if not isinstance(said, dict) or (status != 202 and said.get("status") != "success"):
        return Again(
            f"PagerDuty's address answered {in_words(status)} with something that PagerDuty does not say; whether the"
            " event arrived is not known, so it is sent again under the same key",
            maybe_sent=True,
        )
    key = said.get("dedup_key")
    receipt = {"dedup_key": excerpt(key, 255)} if isinstance(key, str) else {}
    return Delivered("accepted by PagerDuty (not verified)", receipt)


def _invalid(body: bytes) -> Refused:
    said = read_json(body)
    errors = _errors(said)
    broken = any(_ABOUT_THE_KEY.search(error) for error in errors)
    told = excerpt("; ".join(errors), _SAID_CHARACTERS) if errors else "it gave no reason"
    advice = ". Check the integration key, and that region is where the account lives (us or eu)" if broken else ""
    return Refused(f"PagerDuty refused the event (400): {told}{advice}", channel_broken=broken)


def _errors(said: Any) -> list[str]:
    """Return what an error body says: its errors, else its message, else nothing."""
    if not isinstance(said, dict):
        return []
    errors = said.get("errors")
    if isinstance(errors, str):
        errors = [errors]
    listed = [str(each) for each in errors if each] if isinstance(errors, list) else []
    return listed or [str(said[name]) for name in ("message", "status") if isinstance(said.get(name), str)][:1]


def _of_orchestration(key: str) -> bool:
    return len(key) == KEY_CHARACTERS and key.startswith("R")


def _integration_key(key: str) -> list[Finding]:
    field = "integration_key"
    if len(key) == _REST_KEY_CHARACTERS or key.startswith("u+"):
        said = (
            f"this is a REST API key (20 characters, or u+ at its beginning), not an integration key; {_WHERE_TO_FIND}"
        )
        return [Finding(field, said, error=True)]
    findings = []
    if not _KEY.fullmatch(key):
        said = f"an integration key has only letters and digits, but this has other characters; {_WHERE_TO_FIND}"
        findings.append(Finding(field, said, error=True))
    if len(key) != KEY_CHARACTERS:
        said = f"an integration key has {KEY_CHARACTERS} characters, but this has {len(key)}; {_WHERE_TO_FIND}"
        findings.append(Finding(field, said, error=True))
    if not findings and _of_orchestration(key):
        said = (
            "this looks like the key of an Event Orchestration (it begins with R): pages work if its rules route them"
            " to a service, change events cannot be sent to it"
        )
        findings.append(Finding(field, said))
    return findings


def _api_key(key: str) -> list[Finding]:
    if len(key) == KEY_CHARACTERS and _KEY.fullmatch(key):
        said = (
            "this looks like an integration key (32 characters), not a REST API key; make one in PagerDuty under"
            " Integrations, API Access Keys, or in your own profile under User Settings"
        )
        return [Finding("api_key", said, error=True)]
    return [] if key else [Finding("api_key", "a REST API key cannot be empty", error=True)]
