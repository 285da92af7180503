"""A real agent as a process of its own: started, spoken to over its socket, stopped, killed and started again."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

PROGRAM = (sys.executable, "-m", "statusapp_agent.cli.entry")
ROOT = Path(__file__).resolve().parents[2]
START_S = 20.0
_LOOK_S = 0.02


async def eventually(what: str, look: Callable[[], Any | Awaitable[Any]], within_s: float = 10.0) -> Any:
    """Return the first true value of ``look``; fail with ``what`` when there is none in time.

    Another process tells nobody what goes on inside it: asking it again is all that can be done from outside.
    """
    ends = time.monotonic() + within_s
    while True:
        found = look()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return found
        assert time.monotonic() < ends, f"{what}: not within {within_s:g} s (last seen: {found!r})"
        await asyncio.sleep(_LOOK_S)


def environment(**more: str) -> dict[str, str]:
    """Return the environment of an agent: only what it needs, so that this machine's own settings cannot matter."""
    path = os.pathsep.join([str(ROOT), *(each for each in sys.path if each)])
    return {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": path, "STATUSAPP_VAULT": "file", **more}


class AgentProcess:
    """One agent with its folder below ``folder``. Use it as ``async with``; the end of the block ends the process."""

    def __init__(
        self, folder: Path, settings: str = "", env: dict[str, str] | None = None, *, log_level: str = "info"
    ) -> None:
        self.folder = folder
        self.data_dir = folder / "data"
        self.socket = folder / "agent.sock"
        self.settings_file = folder / "settings.toml"
        self.stderr_file = folder / "stderr.log"
        self.settings = settings
        self.env = env or {}
        self.log_level = log_level
        self.out = ""
        self.process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self.api = self._client()

    def _client(self) -> httpx.AsyncClient:
        # A kept connection would belong to the agent before the restart.
        transport = httpx.AsyncHTTPTransport(uds=str(self.socket), limits=httpx.Limits(max_keepalive_connections=0))
        return httpx.AsyncClient(transport=transport, base_url="http://statusapp", trust_env=False, timeout=10)

    async def __aenter__(self) -> "AgentProcess":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self.kill()
        finally:
            await self.api.aclose()

    @property
    def pid(self) -> int:
        """The process id of the one that runs."""
        assert self.process is not None
        return self.process.pid

    @property
    def err(self) -> str:
        """All that was written to stderr so far, by every start."""
        return self.stderr_file.read_text("utf-8", "replace") if self.stderr_file.exists() else ""

    async def launch(self, *, apply: bool = True) -> None:
        """Start the process without waiting for anything. ``apply``: hand it the settings file."""
        command = [*PROGRAM, "agent", "run", "--data-dir", str(self.data_dir), "--socket", str(self.socket)]
        if apply and self.settings:
            self.settings_file.write_text(self.settings, "utf-8")
            command += ["--settings", str(self.settings_file)]
        self._ready.clear()
        with self.stderr_file.open("ab") as stderr:
            self.process = await asyncio.create_subprocess_exec(
                *command,
                "--log-level",
                self.log_level,
                stdout=asyncio.subprocess.PIPE,
                stderr=stderr,
                env=environment(**self.env),
                cwd=self.folder,
            )
        self._reading = asyncio.create_task(self._read(self.process))

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            self.out += line.decode("utf-8", "replace")
            if line.startswith(b"ready socket="):
                self._ready.set()

    async def start(self, *, apply: bool = True) -> None:
        """Start the agent and wait until it serves; fail with what it said if it ends before."""
        await self.launch(apply=apply)
        assert self.process is not None
        ended = asyncio.create_task(self.process.wait())
        ready = asyncio.create_task(self._ready.wait())
        done, _ = await asyncio.wait({ended, ready}, timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
        for task in (ended, ready):
            task.cancel()
        await asyncio.gather(ended, ready, return_exceptions=True)
        if ready not in done:
            code = self.process.returncode
            await self.kill()
            raise AssertionError(f"the agent did not start (code {code}): {self.err[-3000:]}")

    async def wait(self, timeout_s: float = 20.0) -> int:
        """Wait for the end of the process; return its exit code."""
        assert self.process is not None
        code = await asyncio.wait_for(self.process.wait(), timeout_s)
        if self._reading is not None:
            await self._reading
        return code

    async def stop(self, timeout_s: float = 20.0) -> int:
        """End it politely (SIGTERM); return the exit code."""
        self.signal(signal.SIGTERM)
        return await self.wait(timeout_s)

    async def kill(self) -> None:
        """End it as a power cut would, if it runs."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.wait()

    async def restart(self, *, apply: bool = False) -> None:
        """Start it again after `kill` or `stop`, from what it remembers."""
        await self.start(apply=apply)

    def signal(self, number: int) -> None:
        """Send a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    # What it says of itself

    async def get(self, path: str, **params: Any) -> Any:
        """Return the JSON behind ``/v1{path}``."""
        answer = await self.api.get(f"/v1{path}", params=params)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def post(self, path: str, **body: Any) -> Any:
        """Post JSON to ``/v1{path}``; return what came back."""
        answer = await self.api.post(f"/v1{path}", json=body)
        assert answer.status_code < 300, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def apply(self, settings: str, *, prune: bool = False, secrets: dict[str, str] | None = None) -> Any:
        """Apply settings as a client would."""
        return await self.post("/settings", text=settings, prune=prune, secrets=secrets or {})

    async def monitor(self, name: str) -> Any:
        """Return a monitor as it stands."""
        return await self.get(f"/monitors/{name}")

    async def until(self, name: str, state: str, within_s: float = 10.0) -> Any:
        """Wait until a monitor is in a state; return it."""

        async def look() -> Any:
            found = await self.monitor(name)
            return found if found["state"] == state else None

        return await eventually(f"{name} is {state}", look, within_s)

    async def incidents(self) -> list[Any]:
        """Return all incidents, each whole, oldest first."""
        listed = (await self.get("/incidents"))["items"]
        whole = [await self.get(f"/incidents/{each['id']}") for each in listed]
        return sorted(whole, key=lambda each: each["number"])
