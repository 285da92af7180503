"""What Slack's answers mean: of the Web API, which says no with a 200, and of incoming webhooks. Pure.

Errors: https://docs.slack.dev/reference/methods/chat.postMessage and
https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks (handling errors).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from statusapp_agent.channels.http_channel import by_status, in_words, read_json, retry_after_s
from statusapp_agent.core.model import Again, Delivered, Outcome, Refused

Json = Mapping[str, Any]
_WORD = re.compile(r"[a-z][a-z_]{0,79}")
"""Slack's words for what is wrong. Whatever else comes back is not shown: it may be anybody's."""
_TOKEN = "make a new one in the settings of the Slack app, under OAuth and Permissions"  # noqa: S105 (advice)
_BROKEN = {
    "not_authed": f"the bot token is missing; {_TOKEN}",
    "invalid_auth": f"the bot token is wrong, or this address may not use it; {_TOKEN}",
    "account_inactive": f"the bot token belongs to an app or a user that was removed; {_TOKEN}",
    "token_revoked": f"the bot token was revoked; {_TOKEN}",
    "token_expired": f"the bot token has expired; {_TOKEN}",
    "not_allowed_token_type": f"this is not the token of a bot (xoxb-); {_TOKEN}",
    "no_permission": "the app lacks a permission; install it again with the scope chat:write",
    "missing_scope": "the app lacks a scope; add it under OAuth and Permissions and install the app again",
    "channel_not_found": "there is no such channel, or the bot is not in that private channel; invite the bot into it",
    "not_in_channel": "the bot is not in the channel; invite it, or give the app the scope chat:write.public",
    "is_archived": "the channel is archived; choose another one",
    "restricted_action": "the workspace does not let the app post there; ask its owner, or choose another channel",
    "team_access_not_granted": "the app has no access to the workspace of that channel",
    "ekm_access_denied": "the owner of the workspace has suspended posting",
    "access_denied": "the app has no access to it",
}
_AGAIN = {
    "service_unavailable": "Slack is not available",
    "request_timeout": "Slack did not take the request in",
    "team_added_to_org": "the workspace is being moved into an organisation",
    "message_limit_exceeded": "the workspace may not send more messages for now",
}
_AMBIGUOUS = frozenset({"internal_error", "fatal_error"})
THREAD_GONE = frozenset({"thread_not_found", "message_not_found", "cannot_reply_to_message"})
"""The message that a thread hangs on was deleted, or takes no replies."""
NOT_EDITABLE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "cant_broadcast_message"})
_WEBHOOK = {
    "no_service": "the webhook was removed or turned off",
    "no_service_id": "the address of the webhook is not complete",
    "no_active_hooks": "the webhook was turned off",
    "no_team": "the workspace does not exist any more",
    "team_disabled": "the workspace was closed",
    "channel_not_found": "its channel does not exist any more",
    "channel_is_archived": "its channel is archived",
    "action_prohibited": "the owner of the workspace does not let it post",
    "posting_to_general_channel_denied": "it may not post into the general channel",
    "invalid_token": "the address of the webhook is wrong",
}


@dataclass(frozen=True, slots=True)
class No:
    """Slack, or the road to it, said no: Slack's own word for it (empty if it said none), and what follows."""

    error: str
    outcome: Again | Refused


def answer(status: int, headers: Mapping[str, str], body: bytes) -> Json | No:
    """Return what a method of the Web API answered, or why it did not do it."""
    if status == 429:
        return No("ratelimited", _too_often(headers))
    if status != 200:
        return No("", _not_slack(status, headers))
    said = read_json(body)
    if not isinstance(said, dict) or not isinstance(said.get("ok"), bool):
        strange = "Slack's address answered something that Slack does not say; whether it was posted is not known"
        return No("", Again(strange, maybe_sent=True))
    if said["ok"]:
        return said
    error = str(said.get("error") or "")
    return No(error, _judged(error, said, headers))


def _judged(error: str, said: Json, headers: Mapping[str, str]) -> Again | Refused:
    if error in ("ratelimited", "rate_limited"):
        return _too_often(headers)
    if error in _AMBIGUOUS:
        return Again(f"Slack has trouble of its own ({error}); a part of it may be done", maybe_sent=True)
    if error in _AGAIN:
        return Again(f"{_AGAIN[error]} ({error})")
    known = _BROKEN.get("restricted_action" if error.startswith("restricted_action") else error)
    if known is not None:
        needed = f" (it needs {_scopes(said['needed'])})" if said.get("needed") else ""
        return Refused(f"Slack refused it ({_shown(error)}): {known}{needed}", channel_broken=True)
    return Refused(f"Slack refused the message ({_shown(error)})")


def _too_often(headers: Mapping[str, str]) -> Again:
    return Again("Slack asks for fewer messages (429)", retry_after_s(headers), hold_channel=True)


def _not_slack(status: int, headers: Mapping[str, str]) -> Again | Refused:
    if status == HTTPStatus.BAD_REQUEST:
        return Refused(f"Slack's address did not understand the message ({in_words(status)})")
    if 400 < status < 500 and status not in (407, 408, 425):
        return Again(
            f"Slack's address answered {in_words(status)}, which its Web API never does; look at api_url, and any proxy"
            " in between",
            slow=True,
        )
    judged = by_status(status, headers, "Slack")
    if isinstance(judged, Delivered):  # another 2xx than 200
        return Again(f"Slack's address answered {in_words(status)}, which Slack never does", maybe_sent=True)
    return judged


def webhook_answer(status: int, headers: Mapping[str, str], body: bytes, *, complete: bool = True) -> Outcome:
    """Return what an incoming webhook answered."""
    said = body[:200].decode("utf-8", "replace").strip()
    if status == 200:
        if said == "ok" or not complete:
            return Delivered("posted by the webhook", {"posted": True})
        return Again("the webhook's address answered something that Slack does not say", maybe_sent=True)
    if status == 429:
        return _too_often(headers)
    if status in (403, 404, 410) or said in _WEBHOOK:
        known = _WEBHOOK.get(said, "it does not work any more")
        word = f"{status} {said}" if said in _WEBHOOK else in_words(status)
        why = f"Slack refused the webhook ({word}): {known}; make a new one in the settings of the Slack app"
        return Refused(why, channel_broken=True)
    if status == 400:
        return Refused(f"Slack refused the message (400 {_shown(said)})")
    return by_status(status, headers, "Slack")


def _shown(word: str) -> str:
    return word if _WORD.fullmatch(word) else "no reason that Slack has a word for"


def _scopes(said: Any) -> str:
    return ", ".join(re.findall(r"[a-z.]{1,40}:[a-z.]{1,40}", str(said)[:400])) or "another scope"
