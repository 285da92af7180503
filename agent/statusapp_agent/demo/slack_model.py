"""A workspace of Slack as the Web API and incoming webhooks show it: channels, threads, edits, limits and errors. Pure.

It judges as Slack documents it (https://docs.slack.dev/reference/methods), and is stricter where Slack bends: what it
takes, Slack takes. Rooms have a burst and then one message a second.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from statusapp_agent.demo.slack_rules import fault_of_message

Json = dict[str, Any]
ALL_SCOPES = frozenset({"chat:write", "channels:history", "users:read", "usergroups:read"})
_CALLS = re.compile(r"<(!subteam\^S[A-Z0-9]+|@[UW][A-Z0-9]+|!here|!channel|!everyone)(?:\|[^>]*)?>")


@dataclass(slots=True)
class Posted:
    """One message. ``edits`` are the texts it had before; ``broadcast`` if a reply is shown in the channel as well."""

    channel: str
    ts: str
    at_s: float
    text: str
    blocks: list[Json]
    thread_ts: str | None = None
    broadcast: bool = False
    metadata: Json = field(default_factory=dict)
    edits: list[str] = field(default_factory=list)

    @property
    def is_root(self) -> bool:
        """Whether it stands in the channel itself."""
        return self.thread_ts is None

    @property
    def called(self) -> list[str]:
        """Return whom it notifies, as Slack would."""
        return _CALLS.findall(f"{self.text} {self.blocks}")

    @property
    def words(self) -> str:
        """Return all that is shown of it."""
        return f"{self.text}\n" + "\n".join(str(block) for block in self.blocks)


@dataclass(slots=True)
class Room:
    """A channel. ``burst`` messages may come at once, then one a second."""

    archived: bool = False
    member: bool = True
    burst: float = 5.0
    allowance: float = 5.0
    counted_at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: ``body`` is JSON for the Web API and text for a webhook."""

    body: Json | str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class SlackModel:
    """The workspace. ``tokens`` maps each to its scopes, ``webhooks`` a path to a channel; both may be changed."""

    def __init__(
        self,
        *,
        channels: tuple[str, ...] = ("C0123ABCD",),
        tokens: Mapping[str, frozenset[str]] | None = None,
        webhooks: Mapping[str, str] | None = None,
        burst: float = 5.0,
    ) -> None:
        self.rooms = {name: Room(burst=burst, allowance=burst) for name in channels}
        self.tokens = dict(tokens if tokens is not None else {"xoxb-stand-in-token": ALL_SCOPES})
        self.webhooks = dict(webhooks if webhooks is not None else {"T0/B0/stand-in": channels[0]})
        self.users: dict[str, str] = {"U0123ABC": "ann"}
        self.left: set[str] = set()
        """Ids of users who have left the workspace."""
        self.groups: dict[str, str] = {"S0123ABC": "oncall"}
        self.messages: list[Posted] = []
        self._methods: dict[str, tuple[str | None, Callable[[Json, float], Reply]]] = {
            "auth.test": (None, self._auth_test),
            "chat.postMessage": ("chat:write", self._post),
            "chat.update": ("chat:write", self._update),
            "conversations.history": ("channels:history", self._history),
            "conversations.replies": ("channels:history", self._replies),
            "users.info": ("users:read", self._user),
            "usergroups.list": ("usergroups:read", self._groups),
        }

    def roots(self) -> list[Posted]:
        """Return the messages that stand in channels, oldest first."""
        return [message for message in self.messages if message.is_root]

    def thread(self, ts: str) -> list[Posted]:
        """Return the replies below a message, oldest first."""
        return [message for message in self.messages if message.thread_ts == ts]

    def call(self, method: str, token: str, arguments: Json, now_s: float) -> Reply:
        """Answer a method of the Web API; ``now_s`` is Unix time."""
        known = self._methods.get(method)
        if known is None:
            return _no("unknown_method")
        if not token:
            return _no("not_authed")
        if token not in self.tokens:
            return _no("invalid_auth")
        scope, act = known
        if scope is not None and scope not in self.tokens[token]:
            provided = ",".join(sorted(self.tokens[token]))
            return Reply({"ok": False, "error": "missing_scope", "needed": scope, "provided": provided})
        return act(arguments, now_s)

    def hook(self, path: str, payload: Any, now_s: float) -> Reply:
        """Answer an incoming webhook."""
        channel = self.webhooks.get(path)
        if channel is None:
            return Reply("no_service", 404)
        room = self.rooms.get(channel)
        if room is None:
            return Reply("channel_not_found", 404)
        if room.archived:
            return Reply("channel_is_archived", 410)
        if not isinstance(payload, dict):
            return Reply("invalid_payload", 400)
        if fault := fault_of_message(payload):
            return Reply("no_text" if fault == "no_text" else fault, 400)
        if self._too_often(room, now_s):
            return Reply("rate_limited", 429, {"Retry-After": "1"})
        self._add(channel, payload, now_s)
        return Reply("ok")

    def delete(self, ts: str) -> None:
        """Delete a message, as a person would."""
        self.messages = [message for message in self.messages if message.ts != ts]

    def _auth_test(self, _arguments: Json, _now_s: float) -> Reply:
        return Reply({"ok": True, "team": "Home", "user": "statusapp", "user_id": "U0BOT", "bot_id": "B0"})

    def _post(self, arguments: Json, now_s: float) -> Reply:
        fault = self._fault_of_room(arguments) or fault_of_message(arguments)
        if fault:
            return _no(fault)
        thread = arguments.get("thread_ts")
        if thread is not None and not any(m.ts == thread and m.is_root for m in self.messages):
            return _no("thread_not_found")
        if self._too_often(self.rooms[arguments["channel"]], now_s):
            return Reply({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": "1"})
        made = self._add(arguments["channel"], arguments, now_s)
        return Reply({"ok": True, "channel": made.channel, "ts": made.ts, "message": {"text": made.text}})

    def _add(self, channel: str, arguments: Json, now_s: float) -> Posted:
        made = Posted(
            channel=channel,
            ts=f"{int(now_s)}.{len(self.messages) + 1:06d}",
            at_s=now_s,
            text=str(arguments.get("text") or ""),
            blocks=list(arguments.get("blocks") or ()),
            thread_ts=arguments.get("thread_ts"),
            broadcast=arguments.get("reply_broadcast") is True,
            metadata=dict(arguments.get("metadata") or {}),
        )
        self.messages.append(made)
        return made

    def _update(self, arguments: Json, _now_s: float) -> Reply:
        fault = self._fault_of_room(arguments) or fault_of_message(arguments)
        if fault:
            return _no(fault)
        found = next((m for m in self.messages if m.ts == arguments.get("ts")), None)
        if found is None or found.channel != arguments["channel"]:
            return _no("message_not_found")
        found.edits.append(found.text)
        found.text, found.blocks = str(arguments.get("text") or ""), list(arguments.get("blocks") or ())
        found.metadata = dict(arguments.get("metadata") or {})
        return Reply({"ok": True, "channel": found.channel, "ts": found.ts, "text": found.text})

    def _fault_of_room(self, arguments: Json) -> str | None:
        room = self.rooms.get(str(arguments.get("channel")))
        if room is None:
            return "channel_not_found"
        if room.archived:
            return "is_archived"
        return None if room.member else "not_in_channel"

    def _too_often(self, room: Room, now_s: float) -> bool:
        room.allowance = min(room.burst, room.allowance + max(0.0, now_s - room.counted_at_s))
        room.counted_at_s = now_s
        if room.allowance < 1:
            return True
        room.allowance -= 1
        return False

    def _history(self, arguments: Json, _now_s: float) -> Reply:
        return self._shown(arguments, [m for m in self.messages if m.is_root or m.broadcast])

    def _replies(self, arguments: Json, _now_s: float) -> Reply:
        thread = arguments.get("ts")
        if not any(message.ts == thread for message in self.messages):
            return _no("thread_not_found")
        return self._shown(arguments, [m for m in self.messages if thread in (m.ts, m.thread_ts)])

    def _shown(self, arguments: Json, messages: list[Posted]) -> Reply:
        if fault := self._fault_of_room(arguments):
            return _no(fault)
        oldest, with_metadata = float(arguments.get("oldest", 0)), arguments.get("include_all_metadata") == "true"
        shown = [
            {"type": "message", "ts": m.ts, "text": m.text}
            | ({"thread_ts": m.thread_ts} if m.thread_ts else {})
            | ({"metadata": m.metadata} if with_metadata else {})
            for m in reversed(messages)
            if m.channel == arguments["channel"] and float(m.ts) >= oldest
        ]
        return Reply({"ok": True, "messages": shown[: int(arguments.get("limit", 100))], "has_more": False})

    def _user(self, arguments: Json, _now_s: float) -> Reply:
        user = str(arguments.get("user"))
        if user not in self.users:
            return _no("user_not_found")
        return Reply({"ok": True, "user": {"id": user, "name": self.users[user], "deleted": user in self.left}})

    def _groups(self, _arguments: Json, _now_s: float) -> Reply:
        groups = [{"id": key, "handle": handle, "name": handle} for key, handle in self.groups.items()]
        return Reply({"ok": True, "usergroups": groups})


def _no(error: str) -> Reply:
    return Reply({"ok": False, "error": error})
