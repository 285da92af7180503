"""What agent and clients say about PagerDuty's REST side: how it is kept in step, and what people have done there."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

SyncState = Literal["off", "ok", "waiting", "failing"]


class SyncView(BaseModel):
    """How a PagerDuty channel is kept in step.

    ``state``: ``off`` without a REST API key (pages are "sent (unverified)" then), ``waiting`` before its first answer,
    ``failing`` while PagerDuty does not answer or refuses the key: ``reason`` says why. ``open`` counts our incidents
    that are followed there, ``drift`` those that stand otherwise there than here; ``differences`` says how, and what
    was done about it. ``writes``: acknowledgements, notes and the like are also done there in somebody's name.
    """

    model_config = ConfigDict(frozen=True)

    channel: str
    state: SyncState
    reason: str
    answered_at: AwareDatetime | None = None
    open: int = 0
    drift: int = 0
    differences: list[str] = Field(default_factory=list)
    writes: bool = False
    requests: int = 0


class RelatedView(BaseModel):
    """An open incident that may be the same trouble: a suggestion for merging, with its reason."""

    model_config = ConfigDict(frozen=True)

    id: str
    number: int
    monitor: str
    why: str


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    by: str | None = Field(default=None, max_length=200)
    via: str = Field(default="api", max_length=40)


class UpdateRequest(_Asked):
    """An update for those who wait for news; a note where the PagerDuty plan has no updates."""

    text: str = Field(min_length=1, max_length=4000)


class MergeRequest(_Asked):
    """Merge an incident into another, named by its number or id."""

    into: str = Field(min_length=1, max_length=64)


class ReassignRequest(_Asked):
    """Give an incident to somebody, named by e-mail address or name as PagerDuty has it."""

    to: str = Field(min_length=1, max_length=254)
