"""The tray on a real agent: its icon follows, its menu acknowledges, and PagerDuty hears of it."""

from pytestqt.qtbot import QtBot

from statusapp_agent.demo.pagerduty_service import PagerDutyService
from statusapp_desktop.app import Desktop
from tests.desktop.conftest import MakeAgent, MakeDesktop
from tests.desktop.scenes import Target, http_monitor
from tests.support.settings_text import channel


def menu(desktop: Desktop) -> list[str]:
    desktop.tray.fill()
    return [action.text() for action in desktop.tray.menu.actions() if action.text()]


def press(desktop: Desktop, words: str) -> None:
    desktop.tray.fill()
    next(action for action in desktop.tray.menu.actions() if action.text() == words).trigger()


def test_acknowledge_in_the_menu_reaches_pagerduty(
    qtbot: QtBot, make_agent: MakeAgent, make_desktop: MakeDesktop, shop: Target, pagerduty: PagerDutyService
):
    agent = make_agent(channel(pagerduty.url), http_monitor("shop", shop.url, interval="200ms", channels=["pd"]))
    desktop = make_desktop(agent.socket)
    qtbot.waitUntil(lambda: desktop.tray._shown.shape == "fine", timeout=5_000)
    assert any(words.startswith("Mute for") for words in menu(desktop)) == desktop.mutes.offered
    shop.state["status"] = 503
    qtbot.waitUntil(lambda: desktop.tray._shown.shape == "down", timeout=8_000)
    assert "Acknowledge shop" in menu(desktop)
    assert desktop.tray.icon.toolTip() == "shop is down, nobody has acknowledged."
    press(desktop, "Acknowledge shop")
    qtbot.waitUntil(lambda: [each.action for each in pagerduty.journal][-1:] == ["acknowledge"], timeout=8_000)
    qtbot.waitUntil(lambda: desktop.tray._shown.shape == "acknowledged", timeout=5_000)
    assert "Acknowledge shop" not in menu(desktop)
    shop.state["status"] = 200
    qtbot.waitUntil(lambda: desktop.tray._shown.shape == "fine", timeout=8_000)


def test_shapes_of_the_icon_are_distinct_without_colour():
    from PySide6.QtGui import QImage

    from statusapp_desktop.icons import shape_pixmap, tray_icon
    from statusapp_desktop.shapes import SHAPES

    def outline(image: QImage) -> bytes:
        return bytes(image.convertToFormat(QImage.Format.Format_Alpha8).constBits())

    for size in (16, 22, 32, 44):
        drawn = [outline(shape_pixmap(shape, "#000000", size).toImage()) for shape in SHAPES]
        drawn += [outline(tray_icon("down", "#000000", n).pixmap(size, size).toImage()) for n in (2, 9)]
        assert len(set(drawn)) == len(drawn)
        assert all(any(each) for each in drawn)


def test_without_an_agent_the_tray_says_so(make_desktop: MakeDesktop, tmp_path):
    desktop = make_desktop(tmp_path / "nobody.sock", live=False)
    assert desktop.tray._shown.shape == "unreachable"
    assert menu(desktop)[0].startswith("The agent does not answer.")
