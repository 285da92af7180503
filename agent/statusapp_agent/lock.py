"""One agent at a time: an advisory lock taken before the socket, the databases and the network are touched.

asyncio and uvicorn would unlink a live socket without asking; the lock is what tells a crashed agent's leftovers from a
running agent's property. It vanishes with the process, however that ends.
"""

import contextlib
import os
from pathlib import Path


class AlreadyRunningError(Exception):
    """Another agent holds the lock; the text says which and what to do."""


class Lock:
    """A locked file, held until the process ends or `release` is called; it holds the owner's process id."""

    def __init__(self, path: Path, what: str) -> None:
        import fcntl

        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.pread(self._file, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(self._file)
            raise AlreadyRunningError(
                f"another agent (process {owner}) already uses {what}: stop that one first, or name another place"
            ) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let the next agent in."""
        with contextlib.suppress(OSError):
            os.close(self._file)
