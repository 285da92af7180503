"""A fork server for agents: imports everything once, then each agent is a fork away (tens of milliseconds).

Run as ``python -m tests.support.zygote FD``; `Zygote` is its client. A forked child is a whole agent: it runs
`statusapp_agent.app.run` with its own standard streams and environment, and knows nothing of where it came from. A
*twist* may be named that changes the child before it runs; `tests.support.twists` holds them.
"""

import asyncio
import contextlib
import gc
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

from tests.support.agent_process import ROOT, environment

_MESSAGE_BYTES = 65_536


class Forked:
    """One agent that was forked: its ready line can be awaited, and it can be killed at any moment."""

    def __init__(self, zygote: "Zygote", pid: int, stdout: int) -> None:
        self._zygote = zygote
        self.pid = pid
        self._stdout = stdout
        self._said = b""
        self._ended = False
        self._ready = asyncio.Event()
        asyncio.get_running_loop().add_reader(stdout, self._read)

    def _read(self) -> None:
        chunk = os.read(self._stdout, 4096)
        self._said += chunk
        if b"ready socket=" in self._said or not chunk:
            self._ready.set()
        if not chunk:
            self._close()

    def _close(self) -> None:
        if self._stdout >= 0:
            asyncio.get_running_loop().remove_reader(self._stdout)
            os.close(self._stdout)
            self._stdout = -1

    async def ready(self, within_s: float = 20.0) -> bool:
        """Wait for the ready line; return False when the agent ended without one."""
        await asyncio.wait_for(self._ready.wait(), within_s)
        return b"ready socket=" in self._said

    @property
    def was_ready(self) -> bool:
        """Whether the ready line has come."""
        return b"ready socket=" in self._said

    async def kill(self) -> None:
        """End it at once, wherever it is."""
        os.kill(self.pid, signal.SIGKILL)
        await self.wait()

    async def stop(self) -> int:
        """End it politely; return its exit code."""
        os.kill(self.pid, signal.SIGTERM)
        return await self.wait()

    async def wait(self) -> int:
        """Wait for its end; return its exit code, negative for a signal."""
        answer = await self._zygote.ask({"do": "wait", "pid": self.pid})
        self._close()
        return int(answer["code"])


class Zygote:
    """The client's side. Use it as ``async with``; what still runs at the end is killed."""

    def __init__(self, folder: Path, **env: str) -> None:
        self.stderr_file = folder / "stderr.log"
        self._env = environment(**env)

    async def __aenter__(self) -> "Zygote":
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control = ours
        self._stderr = self.stderr_file.open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.zygote", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdout=self._stderr,
            stderr=self._stderr,
            env=self._env,
            cwd=ROOT,
        )
        theirs.close()
        await self.ask({"do": "hello"})
        return self

    async def __aexit__(self, *_: object) -> None:
        self._control.close()
        await asyncio.to_thread(self._process.wait, 20)
        self._stderr.close()

    async def ask(self, order: dict[str, Any], *fds: int) -> dict[str, Any]:
        """Send one order and wait for its answer."""
        socket.send_fds(self._control, [json.dumps(order).encode()], fds)
        answer = await asyncio.to_thread(self._answer)
        return answer

    def _answer(self) -> dict[str, Any]:
        self._control.settimeout(60)
        raw = self._control.recv(_MESSAGE_BYTES)
        assert raw, f"the zygote ended: {self.stderr_file.read_text('utf-8', 'replace')[-3000:]}"
        found: dict[str, Any] = json.loads(raw)
        return found

    async def fork(
        self,
        data_dir: Path,
        at: Path,
        settings: Path | None = None,
        *,
        twists: tuple[str, ...] = (),
        log_level: str = "warning",
    ) -> Forked:
        """Fork an agent; it runs from this moment on."""
        readable, writable = os.pipe()
        order = {
            "do": "fork",
            "data_dir": str(data_dir),
            "socket": str(at),
            "settings": None if settings is None else str(settings),
            "twists": twists,
            "log_level": log_level,
        }
        answer = await self.ask(order, writable)
        os.close(writable)
        return Forked(self, answer["pid"], readable)


def serve(control: socket.socket) -> None:
    """Import the agent once, then fork one whenever asked, until the client is gone."""
    import statusapp_agent.app as app
    from statusapp_agent import channels, checks
    from statusapp_agent.kinds import ChannelKind, CheckKind, discover

    discover(checks, CheckKind)
    discover(channels, ChannelKind)
    import tests.support.twists  # noqa: F401 - forked children may need it at once

    gc.collect()
    gc.freeze()
    running: set[int] = set()
    while True:
        message, fds, _, _ = socket.recv_fds(control, _MESSAGE_BYTES, 1)
        if not message:
            break
        order = json.loads(message)
        if order["do"] == "fork":
            pid = os.fork()
            if pid == 0:
                _be_the_agent(app, order, fds[0], control)
            os.close(fds[0])
            running.add(pid)
            answer = {"pid": pid}
        elif order["do"] == "wait":
            _, status = os.waitpid(order["pid"], 0)
            running.discard(order["pid"])
            answer = {"code": os.waitstatus_to_exitcode(status)}
        else:
            answer = {}
        control.send(json.dumps(answer).encode())
    for pid in running:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _be_the_agent(app: Any, order: dict[str, Any], stdout: int, control: socket.socket) -> NoReturn:
    code = 70
    try:
        control.close()
        os.dup2(stdout, 1)
        os.close(stdout)
        from tests.support import twists

        for name in order["twists"]:
            twists.TWISTS[name]()
        settings = None if order["settings"] is None else Path(order["settings"])
        code = app.run(Path(order["data_dir"]), Path(order["socket"]), settings, order["log_level"])
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
