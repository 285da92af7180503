"""`statusapp demo --history 90d`: sample data in a throw-away or kept folder, served by a real agent until Ctrl-C."""

import asyncio
import os
import signal
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from statusapp_agent.demo.household import settings_text
from statusapp_agent.demo.pagerduty_service import PagerDutyService
from statusapp_agent.demo.sample_data import fill, is_sample, quarter_before
from statusapp_agent.demo.street import Street
from statusapp_agent.demo.weather import LIVE

KEY = "demo0000000000000000000000000key"


class SampleError(Exception):
    """Sample data cannot be made or served as asked; the text is one sentence."""


def run(days: float, keep: Path | None, seed: int, serve: bool, console: Console) -> int:
    """Make sample data, and serve them until Ctrl-C; return the exit code."""
    try:
        if keep is not None:
            keep = keep.absolute()
            return asyncio.run(_run(days, keep, seed, console, serve=serve))
        with tempfile.TemporaryDirectory(prefix="statusapp-sample-") as folder:
            return asyncio.run(_run(days, Path(folder), seed, console, serve=serve))
    except (SampleError, OSError) as fault:
        print(f"statusapp: {fault}", file=sys.stderr)  # noqa: T201
        return 1


async def _run(days: float, folder: Path, seed: int, console: Console, *, serve: bool) -> int:
    data, settings, key = folder / "data", folder / "sample.toml", folder / "key"
    async with Street(LIVE).open() as street, PagerDutyService() as pagerduty:
        text = settings_text(street.url, pagerduty.url, str(key))
        await asyncio.to_thread(_write, {key: KEY, settings: text})
        if await asyncio.to_thread(_wants_filling, data):
            await asyncio.to_thread(_fill, data, text, days, seed, console)
        if not serve:
            console.print(f"Sample data are in {data}.", soft_wrap=True)
            return 0
        return await _serve(folder, data, settings, console)


def _write(texts: dict[Path, str]) -> None:
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(text, "utf-8")


def _wants_filling(data: Path) -> bool:
    if not data.exists() or not any(data.iterdir()):
        return True
    if not is_sample(data):
        raise SampleError(f"{data} holds data that are not sample data: name another folder with --keep")
    return False


def _fill(data: Path, text: str, days: float, seed: int, console: Console) -> None:
    since, until = quarter_before(datetime.now(UTC), days)
    console.print(f"Making sample data of {days:.0f} days: nothing of it ever happened.")
    count = fill(data, text, since, until, seed, lambda name: console.print(f"  {name}", style="dim"))
    console.print(f"{count} incidents.")


async def _serve(folder: Path, data: Path, settings: Path, console: Console) -> int:
    socket = folder / "agent.sock"
    command = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "statusapp_agent.cli.entry"]
    process = await asyncio.create_subprocess_exec(
        *command,
        *("agent", "run", "--data-dir", str(data), "--socket", str(socket), "--settings", str(settings)),
        *("--log-level", "error"),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "STATUSAPP_VAULT": "file"},
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    stopping, ended = asyncio.create_task(stop.wait()), asyncio.create_task(process.wait())
    try:
        line = await process.stdout.readline() if process.stdout else b""
        if not line.startswith(b"ready "):
            raise SampleError("the agent did not start; its reason stands above")
        console.print("\nAn agent serves the sample data until Ctrl-C. Look at them with:")
        console.print(f"  statusapp --socket {socket} analytics --since 90d --by monitor", style="bold", soft_wrap=True)
        print(f"ready socket={socket}", flush=True)  # noqa: T201 - the one line that scripts wait for
        await asyncio.wait([stopping, ended], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(ended, 10)
        except TimeoutError:
            process.kill()
            await process.wait()
    return 0 if stop.is_set() else 1
