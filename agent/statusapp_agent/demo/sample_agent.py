"""`statusapp demo --history`: a throw-away agent with a quarter of sample data, to look around in until Ctrl-C."""

import asyncio
import contextlib
import signal
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from statusapp_agent.demo.quarter import PROFILES
from statusapp_agent.demo.sample_history import fill, settings_text
from statusapp_agent.demo.shop import Shop
from statusapp_agent.demo.story import StoryError, running_agent

DOWN_NOW = "camera-door"


def run(days: int, keep: Path | None, console: Console) -> int:
    """Fill, start, and serve until SIGINT or SIGTERM; return the exit code."""
    try:
        asyncio.run(_serve(days, keep, console))
    except StoryError as fault:
        print(f"statusapp: the demo stopped: {fault}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


async def _serve(days: int, keep: Path | None, console: Console) -> None:
    with contextlib.ExitStack() as kept:
        folder = keep or Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="statusapp-demo-")))
        await _filled(folder, days, console)
        async with Shop().open() as shop:
            shop.broken_pages.add(DOWN_NOW)
            async with running_agent(folder, settings_text(shop.url), {}) as socket:
                console.print(_invitation(socket, folder if keep else None))
                await _until_asked()


async def _filled(folder: Path, days: int, console: Console) -> None:
    data = folder / "data"
    if (data / "state.db").exists():
        console.print(Text(f"{data} is filled already.", style="dim"))
        return
    with Progress(TextColumn("{task.description}"), BarColumn(), console=console, transient=True) as progress:
        task = progress.add_task(f"inventing {days} days of {len(PROFILES)} monitors", total=1.0)
        told: Callable[[float], None] = lambda share: progress.update(task, completed=share)  # noqa: E731
        count = await asyncio.to_thread(fill, data, days, datetime.now(UTC).replace(microsecond=0), told)
    console.print(f"{days} days of sample data: {len(PROFILES)} monitors, {count} incidents. None of it happened.")


def _invitation(socket: Path, kept: Path | None) -> Text:
    commands = ("status", "analytics --by monitor", "report monthly", "incidents list", "desktop")
    lines = "\n".join(f"  statusapp {each}" for each in commands)
    end = f"Ctrl-C ends it; {kept} stays." if kept else "Ctrl-C ends it, and nothing is left behind."
    return Text(f"\nLook around from another terminal:\n\n  export STATUSAPP_SOCKET={socket}\n{lines}\n\n{end}")


async def _until_asked() -> None:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows ends the process by itself
            loop.add_signal_handler(number, asked.set)
    await asked.wait()
