"""Gaps between turns, against a count by the minute."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from statusapp_agent.core.coverage import at, gaps
from statusapp_agent.core.paging_facts import TurnFacts

SINCE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
LENGTH = 60
MINUTE = st.none() | st.integers(-20, LENGTH + 20)


def moment(number: int | None) -> datetime | None:
    return None if number is None else SINCE + timedelta(minutes=number)


@given(st.lists(st.tuples(MINUTE, MINUTE), max_size=8))
def test_a_minute_is_in_a_gap_exactly_when_nobody_has_it(turns: list[tuple[int | None, int | None]]) -> None:
    made = [TurnFacts(1, "P1", "Ana", None, moment(starts), moment(ends)) for starts, ends in turns]
    found = gaps(made, SINCE, SINCE + timedelta(minutes=LENGTH))
    for number in range(LENGTH):
        now = SINCE + timedelta(minutes=number)
        assert any(begins <= now < ends for begins, ends in found) == (not at(made, now))
    assert found == sorted(found)
    assert all(begins < ends for begins, ends in found)
