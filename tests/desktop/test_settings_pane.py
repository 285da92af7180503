"""The settings pane on a real agent: facts, secrets' state but never a secret, a plan before anything is done."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from statusapp_desktop.app import Desktop
from statusapp_desktop.panes.settings import Settings
from statusapp_desktop.settings_words import fault_lines, maintenance_rows, size, until_morning
from statusapp_desktop.widgets.label import Label
from statusapp_shared.protocol import FaultView
from tests.desktop.conftest import MakeAgent, MakeDesktop
from tests.desktop.scenes import Target, http_monitor
from tests.support.settings_text import KEY, channel

PD = channel("http://127.0.0.1:9/v2/enqueue", "pagerduty-home")
WINDOW = (
    '\n[[maintenance]]\nname = "backup"\ndays = ["sun"]\nstart = "03:00"\nduration = "2h"\ntimezone = "Europe/Berlin"\n'
)


@pytest.fixture(autouse=True)
def own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def opened(qtbot: QtBot, desktop: Desktop) -> Settings:
    desktop.window.open("settings")
    page = desktop.window.page("settings")
    assert isinstance(page, Settings)
    qtbot.waitUntil(lambda: bool(page.file.text.toPlainText()), timeout=5_000)
    return page


def words(page: Settings) -> str:
    return "\n".join(label.text() for label in page.findChildren(Label))


def test_the_agent_its_secrets_and_what_is_planned(
    qtbot: QtBot, make_agent: MakeAgent, make_desktop: MakeDesktop, shop: Target
):
    agent = make_agent(PD, http_monitor("shop", shop.url, channels=["pagerduty-home"]), WINDOW)
    page = opened(qtbot, make_desktop(agent.socket))
    told = words(page)
    assert str(agent.get("/agent")["data_dir"]) in told
    assert "Integration key" in told
    assert "Set " in told
    assert "Sun at 03:00 Europe/Berlin for 2h" in told
    assert KEY not in told + page.file.text.toPlainText()
    assert page.symbol.shape_ == "fine"
    agent.stop()
    qtbot.waitUntil(lambda: page.symbol.shape_ == "unreachable", timeout=10_000)


def test_a_file_is_planned_and_done_only_when_asked(
    qtbot: QtBot, make_agent: MakeAgent, make_desktop: MakeDesktop, shop: Target, tmp_path: Path
):
    agent = make_agent(http_monitor("shop", shop.url, channels=[]))
    page = opened(qtbot, make_desktop(agent.socket))
    file = tmp_path / "more.toml"
    assert page.file.write(str(file)) == f"Written to {file}."
    assert 'name = "shop"' in file.read_text()
    file.write_text(http_monitor("second", shop.url, channels=[]))
    page.file.consider(str(file))
    qtbot.waitUntil(page.file.apply.isVisible, timeout=5_000)
    assert page.file.title.text() == "1 change would be made"
    assert "Create monitor second" in words(page)
    assert [each["name"] for each in agent.get("/monitors")["items"]] == ["shop"]
    page.file.apply.click()
    qtbot.waitUntil(lambda: "second" in page.file.text.toPlainText(), timeout=5_000)
    assert page.file.plan.isHidden()
    page.file.consider(str(file))
    qtbot.waitUntil(lambda: "nothing would change" in page.file.title.text(), timeout=5_000)
    assert page.file.apply.isHidden()


def test_a_file_with_a_fault_is_refused_with_its_place(
    qtbot: QtBot, make_agent: MakeAgent, make_desktop: MakeDesktop, tmp_path: Path
):
    page = opened(qtbot, make_desktop(make_agent().socket))
    bad = tmp_path / "bad.toml"
    bad.write_text('[[monitors]]\nname = "x"\nkind = "htpp"\n')
    page.file.consider(str(bad))
    qtbot.waitUntil(lambda: "htpp" in page.file.title.text(), timeout=5_000)
    assert page.file.apply.isHidden()
    bad.write_bytes(b"\xff\xfe")
    page.file.consider(str(bad))
    assert "not a text file" in page.file.title.text()
    page.file.consider(str(tmp_path / "nowhere.toml"))
    assert "could not be read" in page.file.title.text()


def test_mute_is_offered_only_by_an_agent_that_has_it(qtbot: QtBot, make_agent: MakeAgent, make_desktop: MakeDesktop):
    agent = make_agent()
    page = opened(qtbot, make_desktop(agent.socket))
    page.quiet._show({"items": [], "sentence": "Nothing is muted.", "told": []})
    assert page.quiet.isVisibleTo(page)
    assert page.quiet.unmute.isHidden()
    offered = "/v1/mutes" in agent.get("/openapi.json")["paths"]
    page.quiet.ask()
    qtbot.waitUntil(lambda: page.quiet.isVisibleTo(page) == offered, timeout=5_000)


def test_start_at_login(qtbot: QtBot, make_agent: MakeAgent, make_desktop: MakeDesktop, tmp_path: Path):
    page = opened(qtbot, make_desktop(make_agent().socket))
    entry = tmp_path / "config" / "autostart" / "statusapp.desktop"
    page.at_login.click()
    assert "desktop --hidden" in entry.read_text()
    page.at_login.click()
    assert not entry.exists()


def test_windows_of_maintenance_in_words():
    text = (
        WINDOW
        + '[[maintenance]]\nname = "move"\nstarts_at = "2026-12-01T10:00:00Z"\nduration = "1h"\nmonitors = ["nas"]\n'
    )
    assert maintenance_rows(text) == [
        ("backup", "Sun at 03:00 Europe/Berlin for 2h", "all monitors"),
        ("move", "once, 2026-12-01T10:00:00Z for 1h", "nas"),
    ]


@pytest.mark.parametrize(("number", "words"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (123_456_789, "123 MB")])
def test_sizes(number: int, words: str):
    assert size(number) == words


def test_morning_is_the_next_seven_on_the_wall():
    now = datetime(2026, 11, 28, 6, 0, tzinfo=UTC).astimezone()
    seconds = until_morning(now)
    assert 0 < seconds <= 25 * 3600
    assert datetime.fromtimestamp(now.timestamp() + seconds, UTC).astimezone().hour == 7


def test_faults_have_their_place():
    assert fault_lines([FaultView(line=3, key="url", message="needs a host")]) == ["Line 3: url: needs a host"]
