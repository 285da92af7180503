"""What agent and clients say about drills: announced exercises that are measured to the acknowledgement."""

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class DrillRequest(BaseModel):
    """Walk the road of a real page to a channel, or of a monitor; it ends by itself after ``limit_s`` seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subject: str = Field(min_length=1, max_length=200)
    limit_s: float = Field(default=600.0, ge=5, le=7200)
    by: str | None = Field(default=None, max_length=200)


class DrillStarted(BaseModel):
    """A drill that goes on: its incident, and when it ends at the latest."""

    model_config = ConfigDict(frozen=True)

    incident_id: str
    subject: str
    ends_at: AwareDatetime


class DrillView(BaseModel):
    """How the last drill went over a channel, in words with how long each step took."""

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    ok: bool
    reason: str
