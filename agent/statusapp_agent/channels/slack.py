"""Slack: with a bot token one message per incident, edited in place, with a thread; with a webhook flat messages."""

import asyncio
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from statusapp_agent.core.model import Action, Delivered, Outcome, Refused
from statusapp_agent.core.outbox import ONCE_MORE
from statusapp_agent.fields import SecretField
from statusapp_agent.http_exchange import Answer, HttpCall, send
from statusapp_agent.kinds import ChannelKind, ChannelTools, Finding, KindSettings
from statusapp_agent.origin import Origin, is_loopback
from statusapp_agent.outcomes import redacted
from statusapp_agent.slack import message as messages
from statusapp_agent.slack.answers import webhook_answer
from statusapp_agent.slack.conversation import Conversation, Item, given_up, waits
from statusapp_agent.slack.line import GAP_S, LeaderGoneError, Line, TooLongError
from statusapp_agent.slack.mention import as_called, called
from statusapp_agent.slack.web_api import WebApi
from statusapp_agent.telling import line, read

API_URL = "https://slack.com/api"
WEBHOOK_HOST = "hooks.slack.com"
_CHANNEL = re.compile(r"[CGD][A-Z0-9]{2,30}")
_CALLING = (Action.TRIGGER.value, Action.TEST.value)
_PATIENCE = 0.75


def _channel_id(text: str) -> str:
    if not _CHANNEL.fullmatch(text.strip()):
        raise ValueError(
            'write the id of the channel, such as "C0123ABCD", and not its name; Slack shows it at the end of the'
            " channel's details"
        )
    return text.strip()


class SlackSettings(KindSettings):
    """What a Slack channel needs: a webhook's address, or a bot's token and a channel."""

    webhook_url: SecretField | None = Field(
        default=None,
        title="Webhook address",
        description="Of an incoming webhook: flat messages only. A bot token can do more; give one of the two.",
        examples=[{"env": "SLACK_WEBHOOK"}],
    )
    bot_token: SecretField | None = Field(
        default=None,
        title="Bot token",
        description="Begins with xoxb-. Scopes: chat:write; channels:history, users:read and usergroups:read help.",
        examples=[{"env": "SLACK_BOT_TOKEN"}],
    )
    channel: Annotated[str, AfterValidator(_channel_id)] | None = Field(
        default=None,
        title="Channel",
        description="Where the bot posts: the id of a channel, from the end of its details.",
        examples=["C0123ABCD"],
    )
    mention: Annotated[str, AfterValidator(as_called)] | None = Field(
        default=None,
        title="Mention",
        description="Whom a page and a test call: a user group, a person, or who is on call in a rotation.",
        examples=["<!subteam^S0123ABC>", "<@U0123ABC>", "oncall:primary"],
    )
    api_url: Origin = Field(
        default=API_URL,
        title="Web API address",
        description="Only to reach the Web API elsewhere than at Slack.",
        examples=[API_URL],
    )

    @model_validator(mode="after")
    def _one_road(self) -> Self:
        if (self.webhook_url is None) == (self.bot_token is None):
            raise ValueError("give either webhook_url (flat messages) or bot_token with channel (threads and edits)")
        if (self.bot_token is None) != (self.channel is None):
            raise ValueError("bot_token and channel belong together: the channel says where the bot posts")
        return self


