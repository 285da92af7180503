"""The monitors' pane on a real agent: adding by the form, the agent's sentence beside the field, many at once."""

from typing import cast

from pytestqt.qtbot import QtBot

from statusapp_desktop.app import Desktop
from statusapp_desktop.panes.monitors import Monitors
from tests.desktop.conftest import MakeAgent, MakeDesktop
from tests.desktop.scenes import Target, http_monitor
from tests.support.settings_text import channel


def pane_of(desktop: Desktop, subject: str = "") -> Monitors:
    desktop.window.open("monitors", subject)
    return cast("Monitors", desktop.window.page("monitors"))


def write(pane: Monitors, key: str, text: str) -> None:
    field = pane.editor.form.fields[(key,)]
    field.editor.setText(text)
    field.editor.textEdited.emit(text)


def test_adding_the_first_monitor(qtbot: QtBot, make_desktop: MakeDesktop, make_agent: MakeAgent, shop: Target):
    agent = make_agent()
    pane = pane_of(make_desktop(agent.socket))
    assert pane.stack.currentWidget() is pane.empty
    pane.empty.button.click()
    qtbot.waitUntil(lambda: "http" in pane.kinds.buttons)
    pane.kinds.buttons["http"].click()
    qtbot.waitUntil(lambda: pane.editor is not None)
    write(pane, "name", "shop")
    write(pane, "url", "ftp://shop")
    url = pane.editor.form.fields[("url",)]
    qtbot.waitUntil(lambda: url.faulty, timeout=5_000)
    assert url._said.text() == "A URL to check begins with http:// or https://."
    pane.editor.save_button.click()
    qtbot.waitUntil(lambda: pane.editor._busy is None)
    assert agent.get("/monitors")["items"] == [], "a fault saves nothing"
    write(pane, "url", shop.url)
    write(pane, "interval", "200ms")
    qtbot.waitUntil(lambda: not url.faulty, timeout=5_000)
    pane.editor.save_button.click()
    qtbot.waitUntil(lambda: pane.editor is None, timeout=5_000)
    qtbot.waitUntil(lambda: pane.detail.monitor is not None and pane.detail.monitor.state == "up", timeout=5_000)
    assert pane.stack.currentWidget() is pane.splitter


def test_changing_keeps_what_the_form_does_not_show_and_the_name(
    qtbot: QtBot, make_desktop: MakeDesktop, make_agent: MakeAgent, shop: Target
):
    agent = make_agent(channel("http://127.0.0.1:9"), http_monitor("shop", shop.url, tags=["a"], channels=["pd"]))
    pane = pane_of(make_desktop(agent.socket), "shop")
    pane.edit("shop")
    qtbot.waitUntil(lambda: pane.editor is not None)
    assert not pane.editor.form.fields[("name",)].editor.isEnabled()
    assert pane.editor.form.is_edited() is False
    write(pane, "tags", "a, b")
    pane.editor.save_button.click()
    qtbot.waitUntil(lambda: pane.editor is None, timeout=5_000)
    monitor = agent.get("/monitors/shop")
    assert monitor["tags"] == ["a", "b"]
    assert monitor["channels"] == ["pd"]
    assert monitor["interval_s"] == 1.0


def test_check_now_pause_and_route(qtbot: QtBot, make_desktop: MakeDesktop, make_agent: MakeAgent, shop: Target):
    agent = make_agent(channel("http://127.0.0.1:9"), http_monitor("shop", shop.url, interval="1h", channels=["pd"]))
    agent.run(agent.process.until("shop", "up"))
    pane = pane_of(make_desktop(agent.socket), "shop")
    before = agent.get("/monitors/shop")["last_check_at"]
    pane.detail.check.click()
    assert not pane.detail.check.isEnabled()
    qtbot.waitUntil(pane.detail.check.isEnabled, timeout=5_000)
    assert agent.get("/monitors/shop")["last_check_at"] > before
    assert pane.detail.phases.isVisible()
    assert "first byte" in pane.detail.phases.accessibleName()
    qtbot.waitUntil(lambda: "pd" in pane.detail.route.accessibleName(), timeout=5_000)
    pane.detail.pause.click()
    qtbot.waitUntil(lambda: pane.detail.pause.text() == "Resume", timeout=5_000)
    pane.detail.pause.click()
    qtbot.waitUntil(lambda: pane.detail.pause.text() == "Pause", timeout=5_000)


def test_assigning_a_tier_to_many(qtbot: QtBot, make_desktop: MakeDesktop, make_agent: MakeAgent, shop: Target):
    agent = make_agent(
        channel("http://127.0.0.1:9"), *(http_monitor(f"m{n}", shop.url, channels=["pd"]) for n in range(3))
    )
    pane = pane_of(make_desktop(agent.socket))
    assert not pane.bulk.isVisible()
    pane.table.selectAll()
    assert pane.bulk.isVisible()
    pane.bulk.tier.setCurrentText("2")
    pane.bulk.assign.click()
    qtbot.waitUntil(lambda: [m["tier"] for m in agent.get("/monitors")["items"]] == ["2"] * 3, timeout=5_000)


def test_deleting_asks_first(qtbot: QtBot, make_desktop: MakeDesktop, make_agent: MakeAgent, shop: Target):
    from statusapp_desktop.widgets.question import Question

    agent = make_agent(channel("http://127.0.0.1:9"), http_monitor("shop", shop.url, channels=["pd"]))
    pane = pane_of(make_desktop(agent.socket), "shop")
    pane.detail.delete.click()
    question = pane.detail.findChild(Question)
    assert question.keep.hasFocus() or not question.does.isDefault()
    question.does.click()
    qtbot.waitUntil(lambda: agent.get("/monitors")["items"] == [], timeout=5_000)
    qtbot.waitUntil(lambda: pane.stack.currentWidget() is pane.empty, timeout=5_000)
