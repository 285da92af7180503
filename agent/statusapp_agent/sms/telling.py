"""One message to several phones: who still has to be texted, what is asked, and what it comes to as a whole."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

from statusapp_agent.core.model import Accepted, Again, Delivered, Facts, Outcome, Refused
from statusapp_agent.core.phrases import count, listed
from statusapp_agent.kinds import ChannelTools
from statusapp_agent.sms.carrier import (
    Carrier,
    Fate,
    Lost,
    Sought,
    Step,
    Taken,
    Text,
    Trouble,
    Whose,
    moment,
    read_texts,
)
from statusapp_agent.sms.numbers import key

USEFUL = timedelta(minutes=10)
"""How long a carrier that says no is asked again: a text that is older would mislead whoever reads it."""
ASKED_AFTER_S = (5.0, 15.0, 30.0, 60.0, 120.0, 180.0, 240.0, 300.0)
"""When to ask what became of a text, counted from when it was taken: never two minutes apart while it matters."""
_HELD_S, _HELD_LONGEST = 60.0, timedelta(seconds=660)
_TEST_LONGEST = timedelta(seconds=30)
"""Somebody stands before the screen; and looks at the phone."""
_ONCE_MORE_S = 60.0
_LOOK_LONGEST = timedelta(minutes=2)
_SKEW = timedelta(minutes=5)
_SEND_SHARE = 0.6
"""Of a try's time, after a look that may have used the rest."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to text: the number, how they may be shown, their time zone, and what they are told."""

    number: str
    shown: str
    zone: tzinfo
    body: str


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one turn: the texts by key, the troubles, and how many messages it has cost."""

    texts: Mapping[str, Text]
    troubles: Mapping[str, Trouble]
    shown: Mapping[str, str]
    spent: int


def due(text: Text, now: datetime) -> bool:
    """Whether it is time to ask after a text or to try it once more."""
    return text.ask_at is None or now >= text.ask_at


async def tell(recipients: Iterable[Recipient], carrier: Carrier, tools: ChannelTools) -> Told:
    """Text those who were not, and ask after the texts of the others; what is final is left alone."""
    texts, now = read_texts(tools.so_far), tools.now()
    names: list[str] = []
    turns = []
    for each in recipients:
        known = texts.get(key(each.number))
        if known is None or (known.fate is Fate.RETRY and due(known, now)):
            names.append(key(each.number))
            turns.append(_send(each, known, carrier, tools))
    for name, text in texts.items():
        if text.fate is Fate.UNDERWAY and due(text, now):
            names.append(name)
            turns.append(carrier.ask(text.id, tools))
    shown = {key(each.number): each.shown for each in recipients}
    troubles: dict[str, Trouble] = {}
    spent = 0
    for name, step in zip(names, await asyncio.gather(*turns), strict=True):
        before = texts.get(name) or Text(name, shown.get(name, ""), Fate.RETRY)
        if isinstance(step, Taken) and before.fate is Fate.RETRY:
            spent += step.messages
        if isinstance(step, Trouble) and before.fate is Fate.RETRY:
            troubles[name] = step
        else:
            texts[name] = _after(before, step, now, carrier)
    return Told(texts, troubles, shown, spent)


async def _send(to: Recipient, known: Text | None, carrier: Carrier, tools: ChannelTools) -> Step:
    """Hand a text over, unless an earlier try of it is found to have been taken."""
    if tools.maybe_sent:
        began = moment(tools.so_far.get("began")) or tools.now()
        ids = known.others if known is not None else ()
        found = await carrier.find(Sought(to.number, began - _SKEW, ids), tools)
        # Where nobody lets us look for so long, a text that comes twice does less harm than one that never comes.
        if isinstance(found, Taken) or (found is not None and tools.now() - began < _LOOK_LONGEST):
            return found
        tools = replace(tools, timeout_s=tools.timeout_s * _SEND_SHARE)
    return await carrier.send(to.body, to.number, tools)


def _after(text: Text, step: Step, now: datetime, carrier: Carrier) -> Text:
    """Return a text as a step has left it."""
    match step:
        case Taken(text_id, status, fate, passed_on):
            at = text.at if text.fate is Fate.UNDERWAY and text.at else now
            final = fate if fate is not Fate.UNDERWAY or carrier.confirms else Fate.UNKNOWN
            asked_at = next_ask(at, now) if final is Fate.UNDERWAY else None
            return replace(
                text, fate=final, id=text_id, status=status, passed_on=passed_on, at=at, ask_at=asked_at, why=""
            )
        case Lost(why, whose, once_more):
            again = once_more and not text.others and text.fate is Fate.UNDERWAY
            if again:
                later = now + timedelta(seconds=_ONCE_MORE_S)
                return replace(text, fate=Fate.RETRY, why=why, ask_at=later, others=(text.id,), id="", at=None)
            return replace(text, fate=Fate.FAILED, why=why, whose=whose, ask_at=None)
        case Trouble():
            # Asking failed: the text itself is where it was.
            return replace(text, ask_at=next_ask(text.at or now, now))


def next_ask(taken_at: datetime, now: datetime) -> datetime:
    """Return when to ask next after a text that was taken at a moment."""
    for after_s in ASKED_AFTER_S:
        at = taken_at + timedelta(seconds=after_s)
        if at > now + timedelta(seconds=1):
            return at
    return now + timedelta(seconds=_HELD_S)


def _settled(text: Text, now: datetime, *, test: bool) -> Text:
    """Return a text that nobody will hear of any more as unknown."""
    if text.fate is not Fate.UNDERWAY or text.at is None:
        return text
    # What the carrier has not passed on yet may still leave, until its validity is over.
    longest = timedelta(seconds=ASKED_AFTER_S[-1]) if text.passed_on else _HELD_LONGEST
    if now - text.at < (_TEST_LONGEST if test else longest):
        return text
    return replace(text, fate=Fate.UNKNOWN, ask_at=None)


def outcome(
    told: Told, who: str, so_far: Mapping[str, Any], now: datetime, *, test: bool, settled_numbers: bool
) -> Outcome:
    """Return what the texts of a message come to. ``settled_numbers``: they stand in the channel's own settings."""
    texts = {name: _settled(text, now, test=test) for name, text in told.texts.items()}
    began = moment(so_far.get("began")) or now
    since = moment(so_far.get("refusing_since"))
    receipt: Facts = {"began": began.isoformat(), "texts": {name: text.plain() for name, text in texts.items()}}
    if told.troubles:
        if any(trouble.answered for trouble in told.troubles.values()):
            since = since or now
            receipt = {**receipt, "refusing_since": since.isoformat()}
        if since is None or now - since < USEFUL:
            return _again(told, receipt)
        for name, trouble in told.troubles.items():
            why = f"given up after {USEFUL.total_seconds() / 60:g} min: {trouble.again.reason}"
            before = texts.get(name) or Text(name, told.shown.get(name, ""), Fate.FAILED)
            texts[name] = replace(before, fate=Fate.FAILED, why=why, whose=Whose.MESSAGE, ask_at=None)
    waiting = [text for text in texts.values() if text.fate is Fate.RETRY]
    if waiting:
        at = min((text.ask_at or now for text in waiting), default=now)
        why = f"{_each(waiting)}; once more in a minute"
        wait_s = max(1.0, (at - now).total_seconds())
        return Again(why, wait_s, receipt=receipt, doubtful=_nobody_else(texts.values()), spent=told.spent)
    asked = [text.ask_at for text in texts.values() if text.fate is Fate.UNDERWAY and text.ask_at is not None]
    if asked:
        return Accepted(_in_words(texts.values(), who), receipt, (min(asked) - now).total_seconds(), told.spent)
    return _final(list(texts.values()), who, receipt, told.spent, settled_numbers=settled_numbers)


