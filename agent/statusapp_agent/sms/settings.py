"""What an SMS channel is told: who carries its texts, with which credentials, to whom, and how many at most."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Discriminator, Field, StrictBool, Tag, model_validator

from statusapp_agent.fields import SecretField
from statusapp_agent.kinds import KindSettings
from statusapp_agent.origin import Origin
from statusapp_agent.sms.gateway_template import gateway_body, gateway_header, gateway_url, pattern
from statusapp_agent.sms.numbers import PhoneNumber, Sender

MOST_NUMBERS = 50
_ON_CALL = re.compile(r"oncall:\S(?:.*\S)?")
_NEEDED = {
    "twilio": ("account_sid", "auth_token"),
    "vonage": ("api_key", "auth_token", "sender"),
    "http": ("url",),
    "spool": ("folder",),
}
_ONLY = {
    "account_sid": ("twilio",),
    "api_key_sid": ("twilio",),
    "messaging_service_sid": ("twilio",),
    "api_key": ("vonage",),
    "api_url": ("twilio", "vonage"),
    "url": ("http",),
    "method": ("http",),
    "headers": ("http",),
    "success": ("http",),
    "body": ("http",),
    "inbox_url": ("http",),
    "folder": ("spool",),
    "inbox_folder": ("spool",),
    "spool_format": ("spool",),
}


def _rotation(text: str) -> str:
    if not _ON_CALL.fullmatch(text):
        raise ValueError('write a list of phone numbers, or "oncall:" and the name of a rotation')
    return text


def _form(value: object) -> str:
    return "rotation" if isinstance(value, str) else "numbers"


def _some(numbers: tuple[str, ...]) -> tuple[str, ...]:
    if not 1 <= len(numbers) <= MOST_NUMBERS:
        raise ValueError(f"write 1 to {MOST_NUMBERS} phone numbers")
    return numbers


Numbers = Annotated[tuple[PhoneNumber, ...], AfterValidator(_some)]
Rotation = Annotated[str, AfterValidator(_rotation)]
# By its form, so that what is wrong with the one is not said of the other.
Recipients = Annotated[Annotated[Numbers, Tag("numbers")] | Annotated[Rotation, Tag("rotation")], Discriminator(_form)]


class SmsSettings(KindSettings):
    """What an SMS channel needs: a provider, its credentials, a sender, and whom to text."""

    model_config = ConfigDict(populate_by_name=True)

    provider: Literal["twilio", "vonage", "http", "spool"] = Field(
        title="Provider",
        description="Who carries the texts: Twilio, Vonage, any HTTP gateway (http), or a modem's folder (spool).",
        examples=["twilio"],
    )
    account_sid: str | None = Field(
        default=None,
        title="Account SID",
        description="Twilio's name for your account; its console shows it.",
        examples=["AC00000000000000000000000000000000"],
        max_length=64,
    )
    api_key_sid: str | None = Field(
        default=None,
        title="API key SID",
        description="Only if auth_token is the secret of a Twilio API key (SK...) instead of the account's own token.",
        max_length=64,
    )
    api_key: str | None = Field(
        default=None, title="API key", description="Vonage's API key; its secret is auth_token.", max_length=64
    )
    auth_token: SecretField | None = Field(
        default=None,
        title="Auth token",
        description="Twilio's auth token, Vonage's API secret, or the token that a gateway's request holds as $token.",
        examples=[{"env": "TWILIO_TOKEN"}],
    )
    sender: Sender | None = Field(
        default=None,
        alias="from",
        title="From",
        description="The number, short code or name that texts come from. Only a number can be answered.",
        examples=["+15005550006"],
    )
    messaging_service_sid: str | None = Field(
        default=None,
        title="Messaging service SID",
        description="A Twilio messaging service (MG...) that chooses the sender, in place of from.",
        pattern=r"^MG[0-9a-zA-Z]{32}$",
    )
    to: Recipients = Field(
        title="To",
        description='Phone numbers to text, like "+15551230000", or "oncall:NAME" for whoever is on call there.',
        examples=[["+15551230000"], "oncall:primary"],
    )
    api_url: Origin | None = Field(
        default=None,
        title="API address",
        description="Only to reach Twilio or Vonage elsewhere than at its own address.",
        examples=["https://api.twilio.com"],
        json_schema_extra={"format": "statusapp-origin"},
    )
    monthly_limit: int = Field(
        default=100,
        title="Texts a month",
        description="After so many in a calendar month only the first critical page of an hour is still sent.",
        strict=True,
        ge=1,
        le=100_000,
    )
    hourly_limit: int = Field(
        default=20,
        title="Texts an hour",
        description="No more within an hour, but for the first critical page of each monitor.",
        strict=True,
        ge=1,
        le=10_000,
    )
    segments: int = Field(
        default=1,
        title="Messages a text",
        description="A text is cut to so many messages of 160 characters; each is paid.",
        strict=True,
        ge=1,
        le=10,
    )
    replies: StrictBool = Field(
        default=True,
        title="Replies acknowledge",
        description="Look for answers such as ACK 42 while somebody could send one.",
    )
    method: Literal["GET", "POST", "PUT"] | None = Field(
        default=None, title="Method", description="Of the gateway's request; POST if it has a body, else GET."
    )
    url: Annotated[str, AfterValidator(gateway_url)] | None = Field(
        default=None,
        title="Gateway URL",
        description="Where the gateway takes a text; $to, $text, $from and $token are filled in.",
        examples=["http://192.168.1.20:8080/send?to=$to&text=$text"],
        max_length=2000,
    )
    headers: dict[str, Annotated[str, AfterValidator(gateway_header)]] | None = Field(
        default=None,
        title="Headers",
        description="Of the gateway's requests; $token is filled in.",
        examples=[{"Authorization": "Bearer $token"}],
    )
    body: Annotated[str, AfterValidator(gateway_body)] | None = Field(
        default=None,
        title="Body",
        description="What is sent, with $to, $text, $from and $token; JSON if it begins with a brace, else a form.",
        examples=['{"to": "$to", "message": "$text"}'],
        max_length=10_000,
    )
    success: Annotated[str, AfterValidator(pattern)] | None = Field(
        default=None,
        title="Success",
        description="A regular expression that the answer holds if the text was taken; without it any 2xx will do.",
        examples=['"status": *"ok"'],
        max_length=500,
    )
    inbox_url: Annotated[str, AfterValidator(gateway_url)] | None = Field(
        default=None,
        title="Inbox URL",
        description="Where the gateway lists received texts as JSON objects with a sender, a text and an id.",
        examples=["http://192.168.1.20:8080/inbox"],
        max_length=2000,
    )
    folder: str | None = Field(
        default=None,
        title="Outbox folder",
        description="Where Gammu's SMS daemon or SMS Server Tools look for texts to send.",
        examples=["/var/spool/gammu/outbox"],
        max_length=1000,
    )
    inbox_folder: str | None = Field(
        default=None,
        title="Inbox folder",
        description="Where they put received texts.",
        examples=["/var/spool/gammu/inbox"],
        max_length=1000,
    )
    spool_format: Literal["gammu", "smstools"] | None = Field(
        default=None, title="Spool format", description="Whose folders these are; Gammu's if nothing is said."
    )

    @property
    def rotation(self) -> str | None:
        """The rotation whose people are texted, None where numbers are written."""
        return self.to.removeprefix("oncall:") if isinstance(self.to, str) else None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for name in _NEEDED[self.provider]:
            if getattr(self, name) is None:
                raise ValueError(f'provider = "{self.provider}" needs the key "{_written(name)}"')
        if self.provider == "twilio" and (self.sender is None) == (self.messaging_service_sid is None):
            raise ValueError('give either "from" or "messaging_service_sid"')
        for name, providers in _ONLY.items():
            if getattr(self, name) is not None and self.provider not in providers:
                raise ValueError(f'"{_written(name)}" has no meaning with provider = "{self.provider}"')
        return self


def _written(name: str) -> str:
    return "from" if name == "sender" else name
