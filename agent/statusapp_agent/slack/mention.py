"""Whom a message in Slack calls: user groups and people by their ids, because a plain ``@name`` reaches nobody. Pure.

Forms: https://docs.slack.dev/messaging/formatting-message-text (advanced formatting).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from statusapp_agent.core.model import Person

ON_CALL = "oncall:"
_GROUP = re.compile(r"(?:<!subteam\^)?(S[A-Z0-9]{2,30})(?:\|[^<>|\s]*)?>?")
_USER = re.compile(r"(?:<@)?([UW][A-Z0-9]{2,30})(?:\|[^<>|\s]*)?>?")
_EVERYBODY = re.compile(r"<!(here|channel|everyone)>")
_ROTATION = re.compile(r"oncall:[^\s<>&/]{1,100}")
_HOW = (
    'write the id of a user group as "<!subteam^S0123ABC>" or of a person as "<@U0123ABC>"; Slack shows the id of a'
    " group at the end of its page's address, and that of a person in the profile under More, Copy member ID"
)


@dataclass(frozen=True, slots=True)
class Called:
    """Who is called: ``wire`` is what Slack reads; ``absent`` says in words who could not be."""

    wire: str
    absent: str = ""


def as_called(text: str) -> str:
    """Return a mention as Slack reads it, or ``oncall:NAME``; several stand apart by spaces. Raise ValueError else."""
    found = [_one(word) for word in text.replace(",", " ").split()]
    if not found:
        raise ValueError(f"a mention cannot be empty: {_HOW}")
    return " ".join(found)


def _one(word: str) -> str:
    if group := _GROUP.fullmatch(word):
        return f"<!subteam^{group[1]}>"
    if user := _USER.fullmatch(word):
        return f"<@{user[1]}>"
    if _EVERYBODY.fullmatch(word) or _ROTATION.fullmatch(word):
        return word
    if word.startswith("@"):
        raise ValueError(f'"{word[:80]}" would be shown by Slack and call nobody: {_HOW}')
    raise ValueError(f'"{word[:80]}" is nobody that Slack can call: {_HOW}, or the rotation as "oncall:NAME"')


def called(text: str | None, on_call: Callable[[str], Sequence[Person]]) -> Called:
    """Return whom a mention of the settings calls now; of a rotation the first who is known to Slack."""
    wire, absent = [], []
    for word in (text or "").split():
        if not word.startswith(ON_CALL):
            wire.append(word)
            continue
        rotation = word.removeprefix(ON_CALL)
        people = on_call(rotation)
        known = [person.slack_id for person in people if person.slack_id and _USER.fullmatch(person.slack_id)]
        if known:
            wire.append(f"<@{known[0]}>")
        elif people:
            absent.append(f"{people[0].name} is on call in {rotation}, without a Slack id")
        else:
            absent.append(f"nobody is on call in {rotation}")
    return Called(" ".join(wire), "; ".join(absent))


def ids_in(wire: str) -> tuple[list[str], list[str]]:
    """Return the ids of the user groups and of the people that are called."""
    return re.findall(r"<!subteam\^(S[A-Z0-9]+)>", wire), re.findall(r"<@([UW][A-Z0-9]+)>", wire)
