"""What a bot may find out: whether a mention exists, and whether a message whose answer was lost arrived after all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from statusapp_agent.core.model import Again, Refused
from statusapp_agent.slack.answers import No
from statusapp_agent.slack.mention import ids_in
from statusapp_agent.slack.web_api import WebApi

EVENT_TYPE = "statusapp_notice"
_SKEW = timedelta(minutes=10)  # Slack stamps messages with its own clock
_MOST = "200"


@dataclass(frozen=True, slots=True)
class Found:
    """A message that was found: the ts of the one on which its thread hangs; ``shared`` if it is about several."""

    ts: str
    shared: bool


def marked(incidents: list[str], tags: list[str]) -> dict[str, Any]:
    """Return metadata by which a message is found again; people do not see it."""
    payload = {"incidents": " ".join(incidents), "tags": " ".join(tags)}
    return {"event_type": EVENT_TYPE, "event_payload": payload}


async def find(
    api: WebApi, channel: str, since: datetime, *, thread: str | None = None, tag: str = "", incident: str = ""
) -> Found | Again | None:
    """Return the message that carries a tag or is about an incident; None if there is none, or none is shown.

    An `Again` means that it could not be looked up for now, and nothing should be posted before it can.
    """
    oldest = f"{(since - _SKEW).timestamp():.6f}"
    wanted = {"channel": channel, "oldest": oldest, "limit": _MOST, "include_all_metadata": "true", "inclusive": "true"}
    if thread is None:
        came = await api.get("conversations.history", **wanted)
    else:
        came = await api.get("conversations.replies", ts=thread, **wanted)
    if isinstance(came, No):
        return came.outcome if isinstance(came.outcome, Again) else None  # without the scope nothing can be seen
    messages = came.get("messages")
    for message in messages if isinstance(messages, list) else []:
        if isinstance(message, Mapping) and (found := _read(message, tag, incident)) is not None:
            return found
    return None


def _read(message: Mapping[str, Any], tag: str, incident: str) -> Found | None:
    metadata = message.get("metadata")
    payload = metadata.get("event_payload") if isinstance(metadata, Mapping) else None
    # A reply that is shown in the channel as well names the message on which its thread hangs.
    ts = message.get("thread_ts") or message.get("ts")
    if not isinstance(payload, Mapping) or not isinstance(ts, str):
        return None
    tags, incidents = str(payload.get("tags", "")).split(), str(payload.get("incidents", "")).split()
    if (tag and tag in tags) or (incident and incident in incidents):
        return Found(ts, shared=len(incidents) > 1)
    return None


async def introduce(api: WebApi) -> str | No:
    """Return who the bot is, in words."""
    came = await api.get("auth.test")
    if isinstance(came, No):
        return came
    return f"signed in as {_name(came.get('user'))} in {_name(came.get('team'))}"


async def check_mention(api: WebApi, wire: str) -> str | No:
    """Return what was found of those whom a mention calls; a No where one does not exist."""
    groups, users = ids_in(wire)
    said = []
    if groups:
        came = await api.get("usergroups.list")
        if isinstance(came, No):
            said.append(_unchecked(came, "usergroups:read"))
        else:
            known = {each.get("id"): each for each in came.get("usergroups") or () if isinstance(each, Mapping)}
            for group in groups:
                if group not in known:
                    return _nobody(f"{group} is no user group of this workspace")
                said.append(f"@{_name(known[group].get('handle'))} exists")
    for user in users:
        came = await api.get("users.info", user=user)
        if isinstance(came, No):
            if came.error in ("user_not_found", "user_not_visible"):
                return _nobody(f"{user} is nobody in this workspace")
            said.append(_unchecked(came, "users:read"))
            continue
        found = came.get("user")
        profile = found if isinstance(found, Mapping) else {}
        if profile.get("deleted") is True:
            return _nobody(f"{user} has left this workspace")
        said.append(f"@{_name(profile.get('name'))} exists")
    return "; ".join(said)


def _nobody(why: str) -> No:
    said = f"the mention would call nobody: {why}; correct mention, it takes the id of a user group or of a person"
    return No("mention", Refused(said))


def _unchecked(no: No, scope: str) -> str:
    if no.error == "missing_scope":
        return f"the mention was not checked (the app lacks the scope {scope})"
    return f"the mention was not checked ({no.outcome.reason})"


def _name(said: Any) -> str:
    return "".join(each for each in str(said or "?") if each.isprintable())[:80]
