"""What clients may know of secrets: whether each is set, where and since when. A keyring that hangs delays nobody."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from statusapp_agent.core.model import Channel
from statusapp_agent.fields import SecretRef
from statusapp_agent.kinds import ChannelKind, Finding, KindSettings
from statusapp_agent.vault import Vault
from statusapp_agent.vault_sources import VaultError
from statusapp_agent.views.channels import NOTHING_KNOWN, SecretFacts, place_of, secret_fields
from statusapp_shared.protocol import SecretView

PATIENCE_S = 1.0
"""How long a request waits for a keyring; what was known before stands in for what is not told by then."""
_LATE = "the keyring does not answer: unlock it, then it is used again by itself"


class SecretBook:
    """Looks secrets up beside the event loop, and remembers what it saw."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._known: dict[str, SecretFacts] = {}
        self._looking: asyncio.Task[dict[str, SecretFacts]] | None = None

    async def look(self, channels: Iterable[Channel]) -> Mapping[str, SecretFacts]:
        """Return what is known of the secrets of channels, by channel."""
        wanted = list(channels)
        if wanted and await self._is_free():
            self._looking = asyncio.create_task(asyncio.to_thread(self._look, wanted))
            done, _ = await asyncio.wait([self._looking], timeout=PATIENCE_S)
            if done:
                self._known |= self._looking.result()
        return {channel.name: self._known.get(channel.name, _UNTOLD) for channel in wanted}

    async def _is_free(self) -> bool:
        """Wait for a look under way: one keyring that hangs must not gather a crowd of threads."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + PATIENCE_S
        while self._looking is not None and not self._looking.done():
            if loop.time() >= until_s:
                return False
            await asyncio.wait([self._looking], timeout=until_s - loop.time())
        return True

    def known(self, channel: str) -> SecretFacts:
        """Return what was last seen of a channel's secrets, without looking."""
        return self._known.get(channel, NOTHING_KNOWN)

    def _look(self, channels: list[Channel]) -> dict[str, SecretFacts]:
        return {channel.name: self._facts(channel) for channel in channels}

    def _facts(self, channel: Channel) -> SecretFacts:
        found: dict[str, SecretView] = {}
        fault, locked = None, False
        settings: KindSettings = channel.settings
        for name in secret_fields(type(settings)):
            ref = getattr(settings, name)
            path = f"channels/{channel.name}/{name}"
            if not isinstance(ref, SecretRef):
                found[name] = SecretView(is_set=False, place="the vault", set_at=None)
                continue
            try:
                found[name] = self._seen(ref, path)
            except VaultError as trouble:
                found[name] = SecretView(is_set=False, place=place_of(ref), set_at=None)
                fault, locked = str(trouble), True
                continue
            if not found[name].is_set:
                fault = fault or self._why_not(ref, path)
        return SecretFacts(found, fault, locked)

    def _seen(self, ref: SecretRef, path: str) -> SecretView:
        if ref.file is None and ref.keyring is None and self._vault.holds(path):
            return SecretView(is_set=True, place="the vault", set_at=self._vault.set_at(path))
        return SecretView(is_set=self._why_not(ref, path) is None, place=place_of(ref), set_at=None)

    def _why_not(self, ref: SecretRef, path: str) -> str | None:
        try:
            self._vault.resolve(ref, path)
        except VaultError as fault:
            return str(fault)
        return None

    async def findings(self, channel: Channel, kind: ChannelKind[Any]) -> tuple[Finding, ...]:
        """Return what a kind says of a channel's settings and of its secrets by their look; never their values."""
        return await asyncio.to_thread(self._inspect, channel, kind)

    def _inspect(self, channel: Channel, kind: ChannelKind[Any]) -> tuple[Finding, ...]:
        found = list(kind.inspect(channel.settings))
        settings: KindSettings = channel.settings
        for name in secret_fields(type(settings)):
            ref = getattr(settings, name)
            if isinstance(ref, SecretRef):
                try:
                    value = self._vault.resolve(ref, f"channels/{channel.name}/{name}")
                except VaultError:
                    continue
                found += kind.inspect_secret(name, value, channel.settings)
        return tuple(found)


_UNTOLD = SecretFacts(fault=_LATE, locked=True)


def vault_fault(facts: Mapping[str, SecretFacts]) -> str | None:
    """Return why a secret that is needed cannot be had, None when all can."""
    for name in sorted(facts):
        known = facts[name]
        if known.fault is not None:
            return f"{name} cannot send: {known.fault}"
    return None
