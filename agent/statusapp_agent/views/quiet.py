"""What is silent now, and why, as clients see it: mutes, quiet hours with something to say, and a storm that is on."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from statusapp_agent.core.model import Action, Delivery, Mute, Purpose
from statusapp_agent.core.mute import in_words
from statusapp_agent.core.phrases import count, sentence
from statusapp_agent.core.quiet import mute_hold
from statusapp_agent.core.state import State
from statusapp_shared.quiet import MutesView, MuteView


def _held(state: State) -> list[Delivery]:
    """Return the pages that a silence holds back."""
    return [
        each
        for numbers in state.waiting.values()
        for each in (state.deliveries[number] for number in numbers)
        if each.held and each.action is Action.TRIGGER
    ]


def _waiting(state: State, mute: Mute) -> int:
    monitors = (state.incidents[each.incident].monitor for each in _held(state) if each.incident in state.incidents)
    return sum(mute.monitor in ("", monitor) for monitor in monitors)


def mutes_view(state: State, now: datetime, told: Iterable[str] = ()) -> MutesView:
    """Return all mutes that are on, the one of everything first."""
    on = [mute for _, mute in sorted(state.mutes.items()) if mute.until > now]
    items = [
        MuteView(
            monitor=mute.monitor or None,
            until=mute.until,
            since=mute.since,
            by=mute.by,
            reason=mute.reason,
            waiting=_waiting(state, mute),
        )
        for mute in on
    ]
    said = sentence(*(in_words(mute, now) for mute in on)) if on else "Nothing is muted."
    return MutesView(items=items, sentence=said, told=sorted(set(told)))


def silences(state: State, now: datetime) -> list[str]:
    """Return what is silent now and what waits because of it, one sentence each: silence is never silent."""
    found = [_mute_in_words(state, mute, now) for _, mute in sorted(state.mutes.items()) if mute.until > now]
    quiet: Counter[str] = Counter()
    for each in _held(state):
        incident = state.incidents.get(each.incident or "")
        if incident is not None and mute_hold(state.mutes.values(), incident.monitor, now) is None:
            quiet[each.held] += 1
    found += [f"{_pages(number)} because of {why}." for why, number in sorted(quiet.items())]
    for name in sorted(state.storms):
        storm = state.incidents.get(name)
        if storm is not None and storm.purpose is Purpose.STORM and storm.is_open:
            found.append(f"A storm is on, paged as one incident (#{storm.number}): {storm.cause}.")
    return found


def _mute_in_words(state: State, mute: Mute, now: datetime) -> str:
    waiting = _waiting(state, mute)
    pages = f"; {_pages(waiting)}" if waiting else ""
    return f"{in_words(mute, now)}: incidents open, and their pages wait{pages}. `statusapp unmute` ends it."


def _pages(number: int) -> str:
    return f"{count(number, 'page')} {'waits' if number == 1 else 'wait'}"
