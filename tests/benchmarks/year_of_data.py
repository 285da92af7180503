"""A year of 200 monitors every 30 s: how large it is on disk, and how long each screen's query takes.

    python -m tests.benchmarks.year_of_data [--monitors 200] [--days 365] [--keep-days 90 365] [--incidents 5000]

Blocks of results are drawn from a few hundred random hours (each packed by the product's own code): drawing 210 million
results one by one would take an hour and change nothing in size or speed.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from statusapp_agent.core.measures import measure
from statusapp_agent.core.model import (
    Action,
    CheckStatus,
    Delivery,
    DeliveryState,
    Incident,
    IncidentStatus,
    Monitor,
    Result,
    Severity,
)
from statusapp_agent.core.periods import trailing
from statusapp_agent.core.replay import replay
from statusapp_agent.core.state import Save
from statusapp_agent.store.blocks import Row, pack_block
from statusapp_agent.store.database import transaction
from statusapp_agent.store.record import read_record
from statusapp_agent.store.results import stream_results, usual_latencies
from statusapp_agent.store.rollups import DAY_MS, HOUR_MS, summed
from statusapp_agent.store.samples import SampleStore, read_samples
from statusapp_agent.store.state_store import StateStore
from statusapp_agent.store.sums import read_sums
from tests.benchmarks._figures import goal, machine, percentile, table

NOW = datetime(2026, 11, 1, 0, 30, tzinfo=UTC)
EVERY_S = 30
PALETTE = 300
MUST_MB, AIM_MB = 1000.0, 400.0
MUST_MS, AIM_MS = 100.0, 30.0
_MONITOR = "m7"


def an_hour(dice: random.Random) -> list[Row]:
    """Return an hour of results with latencies as real ones scatter, now and then a failure with its sentence."""
    usual_us = dice.choice((900, 14_000, 60_000, 240_000))
    bad_from = dice.randrange(120) if dice.random() < 0.03 else 120
    rows = []
    for number in range(3600 // EVERY_S):
        at_ms = number * EVERY_S * 1000 + 417 + dice.randrange(3)
        if bad_from <= number < bad_from + 6:
            rows.append(Row(at_ms, 2, None, "connect_refused", "nas.lan refused the connection on port 443"))
        else:
            rows.append(Row(at_ms, 0, int(usual_us * dice.lognormvariate(0, 0.25)), None, None))
    return rows


def fill_samples(path: Path, monitors: int, days: int, keep_days: int) -> None:
    """Write sums of all days, and blocks of the last ``keep_days``."""
    dice = random.Random(1)
    hours = [an_hour(dice) for _ in range(PALETTE)]
    palette = [(pack_block(rows, 0), summed(rows)) for rows in hours]
    store = SampleStore(path)
    end = int(NOW.timestamp() * 1000) // HOUR_MS * HOUR_MS
    first = end - days * DAY_MS
    with transaction(store.connection):
        numbers = [store.number(f"m{index}", first) for index in range(monitors)]
    for day in range(first, end, DAY_MS):
        with transaction(store.connection):
            for number in numbers:
                drawn = [(day + hour * HOUR_MS, *dice.choice(palette)) for hour in range(24)]
                store.connection.executemany(
                    f"INSERT INTO hour VALUES ({', '.join('?' * 11)})", [(number, at, *sums) for at, _, sums in drawn]
                )
                one = drawn[0][2]
                totals = tuple(sum(sums[place] for _, _, sums in drawn) for place in range(6))
                store.connection.execute(
                    f"INSERT INTO day VALUES ({', '.join('?' * 11)})", (number, day, *totals, *one[6:])
                )
                if day >= end - keep_days * DAY_MS:
                    rows = [(number, at, body) for at, body, _ in drawn]
                    store.connection.executemany("INSERT INTO block VALUES (?, ?, ?)", rows)
    store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()


def fill_state(path: Path, monitors: int, days: int, incidents: int) -> None:
    """Write incidents all over the year, each with one accepted page."""
    dice = random.Random(2)
    batch = []
    for number in range(1, incidents + 1):
        opened = NOW - timedelta(days=days) * dice.random()
        incident = Incident(
            id=f"{number:032x}",
            number=number,
            monitor=f"m{dice.randrange(monitors)}",
            severity=Severity.CRITICAL,
            cause=dice.choice(("connection refused", "no answer within 10.0 s", "HTTP status 503")),
            began_at=opened - timedelta(seconds=20),
            opened_at=opened,
            status=IncidentStatus.RESOLVED,
            acknowledged_at=opened + timedelta(seconds=90) if dice.random() < 0.6 else None,
            acknowledged_by="ann",
            resolved_at=opened + timedelta(minutes=dice.lognormvariate(2, 1)),
            resolved_via="recovery",
        )
        page = Delivery(
            id=number,
            channel="pagerduty",
            action=Action.TRIGGER,
            notice={"dedup_key": incident.id, "incident": {"cause": incident.cause}},
            created_at=opened,
            incident=incident.id,
            state=DeliveryState.DELIVERED,
            delivered_at=opened + timedelta(seconds=0.4),
        )
        batch += [(opened, Save(incident)), (opened, Save(page))]
    store = StateStore(path, path.parent / "backups")
    store.commit(batch)
    store.close()


def timed(call: Callable[[], object], times: int = 5) -> float:
    """Return the median milliseconds of a call; the first one, with cold caches of ours, counts too."""
    lengths = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        lengths.append((time.perf_counter() - began) * 1000)
    return percentile(lengths, 0.5)


def questions(state: Path, samples: Path, monitors: int) -> list[tuple[str, float, bool]]:
    """Return what screens ask, each with its milliseconds, and whether a screen waits for it."""
    tags = {f"m{index}": ("home",) for index in range(monitors)}

    def analytics(days: int) -> None:
        period = trailing(NOW - timedelta(days=days), NOW)
        measure(read_record(state, samples, period, NOW, tags), period, NOW, "monitor")

    def sums(days: int, grain: str) -> list[object]:
        return list(read_sums(samples, _MONITOR, NOW - timedelta(days=days), NOW, grain))

    asked: list[tuple[str, Callable[[], object], bool]] = [
        (
            "the last 100 results of a monitor",
            lambda: read_samples(samples, _MONITOR, NOW - timedelta(days=9), 100),
            True,
        ),
        (
            "a monitor's last 24 h, every result",
            lambda: read_samples(samples, _MONITOR, NOW - timedelta(days=1), 9999),
            True,
        ),
        ("a monitor's 90 days by the hour", lambda: sums(90, "hour"), True),
        ("a monitor's year by the day", lambda: sums(365, "day"), True),
        (
            "usual latencies of all monitors, 30 days",
            lambda: usual_latencies(samples, NOW - timedelta(days=30), NOW),
            True,
        ),
        ("analytics of 30 days by monitor, with the 30 before", lambda: analytics(30), True),
        ("analytics of 90 days by monitor, with the 90 before", lambda: analytics(90), False),
        ("analytics of the year by monitor", lambda: analytics(365), False),
        (
            "what-if over 30 days (86,400 checks)",
            lambda: replay(
                Monitor(_MONITOR, "http", None), stream_results(samples, _MONITOR, NOW - timedelta(days=30), NOW)
            ),
            False,
        ),
    ]
    return [(name, timed(call, 5 if waits else 2), waits) for name, call, waits in asked]


def packing(path: Path, monitors: int) -> float:
    """Return the milliseconds that packing one hour of all monitors takes."""
    store = SampleStore(path)
    dice = random.Random(3)
    began = NOW.replace(minute=0)
    batch = [
        (f"m{index}", Result(CheckStatus.UP, began + timedelta(milliseconds=row.at_ms), (row.latency_us or 0) / 1e6))
        for index in range(monitors)
        for row in an_hour(dice)
    ]
    store.append(sorted(batch, key=lambda pair: pair[1].started_at), NOW)
    start = time.perf_counter()
    if not store.pack(began + timedelta(hours=2)):
        raise SystemExit("there was nothing to pack")
    took = (time.perf_counter() - start) * 1000
    store.close()
    return took


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--monitors", type=int, default=200)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--keep-days", type=int, nargs="+", default=[90])
    parser.add_argument("--incidents", type=int, default=5_000)
    options = parser.parse_args()
    machine()
    with tempfile.TemporaryDirectory(prefix="statusapp-year-") as folder:
        state = Path(folder) / "state.db"
        fill_state(state, options.monitors, options.days, options.incidents)
        for keep in options.keep_days:
            samples = Path(folder) / f"samples-{keep}.db"
            fill_samples(samples, options.monitors, options.days, keep)
            megabytes = samples.stat().st_size / 1e6
            found = questions(state, samples, options.monitors)
            table(
                f"{options.days} days of {options.monitors} monitors every {EVERY_S} s, results kept for {keep} days, "
                f"{options.incidents:,} incidents",
                ("question", "median ms"),
                [(name, took) for name, took, _ in found],
            )
            print(f"\n  samples.db: {megabytes:.0f} MB, {goal(megabytes, MUST_MB, AIM_MB)} MB")
            worst = max(took for _, took, waits in found if waits)
            print(f"  slowest question of a screen: {worst:.1f} ms, {goal(worst, MUST_MS, AIM_MS)} ms")
            print(f"  packing an hour of all monitors: {packing(samples, options.monitors):.0f} ms, in the background")
            samples.unlink()


if __name__ == "__main__":
    main()
