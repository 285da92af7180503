"""A notice as a message in Slack: blocks, and always a text, which notifications and screen readers use. Pure.

Limits of https://docs.slack.dev/reference/block-kit/blocks (header 150, section 3000, 10 fields of 2000, button text
75, 50 blocks); all texts of a message together must stay below about 13,000 (slackapi/bolt-js issue 2509), which the
sum of the limits here does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from statusapp_agent.core.model import Action
from statusapp_agent.jsonable import ELLIPSIS, text_of
from statusapp_agent.slack.mention import Called
from statusapp_agent.telling import Told

HEADER, SECTION, FIELDS, FIELD, CONTEXT, BUTTON, TEXT = 150, 2_800, 10, 250, 300, 75, 3_000
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_SIGNS = {"acknowledged": "\U0001f7e1", "resolved": "\U0001f7e2", "change": "\U0001f6e0\ufe0f"}
_SEVERITY_SIGNS = {"warning": "\U0001f7e0", "info": "\U0001f535"}
_NEWS_SIGNS = {
    Action.ACKNOWLEDGE.value: "\U0001f440",
    Action.RESOLVE.value: "\U0001f7e2",
    Action.UPDATE.value: "\U0001f4dd",
    Action.TRIGGER.value: "\U0001f534",
    Action.TEST.value: "\U0001f9ea",
}
Block = dict[str, Any]
NOBODY = Called("")


@dataclass(frozen=True, slots=True)
class Message:
    """What ``chat.postMessage``, ``chat.update`` and an incoming webhook take."""

    text: str
    blocks: tuple[Block, ...]

    def fields(self) -> dict[str, Any]:
        """Return it as the arguments of a call. Links are not unfurled: a page is no place for previews."""
        return {"text": self.text, "blocks": list(self.blocks), "unfurl_links": False, "unfurl_media": False}


def escaped(said: str, limit: int) -> str:
    """Return text of at most ``limit`` characters in which nothing calls, links or formats by angle brackets."""
    made: list[str] = []
    room = limit
    for character in text_of(said):
        safe = _ENTITIES.get(character, character)
        if len(safe) > room - 1:
            whole = "".join(_ENTITIES.get(each, each) for each in text_of(said))
            return whole if len(whole) <= limit else "".join(made).rstrip() + ELLIPSIS
        made.append(safe)
        room -= len(safe)
    return "".join(made)


def moment(at: datetime) -> str:
    """Return a time that each reader sees in their own zone; UTC where it cannot be shown so."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time_secs}}|{at:%Y-%m-%d %H:%M:%S} UTC>"


def root(told: Told, called: Called = NOBODY) -> Message:
    """Return the one message of an incident as it stands now."""
    head = f"{sign(told)} {told.headline}"
    blocks = [
        _header(head),
        *_sections(_with_mention(told.cause, called)),
        *_fields(told),
        *_context(told),
        *_buttons(told),
    ]
    number = "" if told.number is None else f" #{told.number}"
    text = escaped(f"{head}{number}: {told.cause}", TEXT)
    return Message(f"{called.wire} {text}".strip(), tuple(blocks))


def reply(told: Told, called: Called = NOBODY, *, named: bool = False) -> Message:
    """Return what is new, for a thread; ``named`` says of which incident, where the thread is about several."""
    said = f"{told.title}: {told.news}" if named else told.news
    if told.action in (Action.TRIGGER.value, Action.TEST.value):
        said = f"{told.headline}: {told.cause}"
    line = f"{_NEWS_SIGNS.get(told.action, sign(told))} {said}"
    text = escaped(line if named else f"{line} ({told.title})", TEXT)
    return Message(f"{called.wire} {text}".strip(), tuple(_sections(_with_mention(line, called))))


def digest(tolds: Sequence[Told], called: Called = NOBODY) -> Message:
    """Return one message for several notices that waited for their turn together."""
    head = f"{len(tolds)} messages at once" if _mixed(tolds) else f"{len(tolds)} incidents at once"
    lines = [f"{sign(told)} {_line(told)}" for told in tolds]
    blocks = [_header(head), *_sections(_with_mention("", called)), *_list(lines)]
    text = escaped(f"{head}: {'; '.join(_line(told) for told in tolds)}", TEXT)
    return Message(f"{called.wire} {text}".strip(), tuple(blocks))


def thread_digest(tolds: Sequence[Told]) -> Message:
    """Return one reply for several pieces of news of incidents that share a thread."""
    lines = [f"{_NEWS_SIGNS.get(told.action, sign(told))} {told.title}: {told.news}" for told in tolds]
    return Message(escaped("; ".join(lines), TEXT), tuple(_list(lines)))


def sign(told: Told) -> str:
    """Return the coloured sign of a state."""
    if told.is_test:
        return "\U0001f9ea"
    return _SIGNS.get(told.status) or _SEVERITY_SIGNS.get(told.severity, "\U0001f534")


def _mixed(tolds: Sequence[Told]) -> bool:
    return any(told.action != Action.TRIGGER.value for told in tolds)


def _line(told: Told) -> str:
    number = "" if told.number is None else f" #{told.number}"
    return f"{told.headline}{number}: {told.news or told.cause}"


def _with_mention(said: str, called: Called) -> str:
    absent = f"\n_{escaped(called.absent, 300)}_" if called.absent else ""
    return f"{called.wire} {escaped(said, SECTION - 600)}".strip() + absent


def _header(text: str) -> Block:
    return {"type": "header", "text": {"type": "plain_text", "text": escaped(text, HEADER), "emoji": True}}


def _mrkdwn(wire: str) -> Block:
    """Return a text object; ``verbatim``, so that Slack makes no links or mentions of what only looks like one."""
    return {"type": "mrkdwn", "text": wire, "verbatim": True}


def _sections(wire: str) -> list[Block]:
    """Return a section of text that is escaped already; none where there is nothing to say."""
    return [{"type": "section", "text": _mrkdwn(wire[:SECTION])}] if wire else []


def _list(lines: Sequence[str]) -> list[Block]:
    shown, room = [], SECTION - 40
    for line in lines:
        safe = escaped(line, 300)
        if len(safe) + 1 > room:
            break
        shown.append(safe)
        room -= len(safe) + 1
    more = [f"and {len(lines) - len(shown)} more"] if len(shown) < len(lines) else []
    return _sections("\n".join([*shown, *more]))


def _fields(told: Told) -> list[Block]:
    times = [("Since", moment(told.began_at))] if told.began_at else []
    pairs = [(name, escaped(value, FIELD - 40)) for name, value in told.facts]
    shown = [*pairs[:2], *times, *pairs[2:]][:FIELDS]
    fields = [_mrkdwn(f"*{escaped(name, 30)}*\n{value}") for name, value in shown]
    return [{"type": "section", "fields": fields}] if fields else []


def _context(told: Told) -> list[Block]:
    known = [f"#{told.number}" if told.number is not None else "", "StatusApp", moment(told.at) if told.at else ""]
    text = " · ".join(each for each in known if each)
    return [{"type": "context", "elements": [_mrkdwn(text[:CONTEXT])]}]


def _buttons(told: Told) -> list[Block]:
    made = [
        {
            "type": "button",
            "action_id": f"open-{index}",
            "text": {"type": "plain_text", "text": escaped(name, BUTTON)},
            "url": url,
        }
        for index, (name, url) in enumerate(told.links)
    ]
    return [{"type": "actions", "elements": made}] if made else []
