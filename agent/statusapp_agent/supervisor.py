"""What a service manager is told, by the protocol of sd_notify(3): a datagram to the socket that it names."""

import logging
import os
import socket
from collections.abc import Mapping

log = logging.getLogger("statusapp.supervisor")


class Supervisor:
    """Whoever started us, if he wants to hear of us. Nothing here waits or raises: a deaf supervisor stops nobody."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        name = environment.get("NOTIFY_SOCKET", "")
        # A name that begins with @ stands for one in the abstract namespace, which begins with a zero byte.
        self._address = "\0" + name[1:] if name.startswith("@") else name
        self.watchdog_s = _watchdog_s(environment)

    @property
    def listens(self) -> bool:
        """Whether there is anybody to tell."""
        return bool(self._address)

    def ready(self, status: str) -> None:
        """Say that we serve."""
        self._tell(f"READY=1\nSTATUS={status}")

    def content(self, status: str) -> None:
        """Say that all is well: while this comes, we are left alone."""
        self._tell(f"WATCHDOG=1\nSTATUS={status}")

    def troubled(self, status: str) -> None:
        """Say what is wrong, without asking to be left alone."""
        self._tell(f"STATUS={status}")

    def stopping(self) -> None:
        """Say that we end because we were told to."""
        self._tell("STOPPING=1")

    def _tell(self, text: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as road:
                road.setblocking(False)
                road.sendto(text.encode(), self._address)
        except OSError as fault:
            log.debug("the service manager did not take %r: %s", text, fault)


def _watchdog_s(environment: Mapping[str, str]) -> float | None:
    """Return after how long a silence we are ended, None for never (sd_watchdog_enabled(3))."""
    asked, owner = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    if not asked.isdigit() or int(asked) == 0 or (owner and owner != str(os.getpid())):
        return None
    return int(asked) / 1_000_000
