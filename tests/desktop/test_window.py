"""The window as a whole: keys, remembered state, one instance, names for all, and no numpy at the start."""

import subprocess
import sys

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from statusapp_desktop.panes import PANES
from statusapp_desktop.single import Single
from statusapp_desktop.starting import start_at_login, starts_at_login
from statusapp_desktop.tokens import DARK, LIGHT
from statusapp_desktop.topics import topics
from statusapp_desktop.window import HELP_OF
from tests.desktop.conftest import MakeAgent, MakeDesktop
from tests.desktop.scenes import Target, http_monitor
from tests.support.agent_process import environment
from tests.support.settings_text import channel


def test_every_pane_by_its_key_in_both_schemes(
    qtbot: QtBot, make_desktop: MakeDesktop, make_agent: MakeAgent, shop: Target
):
    agent = make_agent(channel("http://127.0.0.1:9"), http_monitor("shop", shop.url))
    desktop = make_desktop(agent.socket)
    desktop.window.activateWindow()
    for number, pane in enumerate(PANES[:9], 1):
        qtbot.keyClick(desktop.window, str(number), Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda key=pane.key: desktop.window.current == key)
        for tokens in (DARK, LIGHT):
            desktop.theme.use(tokens)
            desktop.window.grab()


def test_everything_that_can_be_used_has_a_name(
    qtbot: QtBot, make_desktop: MakeDesktop, make_agent: MakeAgent, shop: Target
):
    agent = make_agent(channel("http://127.0.0.1:9"), http_monitor("shop", shop.url))
    desktop = make_desktop(agent.socket)
    nameless = []
    for pane in PANES:
        desktop.window.open(pane.key)
        qtbot.wait(200)
        for kind in (QAbstractButton, QLineEdit, QComboBox):
            for each in desktop.window.page(pane.key).findChildren(kind):
                if each.isVisible() and each.focusPolicy() != Qt.FocusPolicy.NoFocus and not _named(each):
                    nameless.append((pane.key, each))
    assert nameless == []


def _named(widget: QWidget) -> bool:
    inner = isinstance(widget.parent(), QLineEdit)  # Qt's own clear button
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return bool(widget.accessibleName() or text or inner)


def test_the_pane_is_remembered(qtbot: QtBot, make_desktop: MakeDesktop, make_agent: MakeAgent, shop: Target):
    agent = make_agent(channel("http://127.0.0.1:9"), http_monitor("shop", shop.url))
    make_desktop(agent.socket).window.open("incidents")
    assert make_desktop(agent.socket).window.current == "incidents"


def test_a_second_start_calls_the_first_one_up(qtbot: QtBot, tmp_path):
    first = Single(tmp_path / "agent.sock")
    assert first.is_first
    called = []
    first.called.connect(lambda: called.append(True))
    second = Single(tmp_path / "agent.sock")
    assert not second.is_first
    qtbot.waitUntil(lambda: called == [True])
    assert Single(tmp_path / "other.sock").is_first
    first.close()


def test_starting_with_the_session(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert not starts_at_login()
    start_at_login(True)
    assert starts_at_login()
    assert "desktop --hidden" in (tmp_path / "autostart" / "statusapp.desktop").read_text("utf-8")
    start_at_login(False)
    assert not starts_at_login()


def test_the_start_loads_neither_numpy_nor_a_chart():
    code = (
        "import sys, statusapp_desktop.app; "
        "print(sorted(m for m in sys.modules if m.split('.')[0] in ('numpy', 'pyqtgraph', 'statusapp_agent')))"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_command_line_says_why_there_can_be_no_window():
    command = [sys.executable, "-m", "statusapp_agent.cli.entry", "desktop"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "There is no display here" in done.stderr
    assert "Traceback" not in done.stderr


def test_qt_cannot_wear_out_what_python_lives_on():
    """Without `immortal`, Python 3.11 aborts in here: each call takes a reference to None or True that nobody gave."""
    code = (
        "import sys, statusapp_desktop\n"
        "from PySide6.QtCore import QObject, Signal\n"
        "class Bell(QObject):\n    rung = Signal()\n"
        "bell = Bell()\n"
        "for _ in range(100_000): bell.rung.emit(); bell.setObjectName('x')\n"
        "print('alive')"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "alive"), done.stderr


def test_f1_opens_the_page_of_this_pane(qtbot: QtBot, make_desktop: MakeDesktop, make_agent: MakeAgent):
    desktop = make_desktop(make_agent().socket)
    window = desktop.window
    window.activateWindow()
    window.open("doctor")
    qtbot.keyClick(window, Qt.Key.Key_F1)
    qtbot.waitUntil(lambda: window.current == "help")
    topic = next(each for each in topics() if each.key == "no-incident")
    assert topic.title in window.page("help").reader.toPlainText()
    assert set(HELP_OF) == {pane.key for pane in PANES} - {"help"}
    assert set(HELP_OF.values()) <= {each.key for each in topics()}
