"""Settings in force: plans a settings file against what is, puts secrets away, and has the core take the rest over."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from statusapp_agent.core.events import SecretChanged, SettingsChanged
from statusapp_agent.core.incident import NotAllowedError
from statusapp_agent.core.model import Tier
from statusapp_agent.core.roster import Override
from statusapp_agent.core.state import ForgetSecrets, State
from statusapp_agent.engine import Engine
from statusapp_agent.kinds import ChannelKind, CheckKind
from statusapp_agent.lookout import canary_scopes
from statusapp_agent.settings import Plan, Settings, export, from_documents, plan, read_settings
from statusapp_agent.settings.locate import Places
from statusapp_agent.settings.roster_build import override_entry
from statusapp_agent.settings.stored import agent_facts, flat
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
        region: str,
    ) -> None:
        self.settings = settings
        self._engine = engine
        self._vault = vault
        self._checks = checks
        self._channels = channels
        self._environment = environment
        self._changed = changed
        self._region = region
        self._one_at_a_time = asyncio.Lock()

    async def apply(self, request: ApplyRequest, by: str) -> PlanView:
        """Read, plan, and unless it is a dry run, do. Raises SettingsError with every fault; then nothing is done."""
        async with self._one_at_a_time:
            # In a thread: five thousand monitors take two seconds to read, and checks and pages must not wait for that.
            wanted = await asyncio.to_thread(self._read, request)
            planned = await asyncio.to_thread(self._plan, wanted, request.prune)
            if not request.dry_run and planned.changes:
                await self._carry_out(planned, by)
            return _view(planned, applied=not request.dry_run)

    def _read(self, request: ApplyRequest) -> Settings:
        return read_settings(
            request.text,
            request.file,
            self._checks,
            self._channels,
            region=self._region,
            environment=self._environment,
            given=request.secrets,
            known=None if request.prune else self.settings,
        )

    def _plan(self, wanted: Settings, prune: bool) -> Plan:
        return plan(
            self.settings,
            wanted,
            prune,
            same_secret=self._vault.same,
            holds_secret=self._vault.holds,
            channels=self._channels,
        )

    async def _carry_out(self, planned: Plan, by: str) -> None:
        renewed = await asyncio.to_thread(self._put_secrets, planned)
        await self._take_over(planned.result, renewed, by)
        for path in planned.gone:
            if path.startswith("monitors/"):
                # A channel's secrets stay until what it has opened is closed; a monitor's are of no use any more.
                await asyncio.to_thread(self._vault.forget_all, path)

    async def take_documents(self, settings: Settings, by: str) -> None:
        """Have other settings in force as a whole, as a backup holds them; secrets stay where they are."""
        async with self._one_at_a_time:
            await self._take_over(settings, {}, by)

    async def _take_over(self, settings: Settings, renewed: Mapping[str, Mapping[str, int]], by: str) -> None:
        self.settings = replace(settings, secrets={}, warnings=(), faults=(), places=Places())
        await self._engine.ask(
            SettingsChanged(
                monitors={name: entry.value for name, entry in settings.monitors.items()},
                channels={name: entry.value for name, entry in settings.channels.items()},
                tiers=settings.tiers_in_force(),
                maintenance=tuple(entry.value for entry in settings.maintenance.values()),
                agent=agent_facts(settings),
                by=by,
                renewed=renewed,
                canary_scopes=canary_scopes(settings.agent.canaries),
                documents=flat(settings),
                roster=settings.roster(),
            )
        )
        # Only now: what is told of the change copies the database, and the copy must hold it.
        self._changed(self.settings)

    def _put_secrets(self, planned: Plan) -> dict[str, dict[str, int]]:
        """Put new secrets into the vault; return for each channel with a new one the versions of all its secrets."""
        touched: set[str] = set()
        for path, secret in planned.secrets.items():
            self._vault.put(path, secret)
            noun, name, _ = split_path(path)
            if noun == "channels":
                touched.add(name)
        return {name: self._versions(name, planned.result) for name in touched}

    def _versions(self, channel: str, settings: Settings) -> dict[str, int]:
        fields = type(settings.channels[channel].value.settings).model_fields
        found = {name: self._vault.version(f"channels/{channel}/{name}") for name in fields}
        return {name: version for name, version in found.items() if version is not None}

    async def set_secret(self, channel: str, field: str, value: str, by: str) -> None:
        """Replace one secret of a channel; what it has opened is still closed with the old one.

        A secret that the settings take from elsewhere (a file, the keyring) is taken from the vault from now on.
        """
        async with self._one_at_a_time:
            path = f"channels/{channel}/{field}"
            settings = self._from_vault(channel, field)
            if settings is self.settings and await asyncio.to_thread(self._vault.same, path, value):
                return
            await asyncio.to_thread(self._vault.put, path, value)
            renewed = {channel: self._versions(channel, settings)}
            if settings is self.settings:
                await self._engine.ask(SecretChanged(channel, renewed[channel], by))
            else:
                await self._take_over(settings, renewed, by)

    def _from_vault(self, channel: str, field: str) -> Settings:
        """Return the settings with a channel's secret in the vault; the same ones where it is there already."""
        document = self.settings.channels[channel].document
        own = dict(document.get("settings", {}))
        held = own.get(field)
        if isinstance(held, Mapping) and ("vault" in held or "env" in held):
            return self.settings
        changed = {**document, "settings": {**own, field: {"vault": True}}}
        documents = self.settings.documents()
        documents["channels"] = [changed if one["name"] == channel else one for one in documents.get("channels", ())]
        return from_documents(documents, self._checks, self._channels, region=self._region)

    async def delete(self, noun: str, name: str, by: str) -> None:
        """Delete one of ``monitors``, ``channels`` or ``overrides``; refused while something else names it."""
        async with self._one_at_a_time:
            users = users_of(self.settings, noun, name)
            if users:
                raise NotAllowedError(f"{name} is still used by {', '.join(users)}: take it out there first")
            left = {key: entry for key, entry in self.settings.entries(noun).items() if key != name}
            less: dict[str, Any] = {noun: left}
            await self._take_over(replace(self.settings, **less), {}, by)

    async def add_overrides(self, wanted: Sequence[Override], by: str) -> list[Override]:
        """Add overrides, after those that there are; return them with their names."""
        made = [override_entry(each) for each in wanted]
        async with self._one_at_a_time:
            known = {name: entry for name, entry in self.settings.overrides.items() if entry not in made}
            more = {**known, **{entry.value.name: entry for entry in made}}
            await self._take_over(replace(self.settings, overrides=more), {}, by)
        return [entry.value for entry in made]

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


def users_of(settings: Settings, noun: str, name: str) -> list[str]:
    """Return what names a monitor or a channel, in words."""
    if noun == "overrides":
        return []
    if noun == "monitors":
        found = [f"monitor {key}" for key, entry in settings.monitors.items() if name in entry.value.depends_on]
        return found + [f"maintenance {key}" for key, one in settings.maintenance.items() if name in one.value.monitors]
    found = [f"monitor {key}" for key, entry in settings.monitors.items() if name in (entry.value.channels or ())]
    found += [f"rotation {key}" for key, one in settings.rotations.items() if one.value.remind == name]
    return found + [f"tier {key}" for key, tier in settings.tiers.items() if name in _channels_of(tier.value)]


def _channels_of(tier: Tier) -> set[str | None]:
    levels = tier.escalation.levels if tier.escalation is not None else ()
    return {*(step.channel for step in tier.notify), *(channel for level in levels for channel in level.channels)}


def _view(planned: Plan, *, applied: bool) -> PlanView:
    return PlanView(
        changes=[
            ChangeView(verb=change.verb, noun=change.noun, name=change.name, details=list(change.details))
            for change in planned.changes
        ],
        warnings=list(planned.warnings),
        applied=applied,
    )
