"""Finished checks as clients see them."""

from statusapp_agent.core.model import Result
from statusapp_agent.jsonable import jsonable, text_of
from statusapp_agent.store.samples import Sample
from statusapp_shared.protocol import ResultView


def milliseconds(seconds: float | None) -> float | None:
    """Return a latency as shown: milliseconds to the microsecond, None as None."""
    return None if seconds is None else round(seconds * 1000, 3)


def result_view(result: Result) -> ResultView:
    """Return a check that has just been made, with its phases."""
    return ResultView(
        at=result.started_at,
        status=result.status.value,
        latency_ms=milliseconds(result.latency_s),
        message=text_of(result.message),
        error=result.error,
        phases_ms={name: round(length_s * 1000, 3) for name, length_s in result.phases.items()},
        facts=jsonable(result.facts),
    )


def sample_view(sample: Sample) -> ResultView:
    """Return a check of the history, which keeps neither phases nor facts."""
    return ResultView(
        at=sample.at,
        status=sample.status.value,
        latency_ms=milliseconds(sample.latency_s),
        message=sample.message,
        error=sample.error,
        phases_ms={},
        facts={},
    )
