"""Notices on a real agent: shown once, withdrawn with their reason, and a list of what was missed."""

from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from tests.desktop.conftest import MakeAgent, MakeDesktop
from tests.desktop.scenes import Target, http_monitor
from tests.support.settings_text import channel


def test_a_notice_comes_and_goes_with_its_incident(
    qtbot: QtBot, make_agent: MakeAgent, make_desktop: MakeDesktop, shop: Target
):
    agent = make_agent(channel("http://127.0.0.1:9"), http_monitor("shop", shop.url, interval="200ms", channels=["pd"]))
    desktop = make_desktop(agent.socket)
    shop.state["status"] = 503
    qtbot.waitUntil(lambda: [each.title for each in desktop.watch._shown.values()] == ["shop is down"], timeout=8_000)
    key = next(iter(desktop.watch._shown))
    desktop.watch._dismissed(key)
    qtbot.wait(200)
    assert desktop.watch._shown == {}, "what a person closed is not shown again"
    shop.state["status"] = 200
    qtbot.waitUntil(lambda: desktop.desk.mirror.open_incidents() == [], timeout=8_000)
    qtbot.waitUntil(lambda: desktop.watch._closed == {}, timeout=3_000)


def test_pressing_open_shows_the_incident(qtbot: QtBot, make_agent: MakeAgent, make_desktop: MakeDesktop, shop: Target):
    shop.state["status"] = 503
    agent = make_agent(channel("http://127.0.0.1:9"), http_monitor("shop", shop.url, interval="200ms", channels=["pd"]))
    desktop = make_desktop(agent.socket)
    qtbot.waitUntil(lambda: len(desktop.watch._shown) == 1, timeout=8_000)
    desktop.notices.pressed.emit(next(iter(desktop.watch._shown)), "open")
    qtbot.waitUntil(lambda: desktop.window.current == "incidents")
    detail = desktop.window.page("incidents").detail
    qtbot.waitUntil(lambda: detail.incident is not None and detail.incident.monitor == "shop", timeout=5_000)


def test_what_was_missed_is_listed_once(
    qtbot: QtBot, make_agent: MakeAgent, make_desktop: MakeDesktop, shop: Target, tmp_path
):
    shop.state["status"] = 503
    agent = make_agent(channel("http://127.0.0.1:9"), http_monitor("shop", shop.url, interval="200ms", channels=["pd"]))
    agent.run(agent.process.until("shop", "down"))
    shop.state["status"] = 200
    agent.run(agent.process.until("shop", "up"))
    seen = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    QSettings(str(tmp_path / "desktop.ini"), QSettings.Format.IniFormat).setValue("notices/seen_until", seen)
    desktop = make_desktop(agent.socket)
    qtbot.waitUntil(lambda: "away" in desktop.watch._shown, timeout=8_000)
    notice = desktop.watch._shown["away"]
    assert notice.title == "While you were away: 1 incident"
    assert notice.body.startswith("shop,")
    again = make_desktop(agent.socket)
    qtbot.waitUntil(lambda: again.watch._away_asked)
    qtbot.wait(500)
    assert "away" not in again.watch._shown
