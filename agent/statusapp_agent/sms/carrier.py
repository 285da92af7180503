"""What every way to send a text is asked, and what it answers; and what has become of the texts of one message."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from statusapp_agent.core.model import Again
from statusapp_agent.http_exchange import Answer
from statusapp_agent.kinds import ChannelTools


class Fate(StrEnum):
    """What has become of one text. Nothing leaves the last three."""

    UNDERWAY = "underway"
    RETRY = "retry"
    DELIVERED = "delivered"
    UNKNOWN = "unknown"
    FAILED = "failed"


class Whose(StrEnum):
    """Whose fault it is that a text did not arrive: the channel's settings, the number's, or this message's alone."""

    CHANNEL = "channel"
    NUMBER = "number"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Taken:
    """The carrier has it: ``id`` is what to ask by, ``status`` its own word, ``messages`` what it is paid as."""

    id: str
    status: str
    fate: Fate = Fate.UNDERWAY
    passed_on: bool = False
    messages: int = 1


@dataclass(frozen=True, slots=True)
class Lost:
    """It will not arrive. ``once_more``: the fault may pass, so that one later try makes sense."""

    why: str
    whose: Whose = Whose.MESSAGE
    once_more: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """Not now. ``answered``: the carrier said so itself, which limits how long it is tried."""

    again: Again
    answered: bool = False


Step = Taken | Lost | Trouble


@dataclass(frozen=True, slots=True)
class Inbound:
    """A text that somebody sent to us."""

    id: str
    sender: str
    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sought:
    """A text that may have been taken: to a number, since a moment, and not one of those that are known already."""

    number: str
    since: datetime
    known: tuple[str, ...] = ()


class Carrier(ABC):
    """One way to send texts. Nothing is raised for a fault of the other side; times are aware UTC."""

    confirms: ClassVar[bool] = False
    """Whether it can say what became of a text."""

    @abstractmethod
    async def send(self, body: str, number: str, tools: ChannelTools) -> Step:
        """Hand a text over."""

    async def ask(self, text_id: str, tools: ChannelTools) -> Step:  # noqa: ARG002
        """Ask what became of a text that was taken."""
        return Taken(text_id, "taken", Fate.UNKNOWN)

    async def find(self, sought: Sought, tools: ChannelTools) -> Step | None:  # noqa: ARG002
        """Look for a text of ours that may have been taken without our knowing; None: it was not, or nobody can say."""
        return None

    async def inbox(self, since: datetime, tools: ChannelTools) -> list[Inbound] | Again:  # noqa: ARG002
        """Return what was sent to us since a moment, oldest first."""
        return []


@dataclass(frozen=True, slots=True)
class Text:
    """One text of a message, to one number: a part of the receipt, so it never holds the number itself.

    ``shown`` is the person's name or the last digits. ``at`` is when it was taken, ``ask_at`` when to ask or to try
    once more; ``others`` are the ids of earlier texts of the same message that did not arrive.
    """

    key: str
    shown: str
    fate: Fate
    id: str = ""
    status: str = ""
    why: str = ""
    whose: Whose = Whose.MESSAGE
    passed_on: bool = False
    at: datetime | None = None
    ask_at: datetime | None = None
    others: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "shown": self.shown,
            "fate": self.fate.value,
            "id": self.id,
            "status": self.status,
            "why": self.why,
            "whose": self.whose.value,
            "passed_on": self.passed_on,
            "at": self.at.isoformat() if self.at else None,
            "ask_at": self.ask_at.isoformat() if self.ask_at else None,
            "others": list(self.others),
        }


def read_texts(receipt: Mapping[str, Any]) -> dict[str, Text]:
    """Return the texts of a receipt by the key of their number."""
    found = receipt.get("texts")
    return {key: _read(key, plain) for key, plain in found.items()} if isinstance(found, Mapping) else {}


def _read(key: str, plain: Mapping[str, Any]) -> Text:
    return Text(
        key=key,
        shown=str(plain.get("shown", "")),
        fate=Fate(plain.get("fate", Fate.UNKNOWN)),
        id=str(plain.get("id", "")),
        status=str(plain.get("status", "")),
        why=str(plain.get("why", "")),
        whose=Whose(plain.get("whose", Whose.MESSAGE)),
        passed_on=bool(plain.get("passed_on")),
        at=moment(plain.get("at")),
        ask_at=moment(plain.get("ask_at")),
        others=tuple(plain.get("others", ())),
    )


def moment(text: Any) -> datetime | None:
    """Return a stored time."""
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def unanswered(outcome: Any) -> Step:
    """Return the step for an exchange that ended without an answer that could be read."""
    if isinstance(outcome, Again):
        return Trouble(outcome)
    if isinstance(outcome, Answer):
        return Trouble(Again("the answer could not be read", maybe_sent=True), answered=True)
    return Lost(outcome.reason, Whose.CHANNEL)
