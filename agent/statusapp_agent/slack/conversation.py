"""One incident in one channel of Slack: a message that is edited in place, and a thread below it with what is new."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from statusapp_agent.core.model import Action, Again, Delivered, Outcome, Refused
from statusapp_agent.core.outbox import ONCE_MORE
from statusapp_agent.slack import message as messages
from statusapp_agent.slack.answers import NOT_EDITABLE, THREAD_GONE, No
from statusapp_agent.slack.line import LeaderGoneError, Line, TooLongError
from statusapp_agent.slack.lookup import Found, check_mention, find, introduce, marked
from statusapp_agent.slack.mention import Called
from statusapp_agent.slack.message import Message
from statusapp_agent.slack.web_api import WebApi
from statusapp_agent.telling import Told

_EDITS = (Action.ACKNOWLEDGE.value, Action.RESOLVE.value, Action.TRIGGER.value)
_LOUD = (Action.RESOLVE.value, Action.TRIGGER.value)
_PATIENCE = 0.75  # of the deadline may be spent in the line; the rest is for the call itself


@dataclass(frozen=True, slots=True)
class Item:
    """One notice on its way, with whom it calls; ``tag`` is the same in every try of it."""

    told: Told
    tag: str
    called: Called
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Root:
    """The message on which a thread hangs; ``shared`` if it is about several incidents, and so nobody's to edit."""

    channel: str
    ts: str
    shared: bool = False

    def receipt(self, *done: str) -> dict[str, Any]:
        """Return it as what is kept with a delivery."""
        return {"channel": self.channel, "ts": self.ts, "shared": self.shared, **({"done": list(done)} if done else {})}


PostLine = Line[Item, Root | Again | Refused]


def root_in(receipt: Mapping[str, Any]) -> Root | None:
    """Return the root that a receipt names."""
    channel, ts = receipt.get("channel"), receipt.get("ts")
    return Root(channel, ts, bool(receipt.get("shared"))) if isinstance(channel, str) and isinstance(ts, str) else None


