"""The source document's steps, pressed one by one: Create Channel, PagerDuty, paste, Test, Save."""

from typing import cast

import pytest
from pytestqt.qtbot import QtBot

from statusapp_agent.demo.pagerduty_service import PagerDutyService
from statusapp_desktop.app import Desktop
from statusapp_desktop.pagerduty_steps import look_of, steps
from statusapp_desktop.panes.channels import Channels
from statusapp_desktop.widgets.question import Question
from tests.desktop.conftest import MakeAgent, MakeDesktop
from tests.desktop.scenes import Target, http_monitor
from tests.support.settings_text import KEY, OTHER_KEY, channel


def pane_of(desktop: Desktop) -> Channels:
    desktop.window.open("channels")
    return cast("Channels", desktop.window.page("channels"))


def write(wizard_or_editor, key: str, text: str) -> None:
    page = getattr(wizard_or_editor, "key_page", wizard_or_editor)
    field = page.form.fields[(key,)]
    field.editor.setText(text)
    field.editor.textEdited.emit(text)


def to_the_key(qtbot: QtBot, pane: Channels):
    pane.empty.button.click()
    wizard = pane.wizard
    qtbot.waitUntil(lambda: "pagerduty" in wizard.choice.buttons)
    wizard.choice.buttons["pagerduty"].click()
    assert wizard.stack.currentIndex() == 1
    wizard.next_button.click()
    assert wizard.stack.currentIndex() == 2
    return wizard


def test_create_paste_test_and_save(
    qtbot: QtBot, make_desktop: MakeDesktop, make_agent: MakeAgent, pagerduty: PagerDutyService, shop: Target
):
    agent = make_agent(http_monitor("shop", shop.url, channels=[]))
    desktop = make_desktop(agent.socket)
    pane = pane_of(desktop)
    assert pane.stack.currentWidget() is pane.empty
    assert pane.empty.title.text() == "Nobody is told yet."
    wizard = to_the_key(qtbot, pane)
    write(wizard, "integration_key", "u+abcdefghijklmnopqr")
    assert "REST key" in wizard.key_page.look.text()
    wizard.next_button.click()
    key = wizard.key_page.form.fields[("integration_key",)]
    qtbot.waitUntil(lambda: key.faulty, timeout=5_000)
    assert agent.get("/channels")["items"] == [], "a wrong key is not kept"
    write(wizard, "integration_key", KEY)
    write(wizard, "events_url", pagerduty.url)
    wizard.next_button.click()
    qtbot.waitUntil(lambda: wizard.stack.currentIndex() == 3, timeout=5_000)
    wizard.panel.test.click()
    qtbot.waitUntil(lambda: wizard.panel.test.text() == "Test again", timeout=15_000)
    assert wizard.panel.band.title.text().startswith("Works: accepted")
    assert [each.action for each in pagerduty.journal] == ["trigger", "resolve"]
    seen = [row[1].text() for row in wizard.panel._rows if row[1].isVisible()]
    assert seen == ["Sent", "Incident seen", "Resolved"]
    assert wizard.panel._rows[1][0].shape_ == "blind", "not seen is not ticked"
    wizard.next_button.click()
    assert wizard.critical.isVisible()
    wizard.next_button.click()
    qtbot.waitUntil(lambda: pane.wizard is None, timeout=5_000)
    qtbot.waitUntil(lambda: agent.get("/monitors/shop")["channels"] == ["pagerduty"], timeout=5_000)
    qtbot.waitUntil(lambda: pane.detail.channel is not None and pane.detail.channel.status == "ok", timeout=5_000)
    everything = " ".join(each.text() for each in desktop.window.findChildren(type(pane.detail.title)))
    assert KEY not in everything
    assert "never shown" in pane.detail.secrets.text()


def test_cancel_leaves_nothing_behind(
    qtbot: QtBot, make_desktop: MakeDesktop, make_agent: MakeAgent, pagerduty: PagerDutyService
):
    agent = make_agent()
    pane = pane_of(make_desktop(agent.socket))
    wizard = to_the_key(qtbot, pane)
    write(wizard, "integration_key", KEY)
    write(wizard, "events_url", pagerduty.url)
    wizard.next_button.click()
    qtbot.waitUntil(lambda: wizard.stack.currentIndex() == 3, timeout=5_000)
    wizard.cancel_button.click()
    qtbot.waitUntil(lambda: agent.get("/channels")["items"] == [], timeout=5_000)
    assert pane.wizard is None


def test_saving_untested_asks(
    qtbot: QtBot, make_desktop: MakeDesktop, make_agent: MakeAgent, pagerduty: PagerDutyService
):
    agent = make_agent()
    pane = pane_of(make_desktop(agent.socket))
    wizard = to_the_key(qtbot, pane)
    write(wizard, "integration_key", KEY)
    write(wizard, "events_url", pagerduty.url)
    wizard.next_button.click()
    qtbot.waitUntil(lambda: wizard.stack.currentIndex() == 3, timeout=5_000)
    wizard.next_button.click()
    wizard.next_button.click()
    question = wizard.findChild(Question)
    assert question.does.text() == "Save untested"
    question.does.click()
    qtbot.waitUntil(lambda: pane.wizard is None, timeout=5_000)
    assert [each["status"] for each in agent.get("/channels")["items"]] == ["untested"]


def test_a_secret_is_replaced_and_never_shown(
    qtbot: QtBot, make_desktop: MakeDesktop, make_agent: MakeAgent, pagerduty: PagerDutyService
):
    agent = make_agent(channel(pagerduty.url))
    pane = pane_of(make_desktop(agent.socket))
    pane.detail.change.click()
    qtbot.waitUntil(lambda: pane.editor is not None, timeout=5_000)
    field = pane.editor.form.fields[("integration_key",)]
    assert field.is_set.isVisible()
    assert not field.editor.isVisible()
    assert field.editor.text() == ""
    field.replace.click()
    write(pane.editor, "integration_key", OTHER_KEY)
    pane.editor.save_button.click()
    qtbot.waitUntil(lambda: pane.editor is None, timeout=5_000)
    agent.post("/channels/pd/test", quiet=True)
    qtbot.waitUntil(lambda: bool(pagerduty.journal), timeout=5_000)
    assert pagerduty.journal[-1].body["routing_key"] == OTHER_KEY


def test_the_six_steps_bear_pagerdutys_labels():
    said = " ".join(steps())
    for label in ("Service", "Integrations tab", "Add Integration", "Events API V2", "StatusApp", "Integration Key"):
        assert label in said
    assert len(steps()) == 6


@pytest.mark.parametrize(
    ("key", "fine", "word"),
    [
        (KEY, True, "32 characters"),
        (f" {KEY}\n", True, "32 characters"),
        ("R" + KEY[1:], True, "Event Orchestration"),
        ("u+abcdefghijklmnopqr", False, "REST key"),
        (KEY[:-1], False, "31"),
        ("", None, ""),
    ],
)
def test_a_pasted_key_is_looked_at(key: str, fine: bool | None, word: str):
    verdict, sentence = look_of(key)
    assert verdict is fine
    assert word in sentence
    assert KEY not in sentence
