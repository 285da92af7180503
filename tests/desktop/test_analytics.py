"""The analytics pane on a real agent with real incidents: charts and tables say the same numbers."""

import csv
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from statusapp_desktop.app import Desktop
from statusapp_desktop.figures import Chosen, figures, part
from statusapp_desktop.panes.analytics import Analytics
from statusapp_desktop.series import Bucket, Spread, Summary
from statusapp_desktop.tables import Table, as_csv, span
from statusapp_desktop.tokens import DARK
from statusapp_desktop.widgets.chart_trend import bucket_words
from tests.desktop.conftest import MakeAgent, MakeDesktop
from tests.desktop.scenes import Target, http_monitor
from tests.support.agent_thread import AgentThread

HOUR = {"mean": 3600.0, "p50": 3600.0, "p90": 3600.0, "count": 1}


@pytest.fixture
def agent(make_agent: MakeAgent, shop: Target) -> AgentThread:
    """Two monitors down, one of them acknowledged by Ana."""
    shop.state["status"] = 503
    names = ("shop", "Backup to the offsite box, photos and documents")
    made = make_agent(*(http_monitor(name, shop.url, interval="200ms", channels=[], tier="1") for name in names))
    for name in names:
        made.run(made.process.until(name, "down"))
    made.post("/incidents/1/acknowledge", by="Ana")
    return made


def opened(qtbot: QtBot, desktop: Desktop) -> Analytics:
    desktop.window.open("analytics")
    page = desktop.window.page("analytics")
    assert isinstance(page, Analytics)
    qtbot.waitUntil(lambda: page.found is not None, timeout=5_000)
    return page


def test_figures_charts_and_tables_say_the_same(qtbot: QtBot, agent: AgentThread, make_desktop: MakeDesktop):
    page = opened(qtbot, make_desktop(agent.socket))
    told = agent.get("/analytics")
    names = [card.accessibleName() for card in page.cards]
    assert names[2].startswith("Incidents: 2.")
    assert names[3].startswith("Never acknowledged: 1.")
    assert page.cards[0].toolTip().startswith(told["definitions"]["mtta"])
    assert "n/a" in names[1]
    tables = {table.title: table for table in page.charts.tables()}
    assert {row[1] for row in tables["Incidents by monitor"].rows} == {1}
    assert tables["Time to acknowledge"].rows[-1] == ("never", 1)
    assert tables["By responder"].rows[0][:2] == ("Ana", 1)
    assert sum(row[1] for row in tables["Time to acknowledge and to resolve"].rows) == 2
    assert sum(sum(row[1:]) for row in tables["When they open"].rows) == 2
    assert tables["By tier"].rows[0][:3] == ("Tier 1", 2, 1)


def test_a_monitor_can_be_chosen(qtbot: QtBot, agent: AgentThread, make_desktop: MakeDesktop):
    page = opened(qtbot, make_desktop(agent.socket))
    page.open_subject("shop")
    qtbot.waitUntil(lambda: page.cards[2].accessibleName().startswith("Incidents: 1."), timeout=5_000)
    assert [row[0] for row in page.charts.bars_card.numbers.rows] == ["shop"]
    assert page.charts.tier_card.isHidden()


def test_every_chart_has_its_table_and_it_can_be_copied(qtbot: QtBot, agent: AgentThread, make_desktop: MakeDesktop):
    page = opened(qtbot, make_desktop(agent.socket))
    page.tabular.click()
    assert all(card.table.isVisibleTo(card) for card in page.charts.cards)
    page.charts.bars_card.table.copy()
    copied = QGuiApplication.clipboard().text().splitlines()
    assert copied[0] == "Monitor\tIncidents"
    assert "shop\t1" in copied
    page.tabular.click()
    assert page.charts.trend.isVisibleTo(page)


