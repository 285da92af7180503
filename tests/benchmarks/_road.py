"""The road of a check through the agent, without API and settings file: for looking at its cost with a profiler.

    python -m tests.benchmarks._road PORT MONITORS INTERVAL_S [--profile SECONDS]

Timetable, runner, check, engine, core and both databases are the real ones, put together as `app` does.
"""

import argparse
import asyncio
import contextlib
import cProfile
import pstats
import tempfile
from pathlib import Path

from statusapp_agent import checks as check_package
from statusapp_agent.clock import Clock
from statusapp_agent.core.events import Started
from statusapp_agent.core.model import Monitor
from statusapp_agent.core.state import State, Watch
from statusapp_agent.engine import Engine
from statusapp_agent.kinds import CheckKind, discover
from statusapp_agent.runner import Runner
from statusapp_agent.store.samples import SampleStore
from statusapp_agent.store.state_store import StateStore
from statusapp_agent.store.writer import Writer
from statusapp_agent.timetable import Timetable


def _engine(folder: Path, port: int, monitors: int, interval_s: float) -> Engine:
    kinds = discover(check_package, CheckKind)
    clock = Clock()
    state = State(install="bench")
    writer = Writer(
        StateStore(folder / "state.db", folder / "backups"), SampleStore(folder / "samples.db"), folder / "reserve"
    )
    engine = Engine(
        state, writer, Timetable(), clock, look=lambda: None, forget_secrets=lambda _: None, excuse=lambda *_: None
    )
    engine.runner = Runner(kinds, clock, lambda *_: "", engine.checked)
    for number in range(monitors):
        settings = kinds["http"].Settings(url=f"http://127.0.0.1:{port}/m{number}")
        watch = Watch(Monitor(f"m{number}", "http", settings, interval_s=interval_s))
        state.watches[watch.monitor.name] = watch
        engine.timetable.put(watch.monitor.name, interval_s, clock.monotonic())
    return engine


async def _live(engine: Engine, profile_s: float | None) -> None:
    tasks = [asyncio.create_task(one) for one in (engine.run(), engine.keep_ticking(), engine.keep_time())]
    await engine.ask(Started())
    if profile_s is not None:
        await asyncio.sleep(profile_s / 2)
        with cProfile.Profile() as profile:
            await asyncio.sleep(profile_s / 2)
        pstats.Stats(profile).sort_stats("tottime").print_stats(45)
        for task in tasks:
            task.cancel()
    await asyncio.gather(*tasks, return_exceptions=profile_s is not None)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("monitors", type=int)
    parser.add_argument("interval_s", type=float)
    parser.add_argument("--profile", type=float, metavar="SECONDS")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="statusapp-bench-") as made, contextlib.suppress(KeyboardInterrupt):
        made_engine = _engine(Path(made), options.port, options.monitors, options.interval_s)
        asyncio.run(_live(made_engine, options.profile))