def _nobody_else(texts: Iterable[Text]) -> bool:
    return not any(text.fate in (Fate.DELIVERED, Fate.UNDERWAY) for text in texts)


def _again(told: Told, receipt: Facts) -> Again:
    troubles = [trouble.again for trouble in told.troubles.values()]
    return replace(
        troubles[0],
        receipt=receipt,
        maybe_sent=any(each.maybe_sent for each in troubles),
        hold_channel=any(each.hold_channel for each in troubles),
        spent=told.spent,
    )


def _final(texts: list[Text], who: str, receipt: Facts, spent: int, *, settled_numbers: bool) -> Outcome:
    fates = {text.fate for text in texts}
    if Fate.DELIVERED in fates:
        return Delivered(_in_words(texts, who), receipt, spent=spent)
    if Fate.UNKNOWN in fates:
        return Delivered(_in_words(texts, who), receipt, confirmed=False, spent=spent)
    # A number that the settings hold is the channel's own; one of a rotation must not silence whoever is next.
    faults = {Whose.CHANNEL, Whose.NUMBER} if settled_numbers else {Whose.CHANNEL}
    return Refused(_each(texts), channel_broken=all(text.whose in faults for text in texts), spent=spent)


def _in_words(texts: Iterable[Text], who: str) -> str:
    """Return what is known of the texts: ``delivered to Ana; …0000 failed: ...``."""
    by_fate: dict[Fate, list[Text]] = {}
    for text in texts:
        by_fate.setdefault(text.fate, []).append(text)
    parts = []
    if arrived := by_fate.get(Fate.DELIVERED):
        parts.append(f"delivered to {_names(arrived)}")
    if underway := by_fate.get(Fate.UNDERWAY):
        status = listed(sorted({text.status for text in underway}))
        parts.append(f"taken by {who} for {_names(underway)} ({status}), not delivered yet")
    if unknown := by_fate.get(Fate.UNKNOWN):
        verb = "sent to" if all(text.passed_on for text in unknown) else f"taken by {who} for"
        parts.append(f"{verb} {_names(unknown)}, delivery unknown")
    if failed := by_fate.get(Fate.FAILED):
        parts.append(_each(failed))
    return "; ".join(parts)


def _each(texts: Iterable[Text]) -> str:
    return "; ".join(f"{text.shown}: {text.why}" for text in texts) or "nobody could be texted"


def _names(texts: list[Text]) -> str:
    shown = [text.shown for text in texts]
    return listed(shown) if len(shown) <= 4 else count(len(shown), "phone")
