"""What agent and clients say when something is to be made at PagerDuty for a channel."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ProvisionRequest(BaseModel):
    """Make what a PagerDuty channel needs there, or find it.

    ``people`` are e-mail addresses in the order of their turns; the channel's from_email if left out. ``time_zone`` is
    an IANA name; this computer's if left out. ``reuse``: take a schedule and change an escalation policy that exist,
    where a plan allows no more of them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dry_run: bool = True
    reuse: bool = False
    people: list[str] = Field(default_factory=list, max_length=10)
    service: str | None = Field(default=None, min_length=1, max_length=100)
    time_zone: str | None = Field(default=None, max_length=64)


class ProvisionItem(BaseModel):
    """One line of the plan: what is done about what, and how that went."""

    model_config = ConfigDict(frozen=True)

    noun: str
    verb: Literal["create", "reuse", "change", "store"]
    name: str
    detail: str
    state: Literal["planned", "done", "failed"]
    id: str | None = None


class ProvisionView(BaseModel):
    """A plan, or what became of it. ``reusable`` names what exists of a kind that the PagerDuty plan has no more of."""

    model_config = ConfigDict(frozen=True)

    channel: str
    sentence: str
    time_zone: str
    dry_run: bool
    done: bool
    items: list[ProvisionItem]
    reusable: list[str] = Field(default_factory=list)
