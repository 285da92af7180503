"""What if: the same results under other thresholds."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from statusapp_agent.core.model import CheckStatus, Monitor, Result
from statusapp_agent.core.replay import replay, what_if
from tests.support.outages import at

MONITOR = Monitor("nas", "http", None, failures=2, recoveries=2, flap_after=0)


def results(text, every_s=10):
    """``.`` is a good check, ``x`` a bad one, ``?`` one that could not be made."""
    known = {".": CheckStatus.UP, "x": CheckStatus.DOWN, "?": CheckStatus.UNKNOWN}
    return [Result(known[sign], at(n * every_s), 0.1) for n, sign in enumerate(text)]


def test_outages_begin_at_their_first_bad_check_and_end_when_recovered():
    (found,) = replay(MONITOR, results("..xxx.x..."))
    assert (found.began_at, found.opened_at, found.over_at) == (at(20), at(30), at(80))


def test_what_could_not_be_checked_neither_opens_nor_closes():
    (found,) = replay(MONITOR, results(".x?x.?."))
    assert (found.opened_at, found.over_at) == (at(30), at(60))


def test_one_that_goes_on_has_no_end():
    (found,) = replay(MONITOR, results(".xxxx"))
    assert found.over_at is None


def test_more_failures_mean_fewer_pages_and_later_ones():
    seen = results("..xx.." * 3 + "..xxxxxx..")
    found = what_if(MONITOR, replace(MONITOR, failures=3), seen)
    assert (len(found.before), len(found.after), len(found.dropped), found.later_s) == (4, 1, 3, 10.0)
    assert found.sentence == (
        "With failures = 3 instead of 2, you would have had 1 page, not 4, and noticed the 1 other outage 10 s later."
        " The longest that would not have paged lasted 30 s."
    )


def test_fewer_failures_mean_sooner():
    found = what_if(MONITOR, replace(MONITOR, failures=1), results("..xxxx.."))
    assert found.later_s == -10.0
    assert "10 s sooner" in found.sentence


def test_the_same_thresholds_change_nothing():
    found = what_if(MONITOR, MONITOR, results("..xxxx.."))
    assert found.sentence == "With the same thresholds, nothing would have been otherwise: 1 page."


def test_no_results_are_no_pages():
    found = what_if(MONITOR, replace(MONITOR, failures=9), [])
    assert (found.before, found.after, found.later_s) == ((), (), None)


@given(st.text(".x?", max_size=60), st.integers(1, 5))
def test_as_many_bad_checks_in_a_row_as_asked_for_open_exactly_then(text, failures):
    found = replay(replace(MONITOR, failures=failures, recoveries=1), results(text))
    seen = [sign for sign in text if sign != "?"]
    places = [n for n, sign in enumerate(text) if sign != "?"]
    expected, run, down = [], 0, False
    for place, sign in zip(places, seen, strict=True):
        run = run + 1 if sign == "x" else 0
        if sign == ".":
            down = False
        elif run == failures and not down:
            down = True
            expected.append(at(0) + timedelta(seconds=10 * place))
    assert [each.opened_at for each in found] == expected
