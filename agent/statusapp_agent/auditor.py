"""Who watches the watcher: looks at the agent's own promises, and says so to those who would notice its end.

Every 10 s it looks whether decisions are made, checks start on time, the database takes writes, and messages leave.
What it finds is in `statusapp agent status`. Only while it is content is the external heartbeat asked for, once a
minute; the supervisor's watchdog is fed while a restart would mend nothing, so that an outage of PagerDuty never
restarts us. A task like any other: a loop that is blocked blocks it too, and then both fall silent.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from statusapp_agent.clock import Clock
from statusapp_agent.store.writer import Writer

log = logging.getLogger("statusapp.auditor")

LOOK_EVERY_S = 10.0
BEAT_EVERY_S = 60.0
BEAT_LIMIT_S = 10.0
WRITE_LIMIT_S = 15.0
"""A disk that takes longer than this for nothing at all holds pages up."""
LATE_S = 30.0


@dataclass(slots=True)
class Verdict:
    """What the last look found. ``stuck``: faults that a restart may mend. ``problems``: those that it will not."""

    at: datetime | None = None
    stuck: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    beat_at: datetime | None = None
    beat_fault: str | None = None

    @property
    def content(self) -> bool:
        """Whether the agent keeps its promises."""
        return self.at is not None and not self.stuck and not self.problems


@dataclass(slots=True)
class Auditor:
    """Looks, and tells the supervisor and the external heartbeat. ``problems`` is what the API says of the agent."""

    clock: Clock
    writer: Writer
    problems: Callable[[], Sequence[str]]
    late_s: Callable[[], float]
    idle_s: Callable[[], float]
    heartbeat_url: Callable[[], str | None]
    http: httpx.AsyncClient
    env: Mapping[str, str] = field(default_factory=lambda: os.environ)
    verdict: Verdict = field(default_factory=Verdict)
    _beat_s: float | None = None

    async def run(self) -> None:
        """Look now and then, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Look once, and tell."""
        stuck = [*await self._disk(), *self._schedule()]
        before = self.verdict
        problems = tuple(self.problems())
        self.verdict = Verdict(self.clock.now(), tuple(stuck), problems, before.beat_at, before.beat_fault)
        if (stuck, problems) != (list(before.stuck), before.problems):
            log.log(logging.WARNING if stuck or problems else logging.INFO, "%s", self._in_words())
        if not stuck:
            notify(self.env, "WATCHDOG=1")
        await self._beat()

    def _in_words(self) -> str:
        found = [*self.verdict.stuck, *self.verdict.problems]
        return " ".join(found) if found else "the agent keeps its promises"

    async def _disk(self) -> list[str]:
        """Return what is wrong with the thread that writes the state: it must answer, whatever the disk does."""
        try:
            async with asyncio.timeout(WRITE_LIMIT_S):
                await self.writer.on_state(_nothing)
        except TimeoutError:
            return [f"The database has not taken a write for {WRITE_LIMIT_S:g} s."]
        return []

    def _schedule(self) -> list[str]:
        late_s, idle_s = self.late_s(), self.idle_s()
        found = [f"Checks start {late_s:.0f} s late."] if late_s > LATE_S else []
        return [*found, f"Nothing was decided for {idle_s:.0f} s."] if idle_s > LATE_S else found

    async def _beat(self) -> None:
        url, now_s = self.heartbeat_url(), self.clock.monotonic()
        if url is None or not self.verdict.content:
            return
        if self._beat_s is not None and now_s - self._beat_s < BEAT_EVERY_S - LOOK_EVERY_S / 2:
            return
        self._beat_s = now_s
        try:
            async with asyncio.timeout(BEAT_LIMIT_S):
                answer = await self.http.get(url)
            fault = None if answer.is_success else f"it answered {answer.status_code}"
        except TimeoutError:
            fault = f"no answer within {BEAT_LIMIT_S:g} s"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            fault = type(error).__name__
        if fault is None:
            self.verdict.beat_at = self.clock.now()
        elif fault != self.verdict.beat_fault:
            # Without its address: the path of such an address is the secret that it stands for.
            log.warning("the external heartbeat was not taken: %s", fault)
        self.verdict.beat_fault = fault


def _nothing() -> None:
    """Do nothing, on the thread that is asked to."""


def notify(env: Mapping[str, str], message: str) -> bool:
    """Tell the supervisor something (sd_notify(3)); return whether there is one. Never raises."""
    address = env.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    # systemd writes the abstract namespace's leading zero as an at sign.
    path = f"\0{address[1:]}" if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
            line.connect(path)
            line.sendall(message.encode())
    except OSError as fault:
        log.warning("the supervisor could not be told %s: %s", message.partition("=")[0], fault)
        return False
    return True
