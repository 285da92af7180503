"""PagerDuty channels with their secrets at hand, for those tasks that ask its REST API; nothing here is ever shown."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from statusapp_agent.channels.pagerduty import PagerDutySettings, clean
from statusapp_agent.core.state import ChannelRecord
from statusapp_agent.fields import SecretRef
from statusapp_agent.pagerduty.client import Credential
from statusapp_agent.vault_sources import VaultError

FieldReader = Callable[[SecretRef, str, int | None], str]
Key = tuple[str, str, str | None]

_UNLOCK_S = 5.0
_LOCKED_S = 30.0
"""How often a secret that cannot be had is asked for again."""


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """A channel with its secrets at hand."""

    record: ChannelRecord
    settings: PagerDutySettings
    integration_key: str
    credential: Credential

    @property
    def key(self) -> Key:
        """What its account is known by."""
        return (self.credential.origin, self.credential.token, self.credential.sender)


class Unlocking:
    """Fetches the secrets of channels, once for each version of them. ``monotonic`` is the clock of all waiting."""

    def __init__(self, read_secret: FieldReader, monotonic: Callable[[], float]) -> None:
        self._read_secret = read_secret
        self._monotonic = monotonic
        self._opened: dict[str, tuple[ChannelRecord, Opened | None]] = {}
        self._faults: dict[str, str] = {}
        self._locked_until_s: dict[str, float] = {}

    def known(self, channel: str) -> Opened | None:
        """Return a channel that was opened, None where it has no REST key."""
        found = self._opened.get(channel)
        return found[1] if found is not None else None

    def fault_of(self, channel: str) -> str | None:
        """Return why a channel's secrets cannot be had."""
        return self._faults.get(channel)

    def ask_again(self, channel: str) -> None:
        """Ask for a channel's secrets again at once, though they could not be had a moment ago."""
        self._locked_until_s.pop(channel, None)

    async def open(self, record: ChannelRecord) -> Opened | None:
        """Return a channel with its secrets; None for one without a REST key, or whose secrets cannot be had."""
        if self._monotonic() < self._locked_until_s.get(record.name, 0.0):
            return None
        known = self._opened.get(record.name)
        if known is not None and _same(known[0], record):
            return known[1]
        settings, opened = record.channel.settings, None
        if isinstance(settings, PagerDutySettings) and settings.api_key is not None:
            try:
                # In a thread: a keyring may hang.
                async with asyncio.timeout(_UNLOCK_S):
                    opened = await asyncio.to_thread(self._unlock, record, settings)
            except (VaultError, TimeoutError) as fault:
                self._faults[record.name] = str(fault) or "the keeper of its secrets does not answer"
                self._locked_until_s[record.name] = self._monotonic() + _LOCKED_S
                return None
        self._faults.pop(record.name, None)
        self._opened[record.name] = (record, opened)
        return opened

    def _unlock(self, record: ChannelRecord, settings: PagerDutySettings) -> Opened:
        base = f"channels/{record.channel.name}"
        found: dict[str, Any] = {
            name: self._read_secret(value, f"{base}/{name}", record.secret_versions.get(name))
            for name, value in settings
            if isinstance(value, SecretRef)
        }
        token = clean(found.get("api_key", ""))
        credential = Credential(settings.api_origin.rstrip("/"), token, settings.from_email, settings.region)
        return Opened(record, settings, clean(found.get("integration_key", "")), credential)


def _same(one: ChannelRecord, other: ChannelRecord) -> bool:
    return one.channel is other.channel and one.secret_versions == other.secret_versions
