"""A real agent process for tests that are not asynchronous: Qt has its own loop, so the agent is tended in a thread."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from statusapp_agent.demo.pagerduty_service import PagerDutyService
from tests.support.agent_process import AgentProcess

T = TypeVar("T")


class LoopThread:
    """An event loop in a thread: coroutines are run to their end there, from anywhere."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, what: Coroutine[Any, Any, T], within_s: float = 30.0) -> T:
        """Run a coroutine in the thread; return what it returned."""
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(within_s)

    def end_loop(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


class AgentThread(LoopThread):
    """An `AgentProcess` that is tended in a thread."""

    def __init__(self, folder: Path, settings: str, env: dict[str, str] | None) -> None:
        super().__init__()
        self.process = AgentProcess(folder, settings, env)

    @property
    def socket(self) -> Path:
        """Where it serves."""
        return self.process.socket

    def get(self, path: str, **params: Any) -> Any:
        """Return the JSON behind ``/v1{path}``."""
        return self.run(self.process.get(path, **params))

    def post(self, path: str, **body: Any) -> Any:
        """Post JSON to ``/v1{path}``."""
        return self.run(self.process.post(path, **body))

    def start(self) -> None:
        """Start it again, from what it remembers."""
        self.run(self.process.start(apply=False))

    def stop(self) -> None:
        """End it politely."""
        self.run(self.process.stop())

    def end(self) -> None:
        """End everything."""
        try:
            self.run(self.process.__aexit__())
        finally:
            self.end_loop()


@contextmanager
def agent_thread(folder: Path, settings: str = "", env: dict[str, str] | None = None) -> Iterator[AgentThread]:
    """Run an agent with its settings for as long as the block runs."""
    agent = AgentThread(folder, settings, env)
    try:
        agent.run(agent.process.start())
        yield agent
    finally:
        agent.end()


@contextmanager
def pagerduty_thread() -> Iterator[PagerDutyService]:
    """Run the strict stand-in for PagerDuty."""
    thread = LoopThread()
    service = PagerDutyService()
    try:
        thread.run(service.start())
        yield service
    finally:
        thread.run(service.stop())
        thread.end_loop()
