"""A review in words: every sentence is true of the figures beside it."""

import json
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from statusapp_agent.core.measures import Page, Record, measure
from statusapp_agent.core.model import Incident, IncidentStatus, Severity
from statusapp_agent.core.patterns import Pattern
from statusapp_agent.core.periods import last_complete
from statusapp_agent.core.review import Circumstances, review
from statusapp_agent.report import render
from statusapp_agent.views.reports import report_notice, report_view

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 4, 8, 9, 0, tzinfo=UTC)


def incident(number, opened, minutes=30, acked=2, monitor="nas", by="Ann", cause="refused"):
    over = None if minutes is None else opened + timedelta(minutes=minutes)
    return Incident(
        id=f"{number:032x}",
        number=number,
        monitor=monitor,
        severity=Severity.CRITICAL,
        cause=cause,
        began_at=opened - timedelta(seconds=20),
        opened_at=opened,
        status=IncidentStatus.OPEN if over is None else IncidentStatus.RESOLVED,
        acknowledged_at=None if acked is None else opened + timedelta(minutes=acked),
        acknowledged_by=None if acked is None else by,
        resolved_at=over,
        resolved_via="recovery",
    )


def made(*incidents, rhythm="monthly", pages=(), patterns=(), watched=("nas",), **around):
    period = last_complete(rhythm, NOW, BERLIN)
    record = Record(
        incidents=incidents,
        pages=pages,
        watched_since={name: NOW - timedelta(days=900) for name in watched},
    )
    measured = measure(record, period, NOW, "monitor", BERLIN)
    return review(rhythm, measured, record, patterns, Circumstances(**around), NOW, BERLIN)


def march(day, hour=10):
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def test_a_quiet_month():
    found = made(watched=("nas", "web"))
    assert found.title == "March 2026"
    assert found.summary == ("Nothing happened: 2 monitors watched, no incident.",)
    assert (found.todo, found.lines, found.changes) == ((), (), ())
    page = render.html(found)
    assert "Nothing asks for a change." in page
    assert page.count("n/a") == 4
    assert "<svg" not in page


def test_a_period_that_is_not_over_is_called_so():
    period = last_complete("monthly", NOW + timedelta(days=30), BERLIN)
    record = Record()
    found = review("monthly", measure(record, period, NOW), record, (), Circumstances(), NOW, BERLIN)
    assert found.title == "April 2026, so far"


def test_a_month_in_words():
    night = incident(3, march(20, 23), acked=None, minutes=5)
    before = incident(1, datetime(2026, 2, 10, 10, tzinfo=UTC), acked=20)
    found = made(
        before,
        incident(2, march(2), acked=2),
        night,
        incident(4, march(21), acked=4, by="Ben"),
        pages=[Page(night.id, "phone", night.opened_at + timedelta(seconds=2))],
    )
    assert found.summary[0] == (
        "There were 3 incidents, 2 more than the month before. Ann and Ben acknowledged 2, half of them within 2 min; "
        "nobody acknowledged the other 1. Half of them were over within 30 min."
    )
    assert found.summary[1] == "1 time somebody was paged at night and 1 incident ended untouched within 10 min."
    assert "Acknowledging took 3 min on average; it was 20 min." in found.changes
    assert "Pages at night: 1, 1 more than the month before." in found.changes
    assert [line.incident.number for line in found.lines] == [2, 3, 4]
    assert found.lines[1].paged == ("phone",)
    assert sum(map(sum, found.heat)) == 3
    assert found.heat[5][0] == 1  # 23:00 UTC on the 20th is Saturday, 00:00 in Berlin


def test_an_open_incident_comes_first_in_what_to_do():
    again = Pattern("flapping", ("nas",), "it flaps.", "mend it.", (1, 2, 3))
    found = made(incident(7, march(30), minutes=None, acked=None), patterns=[again])
    assert found.todo[0].sentence == "nas is still down: refused"
    assert found.todo[0].suggestion.startswith("Nobody has it.")
    assert found.todo[1] is again
    assert "still open" in render.html(found)


def test_what_is_explained_is_not_said_twice():
    nightly = Pattern("time of day", ("nas",), "at night.", "look.", (1, 2, 3))
    false = Pattern("false alarms", ("nas",), "false.", "wait.", (1, 2, 3))
    elsewhere = Pattern("false alarms", ("web",), "false.", "wait.", (4, 5, 6))
    assert made(patterns=[nightly, false, elsewhere]).todo == (nightly, elsewhere)


def test_a_quarter_names_unused_channels_and_people():
    some = [incident(n, march(n + 1), by="Ann") for n in range(1, 7)]
    pages = [Page(each.id, "phone", each.opened_at + timedelta(seconds=1)) for each in some]
    found = made(
        *some,
        rhythm="quarterly",
        pages=pages,
        channel_troubles={"phone": None, "mail": None, "sms": "broken: wrong key"},
        people=("Ann", "Ben"),
        settings_changes=[(march(3), "Ann changed the settings")],
    )
    said = [each.sentence for each in found.todo]
    assert "mail carried no page in this quarter." in said
    assert "sms: broken: wrong key" in said
    assert "Ann took all 6 incidents." in said
    assert "Ben took no incident in this quarter." in said
    assert "3 March: Ann changed the settings" in render.text(found)
    assert {each.name: each.pages for each in found.channels} == {"phone": 6, "mail": 0, "sms": 0}


@pytest.mark.parametrize("rhythm", ["weekly", "monthly", "quarterly"])
def test_every_incident_has_its_link_and_nothing_else_is_fetched(rhythm):
    opened = {"weekly": NOW - timedelta(days=5), "monthly": march(9), "quarterly": march(9)}[rhythm]
    found = made(incident(9, opened), rhythm=rhythm, dashboard_url="https://status.example/")
    page = render.html(found)
    links = re.findall(r'(?:href|src|url)="?\(?([^")]+)', page)
    assert [link for link in links if link.startswith("http")] == [f"https://status.example/incidents/{9:032x}"]
    assert f"[#9](https://status.example/incidents/{9:032x})" in render.text(found)
    assert "@import" not in page
    assert "<script" not in page


def test_hostile_texts_stay_texts():
    found = made(incident(1, march(2), monitor="<script>alert(1)</script>", cause='"><img src=x onerror=y>|`'))
    page = render.html(found)
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page
    (row,) = [line for line in render.text(found).splitlines() if line.startswith("| #1 ")]
    assert len(re.findall(r"(?<!\\)\|", row)) == 7


def test_a_notice_carries_the_whole_report_as_plain_values():
    view = report_view(made(incident(1, march(2))))
    notice = report_notice(view)
    assert notice["title"] == "March 2026"
    assert json.loads(json.dumps(notice)) == notice
    assert notice["html"] == view.html
