"""PagerDuty's stand-in as the benchmarks see it: which monitor was paged when, on the monotonic clock."""

import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from statusapp_agent.demo.faults import Fault
from statusapp_agent.demo.pagerduty_model import PagerDutyModel
from statusapp_agent.demo.pagerduty_service import PagerDutyService, Received
from tests.benchmarks._figures import percentile

UNLIMITED = 10_000
"""A minute: the most that a channel's settings allow."""


def now() -> datetime:
    """Return the moment, with the monotonic clock as if it were a wall clock: steps and zones do not matter here."""
    return datetime.fromtimestamp(time.monotonic(), UTC)


def desk(plan: "Fate | None" = None, model: PagerDutyModel | None = None) -> PagerDutyService:
    """Return a stand-in (to be entered) that takes everything in, or whatever ``plan`` lets it."""
    return PagerDutyService(model or PagerDutyModel(limit=1_000_000), plan, now=now)


class Fate:
    """What goes wrong at the stand-in: nothing, until it is told to go through these faults again and again."""

    def __init__(self) -> None:
        self._faults: tuple[Fault, ...] = ()
        self._turn = 0

    def break_with(self, *faults: Fault) -> None:
        """Let every request meet the next of these."""
        self._faults = faults

    def heal(self) -> None:
        """Let everything go well."""
        self._faults = ()

    def next(self) -> Fault | None:
        """Return the fault for the request that has just arrived."""
        if not self._faults:
            return None
        self._turn += 1
        return self._faults[self._turn % len(self._faults)]


def monitor_of(page: Received) -> str | None:
    """Return the name of the monitor that a trigger is about."""
    if page.action != "trigger":
        return None
    details: dict[str, Any] = page.body["payload"]["custom_details"]
    return str(details["name"])


def accepted(service: PagerDutyService) -> dict[str, float]:
    """Return when each monitor's page was first accepted."""
    found: dict[str, float] = {}
    for page in service.journal:
        name = monitor_of(page)
        if name is not None and page.status == 202:
            found.setdefault(name, page.at.timestamp())
    return found


def busiest_minute(service: PagerDutyService) -> int:
    """Return the most requests that any 60 seconds saw."""
    times = sorted(page.at.timestamp() for page in service.journal)
    first = most = 0
    for last, at in enumerate(times):
        while times[first] <= at - 60:
            first += 1
        most = max(most, last - first + 1)
    return most


class Witness:
    """Looks into the agent's database from outside: what it sees is written down, whatever happens to the agent."""

    def __init__(self, data_dir: Path) -> None:
        self._connection = sqlite3.connect(
            f"file:{data_dir / 'state.db'}?mode=ro", uri=True, timeout=5, check_same_thread=False
        )

    def incidents(self) -> int:
        """Return how many incidents there are."""
        return int(self._connection.execute("SELECT count(*) FROM incident").fetchone()[0])

    def is_being_sent(self, incident: str) -> bool:
        """Whether a try for an incident has been written down."""
        query = "SELECT count(*) FROM delivery WHERE incident = ? AND body LIKE '%\"attempts\":%'"
        return bool(self._connection.execute(query, (incident,)).fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def commit_ms(folder: Path, times: int = 100) -> tuple[float, float]:
    """Return the milliseconds, p50 and p99, of one durable commit of a small row in a folder: what no page can beat."""
    connection = sqlite3.connect(folder / "commit.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE row (body TEXT)")
    took = [_timed(lambda: connection.execute("INSERT INTO row VALUES (?)", ("x" * 500,))) for _ in range(times)]
    connection.close()
    return percentile(took, 0.5), percentile(took, 0.99)


def _timed(call: Callable[[], object]) -> float:
    began = time.monotonic()
    call()
    return (time.monotonic() - began) * 1000
