"""The real agent as a process of its own, and what the system knows of a process: its CPU time and its memory."""

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

START_S = 60.0
STOP_S = 10.0


@dataclass(frozen=True, slots=True)
class AgentProcess:
    """A running agent: its process, its folder and a way to its API."""

    process: "subprocess.Popen[str]"
    folder: Path

    @property
    def socket(self) -> Path:
        """Where it serves."""
        return self.folder / "agent.sock"

    @property
    def log(self) -> Path:
        """What it wrote to stderr."""
        return self.folder / "agent.log"

    def client(self) -> httpx.Client:
        """Return a client of its API; the caller closes it."""
        return httpx.Client(transport=httpx.HTTPTransport(uds=str(self.socket)), base_url="http://agent", timeout=30)

    def async_client(self) -> httpx.AsyncClient:
        """Return a client of its API for the running loop; the caller closes it."""
        transport = httpx.AsyncHTTPTransport(uds=str(self.socket))
        return httpx.AsyncClient(transport=transport, base_url="http://agent", timeout=30)

    def cpu_s(self) -> float:
        """Return the CPU seconds that it has used so far."""
        return cpu_s(self.process.pid)

    def memory(self) -> dict[str, int]:
        """Return what it holds in memory, in bytes."""
        return memory(self.process.pid)


@contextlib.contextmanager
def agent(settings: str, *flags: str) -> Iterator[AgentProcess]:
    """Run a real agent with these settings (TOML) in a folder of its own; give it once it serves."""
    with tempfile.TemporaryDirectory(prefix="statusapp-bench-") as made:
        folder = Path(made)
        file = folder / "settings.toml"
        file.write_text(settings, encoding="utf-8")
        command = [sys.executable, *flags, "-m", "statusapp_agent.cli.entry", "agent", "run"]
        command += ["--data-dir", str(folder / "data"), "--socket", str(folder / "agent.sock")]
        command += ["--settings", str(file), "--log-level", "warning"]
        variables = {**os.environ, "no_proxy": "127.0.0.1"}
        with (folder / "agent.log").open("w") as log:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=variables)
        with process, stopped(process):
            assert process.stdout is not None
            if not process.stdout.readline().startswith("ready"):
                raise SystemExit(f"the agent did not start: {(folder / 'agent.log').read_text()[-2000:]}")
            yield AgentProcess(process, folder)


@contextlib.asynccontextmanager
async def running_agent(settings: str) -> AsyncIterator[AgentProcess]:
    """Do the same without holding up the running loop, in which the agent's targets may be served."""
    started = agent(settings)
    running = await asyncio.to_thread(started.__enter__)
    try:
        yield running
    finally:
        await asyncio.to_thread(started.__exit__, None, None, None)


@contextlib.contextmanager
def stopped(process: "subprocess.Popen[str]") -> Iterator[None]:
    """End a process at the end of the block, politely first."""
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()


def cpu_s(pid: int) -> float:
    """Return the CPU seconds, user and system, of a process with all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> dict[str, int]:
    """Return the memory of a process in bytes: ``resident``, and what is its alone (``private``), and its ``peak``."""
    rollup = _kibibytes(Path(f"/proc/{pid}/smaps_rollup").read_text())
    status = _kibibytes(Path(f"/proc/{pid}/status").read_text())
    return {
        "resident": rollup["Rss"],
        "private": rollup["Private_Clean"] + rollup["Private_Dirty"],
        "peak": status["VmHWM"],
    }


def _kibibytes(text: str) -> dict[str, int]:
    pairs = (line.split() for line in text.splitlines() if line.endswith(" kB"))
    return {words[0].rstrip(":"): int(words[1]) * 1024 for words in pairs}
