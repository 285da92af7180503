"""The help: every page is complete, every link leads somewhere, and the search finds what it should."""

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from pytestqt.qtbot import QtBot

from statusapp_desktop.panes import PANES
from statusapp_desktop.panes.help import Help
from statusapp_desktop.topics import Topic, passage, search, topics
from tests.desktop.conftest import MakeDesktop

PANES_TO_COME = {"monitors", "channels", "oncall"}
CHANNELS = {"pagerduty", "slack", "email", "sms", "webhook"}


@pytest.mark.parametrize("topic", topics(), ids=lambda topic: topic.key)
def test_a_page_has_a_title_and_its_links_lead_somewhere(topic: Topic):
    assert topic.text.startswith("# ")
    keys = {each.key for each in topics()}
    for scheme, rest in re.findall(r"\]\((\w+):([^)]*)\)", topic.text):
        known = {"help": keys, "pane": {pane.key for pane in PANES} | PANES_TO_COME}
        assert scheme == "https" or rest in known[scheme]


def test_there_is_a_page_for_every_channel():
    assert {each.key for each in topics()} >= CHANNELS
    groups = [each.group for each in topics()]
    assert list(dict.fromkeys(groups)) == ["Start", "Channels", "Topics"]


def test_the_search_wants_every_word_and_puts_titles_first():
    found = search(topics(), "integration KEY")
    assert "pagerduty" in {each.key for each in found}
    assert search(topics(), "on call")[0].key == "on-call"
    assert search(topics(), "xylophone") == []
    assert len(search(topics(), "")) == len(topics())


def test_a_passage_shows_where_the_word_stands():
    topic = Topic("k", "g", "T", "# T\n\n- **one** two [three](help:x) four\n")
    assert passage(topic, "three") == "one two three four"
    assert "Integration Key" in passage(next(each for each in topics() if each.key == "pagerduty"), "integration key")


def test_pages_are_opened_searched_and_followed(
    qtbot: QtBot, make_desktop: MakeDesktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    desktop = make_desktop(tmp_path / "nobody.sock", live=False)
    desktop.window.open("help", "slack")
    page = desktop.window.page("help")
    assert isinstance(page, Help)
    assert page.reader.toPlainText().startswith("Slack")
    page.follow(QUrl("help:pagerduty"))
    assert page.list.currentItem().text() == "PagerDuty"
    page.search.setText("p90")
    qtbot.waitUntil(lambda: page.reader.toPlainText().startswith("What the figures mean"))
    assert page.reader.extraSelections()
    page.search.setText("xylophone")
    qtbot.waitUntil(page.nothing.isVisible)
    page.follow(QUrl("https://example.org/x"))
    assert opened == ["https://example.org/x"]
    for bad in (
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://example.org",
        "https://a@example.org",
        "pane:nowhere",
    ):
        page.follow(QUrl(bad))
    assert opened == ["https://example.org/x"]
    page.follow(QUrl("pane:doctor"))
    assert desktop.window.current == "doctor"
