"""What the API is handed: the running parts of the agent, each behind its own name."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from statusapp_agent.clock import Clock
from statusapp_agent.core.roster import Override
from statusapp_agent.engine import Engine
from statusapp_agent.kinds import ChannelKind, CheckKind
from statusapp_agent.pagerduty.provisioner import Provisioner
from statusapp_agent.pagerduty.surveys import Surveys
from statusapp_agent.pagerduty.sync import Sync
from statusapp_agent.runner import Runner
from statusapp_agent.vault import Vault
from statusapp_shared.protocol import ApplyRequest, PlanView

Mode = Literal["user", "system"]


class Settles(Protocol):
    """What the API needs of whoever changes settings."""

    async def apply(self, request: ApplyRequest, by: str) -> PlanView:
        """Plan, and unless it is a dry run, do; raises SettingsError with every fault."""

    async def set_secret(self, channel: str, field: str, value: str, by: str) -> None:
        """Replace one secret of a channel; raises VaultError."""

    async def delete(self, noun: str, name: str, by: str) -> None:
        """Delete a monitor, channel or override (``monitors`` ...); raises NotAllowedError while something names it."""

    async def add_overrides(self, wanted: Sequence[Override], by: str) -> list[Override]:
        """Add overrides to the settings, and return them with their names."""

    def export(self) -> str:
        """Return the settings as TOML, without secrets."""


@dataclass(slots=True)
class Services:
    """The parts of the agent that requests reach. ``notices`` is what the start met and got over, in sentences."""

    engine: Engine
    runner: Runner
    vault: Vault
    checks: Mapping[str, CheckKind[Any]]
    channels: Mapping[str, ChannelKind[Any]]
    clock: Clock
    data_dir: Path
    socket: Path
    mode: Mode
    version: str
    started_at: datetime
    settling: Settles
    notices: list[str] = field(default_factory=list)
    sync: Sync | None = None
    audit: list[str] = field(default_factory=list)
    """What the auditor found that nobody else tells of, in sentences."""
    again: asyncio.Event = field(default_factory=asyncio.Event)
    """Set to have the agent start anew, in the same process: what was staged is taken over then."""
    one_restore: asyncio.Lock = field(default_factory=asyncio.Lock)
    surveys: Surveys | None = None
    provisioner: Provisioner | None = None
