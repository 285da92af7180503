"""What is to be done at PagerDuty over its REST API on behalf of a person, as values."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from statusapp_agent.core.model import Facts


class Verb(StrEnum):
    """What is to be done."""

    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    SNOOZE = "snooze"
    NOTE = "note"
    UPDATE = "update"
    MERGE = "merge"
    REASSIGN = "reassign"


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing to be done to the counterpart ``opening``. ``maybe_done``: a try of it had no readable answer.

    ``details`` are ``text`` (note, update), ``seconds`` (snooze), ``into`` (the id there of the target of a merge) or
    ``to`` (a person's address or name). ``ended`` is empty while it is pending, then ``done`` or ``failed``.
    """

    id: int
    opening: int
    incident: str
    verb: Verb
    by: str
    created_at: datetime
    details: Facts = field(default_factory=dict)
    attempts: int = 0
    next_attempt_at: datetime | None = None
    maybe_done: bool = False
    ended: str = ""


@dataclass(frozen=True, slots=True)
class ErrandOutcome:
    """How a try ended: ``done``, ``failed`` (never again) or ``again``; ``said`` is one sentence for people."""

    result: str
    said: str
    after_s: float | None = None
    maybe_done: bool = False
