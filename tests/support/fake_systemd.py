"""A service manager's end of sd_notify(3): notes what is said to it, and when."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path


class FakeSystemd:
    """A socket that notes what is said to it, and when; read by a thread, so that a blocked loop is seen."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.said: list[tuple[float, str]] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while data := self._socket.recv(4096):
            self.said.append((time.monotonic(), data.decode()))

    def close(self) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            end.sendto(b"", str(self.path))
        self._thread.join(5)
        self._socket.close()

    def signs(self) -> list[float]:
        return [at for at, text in self.said if text.startswith("WATCHDOG=1\n")]


@contextlib.contextmanager
def fake_systemd(folder: Path) -> Iterator[FakeSystemd]:
    """Listen in a folder while inside."""
    listening = FakeSystemd(folder / "notify")
    try:
        yield listening
    finally:
        listening.close()
