"""Programs of others as servers for a test: started in the foreground, waited for, stopped by their own process id."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

START_S = 10.0
STOP_S = 5.0


def require(program: str, package: str) -> str:
    """Return the path of a program; skip the test when it is missing, or fail where it must be there (CI)."""
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found:
        return found
    remedy = f"{program} is missing: apt-get install -y --no-install-recommends {package}"
    if os.environ.get("CI") == "true" or os.environ.get("STATUSAPP_REQUIRE_SERVERS") == "1":
        pytest.fail(remedy)
    pytest.skip(remedy)


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """Return a port of 127.0.0.1 that nobody used a moment ago."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(command: list[str], log: Path, *ports: int) -> Iterator[None]:
    """Run a server until the end of the block, which begins once each of its TCP ports takes connections."""
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            for port in ports:
                _await_port(port, process, log)
            yield
        finally:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _await_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > ends:
                pytest.fail(f"{process.args} does not serve on port {port}: {log.read_text(errors='replace')[-2000:]}")
            # A program of somebody else tells nobody when it is ready; the port is the only sign there is.
            time.sleep(0.02)
        else:
            return
