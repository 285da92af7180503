"""Settings in force: plans a settings file against what is, puts secrets away, and has the core take the rest over."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from statusapp_agent.core.events import SecretChanged, SettingsChanged
from statusapp_agent.core.incident import NotAllowedError
from statusapp_agent.core.state import ForgetSecrets, State
from statusapp_agent.engine import Engine
from statusapp_agent.kinds import ChannelKind, CheckKind
from statusapp_agent.lookout import canary_scopes
from statusapp_agent.settings import Plan, Settings, export, plan, read_settings
from statusapp_agent.vault import Vault
from statusapp_shared.protocol import ApplyRequest, ChangeView, PlanView

log = logging.getLogger("statusapp.settings")


class Settling:
    """The one place where settings change. One change at a time: a plan is made against what it is applied to."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        vault: Vault,
        checks: Mapping[str, CheckKind[Any]],
        channels: Mapping[str, ChannelKind[Any]],
        environment: Mapping[str, str],
        changed: Callable[[Settings], None],
    ) -> None:
        self.settings = settings
        self._engine = engine
        self._vault = vault
        self._checks = checks
        self._channels = channels
        self._environment = environment
        self._changed = changed
        self._one_at_a_time = asyncio.Lock()

    async def apply(self, request: ApplyRequest, by: str) -> PlanView:
        """Read, plan, and unless it is a dry run, do. Raises SettingsError with every fault; then nothing is done."""
        async with self._one_at_a_time:
            wanted = read_settings(
                request.text, request.file, self._checks, self._channels, environment=self._environment
            )
            secrets = {**wanted.secrets, **_meant(request.secrets, wanted)}
            wanted = replace(wanted, secrets=secrets)
            planned = plan(self.settings, wanted, prune=request.prune, same_secret=self._vault.same)
            if not request.dry_run and planned.changes:
                await self._carry_out(planned, secrets, by)
            return _view(planned, applied=not request.dry_run)

    async def _carry_out(self, planned: Plan, secrets: Mapping[str, str], by: str) -> None:
        renewed = await asyncio.to_thread(self._put_secrets, planned.result, secrets)
        await self._take_over(planned.result, renewed, by)

    async def _take_over(self, settings: Settings, renewed: Mapping[str, Mapping[str, int]], by: str) -> None:
        self.settings = replace(settings, secrets={})
        self._changed(self.settings)
        await self._engine.ask(
            SettingsChanged(
                monitors={name: entry.value for name, entry in settings.monitors.items()},
                channels={name: entry.value for name, entry in settings.channels.items()},
                tiers={name: entry.value for name, entry in settings.tiers.items()},
                maintenance=tuple(entry.value for entry in settings.maintenance.values()),
                agent=settings.agent.facts(),
                by=by,
                renewed=renewed,
                canary_scopes=canary_scopes(settings.agent.canaries),
                documents=settings.documents(),
            )
        )

    def _put_secrets(self, settings: Settings, secrets: Mapping[str, str]) -> dict[str, dict[str, int]]:
        """Put new secrets into the vault; return for each channel with a new one the versions of all its secrets."""
        touched: set[str] = set()
        for path, value in secrets.items():
            noun, name, _ = split_path(path)
            if (noun == "channels" and name not in settings.channels) or self._vault.same(path, value):
                continue
            self._vault.put(path, value)
            if noun == "channels":
                touched.add(name)
        return {name: self._versions(name, settings) for name in touched}

    def _versions(self, channel: str, settings: Settings) -> dict[str, int]:
        fields = type(settings.channels[channel].value.settings).model_fields
        found = {name: self._vault.version(f"channels/{channel}/{name}") for name in fields}
        return {name: version for name, version in found.items() if version is not None}

    async def set_secret(self, channel: str, field: str, value: str, by: str) -> None:
        """Replace one secret of a channel; what it has opened is still closed with the old one."""
        async with self._one_at_a_time:
            path = f"channels/{channel}/{field}"
            if await asyncio.to_thread(self._vault.same, path, value):
                return
            await asyncio.to_thread(self._vault.put, path, value)
            settings = self.settings.with_vault_secret(channel, field)
            if settings is self.settings:
                await self._engine.ask(SecretChanged(channel, self._versions(channel, settings), by))
                return
            await self._take_over(settings, {channel: self._versions(channel, settings)}, by)

    async def delete(self, noun: str, name: str, by: str) -> None:
        """Delete a monitor or a channel; refused while something else names it."""
        async with self._one_at_a_time:
            users = self.settings.users_of(noun, name)
            if users:
                raise NotAllowedError(f"{name} is still used by {', '.join(users)}: take it out there first")
            await self._take_over(self.settings.without(noun, name), {}, by)

    def export(self) -> str:
        """Return the settings as TOML, without secrets."""
        return export(self.settings)

    def forget(self, effect: ForgetSecrets, state: State) -> None:
        """Let secrets of a channel go that nothing open needs any more; never those in use."""
        in_use = {
            (field, version)
            for record in state.channels.values()
            if record.channel.name == effect.channel
            for field, version in record.secret_versions.items()
        }
        for field, version in effect.versions.items():
            path = f"channels/{effect.channel}/{field}"
            if (field, version) not in in_use and (
                self._vault.version(path) != version or effect.channel not in self.settings.channels
            ):
                self._vault.forget(path, version)


def split_path(path: str) -> tuple[str, str, str]:
    """Return the parts of a secret's path: ``channels/NAME/FIELD``; a name may hold slashes."""
    noun, _, rest = path.partition("/")
    name, _, field = rest.rpartition("/")
    return noun, name, field


def _meant(secrets: Mapping[str, str], wanted: Settings) -> dict[str, str]:
    """Return the secrets that belong to something in the file: a client may not plant others."""
    known = {"channels": wanted.channels, "monitors": wanted.monitors}
    return {
        path: value
        for path, value in secrets.items()
        if (parts := split_path(path))[1] in known.get(parts[0], {})
    }


def _view(planned: Plan, *, applied: bool) -> PlanView:
    return PlanView(
        changes=[
            ChangeView(verb=change.verb, noun=change.noun, name=change.name, details=list(change.details))
            for change in planned.changes
        ],
        warnings=list(planned.warnings),
        applied=applied,
    )
