"""Why nobody was paged at a moment of the past: each reason, from what was written down."""

from datetime import UTC, datetime, timedelta

import pytest

from statusapp_agent.core.model import CheckStatus, Incident, Maintenance, Scope, Severity
from statusapp_agent.core.routing import Route, RouteStep, When
from statusapp_agent.core.state import BlindTime
from statusapp_agent.core.why import Step
from statusapp_agent.core.why_then import Deed, Past, Seen, why_then
from tests.support.world import monitor

AT = datetime(2026, 3, 2, 2, 10, tzinfo=UTC)
FOUND = Route((RouteStep("pd", "pagerduty", When.ALWAYS, 0.0),), "its own channels")
UP, DOWN = CheckStatus.UP, CheckStatus.DOWN


def minutes(number: float) -> datetime:
    return AT + timedelta(minutes=number)


def incident(
    began: float, ended: float | None = None, by: str = "statusapp", name: str = "nas-web", **more
) -> Incident:
    over = {} if ended is None else {"resolved_at": minutes(ended), "resolved_by": by, "resolved_via": "cli"}
    return Incident("a" * 32, 7, name, Severity.CRITICAL, "refused", minutes(began), minutes(began), **over, **more)


def asked(*windows: Maintenance, seen_=(), **facts) -> dict[str, Step]:
    why = why_then(monitor("nas-web", failures=3), Past(AT, seen=seen_, **facts), windows, FOUND, UTC)
    return {step.question: step for step in why.steps}


FAILS = tuple(Seen(minutes(n), DOWN, "refused") for n in (-2, -1, 0))


def test_not_confirmed_tells_how_many_were_missing_and_when_it_answered() -> None:
    found = asked(seen_=(Seen(minutes(-3), UP), *FAILS[1:], Seen(minutes(1), UP)))
    assert found["Did it fail then?"].ok
    step = found["Was a failure confirmed?"]
    assert (step.ok, step.answer) == (False, "No: 2 of 3 failures in a row. It answered again at 02:11:00 UTC.")


def test_it_was_up() -> None:
    found = asked(seen_=(Seen(minutes(-9), DOWN), Seen(minutes(-1), UP)))
    assert found["Did it fail then?"].ok is False
    assert "nearest failure was at 02:01:00 UTC" in found["Did it fail then?"].answer


def test_it_was_paused() -> None:
    found = asked(deeds=(Deed(minutes(-90), "ann", "resume"), Deed(minutes(-60), "ann", "pause")))
    assert "paused by ann since 01:10:00 UTC" in found["Was it watched?"].answer
    again = asked(seen_=FAILS, deeds=(Deed(minutes(-90), "ann", "pause"), Deed(minutes(-60), "ann", "resume")))
    assert again["Was it watched?"].ok


def test_the_agent_was_off_or_the_network_was_gone() -> None:
    off = BlindTime(Scope.HOST, "the agent was not running", minutes(-5), minutes(5))
    assert "nothing was checked, from 02:05:00 UTC to 02:15:00 UTC" in asked(blind=(off,))["Was it watched?"].answer
    gone = BlindTime(Scope.INTERNET, "no canary answers", minutes(-5))
    found = asked(seen_=FAILS, blind=(gone,))
    assert found["Could the fault be ours?"].ok is False
    assert "no canary answers" in found["Could the fault be ours?"].answer


def test_a_parent_held_it() -> None:
    held = incident(-4, None, name="router", children=("nas-web",))
    step = asked(seen_=FAILS, holding=(held,))["Did something that it depends on explain it?"]
    assert (step.ok, "held by #7 router" in step.answer) == (False, True)


def test_maintenance_was_on() -> None:
    window = Maintenance("backup", ("nas-web",), 3600.0, start_minute=120)
    step = asked(window, seen_=FAILS)["Was maintenance on?"]
    assert (step.ok, step.answer) == (False, "Yes: backup until 03:00:00 UTC; failures open no incident then.")
    other = Maintenance("backup", ("other",), 3600.0, start_minute=120)
    assert asked(other, seen_=FAILS)["Was maintenance on?"].ok


def test_somebody_had_resolved_it_by_hand() -> None:
    found = asked(seen_=FAILS, incidents=(incident(-30, -4, by="ann"),))
    step = found["Had somebody resolved it by hand?"]
    assert "ann resolved #7 4 min before" in step.answer
    assert "from 02:16:00 UTC on" in step.answer
    assert "#7 was over since 02:06:00 UTC" in found["Was an incident open?"].answer


def test_an_incident_was_open_and_taken() -> None:
    taken = incident(-9, None, acknowledged_at=minutes(-5), acknowledged_by="Ana", acknowledged_via="PagerDuty")
    found = asked(seen_=FAILS, incidents=(taken,))
    assert found["Was an incident open?"].ok
    assert "nobody is paged again" in found["Had somebody taken it by then?"].answer
    assert found["Who was told?"].ok is False


def test_nothing_is_kept() -> None:
    found = asked()
    assert (found["Was it watched?"].ok, found["Did it fail then?"].ok) == (None, None)


@pytest.mark.parametrize("deed", ["settings", "change"])
def test_what_was_done_before_is_told(deed: str) -> None:
    found = asked(seen_=FAILS, deeds=(Deed(minutes(-30), "ann", deed, "docker upgraded"),))
    assert "01:40:00 UTC" in found["What was done in the day before?"].answer
