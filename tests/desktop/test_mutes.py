"""Mutes on an agent that has them: offered in the tray with an end, and silence is not ignorance."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from pytestqt.qtbot import QtBot
from starlette.responses import JSONResponse, StreamingResponse

from tests.desktop.conftest import MakeDesktop
from tests.support import views
from tests.support.fake_agent import Asked, FakeAgent, fake_agent

NOW = datetime.now(UTC)


def stream(_asked: Asked) -> StreamingResponse:
    incident = views.incident(id="i1", number=1, monitor="nas", status="open", purpose="real", resolved_at=None)
    data = {
        "monitors": [views.monitor("nas", state="down", incident_id="i1").model_dump(mode="json")],
        "incidents": [incident.model_dump(mode="json")],
        "channels": [views.channel("pd").model_dump(mode="json")],
        "agent": views.agent().model_dump(mode="json"),
    }

    async def events() -> AsyncIterator[bytes]:
        event = json.dumps({"number": 1, "kind": "snapshot", "data": data})
        yield f"data: {event}\n\n".encode()
        await asyncio.Event().wait()

    return StreamingResponse(events(), media_type="text/event-stream")


@pytest.fixture
def agent(tmp_path):
    with fake_agent(tmp_path / "fake.sock") as served:
        served.answers["GET /events"] = stream
        yield served


def mutes_until(until: datetime | None) -> JSONResponse:
    return JSONResponse(
        {"items": [] if until is None else [{"monitor": None, "until": until.isoformat()}], "sentence": ""}
    )


def words(desktop) -> list[str]:
    desktop.tray.fill()
    return [action.text() for action in desktop.tray.menu.actions() if action.text()]


def test_an_agent_without_mutes_offers_none(qtbot: QtBot, agent: FakeAgent, make_desktop: MakeDesktop):
    desktop = make_desktop(agent.socket)
    qtbot.waitUntil(lambda: any(each.path == "/mutes" for each in agent.asked))
    assert not any("Mute" in each for each in words(desktop))


def test_muting_and_ending_it(qtbot: QtBot, agent: FakeAgent, make_desktop: MakeDesktop):
    agent.answers["GET /mutes"] = mutes_until(None)
    desktop = make_desktop(agent.socket)
    qtbot.waitUntil(lambda: desktop.mutes.offered)
    assert [each for each in words(desktop) if each.startswith("Mute")][:3] == [
        "Mute for 1 hour",
        "Mute for 4 hours",
        "Mute for 8 hours",
    ]
    agent.answers["POST /mutes"] = mutes_until(NOW + timedelta(hours=4))
    next(a for a in desktop.tray.menu.actions() if a.text() == "Mute for 4 hours").trigger()
    qtbot.waitUntil(desktop.mutes.muted)
    assert agent.bodies("POST /mutes") == [{"seconds": 14400.0, "monitor": None}]
    said = words(desktop)
    assert said[0].startswith("Muted until")
    assert said[1] == "Unmute"
    qtbot.waitUntil(lambda: (desktop.tray._shown.shape, desktop.tray._shown.number) == ("muted", 1))
    assert any(each.startswith("nas: down") for each in said), "muting hides sounds, never the state"
    agent.answers["DELETE /mutes"] = mutes_until(None)
    next(a for a in desktop.tray.menu.actions() if a.text() == "Unmute").trigger()
    qtbot.waitUntil(lambda: not desktop.mutes.muted())
    qtbot.waitUntil(lambda: desktop.tray._shown.shape == "down")
