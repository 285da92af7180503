"""Two small kinds for tests of what kinds have in common."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from statusapp_agent.core.model import Action, CheckStatus, Delivered, Outcome, Result
from statusapp_agent.fields import Duration, SecretField
from statusapp_agent.kinds import ChannelKind, ChannelTools, CheckKind, CheckTools, Finding, KindSettings


class DoorSettings(KindSettings):
    """A door with a lock."""

    address: str = Field(min_length=1)
    name: str = "front"
    ports: tuple[int | str, ...] = (80,)
    open_for: Duration = Field(default=60.0, gt=0)
    headers: dict[str, str] = Field(default_factory=dict)
    code: SecretField | None = None


class Door(CheckKind[DoorSettings]):
    """Always shut."""

    name = "door"
    title = "Door"
    description = "Looks whether a door is shut."
    Settings = DoorSettings
    defaults: ClassVar[Mapping[str, Any]] = {"interval": "2m", "failures": 1}

    async def run(self, settings: DoorSettings, tools: CheckTools) -> Result:
        return Result(CheckStatus.UP, tools.now(), message=settings.address)

    def target(self, settings: DoorSettings) -> str:
        return f"{settings.address} {settings.name}"


class BellSettings(KindSettings):
    """A bell behind a key."""

    integration_key: SecretField
    region: str = "us"
    max_per_minute: int = 30


class Bell(ChannelKind[BellSettings]):
    """Rings."""

    name = "bell"
    title = "Bell"
    description = "Rings a bell."
    Settings = BellSettings
    actions = frozenset({Action.TRIGGER, Action.TEST})
    max_per_minute = 30

    async def deliver(self, notice: Mapping[str, Any], settings: BellSettings, tools: ChannelTools) -> Outcome:
        return Delivered()

    def inspect_secret(self, field: str, value: str, settings: BellSettings) -> list[Finding]:
        return [Finding(field, "the key is too short: copy it again", error=True)] if len(value) < 4 else []


CHECKS = {"door": Door()}
CHANNELS = {"bell": Bell()}
