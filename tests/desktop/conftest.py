"""A real window, offscreen, on a real agent. Whatever Qt warns about fails the test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from statusapp_agent.demo.pagerduty_service import PagerDutyService
from statusapp_desktop.app import Desktop
from tests.desktop.scenes import Target, target
from tests.support.agent_thread import AgentThread, agent_thread, pagerduty_thread
from tests.support.settings_text import ENV, settings

# Of the offscreen platform, not of us: it has no window manager and no tray.
_OF_THE_PLATFORM = ("propagateSizeHints", "systemTrayWindowChanged", "does not support raise()")

MakeAgent = Callable[..., AgentThread]
MakeDesktop = Callable[..., Desktop]


@pytest.fixture(autouse=True)
def quiet_qt() -> Iterator[None]:
    """Fail on anything that Qt complains about."""
    said: list[str] = []

    def hear(kind: QtMsgType, _context: object, message: str) -> None:
        if kind is not QtMsgType.QtInfoMsg and not any(known in message for known in _OF_THE_PLATFORM):
            said.append(message)

    before = qInstallMessageHandler(hear)
    yield
    qInstallMessageHandler(before)
    assert not said, f"Qt said: {said}"


@pytest.fixture
def make_agent(tmp_path: Path) -> Iterator[MakeAgent]:
    """Start an agent with the tables of a settings file."""
    running = []

    def make(*tables: str, env: dict[str, str] | None = None) -> AgentThread:
        manager = agent_thread(tmp_path, settings(*tables), {**ENV, **(env or {})})
        running.append(manager)
        return manager.__enter__()

    yield make
    for manager in running:
        manager.__exit__(None, None, None)


@pytest.fixture
def make_desktop(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[MakeDesktop]:
    """Open the whole desktop on a socket, with settings of its own; wait until it has heard of the agent."""
    made: list[Desktop] = []

    def make(socket: Path, *, live: bool = True) -> Desktop:
        desktop = Desktop(qapp, socket, QSettings(str(tmp_path / "desktop.ini"), QSettings.Format.IniFormat))
        made.append(desktop)
        desktop.start(hidden=False)
        if live:
            qtbot.waitUntil(lambda: desktop.desk.mirror.is_live(desktop.desk.now()), timeout=10_000)
        return desktop

    yield make
    for desktop in made:
        desktop.end()
        desktop.deleteLater()
    qapp.processEvents()


@pytest.fixture
def shop() -> Iterator[Target]:
    """A web server on loopback; ``shop.state["status"] = 503`` breaks it."""
    with target() as served:
        yield served


@pytest.fixture
def pagerduty() -> Iterator[PagerDutyService]:
    """The strict stand-in for PagerDuty."""
    with pagerduty_thread() as service:
        yield service
