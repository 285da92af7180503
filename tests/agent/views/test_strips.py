"""Strips: what is confirmed is down, what is not known is not fine."""

from datetime import UTC, datetime, timedelta

from statusapp_agent.core.model import CheckStatus, Incident, IncidentStatus, Scope, Severity
from statusapp_agent.core.state import BlindTime
from statusapp_agent.store.strips import Cell
from statusapp_agent.views.strips import strips_view

END = datetime(2026, 11, 23, 12, tzinfo=UTC)
BEGIN = END - timedelta(hours=4)
HOUR = timedelta(hours=1)


def incident(began, resolved=None):
    status = IncidentStatus.OPEN if resolved is None else IncidentStatus.RESOLVED
    return Incident("i1", 1, "nas", Severity.CRITICAL, "refused", began, began, status, resolved_at=resolved)


def strip(cells=(), incidents=(), blind=()):
    return strips_view(["nas"], cells, incidents, blind, BEGIN, END, 4).items[0].cells


def test_what_is_not_remembered_is_nothing_and_not_fine():
    assert strip() == "----"


def test_a_failed_check_that_was_no_outage_is_degraded():
    seen = [Cell("nas", 1, frozenset({CheckStatus.UP, CheckStatus.DOWN})), Cell("nas", 2, frozenset({CheckStatus.UP}))]
    assert strip(seen) == "-df-"


def test_results_that_say_nothing_are_blind():
    assert strip([Cell("nas", 3, frozenset({CheckStatus.UNKNOWN}))]) == "---b"


def test_an_outage_covers_its_cells_and_an_open_one_reaches_to_the_end():
    assert strip(incidents=[incident(began=BEGIN + HOUR, resolved=BEGIN + 2.5 * HOUR)]) == "-DD-"
    assert strip(incidents=[incident(began=BEGIN + 2.5 * HOUR)]) == "--DD"
    assert strip(incidents=[incident(began=BEGIN - 2 * HOUR, resolved=BEGIN - HOUR)]) == "----"


def test_blind_time_shows_where_nothing_else_is_known():
    asleep = BlindTime(next(iter(Scope)), "slept", BEGIN, BEGIN + 1.5 * HOUR)
    assert strip([Cell("nas", 1, frozenset({CheckStatus.UP}))], blind=[asleep]) == "bf--"
