"""Reviews, patterns, availability and roll-ups on the wire; the conventions are those of `protocol`."""

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from statusapp_shared.protocol import View

ReviewKind = Literal["weekly", "monthly", "quarterly"]
ReviewFormat = Literal["md", "html", "json"]


class ReviewView(View):
    """A review: ``text`` is the whole document in the format asked for; ``said`` the same as values."""

    kind: ReviewKind
    title: str
    since: AwareDatetime
    until: AwareDatetime
    running: bool
    format: ReviewFormat
    text: str
    said: dict[str, Any]


class RolledView(View):
    """One hour or day (in UTC) of one monitor: checks by what they saw, latencies in milliseconds."""

    at: AwareDatetime
    up: int
    degraded: int
    down: int
    unknown: int
    mean_ms: float | None
    p50_ms: float | None
    p90_ms: float | None
    max_ms: float | None


class RolledMonitor(View):
    """The hours or days of one monitor, oldest first."""

    monitor: str
    items: list[RolledView] = Field(default_factory=list)
