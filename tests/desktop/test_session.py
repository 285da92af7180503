"""On a real display: the real button of a real notice, and the real menu of a real tray icon, tell PagerDuty."""

import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from statusapp_agent.demo.pagerduty_service import PagerDutyService
from tests.desktop import session as sessions
from tests.desktop.conftest import MakeAgent
from tests.desktop.scenes import Target, http_monitor
from tests.desktop.session import NOTIFYD, Session, until
from tests.support.agent_thread import AgentThread
from tests.support.settings_text import channel

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(bool(sessions.missing()), reason=f"not here: {', '.join(sessions.missing())}"),
]


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with sessions.session(tmp_path) as made:
        yield made


@pytest.fixture
def agent(make_agent: MakeAgent, shop: Target, pagerduty: PagerDutyService) -> AgentThread:
    return make_agent(channel(pagerduty.url), http_monitor("shop", shop.url, interval="200ms", channels=["pd"]))


def windows(session: Session, name: str) -> list[str]:
    return session.run("xdotool", "search", "--onlyvisible", "--name", name).split()


def place(session: Session, window: str) -> tuple[int, int, int, int]:
    said = session.run("xdotool", "getwindowgeometry", "--shell", window)
    found = dict(re.findall(r"(\w+)=(-?\d+)", said))
    return int(found["X"]), int(found["Y"]), int(found["WIDTH"]), int(found["HEIGHT"])


def acknowledged(pagerduty: PagerDutyService) -> bool:
    return "acknowledge" in [each.action for each in pagerduty.journal]


def test_the_acknowledge_button_of_a_notice(
    session: Session, agent: AgentThread, shop: Target, pagerduty: PagerDutyService
):
    session.start(str(NOTIFYD))
    session.desktop(agent.socket)
    until("the window", lambda: windows(session, "^StatusApp$"))
    shop.state["status"] = 503
    notice = until("the notice", lambda: windows(session, "xfce4-notifyd"))[0]
    x, y, wide, high = place(session, notice)
    session.picture("notice")
    # Its buttons stand at the foot, "Acknowledge" before "Open".
    for across in (0.58, 0.5, 0.66):
        if acknowledged(pagerduty) or not windows(session, "xfce4-notifyd"):
            break
        session.run("xdotool", "mousemove", str(x + int(wide * across)), str(y + high - 30), "click", "1")
        session.picture(f"clicked-{across}")
    until("PagerDuty hears of it", lambda: acknowledged(pagerduty))
    incident = agent.get("/incidents")["items"][0]
    assert incident["acknowledged_via"] == "notification"


def test_a_notice_goes_when_somebody_acknowledges_elsewhere(session: Session, agent: AgentThread, shop: Target):
    session.start(str(NOTIFYD))
    session.desktop(agent.socket)
    until("the window", lambda: windows(session, "^StatusApp$"))
    shop.state["status"] = 503
    until("the notice", lambda: windows(session, "xfce4-notifyd"))
    incident = agent.get("/incidents")["items"][0]
    agent.post(f"/incidents/{incident['id']}/acknowledge", by="Ana", via="phone")
    until("the notice is gone", lambda: not windows(session, "xfce4-notifyd"))


def test_the_menu_of_the_tray_icon(session: Session, agent: AgentThread, shop: Target, pagerduty: PagerDutyService):
    session.start("trayer", "--edge", "top", "--align", "right", "--widthtype", "request", "--height", "30")
    shop.state["status"] = 503
    until("an incident", lambda: agent.get("/incidents")["items"])
    until("the tray", lambda: session.run("xdotool", "search", "--class", "trayer"))
    session.desktop(agent.socket, "--hidden")
    icon = until("the icon", lambda: session.run("xdotool", "search", "--class", "statusapp").split())
    assert not windows(session, "^StatusApp$"), "it was started hidden"
    x, y, wide, high = until("the icon's place", lambda: _docked(session, icon))
    until("the incident is known", lambda: _menu_with(session, x + wide // 2, y + high // 2))
    session.picture("menu")
    session.run("xdotool", "key", "Down", "Down", "Return")  # the incident, then "Acknowledge shop" below it
    until("PagerDuty hears of it", lambda: acknowledged(pagerduty))
    assert agent.get("/incidents")["items"][0]["acknowledged_via"] == "tray"


def _docked(session: Session, icons: list[str]) -> tuple[int, int, int, int] | None:
    for each in icons:
        found = place(session, each)
        if 10 < found[2] < 60 and found[0] > 600 and found[1] < 60:
            return found
    return None


def _menu_with(session: Session, x: int, y: int) -> bool:
    session.run("xdotool", "mousemove", str(x), str(y), "click", "3")
    return bool(session.run("xdotool", "search", "--onlyvisible", "--class", "statusapp"))


def test_closing_hides_into_the_tray_a_second_start_brings_it_back_and_quitting_ends_it(
    session: Session, agent: AgentThread
):
    session.start("trayer", "--edge", "top", "--align", "right", "--widthtype", "request", "--height", "30")
    until("the tray", lambda: session.run("xdotool", "search", "--class", "trayer"))
    command = [sys.executable, "-m", "statusapp_agent.cli.entry", "--socket", str(agent.socket), "desktop"]
    first = session.start(*command)
    window = until("the window", lambda: windows(session, "^StatusApp$"))[0]
    session.run("xdotool", "windowactivate", "--sync", window, "key", "alt+F4")
    until("it hides", lambda: not windows(session, "^StatusApp$"))
    assert first.poll() is None, "the tray stays"
    assert session.start(*command).wait(20) == 0, "one window is enough"
    until("it is back", lambda: windows(session, "^StatusApp$"))
    window_process = int(session.run("pgrep", "-P", str(first.pid)))
    os.kill(window_process, signal.SIGTERM)
    assert first.wait(20) == 0
