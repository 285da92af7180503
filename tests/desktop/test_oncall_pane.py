"""The on-call pane: honest about an agent without a list, and about hours in which nobody is."""

from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from statusapp_desktop.app import Desktop
from statusapp_desktop.duties import gap_words, handoffs, read
from statusapp_desktop.panes.oncall import OnCall
from statusapp_desktop.widgets.duty_lanes import DutyLanes
from tests.desktop.conftest import MakeAgent, MakeDesktop

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def shift(person: str | None, began: str, ends: str, level: int = 1) -> dict[str, Any]:
    return {"level": level, "person": person, "began_at": began, "ends_at": ends, "override": None}


def answer(**keys: Any) -> dict[str, Any]:
    rotation = {
        "name": "home",
        "timezone": "Europe/Berlin",
        "source": "settings",
        "sentence": "Ana is on call in home until Mon 09:00, then nobody.",
        "on": [{"level": 1, "person": "Ana", "contacts": [], "until": "2026-11-30T08:00:00Z", "then": None}],
        "shifts": [
            shift("Ana", "2026-11-28T12:00:00Z", "2026-11-30T08:00:00Z"),
            shift(None, "2026-11-30T08:00:00Z", "2026-12-01T08:00:00Z"),
            shift("Ben", "2026-12-01T08:00:00Z", "2026-12-12T12:00:00Z"),
        ],
        "gaps": [{"began_at": "2026-11-30T08:00:00Z", "ends_at": "2026-12-01T08:00:00Z"}],
        "news": "of a newer agent",
        **keys,
    }
    return {
        "at": "2026-11-28T12:00:00Z",
        "until": "2026-12-12T12:00:00Z",
        "sentence": "Ana is on call in home.",
        "rotations": [rotation],
        "overrides": [],
    }


def opened(desktop: Desktop) -> OnCall:
    desktop.window.open("oncall")
    page = desktop.window.page("oncall")
    assert isinstance(page, OnCall)
    return page


def test_without_a_list_or_rotations_it_says_so(qtbot: QtBot, make_agent: MakeAgent, make_desktop: MakeDesktop):
    agent = make_agent()
    page = opened(make_desktop(agent.socket))
    qtbot.waitUntil(page.empty.isVisible, timeout=5_000)
    has_list = "/v1/oncall" in agent.get("/openapi.json")["paths"]
    assert page.empty.title.text() == ("No rotation is set up." if has_list else "This agent keeps no on-call list.")
    page.empty.button.click()
    assert page.desk is not None
    assert page.window().current == "help"


def test_who_is_on_who_is_next_and_when_nobody_is(qtbot: QtBot, make_agent: MakeAgent, make_desktop: MakeDesktop):
    page = opened(make_desktop(make_agent().socket))
    qtbot.waitUntil(page.empty.isVisible, timeout=5_000)
    page._show(answer())
    assert page.sentence.text() == "Ana is on call in home."
    assert page.symbol.shape_ == "fine"
    assert page.empty.isHidden()
    lanes = page.findChild(DutyLanes)
    assert lanes is not None
    lanes.grab()
    told = lanes.accessibleDescription()
    assert "Ana until" in told
    assert "nobody from" in told
    assert lanes.words_at(QPointF(lanes.width() - 5, 22 + 28 + 10)).startswith("Ben from")
    page._show(answer(on=[]))
    assert page.symbol.shape_ == "degraded"
    assert page.roster is not None


def test_a_strange_answer_and_a_lost_agent_are_said(qtbot: QtBot, make_agent: MakeAgent, make_desktop: MakeDesktop):
    agent = make_agent()
    page = opened(make_desktop(agent.socket))
    qtbot.waitUntil(page.empty.isVisible, timeout=5_000)
    page._show({"rotations": [{}]})
    assert "not one that this window understands" in page.source.text()
    page._show(answer())
    agent.stop()
    page.ask()
    qtbot.waitUntil(lambda: page.symbol.shape_ == "unreachable", timeout=5_000)
    assert "What you see is from" in page.source.text()


def test_handoffs_and_gaps_in_words():
    rota = read(answer()).rotas[0]
    assert handoffs(rota, NOW) == [("Mon 09:00", "Ana ends, and nobody follows"), ("Tue 09:00", "Ben begins")]
    assert len(gap_words(rota, NOW)) == 1
    assert gap_words(rota, NOW)[0].endswith(", 1 d")
    assert gap_words(rota, datetime(2027, 1, 1, tzinfo=UTC)) == []
    assert rota.people() == ["Ana", "Ben"]
