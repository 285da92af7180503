"""Runs checks under a deadline and a limit of how many at once; a slow target delays no other check."""

import asyncio
import logging
import resource
from collections.abc import Callable, Mapping
from typing import Any

from statusapp_agent.clock import Clock
from statusapp_agent.core.model import Beat, CheckStatus, Monitor, Result
from statusapp_agent.fields import SecretRef
from statusapp_agent.kinds import CheckKind, CheckTools
from statusapp_agent.vault_sources import VaultError
from statusapp_agent.wire.certificates import ssl_context

log = logging.getLogger("statusapp.runner")

SPARE_FILES = 128
"""Descriptors kept for databases, clients and above all for the couriers: when they run short, checks wait first."""
MOST_AT_ONCE = 4096
_OVERTIME_S = 0.5
"""How long after its own time limit a check is cut off: its own sentence is better than ours."""

SecretReader = Callable[[SecretRef, str], str]
Done = Callable[[str, Result, int], None]


def raise_file_limit() -> int:
    """Raise the limit of open files as far as allowed; return how many checks may run at once."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, 65_536) if hard != resource.RLIM_INFINITY else 65_536
    if soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
        except (ValueError, OSError):
            log.debug("the limit of open files stays at %d", soft)
    return max(8, min(MOST_AT_ONCE, soft - SPARE_FILES))


class Runner:
    """Starts checks and hands their results on. ``generation`` grows when what is in flight must not count any more."""

    def __init__(
        self, kinds: Mapping[str, CheckKind[Any]], clock: Clock, read_secret: SecretReader, done: Done
    ) -> None:
        self._kinds = kinds
        self._clock = clock
        self._read_secret = read_secret
        self._done = done
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._room = asyncio.Semaphore(raise_file_limit())
        self.generation = 0

    @property
    def running(self) -> int:
        """How many checks are under way."""
        return len(self._tasks)

    def is_running(self, name: str) -> bool:
        """Whether a check of this monitor is under way."""
        return name in self._tasks

    def start(self, monitor: Monitor, beat: Beat | None) -> None:
        """Check a monitor now, unless it is being checked already."""
        if monitor.name in self._tasks:
            return
        task = asyncio.create_task(self._run(monitor, beat, self.generation))
        self._tasks[monitor.name] = task
        task.add_done_callback(lambda _: self._tasks.pop(monitor.name, None))

    async def _run(self, monitor: Monitor, beat: Beat | None, generation: int) -> None:
        async with self._room:
            result = await self.check(monitor, beat)
        self._tasks.pop(monitor.name, None)
        self._done(monitor.name, result, generation)

    async def check(self, monitor: Monitor, beat: Beat | None) -> Result:
        """Check once, whatever happens inside: a fault of ours is UNKNOWN, and never ends the agent."""
        started_at = self._clock.now()
        kind = self._kinds.get(monitor.kind)
        if kind is None:
            return Result(CheckStatus.UNKNOWN, started_at, message=f"this version has no check {monitor.kind!r}")
        tools = CheckTools(
            timeout_s=monitor.timeout_s,
            now=self._clock.now,
            secret=lambda ref: self._read_secret(ref, f"monitors/{monitor.name}/{field_of(monitor.settings, ref)}"),
            ssl_context=ssl_context,
            beat=beat,
        )
        try:
            async with asyncio.timeout(monitor.timeout_s + _OVERTIME_S):
                return await kind.run(monitor.settings, tools)
        except TimeoutError:
            message = f"no answer within {monitor.timeout_s:g} s"
            return Result(CheckStatus.DOWN, started_at, message=message, error="timeout")
        except VaultError as fault:
            return Result(CheckStatus.UNKNOWN, started_at, message=str(fault), error="secret")
        except Exception as fault:  # noqa: BLE001 - one check's bug must not stop the others (fault P11)
            log.warning("the check of %s broke: %s: %s", monitor.name, type(fault).__name__, fault)
            message = f"the check itself failed ({type(fault).__name__}); this is a fault of StatusApp or its settings"
            return Result(CheckStatus.UNKNOWN, started_at, message=message, error="internal")

    async def stop(self) -> None:
        """Cut off what is under way; nothing of it counts."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def field_of(settings: Any, ref: SecretRef) -> str:
    """Return the name of the field that holds a reference: part of the secret's path in the vault."""
    return next((name for name, value in settings if value is ref), "")
