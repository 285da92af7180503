"""SMS: texts to phones, by Twilio, Vonage, any HTTP gateway or a modem at home; an answer of ACK 42 acknowledges.

That a provider took a text says little: it is asked what became of it until it says so, and a text that did not arrive
is a page that was not delivered.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from statusapp_agent.core.model import Action, Again, Budget, NotNeeded, Outcome, Person, Refused
from statusapp_agent.kinds import ChannelKind, ChannelTools, Finding, KindSettings, Reply
from statusapp_agent.redaction import without
from statusapp_agent.sms.carrier import Carrier
from statusapp_agent.sms.gateway import Gateway
from statusapp_agent.sms.numbers import is_number, masked, same
from statusapp_agent.sms.settings import SmsSettings
from statusapp_agent.sms.spool import Spool
from statusapp_agent.sms.telling import Recipient, outcome, tell
from statusapp_agent.sms.text import compose
from statusapp_agent.sms.twilio import ORIGIN as TWILIO
from statusapp_agent.sms.twilio import Twilio, account_fault
from statusapp_agent.sms.vonage import ORIGIN as VONAGE
from statusapp_agent.sms.vonage import Vonage

_TITLES = {"twilio": "Twilio", "vonage": "Vonage", "http": "the gateway", "spool": "the modem"}
_PER_MONITOR_HOUR = 6
"""Three outages of one monitor, each with its end: what flaps more is told by other channels."""
_ANSWER = "SMS"


class SmsChannel(ChannelKind[SmsSettings]):
    """Texts."""

    name: ClassVar[str] = "sms"
    title: ClassVar[str] = "SMS"
    description: ClassVar[str] = (
        "Texts phones, by Twilio, Vonage, a gateway or a modem; an answer of ACK 42 acknowledges."
    )
    Settings: ClassVar[type[KindSettings]] = SmsSettings
    actions: ClassVar[frozenset[Action]] = frozenset(Action) - {Action.CHANGE}
    max_per_minute: ClassVar[int] = 60
    keeps_open: ClassVar[bool] = False
    listens: ClassVar[bool] = True
    replies_via: ClassVar[str] = _ANSWER

    async def deliver(self, notice: Mapping[str, Any], settings: SmsSettings, tools: ChannelTools) -> Outcome:
        """Text everybody who has to be, or ask what became of what they were texted."""
        people = recipients(settings, tools.on_call)
        if reason := not_needed(notice, len(people)):
            return NotNeeded(reason)
        if not people and not tools.so_far:
            return Refused(f"nobody with a phone number is on call in {settings.rotation!r}; see `statusapp oncall`")
        carrier = carrier_of(settings, tools.fields)
        answerable = settings.replies and can_listen(settings)
        bodies = [
            Recipient(
                number,
                person.name if person else masked(number),
                zone_of(person),
                compose(notice, tools.tag, parts=settings.segments, answerable=answerable, zone=zone_of(person)),
            )
            for number, person in people
        ]
        told = await tell(bodies, carrier, tools)
        clean = cleaner(tools.fields, [number for number, _ in people])
        texts = {
            name: replace(text, why=clean(text.why), status=clean(text.status)) for name, text in told.texts.items()
        }
        found = outcome(
            replace(told, texts=texts),
            _TITLES[settings.provider],
            tools.so_far,
            tools.now(),
            test=notice.get("purpose") == "test",
            settled_numbers=settings.rotation is None,
        )
        return replace(found, reason=clean(found.reason)) if isinstance(found, Again | Refused) else found

    async def listen(self, settings: SmsSettings, tools: ChannelTools, since: datetime) -> Sequence[Reply] | Again:
        """Return what those whom this channel texts have written since; texts of anybody else are no answers."""
        if not settings.replies or not can_listen(settings):
            return ()
        found = await carrier_of(settings, tools.fields).inbox(since, tools)
        if isinstance(found, Again):
            return found
        people = recipients(settings, tools.on_call)
        replies = []
        for text in found:
            ours = next(((number, person) for number, person in people if same(number, text.sender)), None)
            if ours is not None:
                number, person = ours
                replies.append(Reply(text.id, person.name if person else masked(number), text.text, text.at))
        return replies

    def budget(self, settings: SmsSettings) -> Budget | None:
        """Return how many texts may leave."""
        phones = 1 if settings.rotation is not None else len(settings.to)
        return Budget(settings.monthly_limit, settings.hourly_limit, _PER_MONITOR_HOUR * phones * settings.segments)

    def inspect_secret(self, field: str, value: str, settings: SmsSettings) -> list[Finding]:
        """Judge a pasted token by its look; it is never part of what is said."""
        token = value.strip()
        if field != "auth_token" or settings.provider != "twilio":
            return [] if token else [Finding(field, "this is empty", error=True)]
        if token.startswith(("AC", "SK")) and len(token) == 34:
            said = "this is the SID of an account or key, not its token; Twilio's console shows the token below it"
            return [Finding(field, said, error=True)]
        if len(token) != 32:
            return [Finding(field, f"Twilio's tokens have 32 characters, but this has {len(token)}; copy it again")]
        return []

    def inspect(self, settings: SmsSettings) -> list[Finding]:
        """Judge what the model cannot: the look of identifiers, answers that cannot come, folders that are missing."""
        findings = []
        if settings.account_sid is not None and (fault := account_fault(settings.account_sid)):
            findings.append(Finding("account_sid", fault, error=True))
        if settings.api_key_sid is not None and not settings.api_key_sid.startswith("SK"):
            findings.append(Finding("api_key_sid", "the SID of an API key begins with SK", error=True))
        if settings.replies and not can_listen(settings):
            findings.append(Finding("replies", _why_deaf(settings)))
        if settings.url is not None and settings.url.startswith("http://") and settings.auth_token is not None:
            findings.append(Finding("url", "the token travels in clear in your network; use https:// if it can"))
        for field in ("folder", "inbox_folder"):
            folder = getattr(settings, field)
            if folder is not None and not Path(folder).is_dir():
                findings.append(Finding(field, f"there is no folder {folder} yet; is the modem's program installed?"))
        return findings


def recipients(settings: SmsSettings, on_call: Any) -> list[tuple[str, Person | None]]:
    """Return who is texted: the numbers of the settings, or whoever is on call and has a phone."""
    if settings.rotation is None:
        return [(number, None) for number in dict.fromkeys(settings.to)]
    found = {person.phone: person for person in on_call(settings.rotation) if person.phone}
    return list(found.items())


def not_needed(notice: Mapping[str, Any], phones: int) -> str | None:
    """Return why nobody has to be texted this, which costs money and sleep; None where somebody has."""
    action = notice.get("action")
    if action == Action.RESOLVE.value and notice.get("purpose") == "test":
        return "nothing is left open on a phone"
    if action == Action.ACKNOWLEDGE.value and notice.get("via") != _ANSWER and phones < 2:
        return "whoever would be texted has it in hand, or is needed no more"
    return None


def zone_of(person: Person | None) -> tzinfo:
    """Return the time zone that a person reads times in."""
    try:
        return ZoneInfo(person.timezone) if person is not None else UTC
    except (KeyError, ValueError, OSError):
        return UTC


def can_listen(settings: SmsSettings) -> bool:
    """Whether answers reach us."""
    match settings.provider:
        case "twilio":
            return settings.messaging_service_sid is not None or is_number(settings.sender or "")
        case "http":
            return settings.inbox_url is not None
        case "spool":
            return settings.inbox_folder is not None
        case _:
            return False


def _why_deaf(settings: SmsSettings) -> str:
    return {
        "twilio": "nobody can answer a name or a short code, so no reply acknowledges; send from a phone number",
        "vonage": "Vonage hands answers only to a public address, so no reply acknowledges; set replies = false",
        "http": 'without "inbox_url" no reply acknowledges',
        "spool": 'without "inbox_folder" no reply acknowledges',
    }[settings.provider]


def carrier_of(settings: SmsSettings, fields: Mapping[str, str]) -> Carrier:
    """Return who carries the texts."""
    token = fields.get("auth_token", "").strip()
    match settings.provider:
        case "twilio":
            account = settings.account_sid or ""
            user = settings.api_key_sid or account
            origin = settings.api_url or TWILIO
            return Twilio(origin, account, user, token, settings.sender, settings.messaging_service_sid)
        case "vonage":
            return Vonage(settings.api_url or VONAGE, settings.api_key or "", token, settings.sender or "")
        case "http":
            return Gateway(settings, token)
        case _:
            inbox = Path(settings.inbox_folder) if settings.inbox_folder else None
            return Spool(Path(settings.folder or ""), inbox, settings.spool_format or "gammu")


def cleaner(fields: Mapping[str, str], numbers: Sequence[str]) -> Callable[[str], str]:
    """Return what takes secrets and phone numbers out of a sentence: a provider may quote what it was sent."""

    def clean(text: str) -> str:
        for number in numbers:
            text = text.replace(number, masked(number)).replace(number[1:], masked(number))
        return without(text, tuple(fields.values()))

    return clean
