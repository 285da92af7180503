"""A channel that reaches whoever is on call when it sends, and a clock that a test moves on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from statusapp_agent.clock import Clock
from statusapp_agent.core.model import Action, Delivered, Outcome, Refused
from statusapp_agent.kinds import ChannelKind, ChannelTools, KindSettings


class PagerSettings(KindSettings):
    """Numbers, or ``oncall:`` and the name of a rotation."""

    to: tuple[str, ...] | str


class Pager(ChannelKind[PagerSettings]):
    """Beeps whoever is on call; remembers whom it told what."""

    name = "pager"
    title = "Pager"
    description = "Beeps."
    Settings = PagerSettings
    actions = frozenset(Action)

    def __init__(self) -> None:
        self.told: list[tuple[str, str, Mapping[str, Any]]] = []

    async def deliver(self, notice: Mapping[str, Any], settings: PagerSettings, tools: ChannelTools) -> Outcome:
        people = [person.name for person in tools.on_call(str(settings.to).removeprefix("oncall:"))]
        if not people:
            return Refused("nobody is on call")
        self.told += [(person, notice["action"], notice) for person in people]
        return Delivered(f"told {' and '.join(people)}")

    def heard(self, action: str) -> list[str]:
        """Return who was told such things, in order."""
        return [person for person, told, _ in self.told if told == action]


@dataclass(frozen=True, slots=True)
class SleepClock(Clock):
    """The clock of a computer that sleeps when the test says so: wall time and boot time go on, life does not."""

    began: datetime
    slept: list[timedelta] = field(default_factory=list)
    real: datetime = field(default_factory=lambda: datetime.now(UTC))

    def now(self) -> datetime:
        return self.began + (datetime.now(UTC) - self.real) + sum(self.slept, timedelta())

    def boot(self) -> float:
        return self.monotonic() + sum(self.slept, timedelta()).total_seconds()

    def sleep_until(self, at: datetime) -> None:
        """Sleep until a moment."""
        self.slept.append(at - self.now())