class SlackChannel(ChannelKind[SlackSettings]):
    """Web API or incoming webhook. ``gap_s`` is the time from one message to the next in a channel."""

    name: ClassVar[str] = "slack"
    title: ClassVar[str] = "Slack"
    description: ClassVar[str] = (
        "Posts into a channel of Slack. With a bot token: one message per incident, kept up to date, with a thread."
        " With an incoming webhook: a new message each time, no thread, no edit, and no look at who is mentioned."
    )
    Settings: ClassVar[type[KindSettings]] = SlackSettings
    actions: ClassVar[frozenset[Action]] = frozenset(Action)
    # The pace is one message a second and channel, kept below; what waits leaves together, so more may be handed in.
    max_per_minute: ClassVar[int] = 300

    def __init__(self, gap_s: float = GAP_S) -> None:
        self._gap_s = gap_s
        self._lines: dict[str, Line[Any, Any]] = {}

    async def deliver(self, notice: Mapping[str, Any], settings: SlackSettings, tools: ChannelTools) -> Outcome:
        """Tell it once."""
        told = read(notice)
        calls = called(settings.mention, tools.on_call) if told.action in _CALLING else messages.NOBODY
        item = Item(told, tools.tag, calls, line(notice.get("reason")))
        return redacted(await self._deliver(item, settings, tools), tools.fields)

    async def _deliver(self, item: Item, settings: SlackSettings, tools: ChannelTools) -> Outcome:
        if settings.channel is None:
            return await self._by_webhook(item, clean(tools.fields.get("webhook_url", "")), tools)
        token = clean(tools.fields.get("bot_token", ""))
        if not token:
            return Refused("this channel has no bot token; set it again", channel_broken=True)
        conversation = Conversation(
            WebApi(tools.http, settings.api_url, token, tools.timeout_s),
            settings.channel,
            self._line(f"{settings.api_url} {settings.channel}"),
            item,
            opening=tools.opening,
            so_far=tools.so_far,
            maybe_sent=tools.maybe_sent,
        )
        return await conversation.tell()

    async def _by_webhook(self, item: Item, url: str, tools: ChannelTools) -> Outcome:
        if fault := _webhook_fault(url):
            return Refused(f"this channel cannot post: {fault}", channel_broken=True)
        if item.told.action == Action.RESOLVE.value and item.reason.startswith(ONCE_MORE) and tools.opening:
            return Delivered("not repeated: the message that it is over was posted")
        ends_s = asyncio.get_running_loop().time() + tools.timeout_s

        async def carry(items: Sequence[Item]) -> Outcome:
            call = HttpCall("POST", url, json=_flat(items).fields())
            came = await send(call, tools.http, max(0.5, ends_s - asyncio.get_running_loop().time()))
            if not isinstance(came, Answer):
                return came
            return webhook_answer(came.status, came.headers, came.body, complete=came.complete)

        together = "flat" if item.told.action != Action.TEST.value else None
        waiting: Line[Item, Outcome] = self._line(url)
        try:
            return await waiting.send(item, carry, together=together, most_s=tools.timeout_s * _PATIENCE)
        except TooLongError as long:
            return waits(long.wait_s)
        except LeaderGoneError as gone:
            return given_up(begun=gone.begun)

    def _line(self, where: str) -> Line[Any, Any]:
        # By a hash: a webhook's address is a secret, and this lives as long as the agent.
        key = hashlib.sha256(where.encode()).hexdigest()
        return self._lines.setdefault(key, Line(self._gap_s))

    def inspect_secret(self, field: str, value: str, settings: SlackSettings) -> list[Finding]:  # noqa: ARG002
        """Judge a pasted address or token by its look; it is never part of what is said."""
        pasted = clean(value)
        if field == "bot_token":
            return _token_findings(pasted)
        if fault := _webhook_fault(pasted):
            return [Finding(field, fault, error=True)]
        if (urlsplit(pasted).hostname or "") != WEBHOOK_HOST:
            return [Finding(field, f"the webhook is not at {WEBHOOK_HOST}; that is right for a service that is alike")]
        return []

    def inspect(self, settings: SlackSettings) -> list[Finding]:
        """Say what a webhook cannot do."""
        if settings.webhook_url is None:
            return []
        text = (
            "an incoming webhook posts a new message each time: no thread, no edit, and nobody checks that the mention"
            " exists; a bot token with the scope chat:write can do all that"
        )
        return [Finding("webhook_url", text)]


def clean(value: str) -> str:
    """Return a pasted secret without the spaces and line breaks that copying brings along."""
    return "".join(value.split())


def _flat(items: Sequence[Item]) -> messages.Message:
    if len(items) > 1:
        calling = next((item.called for item in items if item.called.wire), messages.NOBODY)
        return messages.digest([item.told for item in items], calling)
    told = items[0].told
    if told.action == Action.UPDATE.value:
        return messages.reply(told, items[0].called)
    return messages.root(told, items[0].called)


def _webhook_fault(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "its webhook address is not a URL; copy it again"
    if parts.scheme not in ("http", "https") or not host or not parts.path.strip("/"):
        return f"its webhook address is not complete; it looks like https://{WEBHOOK_HOST}/services/T…/B…/…"
    if parts.scheme == "http" and not is_loopback(host):
        return "its webhook address begins with http://, which would send it in clear; use https://"
    return None


def _token_findings(token: str) -> list[Finding]:
    if token.startswith("xoxb-"):
        return []
    if token.startswith(("xapp-", "xoxp-", "xoxe")):
        said = f"this is a token of another sort ({token[:4]}); use the Bot User OAuth Token, which begins with xoxb-"
        return [Finding("bot_token", said, error=True)]
    said = "a bot token begins with xoxb-; copy the Bot User OAuth Token from OAuth and Permissions of the Slack app"
    return [Finding("bot_token", said, error=True)]
