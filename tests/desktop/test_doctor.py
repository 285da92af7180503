"""The doctor's pane on a real agent: what fails says so by shape and word, and is gone after a second run."""

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from statusapp_desktop.doctor_words import as_text, counts, named, overall
from statusapp_desktop.panes.doctor import Doctor
from statusapp_shared.protocol import DoctorFinding, DoctorView
from tests.desktop.conftest import MakeAgent, MakeDesktop
from tests.desktop.scenes import Target, http_monitor
from tests.support.settings_text import channel


def finding(verdict: str, point: str = "Route", remedy: str | None = None) -> DoctorFinding:
    return DoctorFinding(group="Is it told?", point=point, verdict=verdict, text="So it is.", remedy=remedy)


def test_each_point_has_its_verdict_its_remedy_and_a_way_on(
    qtbot: QtBot, make_agent: MakeAgent, make_desktop: MakeDesktop, shop: Target
):
    agent = make_agent(http_monitor("shop", shop.url, channels=[]))
    desktop = make_desktop(agent.socket)
    desktop.window.open("doctor")
    page = desktop.window.page("doctor")
    assert isinstance(page, Doctor)
    qtbot.waitUntil(lambda: page.view is not None, timeout=5_000)
    told = agent.get("/doctor")
    assert page.sentence.text() == told["sentence"]
    assert [row.finding.point for row in page.rows] == [each["point"] for each in told["findings"]]
    failed = next(row for row in page.rows if row.finding.verdict == "fail")
    assert failed.accessibleName().startswith("FAIL. ")
    assert failed.remedy.text() == failed.finding.remedy
    assert page.symbol.shape_ == "down"
    assert "Nobody was paged." in page.sum.text()
    page.copy.click()
    assert "FAIL" in QGuiApplication.clipboard().text()


def test_one_monitor_or_channel_can_be_examined(
    qtbot: QtBot, make_agent: MakeAgent, make_desktop: MakeDesktop, shop: Target
):
    tables = (channel("http://127.0.0.1:9/v2/enqueue", "pd"), http_monitor("a b, c", shop.url, channels=["pd"]))
    desktop = make_desktop(make_agent(*tables).socket)
    desktop.window.open("doctor", "a b, c")
    page = desktop.window.page("doctor")
    qtbot.waitUntil(lambda: page.view is not None and page.view.subject == "a b, c", timeout=5_000)
    assert page.subject.currentText() == "a b, c"
    page.subject.setCurrentIndex(page.subject.findData("pd"))
    page.subject.activated.emit(page.subject.currentIndex())
    qtbot.waitUntil(lambda: page.view.subject == "pd", timeout=5_000)


def test_without_an_agent_nothing_is_green(qtbot: QtBot, make_desktop: MakeDesktop, make_agent: MakeAgent):
    agent = make_agent()
    desktop = make_desktop(agent.socket)
    desktop.window.open("doctor")
    page = desktop.window.page("doctor")
    qtbot.waitUntil(lambda: page.view is not None, timeout=5_000)
    agent.stop()
    page.run()
    qtbot.waitUntil(lambda: page.symbol.shape_ == "unreachable", timeout=5_000)
    assert "What you see is from" in page.sum.text()
    assert page.again.isEnabled()


@pytest.mark.parametrize(
    ("verdicts", "shape"),
    [(["pass"], "fine"), ([], "blind"), (["pass", "unknown"], "blind"), (["unknown", "fail", "pass"], "down")],
)
def test_the_worst_decides_and_nothing_is_not_fine(verdicts: list[str], shape: str):
    view = DoctorView(subject=None, sentence="", findings=[finding(each) for each in verdicts])
    assert overall(view) == shape


def test_the_sum_and_the_text():
    view = DoctorView(
        subject=None, sentence="One thing.", findings=[finding("fail", remedy="Mend it."), finding("pass")]
    )
    assert counts(view) == "1 failed, 1 passes."
    assert as_text(view, "Doctor").splitlines()[4:] == [
        "Is it told?",
        "  FAIL     Route: So it is.",
        "           Mend it.",
        "  PASS     Route: So it is.",
    ]


def test_the_longest_name_is_meant():
    assert named(finding("fail", "nas, backup, route"), ["nas", "nas, backup"]) == "nas, backup"
    assert named(finding("fail", "Route"), ["nas"]) is None
