"""The line to the agent: found, lost, found again; and never a green lamp for what is not known."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from statusapp_desktop.link import Refusal, path_of
from tests.desktop.conftest import MakeAgent, MakeDesktop


def test_without_an_agent_the_window_says_so_and_is_not_green(qtbot: QtBot, make_desktop: MakeDesktop, tmp_path: Path):
    desktop = make_desktop(tmp_path / "nobody.sock", live=False)
    qtbot.waitUntil(lambda: "No agent runs here" in desktop.window._band.detail.text())
    assert desktop.window._band.isVisible()
    assert desktop.window._band.symbol.shape_ == "unreachable"
    assert desktop.window.rail.foot._symbol.shape_ == "unreachable"


def test_it_finds_the_agent_again_after_a_restart(qtbot: QtBot, make_desktop: MakeDesktop, make_agent: MakeAgent):
    agent = make_agent()
    desktop = make_desktop(agent.socket)
    assert not desktop.window._band.isVisible()
    agent.stop()
    qtbot.waitUntil(desktop.window._band.isVisible, timeout=5_000)
    assert "Last heard" in desktop.window._band.detail.text()
    agent.start()
    qtbot.waitUntil(lambda: not desktop.window._band.isVisible(), timeout=10_000)


def test_a_refusal_is_the_agents_sentence(qtbot: QtBot, make_desktop: MakeDesktop, make_agent: MakeAgent):
    desktop = make_desktop(make_agent().socket)
    refused: list[Refusal] = []
    desktop.link.ask("GET", path_of("monitors", "a b/c"), owner=desktop.window, failed=refused.append)
    qtbot.waitUntil(lambda: bool(refused))
    assert refused[0].code == "no_monitor"
    assert "a b/c" in refused[0].sentence
