"""What comes back, and what is chance."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from statusapp_agent.core.model import Monitor
from statusapp_agent.core.patterns import patterns
from statusapp_agent.core.state import Change
from tests.support.outages import at, incident

BERLIN = ZoneInfo("Europe/Berlin")
DAY_S = 86_400


def monitor(name="nas", **more):
    return Monitor(name, "http", None, **more)


def kinds(*incidents, monitors=None, changes=(), zone=UTC):
    known = monitors or {name: monitor(name) for name in {each.monitor for each in incidents}}
    return [each.kind for each in patterns(incidents, known, changes, zone)]


def test_two_of_anything_are_chance():
    assert kinds(incident(1, over=900, acked=1), incident(2, DAY_S, over=900, acked=1)) == []


def test_every_night_at_two_is_found_over_a_change_of_the_clocks():
    nights = [
        incident(n, opened_at=datetime(2026, 3, 27 + n, 2, 5, tzinfo=BERLIN).astimezone(UTC), over=900, acked=1)
        for n in range(4)  # the clocks change on the 29th, and 02:05 of that day is 03:05
    ]
    (found,) = patterns(nights, {"nas": monitor()}, (), BERLIN)
    assert (found.kind, found.monitor) == ("time_of_day", "nas")
    assert found.fact == "nas failed around 02:04 on 3 days, each time for the same reason."
    assert len(found.incidents) == 3


def test_around_midnight_is_one_time_of_day():
    rows = [
        incident(n, opened_at=datetime(2026, 3, 2 + n, *clock, tzinfo=UTC), over=900, acked=1)
        for n, clock in enumerate([(23, 50), (0, 5), (23, 58), (0, 10)])
    ]
    assert kinds(*rows) == ["time_of_day"]


def test_three_in_one_night_are_not_every_night():
    assert kinds(*(incident(n, 600 * n, over=60, acked=1) for n in range(3))) == []


def test_what_follows_changes():
    rows = [incident(n, n * (DAY_S + 7_000), over=900, acked=1) for n in range(3)]
    after = [Change(each.began_at - timedelta(minutes=30), "upgraded", None, None, "ann") for each in rows]
    assert "after_change" in kinds(*rows, changes=after)
    of_others = [Change(each.at, each.summary, None, "router", each.by) for each in after]
    assert "after_change" not in kinds(*rows, changes=of_others)


def test_noise_names_the_next_number_of_failures():
    rows = [incident(n, n * (DAY_S + 9_000), over=60) for n in range(4)]
    (found,) = patterns(rows, {"nas": monitor(failures=2)}, (), UTC)
    assert found.kind == "noisy"
    assert "failures = 3" in found.suggestion


def test_what_nobody_ever_takes():
    assert kinds(*(incident(n, n * (DAY_S + 9_000), over=3_000) for n in range(3))) == ["unanswered"]


def test_what_comes_together_suggests_a_dependency_once_and_the_right_way_round():
    parents = [incident(n, n * (DAY_S + 9_000), over=900, acked=1, monitor="router") for n in range(3)]
    children = [incident(10 + n, n * (DAY_S + 9_000) + 30, over=900, acked=1) for n in range(3)]
    found = patterns([*parents, *children], {"nas": monitor(), "router": monitor("router")}, (), UTC)
    assert [(each.kind, each.monitor) for each in found] == [("together", "nas")]
    assert 'depends_on = ["router"]' in found[0].suggestion
    related = {"nas": monitor(depends_on=("switch",)), "switch": monitor("switch", depends_on=("router",))}
    assert kinds(*parents, *children, monitors={**related, "router": monitor("router")}) == []


def test_a_circle_of_dependencies_ends():
    rows = [incident(n, n * (DAY_S + 9_000), over=900, acked=1) for n in range(3)]
    rows += [incident(10 + n, n * (DAY_S + 9_000) + 30, over=900, acked=1, monitor="b") for n in range(3)]
    circle = {"nas": monitor(depends_on=("b",)), "b": monitor("b", depends_on=("nas",))}
    assert kinds(*rows, monitors=circle) == []


def test_a_name_is_repeated_as_it_is():
    rows = [incident(n, n * (DAY_S + 9_000), over=3_000, monitor="<b>") for n in range(3)]
    assert "<b>" in patterns(rows, {}, (), UTC)[0].fact
    assert at(0) == rows[0].opened_at
