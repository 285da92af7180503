"""Muting: pages wait, always with an end, and never silently: it is audited, and told without paging anybody."""

from dataclasses import replace
from datetime import datetime, timedelta

from statusapp_agent.core.digest import announce
from statusapp_agent.core.draft import Draft
from statusapp_agent.core.escalation import route_now
from statusapp_agent.core.events import MuteFor, Unmute
from statusapp_agent.core.incident import NotAllowedError
from statusapp_agent.core.model import Mute
from statusapp_agent.core.phrases import clock, length, unknown_name
from statusapp_agent.core.quiet import look_again

LONGEST = timedelta(days=7)


def subject(monitor: str) -> str:
    """Return what is muted, as the beginning of a sentence; a name stays as it is written."""
    return monitor or "Everything"


def in_words(mute: Mute, now: datetime) -> str:
    """Return a mute as one sentence without its full stop."""
    why = f" ({mute.reason})" if mute.reason else ""
    return f"{subject(mute.monitor)} is muted until {clock(mute.until, now)} by {mute.by}{why}"


def mute(draft: Draft, asked: MuteFor) -> None:
    """Hold pages back until an end; a new mute of the same replaces the old one."""
    if asked.monitor and draft.watch(asked.monitor) is None:
        raise NotAllowedError(unknown_name(asked.monitor, draft.watch_names(), "monitor"))
    if not timedelta(0) < asked.length <= LONGEST:
        raise NotAllowedError("a mute ends after at least a second and at most 7 days")
    made = Mute(asked.monitor, draft.now + asked.length, asked.by, draft.now, asked.reason)
    draft.save(made)
    draft.audit(asked.by, "mute", asked.monitor or "everything", f"until {made.until.isoformat(timespec='seconds')}")
    lasts = length(asked.length.total_seconds())
    text = f"{in_words(made, draft.now)}, for {lasts}: incidents open, and their pages wait until then"
    announce(draft, text, _besides(draft, asked.monitor))
    look_again(draft)


def unmute(draft: Draft, asked: Unmute) -> None:
    """End the mute of a monitor, or every mute: what is still broken is paged now."""
    found = [mute for mute in draft.mutes() if asked.monitor in ("", mute.monitor)]
    if not found:
        subject_said = f"{asked.monitor} is not muted by itself" if asked.monitor else "Nothing is muted"
        raise NotAllowedError(f"{subject_said}; `statusapp status` shows what is")
    for each in found:
        _end(draft, each, asked.by, f"{subject(each.monitor)} is not muted any more: {asked.by} ended it")


def tick(draft: Draft) -> None:
    """Let mutes end whose time has come."""
    for each in draft.mutes():
        if each.until <= draft.now:
            _end(draft, each, "statusapp", f"{subject(each.monitor)} is not muted any more: its time is over")


def forget(draft: Draft, monitor: str) -> None:
    """Drop the mute of a monitor that is gone."""
    if any(each.monitor == monitor for each in draft.mutes()):
        draft.drop_mute(monitor)


def _end(draft: Draft, mute: Mute, by: str, text: str) -> None:
    draft.drop_mute(mute.monitor)
    draft.audit(by, "unmute", mute.monitor or "everything", text)
    announce(draft, text, _besides(draft, mute.monitor))
    look_again(draft)
    for line in draft.digest():
        if line.ready_at == mute.until:
            draft.save(replace(line, ready_at=draft.now))


def _besides(draft: Draft, monitor: str) -> frozenset[str]:
    """Return the channels that a mute silences: it is told on the others where there are any."""
    names = [monitor] if monitor else draft.watch_names()
    watches = (draft.watch(name) for name in names)
    return frozenset(step.channel for watch in watches if watch for step in route_now(draft, watch.monitor).steps)