class Conversation:
    """Tells one notice. ``opening`` and ``so_far`` are receipts, ``maybe_sent`` as in `ChannelTools`."""

    def __init__(
        self,
        api: WebApi,
        channel: str,
        line: PostLine,
        item: Item,
        *,
        opening: Mapping[str, Any],
        so_far: Mapping[str, Any],
        maybe_sent: bool,
    ) -> None:
        self._api = api
        self._channel = channel
        self._line = line
        self._item = item
        self._so_far = so_far
        self._maybe_sent = maybe_sent
        self._root = root_in(so_far) or root_in(opening)

    async def tell(self) -> Outcome:
        """Tell it; a part that was done in an earlier try is not done again."""
        action = self._item.told.action
        if action == Action.TEST.value and not self._so_far:
            return await self._rehearse()
        repeated = action == Action.RESOLVE.value and self._item.reason.startswith(ONCE_MORE)
        if repeated and self._root is not None:
            return Delivered("not repeated: its thread says already that it is over")
        if self._root is None and action not in (Action.TRIGGER.value, Action.TEST.value, Action.CHANGE.value):
            found = await self._find_root()
            if isinstance(found, Again):
                return found
            self._root = found
            if found is None and repeated:
                return Delivered("not repeated: nothing of the incident is in the channel")
        return await (self._begin() if self._root is None else self._go_on(self._root))

    async def _rehearse(self) -> Outcome:
        """Look, before a test is posted, at what a page would only find out in the night."""
        who = await introduce(self._api)
        if isinstance(who, No):
            return who.outcome
        mention = await check_mention(self._api, self._item.called.wire)
        if isinstance(mention, No):
            return mention.outcome
        posted = await self._begin()
        if not isinstance(posted, Delivered):
            return posted
        steps = [who, *([mention] if mention else []), posted.detail]
        return Delivered("; ".join(steps), posted.receipt)

    async def _find_root(self) -> Root | Again | None:
        """Look for the message of an incident whose page may have arrived without an answer."""
        told = self._item.told
        since = told.began_at or told.at or datetime.now(UTC)
        found = await find(self._api, self._channel, since, incident=told.incident)
        return Root(self._channel, found.ts, found.shared) if isinstance(found, Found) else found

    async def _begin(self) -> Outcome:
        """Post the message of the incident."""
        told = self._item.told
        if self._maybe_sent:
            found = await find(self._api, self._channel, told.at or datetime.now(UTC), tag=self._item.tag)
            if isinstance(found, Again):
                return Again(found.reason, found.after_s, maybe_sent=True, hold_channel=found.hold_channel)
            if found is not None:
                root = Root(self._channel, found.ts, found.shared)
                return Delivered("found in the channel: an earlier try had arrived", root.receipt())
        joinable = told.action == Action.TRIGGER.value and not self._maybe_sent
        came = await self._post("new" if joinable else None, self._post_roots)
        if not isinstance(came, Root):
            return came
        together = " together with others" if came.shared else ""
        return Delivered(f"posted to {came.channel}{together}", came.receipt())

    async def _go_on(self, root: Root) -> Outcome:
        """Say what is new in the thread, and have the message show how it stands."""
        done = list(self._so_far.get("done") or ())
        words = []
        if "reply" not in done:
            came = await self._reply(root)
            if isinstance(came, No):
                if came.error in THREAD_GONE:
                    return await self._begin()
                return came.outcome
            done.append("reply")
        words.append("told in the thread")
        if not root.shared and self._item.told.action in _EDITS and "edit" not in done:
            no = await self._edit(root)
            if no is None:
                words.append("the message is up to date")
            elif no.error in NOT_EDITABLE:
                words.append(f"the message could not be edited ({no.error})")
            elif isinstance(no.outcome, Again):
                again = no.outcome
                why = f"told in the thread, but the message is not edited yet: {again.reason}"
                return Again(why, again.after_s, hold_channel=again.hold_channel, receipt=root.receipt(*done))
            else:
                words.append(f"the message could not be edited: {no.outcome.reason}")
        return Delivered("; ".join(words), root.receipt())

    async def _reply(self, root: Root) -> Root | No:
        if self._maybe_sent:
            since = self._item.told.at or datetime.now(UTC)
            found = await find(self._api, root.channel, since, thread=root.ts, tag=self._item.tag)
            if isinstance(found, Again):
                return No("", Again(found.reason, found.after_s, maybe_sent=True, hold_channel=found.hold_channel))
            if found is not None:
                return root
        refusal: list[No] = []

        async def carry(items: Sequence[Item]) -> Root | Again | Refused:
            came = await self._call(self._reply_of(root, items), items, thread_ts=root.ts)
            if isinstance(came, No):
                refusal.append(came)
                return came.outcome
            return root

        together = f"thread {root.ts}" if root.shared and not self._maybe_sent else None
        came = await self._post(together, carry)
        if isinstance(came, Root):
            return came
        return refusal[0] if refusal else No("", came)

    def _reply_of(self, root: Root, items: Sequence[Item]) -> Message:
        if len(items) > 1:
            return messages.thread_digest([item.told for item in items])
        called = self._item.called if self._item.told.action == Action.TRIGGER.value else messages.NOBODY
        return messages.reply(self._item.told, called, named=root.shared)

    async def _edit(self, root: Root) -> No | None:
        made = messages.root(self._item.told)
        arguments = {
            "channel": root.channel,
            "ts": root.ts,
            "text": made.text,
            "blocks": list(made.blocks),
            # Unlike for a post, names and addresses would be made into mentions and links by default.
            "parse": "none",
            # Without it an edit would take away what the message is found by.
            "metadata": marked([self._item.told.incident], []),
        }
        came = await self._api.post("chat.update", arguments)
        return came if isinstance(came, No) else None

    async def _post_roots(self, items: Sequence[Item]) -> Root | Again | Refused:
        if len(items) == 1:
            made = messages.root(items[0].told, items[0].called)
        else:
            made = messages.digest([item.told for item in items], items[0].called)
        came = await self._call(made, items)
        return came.outcome if isinstance(came, No) else Root(came[0], came[1], shared=len(items) > 1)

    async def _call(self, made: Message, items: Sequence[Item], **more: Any) -> tuple[str, str] | No:
        """Post one message; return its channel and ts."""
        metadata = marked([item.told.incident for item in items], [item.tag for item in items])
        # A thread's end is shown in the channel as well: people who do not follow the thread must see it.
        broadcast = "thread_ts" in more and any(item.told.action in _LOUD for item in items)
        arguments = {"channel": self._channel, **made.fields(), **more, "metadata": metadata}
        if broadcast:
            arguments["reply_broadcast"] = True
        came = await self._api.post("chat.postMessage", arguments)
        if isinstance(came, No):
            return came
        channel, ts = came.get("channel"), came.get("ts")
        if not isinstance(channel, str) or not isinstance(ts, str):
            return No("", Again("Slack says that it posted it, but not where; it is looked for", maybe_sent=True))
        return channel, ts

    async def _post(self, together: str | None, carry: Any) -> Root | Again | Refused:
        try:
            return await self._line.send(self._item, carry, together=together, most_s=self._api.left_s * _PATIENCE)
        except TooLongError as line:
            return waits(line.wait_s)
        except LeaderGoneError as gone:
            return given_up(begun=gone.begun)


def waits(wait_s: float) -> Again:
    """Return the outcome of a message whose turn is too far away to wait for."""
    return Again("waits for its turn: Slack takes one message a second and channel", wait_s)


def given_up(*, begun: bool) -> Again:
    """Return the outcome of a message that another one was to carry along, and did not bring to an end."""
    return Again("the message that should have carried it got no answer", maybe_sent=begun)
