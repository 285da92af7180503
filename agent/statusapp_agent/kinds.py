"""What every kind of check and of channel is made of, and how kinds are found: one file each, no list to keep.

A kind is a class with a ``name``, a pydantic ``Settings`` model (which is also its form) and one coroutine.
`discover` walks a package and returns the kinds by name; two of one name, or none at all, stop the start.
"""

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from statusapp_agent.core.model import Action, Again, Beat, Budget, Outcome, Person, Result
from statusapp_agent.fields import SecretRef

if TYPE_CHECKING:
    import ssl

    import httpx


class KindSettings(BaseModel):
    """Base of every kind's settings: unknown keys are errors, values never change, and no error repeats a value."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


S = TypeVar("S", bound=KindSettings)


@dataclass(frozen=True, slots=True)
class CheckTools:
    """What a check is handed: its time limit in seconds, the clock, secrets by reference, the heartbeat record.

    ``ssl_context(verify, certificate, key)`` returns a shared context; building one costs 20 ms.
    """

    timeout_s: float
    now: Callable[[], datetime]
    secret: Callable[[SecretRef], str]
    ssl_context: "Callable[[bool, str | None, str | None], ssl.SSLContext]"
    beat: Beat | None = None


class CheckKind(ABC, Generic[S]):
    """A kind of check. ``defaults`` overrides defaults of the common monitor settings (as text, as in the file)."""

    name: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    Settings: ClassVar[type[KindSettings]]
    defaults: ClassVar[Mapping[str, Any]] = {}

    @abstractmethod
    async def run(self, settings: S, tools: CheckTools) -> Result:
        """Check once. Never raises for a fault of the target; the caller enforces ``tools.timeout_s`` as well."""

    @abstractmethod
    def target(self, settings: S) -> str:
        """Return what people call the target: a URL, ``host:port``, a name; never a secret."""

    def url(self, settings: S) -> str | None:  # noqa: ARG002
        """Return the target's URL without credentials, where it has one."""
        return None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a kind says of a pasted secret or of settings: ``error`` refuses it, otherwise it is a warning."""

    field: str
    text: str
    error: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person wrote back over a channel. ``id`` is the other side's own and names it for ever.

    ``by`` is who wrote, by name or by a number with most of its digits hidden; ``at`` is None where nobody knows.
    """

    id: str
    by: str
    text: str
    at: datetime | None = None


def nobody(rotation: str) -> Sequence[Person]:  # noqa: ARG001
    """Return who is on call where there are no rotations: nobody."""
    return ()


@dataclass(frozen=True, slots=True)
class ChannelTools:
    """What a channel is handed: a client, the clock, its time limit, and its secrets by field name.

    ``fields`` holds what the settings name by `SecretRef`, already fetched. Nothing here may be logged. ``opening`` is
    the receipt of the page that opened this incident on this channel, empty before it was delivered. ``maybe_sent``: an
    earlier try of this very message may have arrived, so a channel without a key of its own looks before it resends;
    ``tag`` names the message for that, the same in every try and different from every other's. ``so_far`` is the
    receipt of the last try that got a part of it done (`Again.receipt`), empty before. ``on_call(rotation)`` returns
    who is on call there now, first the one to reach first; empty where nobody is or no such rotation exists.
    """

    http: "httpx.AsyncClient"
    now: Callable[[], datetime]
    timeout_s: float
    fields: Mapping[str, str]
    opening: Mapping[str, Any] = field(default_factory=dict)
    maybe_sent: bool = False
    tag: str = ""
    so_far: Mapping[str, Any] = field(default_factory=dict)
    on_call: Callable[[str], Sequence[Person]] = nobody


class ChannelKind(ABC, Generic[S]):
    """A kind of channel. ``actions`` are those it can tell; others are never queued for it.

    ``timeout_s`` bounds one try: longer only where the other side takes its time and means it.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    Settings: ClassVar[type[KindSettings]]
    actions: ClassVar[frozenset[Action]]
    max_per_minute: ClassVar[int] = 60
    timeout_s: ClassVar[float] = 10.0
    keeps_open: ClassVar[bool] = True
    """Whether what it is told stays open at the other side until that is told of the end, as an incident does."""
    listens: ClassVar[bool] = False
    """Whether people can answer over it; then `listen` is asked while somebody might."""
    replies_via: ClassVar[str] = ""
    """What an acknowledgement by such an answer says of how it came."""

    @abstractmethod
    async def deliver(self, notice: Mapping[str, Any], settings: S, tools: ChannelTools) -> Outcome:
        """Tell it once. Never raises for a fault of the other side; the Test button walks this same road."""

    async def listen(self, settings: S, tools: ChannelTools, since: datetime) -> Sequence[Reply] | Again:  # noqa: ARG002
        """Return what was written since a moment by those whom this channel tells, oldest first; never raises."""
        return ()

    def budget(self, settings: S) -> Budget | None:  # noqa: ARG002
        """Return how much may be sent where that costs money."""
        return None

    def inspect_secret(self, field: str, value: str, settings: S) -> list[Finding]:  # noqa: ARG002
        """Judge a secret as it is pasted, by its look alone."""
        return []

    def inspect(self, settings: S) -> list[Finding]:  # noqa: ARG002
        """Judge the settings beyond what their model does: warnings for the plan and for the doctor."""
        return []


def discover(package: ModuleType, base: type[Any]) -> dict[str, Any]:
    """Return one instance of every concrete subclass of ``base`` defined in the modules of ``package``, by name.

    Raises RuntimeError when two kinds share a name or when there is none: both are faults of the build.
    """
    found: dict[str, Any] = {}
    for module_info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{module_info.name}")
        for value in vars(module).values():
            if not (isinstance(value, type) and issubclass(value, base) and value.__module__ == module.__name__):
                continue
            name: str | None = getattr(value, "name", None)
            if name is None:
                continue
            if name in found:
                raise RuntimeError(f"two kinds are called {name!r} in {package.__name__}")
            found[name] = value()
    if not found:
        raise RuntimeError(f"no kind was found in {package.__name__}: the installation is incomplete")
    return found
