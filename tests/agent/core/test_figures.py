"""MTTA, MTTR and MTTD: by hand where it is tricky, and against a second, slow and obvious computation."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from statistics import fmean
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statusapp_agent.core.figures import DEFINITIONS, Figure, Figures, figures
from statusapp_agent.core.model import Incident, IncidentStatus, Purpose, Scope, Severity
from statusapp_agent.core.state import BlindTime
from statusapp_shared.protocol import AnalyticsGroup, AnalyticsView

BERLIN = ZoneInfo("Europe/Berlin")
HOST, LAN, INTERNET = Scope
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
NOW = START + 20 * DAY


def at(seconds):
    return START + timedelta(seconds=seconds)


def incident(number, opened=0.0, *, detected=20.0, acked=None, over=None, by="ann", **changes):
    """Times are seconds after the start; ``acked`` and ``over`` after the opening, ``detected`` before it."""
    opened_at = changes.pop("opened_at", at(opened))
    given_ = {
        "id": f"i{number}",
        "number": number,
        "monitor": "nas",
        "severity": Severity.CRITICAL,
        "cause": "refused",
        "began_at": opened_at - timedelta(seconds=detected),
        "opened_at": opened_at,
        "status": IncidentStatus.OPEN if over is None else IncidentStatus.RESOLVED,
        "acknowledged_at": None if acked is None else opened_at + timedelta(seconds=acked),
        "acknowledged_by": None if acked is None else by,
        "resolved_at": None if over is None else opened_at + timedelta(seconds=over),
    }
    return Incident(**{**given_, **changes})


def dark(began, ended, scope=HOST):
    return BlindTime(scope, "asleep", at(began), None if ended is None else at(ended))


def of(*incidents, blind=(), since=START, until=NOW, now=NOW, **more):
    return figures(incidents, blind, since, until, now, **more)


def test_a_month_of_every_fate():
    found = of(
        incident(1, acked=60.0, over=600.0),
        incident(2, 1000, acked=120.0, over=1200.0),
        incident(3, 5000, over=30.0),  # over by itself before anybody took it
        incident(4, 9000),  # nobody has taken it yet
        incident(5, 12000, acked=300.0, over=900.0, snoozed_until=at(12500)),  # came back after a snooze
        incident(6, acked=1.0, over=1.0, merged_into="i1"),
        incident(7, acked=1.0, over=1.0, purpose=Purpose.TEST),
        incident(8, acked=1.0, over=1.0, purpose=Purpose.DRILL),
    )
    assert (found.incidents, found.open, found.resolved) == (5, 1, 4)
    assert (found.acknowledged, found.never_acknowledged) == (3, 2)
    assert found.mtta_s == Figure(160.0, 120.0, 300.0, 3)
    assert found.mttr_s == Figure((600 + 1200 + 30 + 900) / 4, 600.0, 1200.0, 4)
    assert found.mttd_s == Figure(20.0, 20.0, 20.0, 5)
    assert found.blind_s == 0.0
    assert found.groups == ()


def test_nothing_to_count_is_none():
    empty = of(by="monitor")
    assert (empty.incidents, empty.mtta_s, empty.mttr_s, empty.mttd_s, empty.groups) == (0, None, None, None, ())
    waiting = of(incident(1))
    assert (waiting.mtta_s, waiting.mttr_s) == (None, None)
    assert waiting.never_acknowledged == 1


def test_the_definition_is_printed_with_each_figure():
    named = {"mtta", "mttr", "mttd", "incidents", "acknowledged", "never_acknowledged", "blind"}
    assert set(DEFINITIONS) == named
    assert of().definitions is DEFINITIONS
    for text in DEFINITIONS.values():
        assert text.endswith(".")
        assert text.count(".") == 1


def test_the_wire_can_carry_all_of_it():
    assert {field.name for field in fields(Figures)} == set(AnalyticsView.model_fields)
    found = of(incident(1, acked=1.0, over=2.0), by="monitor")
    view = AnalyticsView.model_validate(found, from_attributes=True)
    assert view.mttr_s is not None
    assert view.mttr_s.mean == 2.0
    assert [group.key for group in view.groups] == ["nas"]
    assert set(AnalyticsGroup.model_fields) == {field.name for field in fields(found.groups[0])}


# Blind time


@pytest.mark.parametrize(
    ("blind", "mttr_s", "mttd_s"),
    [
        ([], 600.0, 20.0),
        ([dark(100, 200)], 500.0, 20.0),
        ([dark(-10, 50)], 550.0, 10.0),  # across the confirmation: each figure loses its own part
        ([dark(-500, 5000)], 0.0, 0.0),
        ([dark(100, 300), dark(200, 400), dark(250, 260)], 300.0, 20.0),  # never counted twice
        ([dark(100, 200), dark(200, 300)], 400.0, 20.0),
        ([dark(300, 400, LAN), dark(100, 200)], 400.0, 20.0),
        ([dark(100, 200, INTERNET)], 600.0, 20.0),  # a target in the house was seen meanwhile
        ([dark(600, 700)], 600.0, 20.0),
        ([dark(500, None)], 500.0, 20.0),  # still blind
        ([dark(200, 100)], 600.0, 20.0),  # a clock that was set back
    ],
)
def test_what_was_not_seen_is_in_no_length(blind, mttr_s, mttd_s):
    found = of(incident(1, over=600.0, acked=450.0, scope=LAN), blind=blind)
    assert found.mttr_s is not None
    assert found.mttr_s.mean == mttr_s
    assert found.mttd_s is not None
    assert found.mttd_s.mean == mttd_s
    assert found.mtta_s is not None
    assert found.mtta_s.mean == 450.0


@pytest.mark.parametrize(("scope", "mttr_s"), [(HOST, 500.0), (LAN, 400.0), (INTERNET, 400.0)])
def test_a_target_is_blind_by_its_own_road_and_by_a_stopped_agent(scope, mttr_s):
    """A house without its network may well have the internet: each scope has stretches of its own."""
    blind = [dark(0, 100, HOST), dark(100, 200, LAN), dark(200, 300, INTERNET)]
    found = of(incident(1, over=600.0, scope=scope), blind=blind)
    assert found.mttr_s is not None
    assert found.mttr_s.mean == mttr_s


def test_blind_time_of_the_range_is_cut_at_its_ends_and_at_now():
    blind = [dark(-100, 50), dark(100, 200, INTERNET), dark(150, 250, LAN), dark(900, None)]
    assert of(blind=blind, until=at(10_000), now=at(1000)).blind_s == 50 + 150 + 100
    assert of(blind=blind, until=at(950), now=at(1000)).blind_s == 50 + 150 + 50


# Where an incident belongs


def test_an_incident_belongs_to_the_month_in_which_it_opened_whole():
    march = datetime(2026, 3, 1, tzinfo=BERLIN)
    april = datetime(2026, 4, 1, tzinfo=BERLIN)
    may = datetime(2026, 5, 1, tzinfo=BERLIN)
    last = incident(1, opened_at=april.astimezone(UTC) - timedelta(seconds=1), over=7200.0)
    first = incident(2, opened_at=april.astimezone(UTC), over=60.0)
    of_march = of(last, first, since=march, until=april, now=may)
    of_april = of(last, first, since=april, until=may, now=may)
    assert (of_march.incidents, of_april.incidents) == (1, 1)
    assert of_march.mttr_s == Figure(7200.0, 7200.0, 7200.0, 1)
    assert of_april.mttr_s == Figure(60.0, 60.0, 60.0, 1)


def test_lengths_across_a_clock_change_are_real_seconds():
    # On 29 March 2026 Berlin's clocks go from 02:00 to 03:00, on 25 October from 03:00 back to 02:00.
    spring = incident(1, opened_at=datetime(2026, 3, 29, 1, 30, tzinfo=BERLIN))
    spring = replace(spring, resolved_at=datetime(2026, 3, 29, 3, 30, tzinfo=BERLIN), status=IncidentStatus.RESOLVED)
    autumn = incident(2, opened_at=datetime(2026, 10, 25, 2, 30, fold=0, tzinfo=BERLIN))
    autumn = replace(
        autumn, acknowledged_at=datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=BERLIN), acknowledged_by="ann"
    )
    found = of(spring, autumn, until=datetime(2027, 1, 1, tzinfo=BERLIN), now=datetime(2027, 1, 1, tzinfo=BERLIN))
    assert found.mttr_s == Figure(3600.0, 3600.0, 3600.0, 1)
    assert found.mtta_s == Figure(3600.0, 3600.0, 3600.0, 1)


def test_a_range_of_local_days_has_their_real_length():
    spring, after = datetime(2026, 3, 29, tzinfo=BERLIN), datetime(2026, 3, 30, tzinfo=BERLIN)
    blind = [BlindTime(HOST, "asleep", spring - DAY, after + DAY)]
    assert of(blind=blind, since=spring, until=after, now=after + DAY).blind_s == 23 * 3600


def test_a_clock_that_was_set_back_makes_no_negative_length():
    odd = incident(1, detected=-5.0, acked=-30.0, over=-60.0)
    found = of(odd, blind=[dark(-100, 100)])
    nothing = Figure(0.0, 0.0, 0.0, 1)
    assert (found.mtta_s, found.mttr_s, found.mttd_s) == (nothing, nothing, nothing)


# Groups


def test_groups_come_worst_first_and_an_incident_may_be_in_several():
    told = {"i1": ("pd", "sms"), "i2": ("pd",), "i3": ("mail", "pd", "pd")}
    found = of(incident(1), incident(2), incident(3, acked=9.0), incident(4), by="channel", channels=told)
    assert [(group.key, group.incidents) for group in found.groups] == [("pd", 3), ("mail", 1), ("sms", 1)]
    assert [group.acknowledged for group in found.groups] == [1, 1, 0]
    assert found.groups[0].mtta_s == Figure(9.0, 9.0, 9.0, 1)
    assert found.groups[2].mtta_s is None
    assert found.incidents == 4


def test_a_responder_is_who_acknowledged():
    found = of(incident(1, acked=1.0, by="ben"), incident(2), incident(3, acked=3.0), by="responder")
    assert [(group.key, group.never_acknowledged) for group in found.groups] == [("ann", 0), ("ben", 0)]


def test_a_tier_is_what_it_was_when_it_opened():
    found = of(incident(1, context={"tier": "1"}), incident(2, context={"tier": None}), incident(3), by="tier")
    assert [(group.key, group.incidents) for group in found.groups] == [("none", 2), ("1", 1)]


def test_hours_are_local_and_in_order():
    spring = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)  # 01:59 in Berlin, and a minute later 03:00
    incidents = [
        incident(1, opened_at=spring),
        incident(2, opened_at=spring + timedelta(minutes=1)),
        incident(3, opened_at=spring + timedelta(minutes=2)),
        incident(4, opened_at=spring - timedelta(hours=2)),
    ]
    far = spring + DAY
    found = of(*incidents, by="hour", zone=BERLIN, until=far, now=far)
    assert [(group.key, group.incidents) for group in found.groups] == [("01", 1), ("03", 2), ("23", 1)]


# The second computation: every second is looked at by itself.

short = st.integers(min_value=-5, max_value=40)
scopes = st.sampled_from(Scope)
stretches = st.lists(st.builds(lambda b, n, s: dark(b, None if n > 30 else b + n, s), short, short, scopes), max_size=4)


@st.composite
def some_incidents(draw):
    return [
        incident(
            number,
            draw(short),
            detected=draw(st.integers(0, 10)),
            acked=draw(st.none() | st.integers(0, 20)),
            over=draw(st.none() | st.integers(0, 40)),
            scope=draw(scopes),
            monitor=draw(st.sampled_from(["nas", "router"])),
            purpose=draw(st.sampled_from([Purpose.REAL, Purpose.REAL, Purpose.TEST, Purpose.DRILL])),
            merged_into=draw(st.sampled_from([None, None, "i99"])),
        )
        for number in range(draw(st.integers(0, 5)))
    ]


def slowly(lengths):
    """Nearest rank by its definition: the smallest value that at least so many are not above."""
    if not lengths:
        return None
    ranked = sorted(lengths)
    p50, p90 = (next(v for v in ranked if sum(w <= v for w in ranked) >= q * len(ranked)) for q in (0.5, 0.9))
    return Figure(pytest.approx(fmean(lengths)), p50, p90, len(lengths))


def lit_seconds(began, ended, scope, blind, now):
    def is_dark(second):
        return any(
            each.began_at <= second < (each.ended_at or now) and (scope is None or each.scope in (HOST, scope))
            for each in blind
        )

    seconds = [began + timedelta(seconds=n) for n in range(int((ended - began).total_seconds()))]
    return float(sum(not is_dark(second) for second in seconds))


@settings(max_examples=40, deadline=None)
@given(some_incidents(), stretches, short, short)
def test_it_agrees_with_counting_second_by_second(incidents, blind, first, last):
    since, until, now = at(first), at(last), at(90)
    found = figures(incidents, blind, since, until, now, "monitor")

    def expected(chosen):
        acked = [each for each in chosen if each.acknowledged_at]
        over = [each for each in chosen if each.resolved_at]
        return (
            len(chosen),
            len(acked),
            len(chosen) - len(acked),
            slowly([(each.acknowledged_at - each.opened_at).total_seconds() for each in acked]),
            slowly([lit_seconds(each.opened_at, each.resolved_at, each.scope, blind, now) for each in over]),
            slowly([lit_seconds(each.began_at, each.opened_at, each.scope, blind, now) for each in chosen]),
        )

    def seen(row):
        return (row.incidents, row.acknowledged, row.never_acknowledged, row.mtta_s, row.mttr_s, row.mttd_s)

    counted = [
        each
        for each in incidents
        if each.purpose is Purpose.REAL and each.merged_into is None and since <= each.opened_at < until
    ]
    assert seen(found) == expected(counted)
    assert found.open + found.resolved == found.incidents
    assert {group.key: seen(group) for group in found.groups} == {
        name: expected([each for each in counted if each.monitor == name]) for name in {e.monitor for e in counted}
    }
    length = max(0, last - first)
    assert found.blind_s == length - lit_seconds(since, since + timedelta(seconds=length), None, blind, now)
