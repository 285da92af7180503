"""What became of a monitor's results by the hour or the day, for charts over long times."""

from typing import Literal

from pydantic import AwareDatetime

from statusapp_shared.protocol import View


class SumView(View):
    """One hour or day (UTC): how many results of each status, and latencies in milliseconds.

    A day's ``p50_ms`` and ``p95_ms`` are the medians of its hours'; None where nothing was timed.
    """

    at: AwareDatetime
    up: int
    degraded: int
    down: int
    unknown: int
    mean_ms: float | None
    p50_ms: float | None
    p95_ms: float | None
    slowest_ms: float | None


class HistoryView(View):
    """The sums of a range, oldest first. An hour appears when it is over and packed, some minutes later."""

    monitor: str
    grain: Literal["hour", "day"]
    items: list[SumView]
