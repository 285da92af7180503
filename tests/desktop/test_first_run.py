"""From nothing to the first steps: no agent, no monitor, no channel; and nothing is scanned unasked."""

import socket as sockets

from pytestqt.qtbot import QtBot

from statusapp_desktop.app import Desktop
from statusapp_desktop.first_run import FirstRun
from statusapp_desktop.suggestions import gateway, name_servers, suggestions
from tests.desktop.conftest import MakeAgent, MakeDesktop
from tests.desktop.scenes import Target, http_monitor
from tests.support.settings_text import channel

ROUTES = "Iface\tDestination\tGateway\tFlags\neth0\t00000000\t0101A8C0\t0003\neth0\t0001A8C0\t00000000\t0001\n"


def first(desktop: Desktop) -> FirstRun:
    page = desktop.window.page("first")
    assert isinstance(page, FirstRun)
    return page


def test_without_an_agent_it_offers_to_start_one(qtbot: QtBot, make_desktop: MakeDesktop, tmp_path):
    desktop = make_desktop(tmp_path / "nobody.sock", live=False)
    qtbot.waitUntil(lambda: desktop.window.current == "first", timeout=5_000)
    page = first(desktop)
    assert page.start_button.isVisible()
    assert not page.watch.opened.isVisible()


def test_an_agent_with_nothing_to_watch_opens_the_second_step(
    qtbot: QtBot, make_desktop: MakeDesktop, make_agent: MakeAgent
):
    agent = make_agent()
    desktop = make_desktop(agent.socket)
    qtbot.waitUntil(lambda: desktop.window.current == "first", timeout=5_000)
    page = first(desktop)
    assert page.agent.symbol.isVisible()
    assert page.watch.opened.isVisible()
    with sockets.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        page._looking.look_at("127.0.0.1", ((port, "A server"),))
        qtbot.waitUntil(lambda: any("A server" in box.text() for box, _ in page.boxes), timeout=5_000)
    for box, suggestion in page.boxes:
        box.setChecked(suggestion.kind == "tcp")
    assert page.watch_button.text() == "Watch this one"
    page.watch_button.click()
    qtbot.waitUntil(lambda: len(agent.get("/monitors")["items"]) == 1, timeout=5_000)
    qtbot.waitUntil(page.tell.opened.isVisible, timeout=5_000)
    assert not page.watch.opened.isVisible()
    page.tell_button.click()
    qtbot.waitUntil(lambda: desktop.window.current == "channels")


def test_who_has_all_goes_straight_to_the_overview(
    qtbot: QtBot, make_desktop: MakeDesktop, make_agent: MakeAgent, shop: Target
):
    agent = make_agent(channel("http://127.0.0.1:9"), http_monitor("shop", shop.url))
    desktop = make_desktop(agent.socket)
    qtbot.waitUntil(lambda: desktop.window.begun, timeout=5_000)
    assert desktop.window.current == "overview"


def test_the_machine_says_what_could_be_watched():
    assert gateway(ROUTES) == "192.168.1.1"
    assert gateway("Iface\tDestination\tGateway\tFlags\n") is None
    assert name_servers("nameserver 127.0.0.53\nnameserver 192.168.1.53\nnameserver nonsense\n") == ["192.168.1.53"]
    offered = suggestions(ROUTES, "nameserver 192.168.1.53\n", {"ping", "dns"})
    assert [each.document["name"] for each in offered] == ["Router", "DNS server", "Internet"]
    assert suggestions(ROUTES, "", {"http"}) == []