def test_the_arrow_keys_tell_the_values(qtbot: QtBot, agent: AgentThread, make_desktop: MakeDesktop):
    trend = opened(qtbot, make_desktop(agent.socket)).charts.trend
    QTest.keyClick(trend, Qt.Key.Key_Left)
    assert "2 incidents" in trend.tip.text()
    QTest.keyClick(trend, Qt.Key.Key_Left)
    assert "0 incidents" in trend.tip.text()
    QTest.mouseMove(trend.viewport(), QPoint(trend.width() // 2, 60))


def test_the_pointer_tells_hours_names_and_classes(qtbot: QtBot, agent: AgentThread, make_desktop: MakeDesktop):
    charts = opened(qtbot, make_desktop(agent.socket)).charts
    assert charts.bars.words_at(QPointF(10, 10)).endswith(": 1 incident")
    assert "documents" in charts.bars.words_at(QPointF(10, 10))
    assert charts.heat.words_at(QPointF(charts.heat.width() - 2, 2)).startswith("Mon 23:00-00:00: ")
    assert charts.spread.words_at(0.5).endswith(": 1 incident")
    assert charts.spread.words_at(charts.spread._never_at + 0.5) == "never: 1 incident"


@pytest.mark.parametrize("ending", ["png", "svg", "csv"])
def test_export(qtbot: QtBot, agent: AgentThread, make_desktop: MakeDesktop, tmp_path: Path, ending: str):
    desktop = make_desktop(agent.socket)
    desktop.theme.use(DARK)
    page = opened(qtbot, desktop)
    file = tmp_path / f"figures.{ending}"
    assert page.write(str(file)) == f"Written to {file}."
    assert desktop.theme.tokens is DARK
    if ending == "csv":
        rows = list(csv.DictReader(file.read_text().splitlines()))
        assert {"chart": "Incidents by monitor", "row": "shop", "column": "Incidents", "value": "1"} in rows
    elif ending == "png":
        picture = QImage(str(file))
        assert picture.width() == 2 * page._whole.width()
        assert picture.pixelColor(2, 2).lightness() > 200
    else:
        assert "<svg" in file.read_text()
    assert "could not be written" in page.write(str(tmp_path / "nowhere" / f"x.{ending}"))


def test_no_incident_is_said_and_not_drawn(qtbot: QtBot, make_agent: MakeAgent, make_desktop: MakeDesktop):
    page = opened(qtbot, make_desktop(make_agent().socket))
    assert page.charts.trend_card._nothing.text() == "No incident in this range."
    assert page.cards[0].accessibleName().startswith("MTTA, mean: n/a")


def test_an_agent_that_is_gone_leaves_old_figures_and_says_so(
    qtbot: QtBot, agent: AgentThread, make_desktop: MakeDesktop
):
    page = opened(qtbot, make_desktop(agent.socket))
    agent.stop()
    page.ask()
    qtbot.waitUntil(lambda: "not up to date" in page.said.text(), timeout=5_000)
    assert page.cards[2].accessibleName().startswith("Incidents: 2.")


def answer(**keys: object) -> dict[str, object]:
    return {"incidents": 2, "never_acknowledged": 0, "mtta_s": None, "mttr_s": None, "groups": [], **keys}


def test_change_is_told_with_its_amount_and_mood():
    now, before = answer(mtta_s={**HOUR, "mean": 60.0}), answer(mtta_s=HOUR, incidents=2)
    mtta, mttr, incidents, _never = figures(now, before, {"mtta": "Said."})
    assert (mtta.value, mtta.mood, mtta.was) == ("1 min", "better", "was 1 h")
    assert mtta.change.endswith("59 min")
    assert mtta.tip.startswith("Said.")
    assert (mttr.value, mttr.change) == ("n/a", "")
    assert (incidents.change, incidents.mood) == ("no change", "")


def test_an_older_agent_has_no_measures_and_a_newer_one_has():
    assert len(figures(answer(), None, {})) == 4
    told = figures(answer(measures={"escalated": 3}), answer(measures={"escalated": 1}), {})
    assert (told[4].value, told[4].mood, told[4].was) == ("3", "worse", "was 1")


def test_a_group_without_incidents_is_nothing_not_an_error():
    assert part(answer(), Chosen("tier", "9"))["incidents"] == 0


def test_words_of_a_week_and_of_a_class():
    bucket = Bucket(date(2026, 10, 26), ("a",), None, Summary(60.0, 60.0, 120.0, 1))
    assert bucket_words(bucket, "week").splitlines() == [
        "Week of 26 Oct, 1 incident",
        "MTTR 1 min, p50 1 min, p90 2 min",
        "MTTA n/a",
    ]
    assert span(Spread(120.0, (1, 2), 0, None, open_ended=True), 0) == "0 to 2 min"
    assert span(Spread(120.0, (1, 2), 0, None, open_ended=True), 1) == "2 min and more"


def test_a_name_is_no_formula_for_a_spreadsheet():
    told = as_csv([Table("T", ("Monitor", "Incidents"), (("=cmd()", 1), ("-", None)))])
    assert told.splitlines()[1:] == ["T,'=cmd(),Incidents,1", "T,'-,Incidents,"]


def test_nothing_in_the_period_before_is_no_ground_for_worse():
    told = figures(answer(), answer(incidents=0), {})
    assert (told[2].change, told[2].was) == ("", "none before")


def test_without_an_agent_there_are_no_figures_and_no_axes(qtbot: QtBot, make_desktop: MakeDesktop, tmp_path: Path):
    desktop = make_desktop(tmp_path / "nobody.sock", live=False)
    desktop.window.open("analytics")
    page = desktop.window.page("analytics")
    qtbot.waitUntil(lambda: "No agent runs here" in page.empty.why.text(), timeout=5_000)
    assert not page.charts.isVisible()
    assert not page.export.isEnabled()


def test_a_narrow_window_has_cards_below_each_other_and_short_words(
    qtbot: QtBot, agent: AgentThread, make_desktop: MakeDesktop
):
    desktop = make_desktop(agent.socket)
    page = opened(qtbot, desktop)
    desktop.window.resize(720, 600)
    qtbot.waitUntil(lambda: page.charts.bars_card.y() > page.charts.trend_card.y())
    qtbot.waitUntil(lambda: page.charts.spread_card.y() > page.charts.bars_card.y())
    assert page.range.width() < 300
    qtbot.waitUntil(lambda: page.charts.trend_card.width() < page.width(), timeout=2_000)
