"""Channels as clients see them: whether they work, by their last answers, and never a secret."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Literal

from statusapp_agent.core.budget import current
from statusapp_agent.core.model import Channel
from statusapp_agent.core.phrases import ago, between, clock
from statusapp_agent.core.routing import route
from statusapp_agent.core.state import ChannelRecord, State
from statusapp_agent.fields import SecretRef
from statusapp_agent.kinds import KindSettings
from statusapp_agent.settings.secret_fields import is_secret
from statusapp_shared.drills import DrillView
from statusapp_shared.pagerduty import SyncView
from statusapp_shared.protocol import ChannelView, SecretView


@dataclass(frozen=True, slots=True)
class SecretFacts:
    """What is known of the secrets of one channel, by field; never their values.

    ``fault`` is why one that is needed cannot be had, ``locked`` that its keeper did not let us look.
    """

    fields: Mapping[str, SecretView] = field(default_factory=dict)
    fault: str | None = None
    locked: bool = False


NOTHING_KNOWN = SecretFacts()


@cache
def secret_fields(settings: type[KindSettings]) -> tuple[str, ...]:
    """Return the names of the fields that hold a secret."""
    return tuple(name for name, field in settings.model_fields.items() if is_secret(field))


def place_of(ref: SecretRef) -> str:
    """Return where a secret is kept, as people say it."""
    if ref.env is not None:
        return f"env {ref.env}"
    if ref.file is not None:
        return f"file {ref.file}"
    if ref.keyring is not None:
        return f"keyring {ref.keyring}"
    return "the vault"


def plain_settings(channel: Channel) -> dict[str, Any]:
    """Return a channel's settings by their names in the file, without its secrets and without what is not set."""
    settings: KindSettings = channel.settings
    hidden = {*secret_fields(type(settings)), *(name for name, value in settings if isinstance(value, SecretRef))}
    return settings.model_dump(mode="json", by_alias=True, exclude=hidden, exclude_none=True)


def drill_view(record: ChannelRecord) -> DrillView | None:
    """Return how the last drill went over a channel, None when there was none."""
    if record.drilled_at is None:
        return None
    return DrillView(at=record.drilled_at, ok=bool(record.drill_ok), reason=record.drill_reason or "")


def told_by(state: State) -> dict[str, list[str]]:
    """Return for each channel the monitors that are told over it, sorted."""
    live = {record.name: record.channel for record in state.channels.values() if not record.retired}
    routes: dict[tuple[tuple[str, ...] | None, str | None], tuple[str, ...]] = {}
    found: dict[str, list[str]] = defaultdict(list)
    for name in sorted(state.watches):
        monitor = state.watches[name].monitor
        key = (monitor.channels, monitor.tier)  # all that a route hangs on: few are different, however many monitors
        if key not in routes:
            routes[key] = tuple(dict.fromkeys(step.channel for step in route(monitor, live, state.tiers).steps))
        for channel in routes[key]:
            found[channel].append(name)
    return found


Status = Literal["ok", "untested", "delayed", "broken", "locked"]


def _status(record: ChannelRecord, secrets: SecretFacts, now: datetime) -> tuple[Status, str]:
    if record.broken is not None:
        return "broken", record.broken
    if secrets.fault is not None:
        return ("locked" if secrets.locked else "broken"), secrets.fault
    if record.held_until is not None and record.held_until > now:
        why = record.held_reason or "it was asked to wait"
        return "delayed", f"waits until {clock(record.held_until, now)}: {why}"
    if record.failing_since is not None:
        return "delayed", f"fails for {between(record.failing_since, now)}: {record.last_error or 'no answer'}"
    if _failed_its_test(record):
        return "broken", f"its last test failed: {record.test_reason}"
    if record.last_delivered_at is None and not record.test_ok:
        return "untested", "nothing was sent over it yet"
    if record.last_delivered_at is None:
        return "ok", "its last test was delivered"
    return "ok", f"last delivered {ago(record.last_delivered_at, now)}"


def _failed_its_test(record: ChannelRecord) -> bool:
    if record.test_ok is not False or record.tested_at is None:
        return False
    return record.last_delivered_at is None or record.last_delivered_at < record.tested_at


def channel_view(
    state: State,
    record: ChannelRecord,
    monitors: list[str],
    secrets: SecretFacts,
    now: datetime,
    sync: SyncView | None = None,
) -> ChannelView:
    """Return a channel; ``monitors`` are those that it is told about, ``sync`` how it is kept in step."""
    status, reason = _status(record, secrets, now)
    budget = record.channel.budget
    return ChannelView(
        name=record.name,
        kind=record.channel.kind,
        status=status,
        reason=reason,
        held_until=record.held_until if record.held_until is not None and record.held_until > now else None,
        auto_resolve=record.channel.auto_resolve,
        max_per_minute=record.channel.max_per_minute,
        settings=plain_settings(record.channel),
        secrets=dict(secrets.fields),
        monitors=monitors,
        last_delivered_at=record.last_delivered_at,
        tested_at=record.tested_at,
        test_ok=record.test_ok,
        test_reason=record.test_reason,
        waiting=len(state.waiting.get(record.name, ())),
        sent_this_month=None if budget is None else current(record.usage, now).sent,
        monthly_limit=None if budget is None else budget.per_month,
        sync=sync,
        drill=drill_view(record),
        findings=list(record.findings),
    )
