"""Mutes on the wire: silence that somebody asks for, always with an end."""

from pydantic import AwareDatetime, Field

from statusapp_shared.protocol import Request, View

LONGEST_S = 7 * 86_400.0


class MuteRequest(Request):
    """Let the pages of one monitor, or of all when ``monitor`` is None, wait for so many seconds (at most 7 days)."""

    seconds: float = Field(default=3600.0, ge=1, le=LONGEST_S)
    monitor: str | None = Field(default=None, min_length=1, max_length=100)
    reason: str = Field(default="", max_length=500)


class MuteView(View):
    """A mute that is on; ``waiting`` are the pages that it holds back now."""

    monitor: str | None
    until: AwareDatetime
    since: AwareDatetime
    by: str
    reason: str
    waiting: int


class MutesView(View):
    """All that is muted, and as one sentence; ``told`` are the channels on which the last change is told."""

    items: list[MuteView]
    sentence: str
    told: list[str] = Field(default_factory=list)
