"""Who watches the watcher: looks every ten seconds whether the agent could page, and only then says that all is well.

Two listeners, because two different things help. The service manager's watchdog restarts us, which mends a loop that
hangs; so it hears of nothing else: a disk that is full or a channel that refuses would be no better after a restart,
and what is kept in memory meanwhile would be lost. The heartbeat tells a person, by falling silent, of everything that
keeps us from paging.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from statusapp_agent.api.present import process_facts
from statusapp_agent.api.secrets import SecretBook, vault_fault
from statusapp_agent.api.services import Services
from statusapp_agent.core.phrases import count, length
from statusapp_agent.supervisor import Supervisor
from statusapp_agent.views.agent import STUCK_S, oldest_waiting, problems

log = logging.getLogger("statusapp.auditor")

EVERY_S = 10.0
HEARTBEAT_EVERY_S = 60.0
HEARTBEAT_LIMIT_S = 10.0
LATE_CHECKS_S = 30.0
"""A check that is due for so long and was not begun: the timetable stands still."""
DISK_LIMIT_S = 20.0
"""How long a write may take until the disk counts as one that hangs."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an audit found, in sentences: what a restart would mend, and what only a person can."""

    hangs: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def content(self) -> bool:
        """Whether nothing was found at all."""
        return not self.hangs and not self.problems


def hanging(idle_s: float, overdue_s: float) -> tuple[str, ...]:
    """Return what has come to a stop inside: deciding, or beginning checks."""
    found = []
    if idle_s > STUCK_S:
        found.append(f"Nothing was decided for {length(idle_s)}: the agent hangs; restart it.")
    if overdue_s > LATE_CHECKS_S:
        found.append(f"A check is due for {length(overdue_s)} and was not begun: the agent hangs; restart it.")
    return tuple(found)


class Auditor:
    """Audits, tells the service manager, and lets the heartbeat go out while there is nothing to complain of."""

    def __init__(
        self,
        services: Services,
        http: httpx.AsyncClient,
        supervisor: Supervisor,
        every_s: float = EVERY_S,
        heartbeat_every_s: float = HEARTBEAT_EVERY_S,
    ) -> None:
        self._services = services
        self._http = http
        self._supervisor = supervisor
        # Three signs within the limit: one that is lost must not end us.
        watchdog_s = supervisor.watchdog_s
        self._every_s = every_s if watchdog_s is None else min(every_s, watchdog_s / 3)
        self._heartbeat_every_s = heartbeat_every_s
        self._secrets = SecretBook(services.vault)
        self._probing: asyncio.Task[None] | None = None
        self._beating: asyncio.Task[None] | None = None
        self._beat_at_s: float | None = None
        self.verdict = Verdict()

    async def run(self) -> None:
        """Audit for ever."""
        try:
            while True:
                await self.audit()
                await asyncio.sleep(self._every_s)
        finally:
            for task in (self._probing, self._beating):
                if task is not None:
                    task.cancel()

    async def audit(self) -> Verdict:
        """Look once, and tell everybody."""
        hangs = self._hanging()
        found = (*await self._disk(), *await self._unable())
        before, self.verdict = self.verdict, Verdict(hangs, tuple(one for one in found if one not in hangs))
        self._services.audit[:] = [one for one in (*hangs, *found) if one not in self._known]
        self._say(before)
        if self.verdict.content:
            self._beat()
        return self.verdict

    _known: Sequence[str] = ()

    def _hanging(self) -> tuple[str, ...]:
        engine, clock = self._services.engine, self._services.clock
        due_s = engine.timetable.next_due()
        overdue_s = 0.0 if due_s is None else clock.monotonic() - due_s
        return hanging(clock.monotonic() - engine.last_step_at, overdue_s)

    async def _disk(self) -> list[str]:
        """Write something, as a page would have to be written; a disk that hangs holds up this look alone."""
        if self._probing is None or self._probing.done():
            self._probing = asyncio.create_task(self._services.engine.writer.probe(self._services.clock.now()))
        await asyncio.wait([self._probing], timeout=min(DISK_LIMIT_S, self._every_s))
        if self._probing.done():
            return []  # what it found is the writer's fault, which is among the problems
        return ["The disk has not finished a write for seconds: look at its health."]

    async def _unable(self) -> list[str]:
        """Return what keeps the agent from paging, or may."""
        services = self._services
        state = services.engine.state
        live = [record.channel for record in state.channels.values() if not record.retired]
        facts = process_facts(services, vault_fault(await self._secrets.look(live)), audited=False)
        self._known = problems(facts, oldest_waiting(state, services.clock.now()), state.channels.values())
        return list(self._known)

    def _say(self, before: Verdict) -> None:
        verdict = self.verdict
        if verdict != before:
            for sentence in (*verdict.hangs, *verdict.problems):
                if sentence not in (*before.hangs, *before.problems):
                    log.error("%s", sentence)
            if verdict.content:
                log.info("all is well again")
        watching = f"watching {count(len(self._services.engine.state.watches), 'monitor')}"
        if verdict.hangs:
            self._supervisor.troubled(verdict.hangs[0])
        else:
            self._supervisor.content(verdict.problems[0] if verdict.problems else watching)

    # The heartbeat

    def _beat(self) -> None:
        url = self._services.engine.state.agent.get("heartbeat_url")
        now_s = self._services.clock.monotonic()
        if not url or (self._beating is not None and not self._beating.done()):
            return
        if self._beat_at_s is not None and now_s - self._beat_at_s < self._heartbeat_every_s:
            return
        self._beat_at_s = now_s
        self._beating = asyncio.create_task(self._ask(url))

    async def _ask(self, url: str) -> None:
        # The address is a secret of a kind: whoever has it can pose as healthy. Only its host is ever named.
        host = urlsplit(url).hostname or "its address"
        try:
            async with asyncio.timeout(HEARTBEAT_LIMIT_S):
                answer = await self._http.get(url, follow_redirects=False)
            fault = None if answer.is_success else f"answered {answer.status_code}"
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as trouble:
            fault = f"was not reached ({type(trouble).__name__})"
        notices = self._services.notices
        notices[:] = [notice for notice in notices if not notice.startswith(_HEARTBEAT)]
        if fault is not None:
            notices.append(f"{_HEARTBEAT}{host} {fault}: whoever waits for it will think that this agent is dead.")
            log.warning("%s", notices[-1])


_HEARTBEAT = "The heartbeat at "
