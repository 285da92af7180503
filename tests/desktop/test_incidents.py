"""The incidents' pane on a real agent: taking, noting, resolving, sharing, and a note of what happens elsewhere."""

import json

import pytest
from pytestqt.qtbot import QtBot

from statusapp_desktop.app import Desktop
from statusapp_desktop.incident_detail import IncidentDetail
from statusapp_desktop.panes.incidents import Incidents
from tests.desktop.conftest import MakeAgent, MakeDesktop
from tests.desktop.scenes import Target, http_monitor
from tests.support.agent_thread import AgentThread
from tests.support.settings_text import channel


@pytest.fixture
def agent(make_agent: MakeAgent, shop: Target) -> AgentThread:
    shop.state["status"] = 503
    agent = make_agent(
        channel("http://127.0.0.1:9"), http_monitor("<b>shop", shop.url, interval="200ms", channels=["pd"])
    )
    agent.run(agent.process.until("<b>shop", "down"))
    return agent


def opened(qtbot: QtBot, desktop: Desktop) -> IncidentDetail:
    desktop.window.open("incidents")
    pane = desktop.window.page("incidents")
    assert isinstance(pane, Incidents)
    qtbot.waitUntil(lambda: pane.detail.incident is not None and bool(pane.detail.incident.timeline), timeout=5_000)
    return pane.detail


def test_acknowledge_note_and_resolve(qtbot: QtBot, make_desktop: MakeDesktop, agent: AgentThread, shop: Target):
    detail = opened(qtbot, make_desktop(agent.socket))
    assert detail.deeds.acknowledge.isVisible()
    detail.deeds.acknowledge.click()
    qtbot.waitUntil(lambda: detail.incident.status == "acknowledged")
    assert not detail.deeds.acknowledge.isVisible(), "there is nothing to press when somebody has it"
    detail.note.setText("Disk 3 dropped out")
    detail.note_button.click()
    qtbot.waitUntil(lambda: any(each.text == "Disk 3 dropped out" for each in detail.incident.timeline))
    shop.state["status"] = 200
    qtbot.waitUntil(lambda: detail.incident.status == "resolved", timeout=8_000)
    assert not detail.deeds.resolve.isVisible()


def test_resolving_what_still_fails_asks_first(qtbot: QtBot, make_desktop: MakeDesktop, agent: AgentThread):
    from statusapp_desktop.widgets.question import Question

    detail = opened(qtbot, make_desktop(agent.socket))
    detail.deeds.resolve.click()
    question = detail.findChild(Question)
    assert question is not None
    assert agent.get("/incidents")["items"][0]["status"] == "open"
    question.does.click()
    qtbot.waitUntil(lambda: detail.incident.status == "resolved")


def test_somebody_elsewhere_is_seen_at_once(qtbot: QtBot, make_desktop: MakeDesktop, agent: AgentThread):
    detail = opened(qtbot, make_desktop(agent.socket))
    agent.post(f"/incidents/{detail.incident.id}/acknowledge", by="Ana", via="phone")
    qtbot.waitUntil(lambda: detail.chip.text() == "Ana has it, phone", timeout=5_000)


def test_a_shared_page_holds_the_story_and_no_markup_of_others(
    qtbot: QtBot, make_desktop: MakeDesktop, agent: AgentThread, tmp_path
):
    detail = opened(qtbot, make_desktop(agent.socket))
    qtbot.waitUntil(lambda: detail.deeds.why is not None)
    detail.deeds.save(str(tmp_path / "i.html"), "html")
    detail.deeds.save(str(tmp_path / "i.json"), "json")
    page = (tmp_path / "i.html").read_text("utf-8")
    assert "&lt;b&gt;shop" in page
    assert "<b>" not in page
    assert "503" in page
    data = json.loads((tmp_path / "i.json").read_text("utf-8"))
    assert data["monitor"] == "<b>shop"
    assert data["timeline"]
    assert data["why"]
    detail.deeds.save("/nowhere/at/all.json", "json")
    assert "could not be written" in detail.window()._said.text()
